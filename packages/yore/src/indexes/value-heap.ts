/**
 * The values of a stored dictionary or column as bytes: each is made when it is first asked for, and kept.
 *
 * (1) Forms: 'ascii', 'utf8' and 'utf16' for strings (the last for those with half a surrogate pair), 'uuids' of 16 bytes each, and
 *     'values' for everything else.
 * (2) Strings and uuids are held against a key without making them.
 * (3) What is made is counted: `grown` hears of about how many bytes of memory, some at a time.
 */

import { ByteReader } from '../data/codec/reader.ts'
import { readValue, uuidText } from '../data/codec/values.ts'
import { Uuid } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import { compareStored } from './entry.ts'
import type { Narrow } from './numbers.ts'

export const heapForms = ['ascii', 'utf8', 'utf16', 'values', 'uuids'] as const
export type HeapForm = (typeof heapForms)[number]

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

// Many strings are cut out of one that is decoded at once. Each piece keeps all of it in memory, so it is small.
const chunkBytes = 1024
const uuidBytes = 16
// Memory of a value beside its bytes, and after how many it is told.
const valueBytes = 40
const toldValues = 64

export class ValueHeap {
  readonly form: HeapForm
  readonly bytes: Uint8Array
  /** Of each value in bytes; null for uuids. */
  readonly lengths: Narrow | null
  readonly count: number
  readonly #grown: (bytes: number) => void
  #offsets: Uint32Array | null = null
  #made: Value[] | null = null
  #untold = 0

  constructor(
    form: HeapForm,
    bytes: Uint8Array,
    lengths: Narrow | null,
    grown: (bytes: number) => void,
  ) {
    this.form = form
    this.bytes = bytes
    this.lengths = lengths
    this.count = lengths === null ? bytes.length / uuidBytes : lengths.length
    this.#grown = grown
  }

  #starts(): Uint32Array {
    if (this.#offsets !== null) return this.#offsets
    const { lengths, count } = this
    const offsets = new Uint32Array(count + 1)
    let at = 0
    for (let i = 0; i < count; i++) {
      offsets[i] = at
      at += lengths === null ? uuidBytes : (lengths[i] as number)
    }
    offsets[count] = at
    this.#offsets = offsets
    this.#grown(4 * count)
    return offsets
  }

  at(i: number): Value {
    let made = this.#made
    if (made === null) {
      this.#made = made = this.#room()
    }
    const known = made[i]
    if (known !== undefined) return known
    const value = this.#make(i)
    made[i] = value
    if (++this.#untold === toldValues) this.#tell()
    return value
  }

  #room(): Value[] {
    const out: Value[] = []
    out.length = this.count
    this.#grown(8 * this.count)
    return out
  }

  #tell(): void {
    const share = this.bytes.length / Math.max(1, this.count)
    this.#grown(Math.round(this.#untold * (valueBytes + share)))
    this.#untold = 0
  }

  #make(i: number): Value {
    const offsets = this.#starts()
    const bytes = this.bytes.subarray(offsets[i], offsets[i + 1])
    switch (this.form) {
      case 'ascii':
      case 'utf8':
        return decoder.decode(bytes)
      case 'utf16':
        return fromUnits(bytes)
      case 'values':
        return readValue(new ByteReader(bytes))
      case 'uuids':
        return new Uuid(uuidText(bytes))
    }
  }

  /** All values; the heap is not needed any more. */
  all(): readonly Value[] {
    const made = this.#made ?? this.#room()
    this.#made = made
    if (this.form === 'ascii' || this.form === 'utf8') this.#makeStrings(made)
    else {
      for (let i = 0; i < this.count; i++) {
        if (made[i] !== undefined) continue
        made[i] = this.#make(i)
        this.#untold++
      }
    }
    this.#tell()
    return made
  }

  #makeStrings(made: Value[]): void {
    const offsets = this.#starts()
    const { bytes, count } = this
    for (let i = 0; i < count;) {
      const start = offsets[i] as number
      let end = i + 1
      while (end < count && (offsets[end + 1] as number) - start <= chunkBytes) end++
      const chunk = decoder.decode(bytes.subarray(start, offsets[end]))
      const plain = chunk.length === (offsets[end] as number) - start
      for (; i < end; i++) {
        if (made[i] !== undefined) continue
        const from = offsets[i] as number
        const to = offsets[i + 1] as number
        made[i] = plain
          ? chunk.substring(from - start, to - start)
          : decoder.decode(bytes.subarray(from, to))
        this.#untold++
      }
    }
  }

  /** How value i stands to the key in the order of values. */
  compare(i: number, key: Value): number {
    const made = this.#made?.[i]
    if (made !== undefined) return compareStored(made, key)
    if (this.form === 'uuids' && key instanceof Uuid) {
      const other = bytesOfUuid(key)
      if (other !== null) return this.#compareUuid(i * uuidBytes, other)
    }
    if (typeof key === 'string' && (this.form === 'ascii' || this.form === 'utf8')) {
      return this.#compareString(i, key)
    }
    return compareStored(this.at(i), key)
  }

  // By the two halves, each with its sign.
  #compareUuid(start: number, key: Uint8Array): number {
    const { bytes } = this
    for (let k = 0; k < uuidBytes; k++) {
      const sign = k % 8 === 0 ? 128 : 0
      const d = ((bytes[start + k] as number) ^ sign) - ((key[k] as number) ^ sign)
      if (d !== 0) return d
    }
    return 0
  }

  #compareString(i: number, key: string): number {
    const offsets = this.#starts()
    const start = offsets[i] as number
    const n = (offsets[i + 1] as number) - start
    const { bytes } = this
    const shared = Math.min(n, key.length)
    for (let k = 0; k < shared; k++) {
      const byte = bytes[start + k] as number
      // from here on bytes and units differ
      if (byte >= 128) return compareStored(this.at(i), key)
      const d = byte - key.charCodeAt(k)
      if (d !== 0) return d
    }
    return n - key.length
  }
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
let lastUuid: Uuid | null = null
let lastBytes: Uint8Array | null = null

/** The 16 bytes of a uuid in canonical form, or null; the last one is remembered, for a search asks many times. */
export function bytesOfUuid(uuid: Uuid): Uint8Array | null {
  if (uuid === lastUuid) return lastBytes
  lastUuid = uuid
  lastBytes = null
  if (!uuidPattern.test(uuid.text)) return null
  const hex = uuid.text.replaceAll('-', '')
  lastBytes = Uint8Array.from({ length: uuidBytes }, (_, i) =>
    parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  )
  return lastBytes
}

function fromUnits(bytes: Uint8Array): string {
  let out = ''
  for (let i = 0; i < bytes.length; i += 2) {
    out += String.fromCharCode((bytes[i] as number) | ((bytes[i + 1] as number) << 8))
  }
  return out
}
