/**
 * Bytes in two parts: a head of small numbers, read in sequence, and a body of columns, which are read as views where they lie.
 *
 *   u32 length of the head · head · body, from the next multiple of 8
 *
 * (1) Every column of the body begins at a multiple of its width, so that the bytes have to begin at a multiple of 8 of their buffer.
 * (2) Columns lie as in memory: little-endian, as every machine is on which JavaScript runs today.
 * (3) Reading beyond the end is an error (RangeError), never a wrong answer.
 */

import type { Narrow } from './numbers.ts'
import { Numbers } from './numbers.ts'

const align = (n: number, to: number): number => Math.ceil(n / to) * to
const encoder = new TextEncoder()

class Growing {
  bytes: Uint8Array = new Uint8Array(1024)
  view: DataView = new DataView(this.bytes.buffer)
  length = 0

  reserve(more: number): void {
    const needed = this.length + more
    if (needed <= this.bytes.length) return
    const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2))
    larger.set(this.bytes.subarray(0, this.length))
    this.bytes = larger
    this.view = new DataView(larger.buffer)
  }
}

export class LayoutWriter {
  readonly #head = new Growing()
  readonly #body = new Growing()

  clear(): void {
    this.#head.length = this.#body.length = 0
  }

  byte(x: number): void {
    this.#head.reserve(1)
    this.#head.bytes[this.#head.length++] = x
  }

  /** A whole number from 0, below 2^53. */
  count(x: number): void {
    let rest = x
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.byte((rest % 128) | 128)
    this.byte(rest)
  }

  double(x: number): void {
    const head = this.#head
    head.reserve(8)
    head.view.setFloat64(head.length, x, true)
    head.length += 8
  }

  text(x: string): void {
    const bytes = encoder.encode(x)
    this.count(bytes.length)
    this.#head.reserve(bytes.length)
    this.#head.bytes.set(bytes, this.#head.length)
    this.#head.length += bytes.length
  }

  /** The data of a column. */
  narrow(data: Narrow): void {
    const width = data.BYTES_PER_ELEMENT
    this.byte(width)
    this.bytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), width)
  }

  numbers({ base, data }: Numbers): void {
    this.double(base)
    this.narrow(data)
  }

  /** Bytes of the body, from a multiple of `width`. */
  bytes(from: Uint8Array, width: number): void {
    const body = this.#body
    const start = align(body.length, width)
    body.reserve(start - body.length + from.length)
    body.bytes.fill(0, body.length, start)
    body.bytes.set(from, start)
    body.length = start + from.length
  }

  /** A text of that many bytes, straight into the body. */
  utf8(text: string, bytes: number): void {
    const body = this.#body
    body.reserve(bytes)
    encoder.encodeInto(text, body.bytes.subarray(body.length, body.length + bytes))
    body.length += bytes
  }

  done(): Uint8Array {
    const [head, body] = [this.#head, this.#body]
    const start = align(4 + head.length, 8)
    const out = new Uint8Array(start + body.length)
    new DataView(out.buffer).setUint32(0, head.length, true)
    out.set(head.bytes.subarray(0, head.length), 4)
    out.set(body.bytes.subarray(0, body.length), start)
    return out
  }
}

export class LayoutReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 4
  readonly #headEnd: number
  readonly #bodyStart: number
  #body = 0

  constructor(given: Uint8Array) {
    // views need their places
    const bytes = given.byteOffset % 8 === 0 ? given : given.slice()
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#headEnd = 4 + this.#view.getUint32(0, true)
    this.#bodyStart = align(this.#headEnd, 8)
    if (this.#bodyStart > align(bytes.length, 8)) throw new RangeError('the head is too long')
  }

  byte(): number {
    if (this.#at >= this.#headEnd) throw new RangeError('beyond the head')
    return this.#bytes[this.#at++] as number
  }

  count(): number {
    let out = 0
    let scale = 1
    for (;;) {
      const x = this.byte()
      out += (x & 127) * scale
      if (x < 128) break
      scale *= 128
    }
    if (!Number.isSafeInteger(out)) throw new RangeError('no count')
    return out
  }

  /** A count that is not more than `max`. */
  countTo(max: number): number {
    const out = this.count()
    if (out > max) throw new RangeError('a count is too large')
    return out
  }

  double(): number {
    const at = this.#at
    this.#at += 8
    if (this.#at > this.#headEnd) throw new RangeError('beyond the head')
    return this.#view.getFloat64(at, true)
  }

  text(): string {
    const n = this.count()
    const at = this.#at
    this.#at += n
    if (this.#at > this.#headEnd) throw new RangeError('beyond the head')
    return decoder.decode(this.#bytes.subarray(at, at + n))
  }

  narrow(n: number): Narrow {
    const width = this.byte()
    const at = this.#place(n * width, width)
    const { buffer } = this.#bytes
    switch (width) {
      case 1:
        return new Uint8Array(buffer, at, n)
      case 2:
        return new Uint16Array(buffer, at, n)
      case 4:
        return new Uint32Array(buffer, at, n)
      case 8:
        return new Float64Array(buffer, at, n)
      default:
        throw new RangeError('no width')
    }
  }

  numbers(n: number): Numbers {
    const base = this.double()
    return new Numbers(base, this.narrow(n))
  }

  bytes(n: number, width: number): Uint8Array {
    return new Uint8Array(this.#bytes.buffer, this.#place(n, width), n)
  }

  // Where the next n bytes of the body lie in the buffer.
  #place(n: number, width: number): number {
    const start = align(this.#body, width || 1)
    this.#body = start + n
    const at = this.#bodyStart + start
    if (at + n > this.#bytes.length) throw new RangeError('beyond the body')
    return this.#bytes.byteOffset + at
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
