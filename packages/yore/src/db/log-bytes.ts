/**
 * Writing and reading the small things that the log is made of: whole numbers of variable length, texts.
 *
 * (1) Numbers are whole and safe: up to 2^53, negative ones with their sign in the lowest bit.
 * (2) Reading beyond the end, or what is no number, is an error of its own (`damaged`), never a wrong answer.
 */

import { raise } from '../base/errors.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })
const shortText = 64

/** What cannot be read as what it should be: the caller says of what. */
export function damaged(what: string): never {
  return raise(':yore/storage-corrupt', `${what}: these bytes are not what was written`)
}

/** Bytes that grow. */
export class LogWriter {
  bytes: Uint8Array
  length = 0

  constructor(size = 256) {
    this.bytes = new Uint8Array(size)
  }

  /** Room for so many more. */
  reserve(n: number): void {
    if (this.length + n <= this.bytes.length) return
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + n))
    larger.set(this.bytes.subarray(0, this.length))
    this.bytes = larger
  }

  byte(x: number): void {
    this.reserve(1)
    this.bytes[this.length++] = x
  }

  /** A whole number from 0, below 2^53. */
  number(x: number): void {
    this.reserve(8)
    let rest = x
    while (rest >= 0x80000000) {
      this.bytes[this.length++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    while (rest >= 128) {
      this.bytes[this.length++] = (rest & 127) | 128
      rest >>>= 7
    }
    this.bytes[this.length++] = rest
  }

  /** A whole number with a sign, its size below 2^52. */
  signed(x: number): void {
    this.number(x < 0 ? -2 * x - 1 : 2 * x)
  }

  double(x: number): void {
    this.reserve(8)
    new DataView(this.bytes.buffer, this.bytes.byteOffset).setFloat64(this.length, x, true)
    this.length += 8
  }

  text(x: string): void {
    if (x.length <= shortText && this.#ascii(x)) return
    const bytes = encoder.encode(x)
    this.sized(bytes)
  }

  /** Most texts are short and plain. */
  #ascii(x: string): boolean {
    const start = this.length
    this.number(x.length)
    this.reserve(x.length)
    const { bytes } = this
    let at = this.length
    for (let i = 0; i < x.length; i++) {
      const code = x.charCodeAt(i)
      if (code > 127) {
        this.length = start
        return false
      }
      bytes[at++] = code
    }
    this.length = at
    return true
  }

  sized(x: Uint8Array): void {
    this.number(x.length)
    this.raw(x)
  }

  raw(x: Uint8Array): void {
    this.reserve(x.length)
    this.bytes.set(x, this.length)
    this.length += x.length
  }

  /** What was written; shares the bytes. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }

  clear(): void {
    this.length = 0
  }
}

/** Reads what a LogWriter wrote. */
export class LogReader {
  readonly bytes: Uint8Array
  at: number
  readonly end: number

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  get isAtEnd(): boolean {
    return this.at >= this.end
  }

  byte(): number {
    if (this.at >= this.end) damaged('a byte beyond the end')
    return this.bytes[this.at++] as number
  }

  number(): number {
    const { bytes, end } = this
    let at = this.at
    let b = bytes[at++] as number
    let x = b & 127
    let scale = 128
    while (b >= 128) {
      if (at >= end || scale > 2 ** 49) damaged('a number')
      b = bytes[at++] as number
      x += (b & 127) * scale
      scale *= 128
    }
    if (at > end || x > Number.MAX_SAFE_INTEGER) damaged('a number')
    this.at = at
    return x
  }

  signed(): number {
    const x = this.number()
    return x % 2 === 0 ? x / 2 : -(x + 1) / 2
  }

  double(): number {
    const { buffer, byteOffset } = this.take(8)
    return new DataView(buffer, byteOffset).getFloat64(0, true)
  }

  text(): string {
    const bytes = this.sized()
    if (bytes.length <= shortText) {
      const plain = asciiText(bytes)
      if (plain !== null) return plain
    }
    try {
      return decoder.decode(bytes)
    } catch {
      return damaged('a text')
    }
  }

  /** Shares the bytes. */
  sized(): Uint8Array {
    return this.take(this.number())
  }

  /** What is left; shares the bytes. */
  rest(): Uint8Array {
    return this.take(this.end - this.at)
  }

  uint32(): number {
    const { buffer, byteOffset } = this.take(4)
    return new DataView(buffer, byteOffset).getUint32(0, true)
  }

  /** How long a list is that begins here: no longer than there are bytes. */
  count(): number {
    const n = this.number()
    return n <= this.end - this.at ? n : damaged('a count')
  }

  /** So many bytes; shares them. */
  take(n: number): Uint8Array {
    if (n > this.end - this.at) damaged('bytes beyond the end')
    const taken = this.bytes.subarray(this.at, this.at + n)
    this.at += n
    return taken
  }
}

function asciiText(bytes: Uint8Array): string | null {
  let out = ''
  for (let i = 0; i < bytes.length; i++) {
    const code = bytes[i] as number
    if (code > 127) return null
    out += String.fromCharCode(code)
  }
  return out
}
