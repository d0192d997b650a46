/**
 * Telling of damage: what is damaged, what is affected, and what to do. Whoever reads bytes knows only that they are not what was written;
 * whoever asked for them knows the rest.
 */

import { YoreError } from '../../base/errors.ts'

export interface Damage {
  /** 'the segment 01hyx3kz9w of the index of inventory in file ./data' */
  readonly what: string
  /** What is affected and what to do: whole sentences but for the last full stop. */
  readonly affected: string
  readonly data?: Readonly<Record<string, unknown>>
}

/** What a reader has found wrong, without the words that all such errors begin with. */
export function reasonOfDamage(error: YoreError): string {
  return error.message.replace(/^:yore\/storage-corrupt (?:damaged data: )?/, '')
}

/** What `read` gives; damage that it finds is told with its place. */
export function telling<T>(read: () => T, damage: () => Damage): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof YoreError) || error.code !== ':yore/storage-corrupt') throw error
    const { what, affected, data } = damage()
    throw new YoreError(
      error.code,
      `${what} is damaged (${reasonOfDamage(error)}). ${affected}`,
      { ...error.data, ...data },
      { cause: error },
    )
  }
}
