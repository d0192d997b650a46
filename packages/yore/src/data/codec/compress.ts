/**
 * Which way bytes are packed, as a number in the frame around them.
 *
 * (1) `none` and `lz4` work on every runtime; `deflate-raw` packs tighter, takes longer, and works where the runtime has it: elsewhere,
 *     packing and unpacking with it is `:yore/unsupported-format`.
 * (2) No bytes, however made, unpack to more than is asked for.
 */

import { deflate, inflate } from '#codec/deflate'
import { compress as lz4Compress, decompress as lz4Decompress } from './lz4.ts'
import { corrupt } from './reader.ts'

export const codecs = { none: 0, lz4: 1, 'deflate-raw': 2 } as const
export type Codec = keyof typeof codecs

/** The codec of a number, or null. */
export function codecOf(n: number): Codec | null {
  return n === 0 ? 'none' : n === 1 ? 'lz4' : n === 2 ? 'deflate-raw' : null
}

/** Packs. Bytes that do not shrink are better left as they are: frame.ts looks at that. */
export function compress(codec: Codec, bytes: Uint8Array): Uint8Array {
  switch (codec) {
    case 'none':
      return bytes
    case 'lz4':
      return lz4Compress(bytes)
    case 'deflate-raw':
      return deflate(bytes)
  }
}

/** Unpacks: exactly `length` bytes, or `:yore/storage-corrupt`. */
export function decompress(codec: Codec, bytes: Uint8Array, length: number): Uint8Array {
  switch (codec) {
    case 'none':
      return bytes.length === length ? bytes : corrupt(`${bytes.length} bytes, not ${length}`)
    case 'lz4':
      return lz4Decompress(bytes, length)
    case 'deflate-raw':
      return inflate(bytes, length)
  }
}

/** Raises `:yore/unsupported-format` where this runtime does not have the codec. */
export function checkCodec(codec: Codec): void {
  compress(codec, new Uint8Array(0))
}
