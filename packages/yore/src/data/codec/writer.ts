/**
 * Writes bytes: numbers little-endian, whole numbers of any size as varints, strings as UTF-8. reader.ts reads them.
 *
 * (1) What a writer wrote, a reader reads back exactly; strings with halves of surrogate pairs too.
 */

import { raise } from '../../base/errors.ts'

const encoder = new TextEncoder()
const lengthMax = 2 ** 31 - 1
/** Longer whole numbers are not stored; reader.ts has the same bound. */
export const bigintBytesMax: number = 2 ** 20

/** Has the text no half of a surrogate pair? */
function isWellFormed(text: string): boolean {
  return !/[\ud800-\udfff]/.test(text) || !/\p{Surrogate}/u.test(text)
}

/** A growing sequence of bytes. `new ByteWriter().varint(300).string('é').finish()` */
export class ByteWriter {
  #bytes: Uint8Array
  #view: DataView
  #length = 0

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity)
    this.#view = new DataView(this.#bytes.buffer)
  }

  get length(): number {
    return this.#length
  }

  /** Begins anew, keeping the room. */
  reset(): void {
    this.#length = 0
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  /** What was written, not copied: valid until the next write. */
  peek(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  // Makes room for n bytes and gives their place.
  #take(n: number): number {
    const at = this.#length
    const end = at + n
    if (end > this.#bytes.length) this.#grow(end)
    this.#length = end
    return at
  }

  #grow(wanted: number): void {
    if (wanted > lengthMax) {
      raise(':yore/limit-exceeded', `more than ${lengthMax} bytes in one piece`, {})
    }
    const bytes = new Uint8Array(Math.min(lengthMax, Math.max(wanted, this.#bytes.length * 2)))
    bytes.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer)
  }

  u8(x: number): this {
    const at = this.#take(1)
    this.#bytes[at] = x
    return this
  }

  u16(x: number): this {
    const at = this.#take(2)
    this.#view.setUint16(at, x, true)
    return this
  }

  u32(x: number): this {
    const at = this.#take(4)
    this.#view.setUint32(at, x, true)
    return this
  }

  f32(x: number): this {
    const at = this.#take(4)
    this.#view.setFloat32(at, x, true)
    return this
  }

  f64(x: number): this {
    const at = this.#take(8)
    this.#view.setFloat64(at, x, true)
    return this
  }

  /** A whole number from 0 to 2^53 - 1, in seven bits a byte, the lowest first. */
  varint(x: number): this {
    if (x < 0x80) return this.u8(x)
    let at = this.#take(8)
    const bytes = this.#bytes
    while (x >= 0x10000000) {
      bytes[at++] = (x & 127) | 128
      x = Math.floor(x / 128)
    }
    while (x >= 0x80) {
      bytes[at++] = (x & 127) | 128
      x >>>= 7
    }
    bytes[at++] = x
    this.#length = at
    return this
  }

  /** A whole number between -2^52 and 2^52, small ones short whatever their sign. */
  zigzag(x: number): this {
    return this.varint(x < 0 ? -2 * x - 1 : 2 * x)
  }

  /** Any whole number: its sign and its length in bytes, then the bytes, lowest first. */
  bigint(x: bigint): this {
    const isNegative = x < 0n
    const hex = (isNegative ? -x : x).toString(16)
    const n = x === 0n ? 0 : (hex.length + 1) >> 1
    if (n > bigintBytesMax) {
      raise(':yore/limit-exceeded', `a whole number that is stored has ${bigintBytesMax} bytes`)
    }
    this.varint(2 * n + (isNegative ? 1 : 0))
    const at = this.#take(n)
    for (let i = 0; i < n; i++) {
      const end = hex.length - 2 * i
      this.#bytes[at + i] = parseInt(hex.slice(Math.max(0, end - 2), end), 16)
    }
    return this
  }

  /** The bytes as they are, without their length. */
  raw(bytes: Uint8Array): this {
    const at = this.#take(bytes.length)
    this.#bytes.set(bytes, at)
    return this
  }

  /** Bytes behind their length. */
  bytes(bytes: Uint8Array): this {
    return this.varint(bytes.length).raw(bytes)
  }

  /** Zeros until the length is a multiple of n, so that arrays of wide numbers can be read in place. */
  align(n: number): this {
    const rest = this.#length % n
    if (rest > 0) {
      const at = this.#take(n - rest)
      this.#bytes.fill(0, at, at + n - rest)
    }
    return this
  }

  /** A string: twice its length in bytes, then UTF-8; one more when it is no proper UTF-16, and its units follow. */
  string(text: string): this {
    if (text.length < 64 && this.#ascii(text)) return this
    if (!isWellFormed(text)) return this.#units(text)
    const encoded = encoder.encode(text)
    return this.varint(2 * encoded.length).raw(encoded)
  }

  // Short and plain: no need of a copy.
  #ascii(text: string): boolean {
    const n = text.length
    const start = this.#length
    this.u8(2 * n)
    const at = this.#take(n)
    const bytes = this.#bytes
    for (let i = 0; i < n; i++) {
      const c = text.charCodeAt(i)
      if (c > 127) {
        this.#length = start
        return false
      }
      bytes[at + i] = c
    }
    return true
  }

  #units(text: string): this {
    this.varint(4 * text.length + 1)
    for (let i = 0; i < text.length; i++) this.u16(text.charCodeAt(i))
    return this
  }
}
