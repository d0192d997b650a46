/**
 * The values of a stored dictionary or column as bytes: each is made when it is asked for, and kept while it is used.
 *
 * (1) Forms: 'ascii', 'utf8' and 'utf16' for strings (the last for those with half a surrogate pair), 'uuids' of 16 bytes each, and
 *     'values' for everything else.
 * (2) Strings and uuids are held against a key without making them.
 * (3) Nothing is kept until more values have been made than there are: what is read once does not take the place of what is used. Then
 *     its home (segment-source.ts) says whether there is room, and may want that back.
 * (4) Objects of a dictionary are made once and kept: rows that had one and the same go on to have it.
 * (5) What is kept is counted: its home hears of about how many bytes of memory, some at a time.
 */

import { ByteReader } from '../../data/codec/reader.ts'
import { readValue, uuidText } from '../../data/codec/values.ts'
import { Uuid } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { compareStored } from '../facts/entry.ts'
import { usedNow } from './made-values.ts'
import type { Keeper } from './made-values.ts'
import type { Narrow } from './numbers.ts'

export const heapForms = ['ascii', 'utf8', 'utf16', 'values', 'uuids'] as const
export type HeapForm = (typeof heapForms)[number]

/** Where the bytes of a heap are at home. */
export interface HeapHome {
  /** It has come to take more bytes of memory, or less. */
  grown(bytes: number): void
  /** May it keep the values that it makes, so many bytes to begin with? What is admitted is told by `kept` from then on. */
  admits(keeper: Keeper, bytes: number): boolean
  kept(keeper: Keeper, bytes: number): void
}

/** The home of what is read and let go as a whole. */
export const noHome: HeapHome = { grown: () => {}, admits: () => true, kept: () => {} }

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

// Many strings are cut out of one that is decoded at once. Each piece keeps all of it in memory, so it is small.
const chunkBytes = 1024
const uuidBytes = 16
// Strings that are asked for one after another are decoded so many at once.
const aheadMax = 16
/** Of every eighth value it is known where it begins. */
export const startsEvery = 8
const startShift = 3
// Memory of a value beside its bytes, and after how many it is told.
const valueBytes: Readonly<Record<HeapForm, number>> = {
  ascii: 24,
  utf8: 32,
  utf16: 32,
  values: 40,
  uuids: 88,
}
const toldValues = 64

export class ValueHeap implements Keeper {
  readonly form: HeapForm
  readonly bytes: Uint8Array
  /** Of each value in bytes; null for uuids. */
  readonly lengths: Narrow | null
  readonly count: number
  used = 0
  place = -1
  kept = 0
  readonly #home: HeapHome
  readonly #keepsAll: boolean
  #starts: Uint32Array | null = null
  #made: Value[] | null = null
  // Is all of it made?
  #isWhole = false
  // Values that were made since nothing was kept.
  #asked = 0
  #untold = 0
  // The last value that was asked for and where it ends; and values [low, high) as one string, which begins at byte `at`.
  #last = -2
  #end = 0
  #chunk = ''
  #low = 0
  #high = 0
  #at = 0

  /** `isDictionary`: rows share its values. */
  constructor(
    form: HeapForm,
    bytes: Uint8Array,
    lengths: Narrow | null,
    home: HeapHome,
    isDictionary: boolean,
  ) {
    this.form = form
    this.bytes = bytes
    this.lengths = lengths
    this.count = lengths === null ? bytes.length / uuidBytes : lengths.length
    this.#home = home
    this.#keepsAll = isDictionary && (form === 'values' || form === 'uuids')
  }

