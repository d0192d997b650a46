/**
 * LZ4's block format, both ways, in plain TypeScript: what segments are packed with on every runtime.
 *
 * (1) `decompress` gives exactly the length that it is told, or throws: no input makes it read or write outside of its arrays.
 * (2) The blocks are those of every other LZ4: what one packs, the other unpacks.
 */

import { corrupt } from './reader.ts'

const hashBits = 14
const matchMin = 4
/** A block ends with so many literals, and no match begins in its last twelve bytes. */
const lastLiterals = 5
const matchLimit = 12
const offsetMax = 65_535

/** The greatest size of n bytes that do not compress. */
export const lz4SizeMax = (n: number): number => n + Math.floor(n / 255) + 16

// Where four bytes with that hash were seen last; made once, cleared for each block.
const places = new Int32Array(1 << hashBits)

/** The bytes as an LZ4 block. `decompress(compress(bytes), bytes.length)` gives them back. */
export function compress(source: Uint8Array): Uint8Array {
  const n = source.length
  const out = new Uint8Array(lz4SizeMax(n))
  const view = new DataView(source.buffer, source.byteOffset, n)
  places.fill(-1)
  let o = 0
  let anchor = 0
  let i = 0
  const end = n - matchLimit
  while (i < end) {
    const word = view.getInt32(i, true)
    const hash = Math.imul(word, 0x9e3779b1) >>> (32 - hashBits)
    const candidate = places[hash] as number
    places[hash] = i
    if (candidate < 0 || i - candidate > offsetMax || view.getInt32(candidate, true) !== word) {
      // The longer nothing was found, the wider the steps.
      i += 1 + ((i - anchor) >> 6)
      continue
    }
    const length = matchLength(source, candidate, i, n - lastLiterals)
    o = writeSequence(out, o, source, anchor, i, i - candidate, length)
    i += length
    anchor = i
  }
  return out.slice(0, writeSequence(out, o, source, anchor, n, 0, 0))
}

function matchLength(source: Uint8Array, from: number, at: number, limit: number): number {
  let i = at + matchMin
  let j = from + matchMin
  while (i < limit && source[i] === source[j]) {
    i++
    j++
  }
  return i - at
}

/** Literals source[from..to) and a match behind them (none where offset is 0); gives the next place in `out`. */
function writeSequence(
  out: Uint8Array,
  o: number,
  source: Uint8Array,
  from: number,
  to: number,
  offset: number,
  length: number,
): number {
  const literals = to - from
  const token = o++
  const more = length - matchMin
  if (literals >= 15) o = writeLength(out, o, literals - 15)
  if (literals > 32) {
    out.set(source.subarray(from, to), o)
    o += literals
  } else for (let i = from; i < to; i++) out[o++] = source[i] as number
  out[token] = Math.min(literals, 15) << 4
  if (offset === 0) return o
  out[o++] = offset & 255
  out[o++] = offset >>> 8
  out[token] = (Math.min(literals, 15) << 4) | Math.min(more, 15)
  return more >= 15 ? writeLength(out, o, more - 15) : o
}

function writeLength(out: Uint8Array, o: number, rest: number): number {
  while (rest >= 255) {
    out[o++] = 255
    rest -= 255
  }
  out[o++] = rest
  return o
}

const damaged = (): never => corrupt('a compressed block that does not unpack')

/** The `length` bytes of a block, source[from..). */
export function decompress(source: Uint8Array, length: number, from = 0): Uint8Array {
  const out = new Uint8Array(length)
  const end = source.length
  let i = from
  let o = 0
  while (i < end) {
    const token = source[i++] as number
    let literals = token >>> 4
    if (literals === 15) {
      let more = 255
      while (more === 255) {
        if (i >= end) return damaged()
        more = source[i++] as number
        literals += more
      }
    }
    if (literals > end - i || literals > length - o) return damaged()
    if (literals > 64) out.set(source.subarray(i, i + literals), o)
    else copyBytes(source, i, out, o, literals)
    i += literals
    o += literals
    // The last sequence has no match.
    if (i === end) break
    if (end - i < 2) return damaged()
    const offset = (source[i] as number) | ((source[i + 1] as number) << 8)
    i += 2
    let match = (token & 15) + matchMin
    if (match === 15 + matchMin) {
      let more = 255
      while (more === 255) {
        if (i >= end) return damaged()
        more = source[i++] as number
        match += more
      }
    }
    if (offset === 0 || offset > o || match > length - o) return damaged()
    const s = o - offset
    if (match > 64 && offset >= match) out.copyWithin(o, s, s + match)
    // a match may reach into what it writes
    else copyBytes(out, s, out, o, match)
    o += match
  }
  return o === length ? out : damaged()
}

/** Byte by byte, from the left; four in a round, which takes a third of the time off. */
function copyBytes(from: Uint8Array, i: number, to: Uint8Array, o: number, n: number): void {
  let left = n
  for (; left >= 4; left -= 4, i += 4, o += 4) {
    to[o] = from[i] as number
    to[o + 1] = from[i + 1] as number
    to[o + 2] = from[i + 2] as number
    to[o + 3] = from[i + 3] as number
  }
  for (; left > 0; left--) to[o++] = from[i++] as number
}
