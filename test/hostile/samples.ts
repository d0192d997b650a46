/** Faults on purpose: the report has to see each of them. */

import { YoreError } from 'yore'
import type { Report } from './report.ts'

export async function run(report: Report): Promise<void> {
  report.call('throws a TypeError', () => (null as unknown as { x: number }).x)
  await report.later('rejects with a text', () => Promise.reject('text'))
  await report.later('is thrown, not rejected', () => {
    throw new YoreError(':yore/invalid-value', 'at once')
  })
  report.call('says too much', () => {
    throw new YoreError(':yore/invalid-value', 'x'.repeat(3_000))
  })
  report.same('is wrong', () => 1, 2)
  report.call('is right', () => {
    throw new YoreError(':yore/invalid-value', 'as it should be')
  })
  ;(Object.prototype as unknown as Record<string, unknown>)['polluted'] = 1
}