  // Where value i begins; i may be the count.
  #startOf(i: number): number {
    const { lengths } = this
    if (lengths === null) return i * uuidBytes
    const starts = this.#starts ?? this.#findStarts(lengths)
    let at = starts[i >> startShift] as number
    for (let k = i & -startsEvery; k < i; k++) at += lengths[k] as number
    return at
  }

  #findStarts(lengths: Narrow): Uint32Array {
    const starts = new Uint32Array((this.count >> startShift) + 1)
    let at = 0
    for (let i = 0; i < this.count; i++) {
      if ((i & (startsEvery - 1)) === 0) starts[i >> startShift] = at
      at += lengths[i] as number
    }
    if ((this.count & (startsEvery - 1)) === 0) starts[this.count >> startShift] = at
    this.#starts = starts
    this.#home.grown(starts.byteLength)
    return starts
  }

  // ---- one value ----

  at(i: number): Value {
    const made = this.#made
    if (made !== null) {
      const known = made[i]
      if (known !== undefined) {
        this.used = usedNow
        return known
      }
    }
    return this.#miss(i)
  }

  #miss(i: number): Value {
    const value = this.#make(i)
    const made = this.#made ?? this.#keep(1)
    if (made !== null) {
      made[i] = value
      if (++this.#untold >= toldValues) this.#tell()
    }
    return value
  }

  #make(i: number): Value {
    const { form } = this
    if (form === 'ascii' || form === 'utf8') return this.#makeString(i)
    const start = this.#startOf(i)
    const { lengths } = this
    const n = lengths === null ? uuidBytes : (lengths[i] as number)
    const bytes = this.bytes.subarray(start, start + n)
    switch (form) {
      case 'utf16':
        return fromUnits(bytes)
      case 'values':
        return readValue(new ByteReader(bytes))
      case 'uuids':
        return new Uuid(uuidText(bytes))
    }
  }

  #makeString(i: number): string {
    const last = this.#last
    this.#last = i
    const start = i === last + 1 ? this.#end : this.#startOf(i)
    const n = (this.lengths as Narrow)[i] as number
    this.#end = start + n
    if (i < this.#low || i >= this.#high) {
      const follows = i > last && i <= last + 4
      if (!follows || !this.#decodeAhead(i, start)) {
        return decoder.decode(this.bytes.subarray(start, start + n))
      }
    }
    return this.#chunk.substring(start - this.#at, start - this.#at + n)
  }

  // Decodes value i and some after it; false where bytes are not units there, or there are too many.
  #decodeAhead(i: number, start: number): boolean {
    const high = Math.min(this.count, i + aheadMax)
    const end = this.#startOf(high)
    if (end - start > chunkBytes) return false
    const chunk = decoder.decode(this.bytes.subarray(start, end))
    if (chunk.length !== end - start) return false
    this.#chunk = chunk
    this.#low = i
    this.#high = high
    this.#at = start
    return true
  }

  // ---- many ----

  /** All values, if they are made and kept. */
  get whole(): readonly Value[] | null {
    if (!this.#isWhole) return null
    this.used = usedNow
    return this.#made
  }

  /** All values. */
  all(): readonly Value[] {
    const made = this.#made ?? this.#keep(this.count)
    if (made === null) {
      const out: Value[] = []
      this.#makeRange(0, this.count, out, 0)
      return out
    }
    this.used = usedNow
    this.#complete(made, 0, this.count)
    return made
  }

  /** Values [low, high) to out[at...]. */
  copy(low: number, high: number, out: Value[], at: number): void {
    const made = this.#made ?? this.#keep(high - low)
    if (made === null) {
      this.#makeRange(low, high, out, at)
      return
    }
    this.used = usedNow
    this.#complete(made, low, high)
    for (let i = low; i < high; i++) out[at++] = made[i] as Value
  }

  // What of values [low, high) is not there yet.
  #complete(made: Value[], low: number, high: number): void {
    if (this.#isWhole) return
    for (let i = low; i < high; i++) {
      if (made[i] !== undefined) continue
      let end = i + 1
      while (end < high && made[end] === undefined) end++
      this.#makeRange(i, end, made, i)
      this.#untold += end - i
      i = end
    }
    if (high - low === this.count) this.#isWhole = true
    if (this.#isWhole || this.#untold >= toldValues) this.#tell()
  }

  #makeRange(low: number, high: number, out: Value[], at: number): void {
    if (this.form === 'ascii' || this.form === 'utf8') this.#makeStrings(low, high, out, at)
    else for (let i = low; i < high; i++) out[at++] = this.#make(i)
  }

  #makeStrings(low: number, high: number, out: Value[], to: number): void {
    const { bytes } = this
    const lengths = this.lengths as Narrow
    let start = this.#startOf(low)
    for (let i = low; i < high;) {
      let end = i + 1
      let next = start + (lengths[i] as number)
      while (end < high && next + (lengths[end] as number) - start <= chunkBytes) {
        next += lengths[end++] as number
      }
      const chunk = decoder.decode(bytes.subarray(start, next))
      const plain = chunk.length === next - start
      for (let at = 0; i < end; i++) {
        const n = lengths[i] as number
        out[to++] = plain
          ? chunk.substring(at, at + n)
          : decoder.decode(bytes.subarray(start + at, start + at + n))
        at += n
      }
      start = next
    }
  }

  // ---- keeping ----

  // Where to keep values, now that so many more are made; null: nowhere.
  #keep(more: number): Value[] | null {
    const bytes = 8 * this.count
    if (this.#keepsAll) this.#home.grown(bytes)
    else {
      this.#asked += more
      if (this.#asked <= this.count) return null
      this.#asked = 0
      if (!this.#home.admits(this, bytes)) return null
    }
    const made: Value[] = []
    made.length = this.count
    this.#made = made
    return made
  }

  #tell(): void {
    const share = this.bytes.length / Math.max(1, this.count)
    const bytes = Math.round(this.#untold * (valueBytes[this.form] + share))
    this.#untold = 0
    if (this.#keepsAll) this.#home.grown(bytes)
    else this.#home.kept(this, bytes)
  }

  letGo(bytes: number): void {
    this.#made = null
    this.#isWhole = false
    this.#asked = 0
    this.#untold = 0
    this.#home.grown(-bytes)
  }

  // ---- comparing ----

  /** How value i stands to the key in the order of values. */
  compare(i: number, key: Value): number {
    // bytes are where they are, and a string may be a piece of another
    if (typeof key === 'string' && (this.form === 'ascii' || this.form === 'utf8')) {
      return this.#compareString(i, key)
    }
    if (this.form === 'uuids' && key instanceof Uuid) {
      const other = bytesOfUuid(key)
      if (other !== null) return this.#compareUuid(i * uuidBytes, other)
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
    const start = this.#startOf(i)
    const n = (this.lengths as Narrow)[i] as number
    const { bytes } = this
    if (key !== lastKey) setKey(key)
    const units = keyUnits
    const { length } = key
    const shared = n < length ? n : length
    for (let k = 0; k < shared; k++) {
      const byte = bytes[start + k] as number
      // from here on bytes and units differ
      if (byte >= 128) return compareStored(this.at(i), key)
      const d = byte - (k < units.length ? (units[k] as number) : key.charCodeAt(k))
      if (d !== 0) return d
    }
    return n - length
  }
}

// The first units of the last key, for a search asks many times.
let lastKey = ''
const keyUnits = new Uint16Array(128)

function setKey(key: string): void {
  const n = Math.min(key.length, keyUnits.length)
  for (let i = 0; i < n; i++) keyUnits[i] = key.charCodeAt(i)
  lastKey = key
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
