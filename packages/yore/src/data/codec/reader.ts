/**
 * Reads what writer.ts wrote, from bytes that nobody vouches for.
 *
 * (1) Whatever the bytes are, a read gives a value or a YoreError; it never reads beyond the end, and never takes more memory than a
 *     small multiple of the bytes.
 */

import { raise } from '../../base/errors.ts'
import { bigintBytesMax } from './writer.ts'

const unitMax = 2 ** 49
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Throws for bytes that nothing of ours has written. */
export function corrupt(what: string, data: Readonly<Record<string, unknown>> = {}): never {
  return raise(':yore/storage-corrupt', `damaged data: ${what}`, data)
}

/** A place in a sequence of bytes, moving forward. `new ByteReader(bytes).varint()` */
export class ByteReader {
  readonly #bytes: Uint8Array
  // made when it is needed: many readers are short
  #wide: DataView | null = null
  #at: number
  readonly #end: number

  constructor(bytes: Uint8Array, from = 0, to: number = bytes.length) {
    this.#bytes = bytes
    this.#at = from
    this.#end = to
  }

  get #view(): DataView {
    const { buffer, byteOffset, byteLength } = this.#bytes
    this.#wide ??= new DataView(buffer, byteOffset, byteLength)
    return this.#wide
  }

  get position(): number {
    return this.#at
  }

  /** How many bytes are left. */
  get left(): number {
    return this.#end - this.#at
  }

  #take(n: number): number {
    const at = this.#at
    if (n > this.#end - at) return corrupt(`${n} bytes wanted, ${this.#end - at} are left`)
    this.#at = at + n
    return at
  }

  u8(): number {
    const at = this.#take(1)
    return this.#bytes[at] as number
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true)
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true)
  }

  f32(): number {
    return this.#view.getFloat32(this.#take(4), true)
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), true)
  }

  varint(): number {
    let byte = this.u8()
    if (byte < 128) return byte
    let x = byte & 127
    // eight bytes hold all whole numbers that we write
    for (let unit = 128; byte >= 128; unit *= 128) {
      if (unit > unitMax) return corrupt('a whole number that is too long')
      byte = this.u8()
      x += (byte & 127) * unit
    }
    return x <= Number.MAX_SAFE_INTEGER ? x : corrupt('a whole number that is too long')
  }

  zigzag(): number {
    const x = this.varint()
    return x % 2 === 0 ? x / 2 : -(x + 1) / 2
  }

  bigint(): bigint {
    const head = this.varint()
    const n = Math.floor(head / 2)
    if (n > bigintBytesMax) return corrupt('a whole number that is too long')
    const at = this.#take(n)
    let hex = ''
    for (let i = n - 1; i >= 0; i--)
      hex += (this.#bytes[at + i] as number).toString(16).padStart(2, '0')
    const x = n === 0 ? 0n : BigInt(`0x${hex}`)
    return head % 2 === 0 ? x : -x
  }

  /** The next n bytes, in place: a view, no copy. */
  view(n: number): Uint8Array {
    const at = this.#take(n)
    return this.#bytes.subarray(at, at + n)
  }

  /** Bytes behind their length, as a copy. */
  bytes(): Uint8Array {
    return this.view(this.varint()).slice()
  }

  /** Goes on to the next multiple of n, counted from the beginning of the bytes. */
  align(n: number): this {
    const rest = this.#at % n
    if (rest > 0) this.#take(n - rest)
    return this
  }

  string(): string {
    const head = this.varint()
    const n = Math.floor(head / 2)
    if (head % 2 === 1) return this.#units(n)
    const at = this.#take(n)
    return n < 16 ? this.#short(at, n) : this.#decode(at, n)
  }

  #decode(at: number, n: number): string {
    try {
      return decoder.decode(this.#bytes.subarray(at, at + n))
    } catch {
      return corrupt('a string that is no UTF-8')
    }
  }

  // The decoder costs more than a few letters do.
  #short(at: number, n: number): string {
    let text = ''
    for (let i = at; i < at + n; i++) {
      const c = this.#bytes[i] as number
      if (c > 127) return this.#decode(at, n)
      text += String.fromCharCode(c)
    }
    return text
  }

  #units(n: number): string {
    const at = this.#take(n)
    if (n % 2 === 1) return corrupt('half a letter')
    let text = ''
    for (let i = 0; i < n; i += 2) text += String.fromCharCode(this.#view.getUint16(at + i, true))
    return text
  }

  /** A count of things that take at least `bytesEach`: more than could follow is damage. */
  count(bytesEach = 1): number {
    const n = this.varint()
    if (n * bytesEach > this.left)
      return corrupt(`${n} things are said to follow, in ${this.left} bytes`)
    return n
  }

  /** Nothing may be left. */
  end(): void {
    if (this.left > 0) corrupt(`${this.left} bytes too many`)
  }
}
