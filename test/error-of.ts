/** The error that something must end with. */

import { expect } from 'vitest'
import { YoreError } from '../packages/yore/src/base/errors.ts'

export async function errorOf(run: () => Promise<unknown>): Promise<YoreError> {
  const error: unknown = await run().then(
    () => null,
    (e: unknown) => e,
  )
  expect(error).toBeInstanceOf(YoreError)
  return error as YoreError
}
