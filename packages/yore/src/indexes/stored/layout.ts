/**
 * Bytes in two parts: a head of small numbers, read in sequence, and a body of columns, which are read as views where they lie.
 *
 *   u32 length of the head · head · body, from the next multiple of 8
 *
 * (1) Every column of the body begins at a multiple of its width, so the bytes have to begin at a multiple of 8 of their buffer.
 * (2) Columns lie as in memory: little-endian, as every machine is on which JavaScript runs today.
 * (3) What does not fit is `:yore/storage-corrupt`, never a wrong answer.
 */

import { corrupt, ByteReader } from '../../data/codec/reader.ts'
import { ByteWriter } from '../../data/codec/writer.ts'
import { Numbers } from '../segments/numbers.ts'
import type { Narrow } from '../segments/numbers.ts'

const align = (n: number, to: number): number => Math.ceil(n / to) * to

export class LayoutWriter {
  readonly head: ByteWriter = new ByteWriter()
  readonly #body = new ByteWriter(4096)

  reset(): void {
    this.head.reset()
    this.#body.reset()
  }

  /** The data of a column. */
  narrow(data: Narrow): void {
    const width = data.BYTES_PER_ELEMENT
    this.head.u8(width)
    this.#body.align(width).raw(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }

  numbers({ base, data }: Numbers): void {
    this.head.f64(base)
    this.narrow(data)
  }

  /** Bytes behind their length. */
  bytes(bytes: Uint8Array): void {
    this.head.varint(bytes.length)
    this.#body.raw(bytes)
  }

  finish(): Uint8Array {
    const [head, body] = [this.head.peek(), this.#body.peek()]
    const start = align(4 + head.length, 8)
    const out = new Uint8Array(start + body.length)
    new DataView(out.buffer).setUint32(0, head.length, true)
    out.set(head, 4)
    out.set(body, start)
    return out
  }
}

export class LayoutReader {
  readonly head: ByteReader
  readonly #bytes: Uint8Array
  readonly #bodyStart: number
  #body = 0

  constructor(given: Uint8Array) {
    // views need their places
    const bytes = given.byteOffset % 8 === 0 ? given : given.slice()
    const length = new ByteReader(bytes).u32()
    this.#bytes = bytes
    this.#bodyStart = align(4 + length, 8)
    if (4 + length > bytes.length) corrupt('a head that is longer than all')
    this.head = new ByteReader(bytes, 4, 4 + length)
  }

  /** A count that is not more than `max`. */
  countTo(max: number): number {
    const out = this.head.varint()
    return out <= max ? out : corrupt(`a count of ${out}, where at most ${max} is possible`)
  }

  narrow(n: number): Narrow {
    const width = this.head.u8()
    const { buffer } = this.#bytes
    switch (width) {
      case 1:
        return new Uint8Array(buffer, this.#place(n, 1), n)
      case 2:
        return new Uint16Array(buffer, this.#place(2 * n, 2), n)
      case 4:
        return new Uint32Array(buffer, this.#place(4 * n, 4), n)
      case 8:
        return new Float64Array(buffer, this.#place(8 * n, 8), n)
      default:
        return corrupt(`a column ${width} bytes wide`)
    }
  }

  numbers(n: number): Numbers {
    const base = this.head.f64()
    return new Numbers(base, this.narrow(n))
  }

  /** Bytes behind their length, as a view. */
  bytes(): Uint8Array {
    const n = this.head.varint()
    return new Uint8Array(this.#bytes.buffer, this.#place(n, 1), n)
  }

  // Where the next n bytes of the body lie in the buffer.
  #place(n: number, width: number): number {
    const start = align(this.#body, width)
    this.#body = start + n
    const at = this.#bodyStart + start
    if (at + n > this.#bytes.length) corrupt('a column that goes beyond the end')
    return this.#bytes.byteOffset + at
  }
}
