/**
 * What goes to and fro between the writer of a database and the worker that does its index jobs.
 *
 * (1) Bytes go over in one buffer for each message, and are copied. Handing a buffer over would save that, but then V8 has every loop over a
 *     typed array ask whether its buffer is still there, in all of the program and for ever: queries took a quarter longer.
 * (2) The worker asks and waits; the writer answers in the order of the questions. A job ends with `done` or `failed`.
 */

import type { Codec } from '../data/codec/compress.ts'
import type { Root } from '../db/root.ts'
import type { IndexRoots } from '../indexes/stored/durable.ts'

/** What a worker needs to do a job: everything else it reads. */
export interface JobTask {
  readonly kind: 'job'
  /** The root as it is stored. */
  readonly root: Uint8Array
  readonly databaseId: string
  readonly name: string
  readonly job: string
  /** The job takes up the transactions before this one. */
  readonly nextT: number
  readonly segmentSize: number | undefined
  readonly indexLaterFrom: number
  readonly codec: Codec
}

/** What a job made, beside blobs. */
export interface JobReport extends Pick<Root, 'lists' | 'segments' | 'checksum'> {
  readonly roots: IndexRoots
  readonly replaced: readonly string[]
  /** How many ids it used up. */
  readonly ids: number
}

/** Several byte arrays in one, each from a multiple of 8 on, for columns are read as they lie; a length of -1: null. */
export interface Packed {
  readonly buffer: ArrayBuffer
  readonly lengths: Int32Array
}

export type FromWorker =
  | { readonly kind: 'blobs'; readonly ids: readonly string[] }
  | { readonly kind: 'slots'; readonly from: number; readonly limit: number }
  | { readonly kind: 'put'; readonly ids: readonly string[]; readonly blobs: Packed }
  | { readonly kind: 'alive' }
  | { readonly kind: 'done'; readonly report: JobReport }
  | { readonly kind: 'failed'; readonly message: string }

export type ToWorker =
  | JobTask
  | { readonly kind: 'blobs'; readonly blobs: Packed }
  | { readonly kind: 'slots'; readonly ts: readonly number[]; readonly slots: Packed }
  | { readonly kind: 'put' }

const aligned = (length: number): number => Math.ceil(length / 8) * 8

export function pack(parts: readonly (Uint8Array | null)[]): Packed {
  const lengths = Int32Array.from(parts, (part) => part?.length ?? -1)
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + aligned(part?.length ?? 0), 0))
  let at = 0
  for (const part of parts) {
    if (part === null) continue
    bytes.set(part, at)
    at += aligned(part.length)
  }
  return { buffer: bytes.buffer, lengths }
}

export function unpack({ buffer, lengths }: Packed): (Uint8Array | null)[] {
  let at = 0
  return Array.from(lengths, (length) => {
    if (length < 0) return null
    const from = at
    at += aligned(length)
    return new Uint8Array(buffer, from, length)
  })
}
