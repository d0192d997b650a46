/**
 * Which keys a live tree has none of: a filter of bits, so that who looks for a single fact that is not there need not search the tree.
 *
 * (1) What was added is never denied; of what was not, about one in a hundred is not denied either.
 * (2) It only grows, so that one filter serves a tree and all that come of it; older ones then deny a little less.
 * (3) It grows by layers, each twice as large as the one before: what is there is never noted anew.
 */

import type { Value } from '../../data/values.ts'
import { keyOf } from './waiting-entries.ts'
import type { Key } from './waiting-entries.ts'

const bitsPerKey = 10
// a quarter of a megabyte
const leastKeys = 200_000

class Layer {
  readonly room: number
  readonly #bits: Uint32Array
  readonly #mask: number

  constructor(keys: number) {
    const bits = 2 ** Math.ceil(Math.log2(keys * bitsPerKey))
    // as many as the bits are for
    this.room = Math.floor(bits / bitsPerKey)
    this.#bits = new Uint32Array(bits >>> 5)
    this.#mask = bits - 1
  }

  add(key: Key): void {
    const bits = this.#bits
    let hash = hashOf(key)
    for (let i = 0; i < 3; i++) {
      const at = hash & this.#mask
      bits[at >>> 5] = (bits[at >>> 5] as number) | (1 << (at & 31))
      hash = next(hash)
    }
  }

  mayHave(key: Key): boolean {
    const bits = this.#bits
    let hash = hashOf(key)
    for (let i = 0; i < 3; i++) {
      const at = hash & this.#mask
      if (((bits[at >>> 5] as number) & (1 << (at & 31))) === 0) return false
      hash = next(hash)
    }
    return true
  }
}

export class KeyFilter {
  // the newest last, each with more room than the one before it
  readonly #layers: Layer[]
  // keys in the newest
  #keys = 0
  // something was added that has no key
  #isOpen = false

  /** For about so many keys, and more. */
  constructor(keys: number) {
    this.#layers = [new Layer(Math.max(leastKeys, keys))]
  }

  add(value: Value): void {
    const key = keyOf(value)
    if (key === null) {
      this.#isOpen = true
      return
    }
    let layer = this.#layers[this.#layers.length - 1] as Layer
    if (this.#keys >= layer.room) {
      layer = new Layer(layer.room * 2)
      this.#layers.push(layer)
      this.#keys = 0
    }
    this.#keys++
    layer.add(key)
  }

  /** Was it perhaps added? */
  mayHave(value: Value): boolean {
    if (this.#isOpen) return true
    const key = keyOf(value)
    return key === null || this.#layers.some((layer) => layer.mayHave(key))
  }
}

const next = (hash: number): number => mixed(hash + 0x9e3779b9)

function mixed(x: number): number {
  let h = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

function hashOf(key: Key): number {
  if (typeof key === 'number') {
    // whole numbers by their two halves; of others the part before the point will do
    return mixed((key | 0) ^ Math.imul(Math.floor(key / 2 ** 32) | 0, 0x9e3779b1))
  }
  return textHash(typeof key === 'string' ? key : key.text)
}

// Of a long text the beginning and the end.
const textMax = 32

function textHash(text: string): number {
  const n = text.length
  let hash = n
  const head = Math.min(n, textMax)
  for (let i = 0; i < head; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  for (let i = Math.max(head, n - textMax); i < n; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  }
  return mixed(hash)
}
