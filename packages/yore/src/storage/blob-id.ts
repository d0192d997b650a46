/**
 * Ids of blobs: 26 letters and digits, the first ten of them the time in milliseconds, the others 80 random bits.
 *
 * (1) Ids sort by the time when they were made, so what is new stands together in every storage.
 * (2) No id is derived from contents: "it is there already, skip the write" would race with the collection of garbage.
 */

import type { Env } from '../base/env.ts'
import type { BlobId } from './storage.ts'

// Digits and letters without i, l, o, u; ascending in ASCII.
const letters = '0123456789abcdefghjkmnpqrstvwxyz'
const timeLetters = 10

/** A new id. `newBlobId(env)` is something like '01hyx3kz9w6v0f9q2m8r4t1c5e' */
export function newBlobId(env: Env): BlobId {
  let time = ''
  let rest = env.now()
  for (let i = 0; i < timeLetters; i++) {
    time = (letters[rest % 32] as string) + time
    rest = Math.floor(rest / 32)
  }
  let random = ''
  for (const byte of env.random(new Uint8Array(16))) random += letters[byte & 31] as string
  return time + random
}

/** When an id was made, in milliseconds since 1970; null when it is none of ours. */
export function blobIdTimeMs(id: BlobId): number | null {
  let ms = 0
  for (let i = 0; i < timeLetters; i++) {
    const digit = letters.indexOf(id[i] ?? '?')
    if (digit < 0) return null
    ms = ms * 32 + digit
  }
  return ms
}
