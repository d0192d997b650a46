/**
 * Which way bytes are packed, as a number in the frame around them.
 *
 * (1) `none` and `lz4` work on every runtime at once; `deflate-raw` packs tighter and only asynchronously, where the runtime has it.
 */

import { raise } from '../../base/errors.ts'
import { compress as lz4Compress, decompress as lz4Decompress } from './lz4.ts'
import { corrupt } from './reader.ts'

export const codecs = { none: 0, lz4: 1, 'deflate-raw': 2 } as const
export type Codec = keyof typeof codecs

/** The codec of a number, or null. */
export function codecOf(n: number): Codec | null {
  return n === 0 ? 'none' : n === 1 ? 'lz4' : n === 2 ? 'deflate-raw' : null
}

// What runtimes have for deflate: Node from 18 on, browsers, workers.
interface Transform {
  readonly readable: { getReader(): { read(): Promise<{ done: boolean; value?: Uint8Array }> } }
  readonly writable: {
    getWriter(): { write(bytes: Uint8Array): Promise<void>; close(): Promise<void> }
  }
}
type MakeTransform = new (format: string) => Transform
declare const CompressionStream: MakeTransform | undefined
declare const DecompressionStream: MakeTransform | undefined

/** Packs at once. Bytes that do not shrink are better left as they are: frame.ts looks at that. */
export function compress(codec: Codec, bytes: Uint8Array): Uint8Array {
  switch (codec) {
    case 'none':
      return bytes
    case 'lz4':
      return lz4Compress(bytes)
    case 'deflate-raw':
      return onlyLater()
  }
}

/** Unpacks at once: exactly `length` bytes, or `:yore/storage-corrupt`. */
export function decompress(codec: Codec, bytes: Uint8Array, length: number): Uint8Array {
  switch (codec) {
    case 'none':
      return bytes.length === length ? bytes : corrupt(`${bytes.length} bytes, not ${length}`)
    case 'lz4':
      return lz4Decompress(bytes, length)
    case 'deflate-raw':
      return onlyLater()
  }
}

const onlyLater = (): never =>
  raise(
    ':yore/unsupported-format',
    'what is packed with deflate can only be read and written asynchronously',
  )

/** Packs, with any codec. */
export async function compressAsync(codec: Codec, bytes: Uint8Array): Promise<Uint8Array> {
  if (codec !== 'deflate-raw') return compress(codec, bytes)
  return pump(make(typeof CompressionStream === 'undefined' ? undefined : CompressionStream), bytes)
}

/** Unpacks, with any codec. */
export async function decompressAsync(
  codec: Codec,
  bytes: Uint8Array,
  length: number,
): Promise<Uint8Array> {
  if (codec !== 'deflate-raw') return decompress(codec, bytes, length)
  const transform = make(
    typeof DecompressionStream === 'undefined' ? undefined : DecompressionStream,
  )
  try {
    const out = await pump(transform, bytes, length)
    if (out.length === length) return out
  } catch {
    // the stream's error says no more than that
  }
  return corrupt('a compressed block that does not unpack')
}

function make(maker: MakeTransform | undefined): Transform {
  if (maker === undefined) {
    return raise(':yore/unsupported-format', 'this runtime has no deflate: use lz4')
  }
  return new maker('deflate-raw')
}

async function pump(
  { readable, writable }: Transform,
  bytes: Uint8Array,
  lengthMax = Infinity,
): Promise<Uint8Array> {
  const writer = writable.getWriter()
  // Their failures come out at the reading end too.
  writer.write(bytes).catch(() => {})
  writer.close().catch(() => {})
  const reader = readable.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done || value === undefined) break
    chunks.push(value)
    length += value.length
    if (length > lengthMax) return corrupt('a compressed block that unpacks to too much')
  }
  const out = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    out.set(chunk, at)
    at += chunk.length
  }
  return out
}
