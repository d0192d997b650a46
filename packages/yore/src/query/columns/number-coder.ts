/**
 * Codes for numbers, by open addressing over typed arrays.
 *
 * (1) Codes are dense whole numbers from 0 in order of first appearance. Numbers are compared as SameValueZero does.
 */

import { newFloats, newInts } from '../../base/arrays.ts'

const float = new Float64Array(1)
const halves = new Uint32Array(float.buffer)

function hashOf(x: number): number {
  float[0] = x
  const h = Math.imul(
    (halves[0] as number) ^ Math.imul(halves[1] as number, 0x9e3779b1),
    0x85ebca6b,
  )
  return (h ^ (h >>> 15)) >>> 0
}

/** Codes for numbers: open addressing over typed arrays. */
export class NumberCoder {
  size = 0
  #keys: Float64Array
  #codes: Int32Array
  #mask: number

  constructor(expected: number) {
    let capacity = 16
    while (capacity < expected * 2) capacity *= 2
    this.#keys = newFloats(capacity)
    this.#codes = newInts(capacity)
    this.#mask = capacity - 1
  }

  /** The code of x, a new one if it has none. */
  add(value: number): number {
    const x = value + 0
    let i = hashOf(x) & this.#mask
    for (;;) {
      const code = this.#codes[i] as number
      if (code === 0) break
      const y = this.#keys[i] as number
      if (y === x || (y !== y && x !== x)) return code - 1
      i = (i + 1) & this.#mask
    }
    this.#keys[i] = x
    this.#codes[i] = ++this.size
    if (this.size * 2 > this.#mask) this.#grow()
    return this.size - 1
  }

  /** The code of x, or -1. */
  find(value: number): number {
    const x = value + 0
    let i = hashOf(x) & this.#mask
    for (;;) {
      const code = this.#codes[i] as number
      if (code === 0) return -1
      const y = this.#keys[i] as number
      if (y === x || (y !== y && x !== x)) return code - 1
      i = (i + 1) & this.#mask
    }
  }

  #grow(): void {
    const keys = this.#keys
    const codes = this.#codes
    const capacity = keys.length * 2
    this.#keys = newFloats(capacity)
    this.#codes = newInts(capacity)
    this.#mask = capacity - 1
    for (let i = 0; i < keys.length; i++) {
      if (codes[i] === 0) continue
      let j = hashOf(keys[i] as number) & this.#mask
      while (this.#codes[j] !== 0) j = (j + 1) & this.#mask
      this.#keys[j] = keys[i] as number
      this.#codes[j] = codes[i] as number
    }
  }
}
