/**
 * Raw deflate on Node.
 *
 * (1) `inflate` stops at the length that it is told: bytes that would unpack to more cost no more memory than that, and are damage.
 * (2) What it gives is an array of its own of exactly that length, which begins at a multiple of eight.
 */

import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { corrupt } from './reader.ts'

/** zlib makes room in steps of so many bytes at most: for what comes out, not for what a header says. */
const chunkMax = 2 ** 20

export function deflate(bytes: Uint8Array): Uint8Array {
  return deflateRawSync(bytes)
}

export function inflate(bytes: Uint8Array, length: number): Uint8Array {
  let out: Uint8Array | null = null
  try {
    const chunkSize = Math.min(Math.max(length + 1, 64), chunkMax)
    out = inflateRawSync(bytes, { maxOutputLength: Math.max(length, 1), chunkSize })
  } catch {
    // zlib's error says no more than that
  }
  // a copy: zlib's array may be a part of a larger one
  if (out?.length === length) return Uint8Array.from(out)
  return corrupt('a compressed block that does not unpack')
}
