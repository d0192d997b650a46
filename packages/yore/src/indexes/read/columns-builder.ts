/**
 * Builds result columns out of runs, picked rows, live entries and single datoms.
 *
 * (1) The value column begins as numbers of the wanted type; the first value that does not fit turns all of it into exact values.
 * (2) Where codes are wanted it begins with these, if the values repeat; the first stretch whose values do not turns them into values.
 * (3) Numbers that are wanted as they are stored are, as long as only runs come: the first other row has all of them copied.
 * (4) Runs and picked rows are copied by the kernels of numbers.ts, without a call per row.
 */

import { holding, newBytes, newFloats, newInts } from '../../base/arrays.ts'
import { listOf, newList } from '../../base/list.ts'
import type { Value } from '../../data/values.ts'
import { CodeTable } from '../segments/codes.ts'
import { CodedColumn, StoredColumn, exactOf, fits, packedOf } from '../segments/column.ts'
import type { Stretch } from '../segments/column.ts'
import type { Entry } from '../facts/entry.ts'
import type { Column, Columns, NumberType, Wanted } from '../fact-index.ts'
import { pickNumbers } from '../segments/numbers.ts'
import type { Segment } from '../segments/segment.ts'
import type { Window } from '../facts/window.ts'

const noFloats = new Float64Array(0)
const noBytes = new Uint8Array(0)
const noCodes = new Int32Array(0)
// To make a view takes as long as to fill a small column.
const cut = (x: Float64Array, n: number): Float64Array => (x.length === n ? x : x.subarray(0, n))

const cutCodes = (x: Int32Array, n: number): Int32Array => (x.length === n ? x : x.subarray(0, n))

/** Codes are given where a value stands for so many rows on average. */
const codesShare = 2

/** So many rows are added before the watch is told. */
const toldAtOnce = 4096

let pickedRows: Int32Array = new Int32Array(4096)

export class ColumnsBuilder {
  n = 0
  readonly #wanted: Wanted
  readonly #room: number
  #capacity = 0
  #e: Float64Array = noFloats
  #a: Float64Array = noFloats
  #t: Float64Array = noFloats
  #numbers: Float64Array = noFloats
  #added: Uint8Array = noBytes
  #probe: Int32Array | null
  // Ids and numbers that are not copied.
  #stored: { readonly e: Stretch[]; readonly v: Stretch[] } | null
  // Of values as long as they come as codes.
  #coder: CodeTable | null
  #codes: Int32Array = noCodes
  #type: NumberType | 'value'
  /** Rows that the watch has been told of. */
  #told = 0
  /** What is behind row n holds nothing. */
  #values: Value[] = newList()

  /** Room for `capacity` rows is made when the first one comes: many find nothing. */
  constructor(wanted: Wanted, type: NumberType | 'value', capacity: number, probes = false) {
    this.#wanted = wanted
    this.#type = type
    this.#room = capacity
    this.#stored = wanted.stored === true ? { e: [], v: [] } : null
    this.#probe = probes ? noCodes : null
    this.#coder = wanted.codes === true && type === 'value' ? new CodeTable() : null
  }

  #reserve(more: number): void {
    const needed = this.n + more
    if (needed > this.#capacity) this.#grow(needed)
  }

  #grow(needed: number): void {
    const { n } = this
    const capacity = Math.max(needed, n === 0 ? this.#room : Math.max(this.#capacity * 2, 16))
    this.#capacity = capacity
    const { e, a, v, t, added } = this.#wanted
    const copies = this.#stored === null
    if (e === true && copies) this.#e = holding(newFloats(capacity), this.#e, n)
    if (a === true) this.#a = holding(newFloats(capacity), this.#a, n)
    if (t === true) this.#t = holding(newFloats(capacity), this.#t, n)
    if (v === true && this.#type !== 'value' && copies) {
      this.#numbers = holding(newFloats(capacity), this.#numbers, n)
    }
    if (v === true && this.#type === 'value' && this.#coder === null && n === 0) {
      this.#values = listOf(capacity)
    }
    if (added === true) this.#added = holding(newBytes(capacity).fill(1), this.#added, n)
    if (this.#coder !== null) this.#codes = holding(newInts(capacity), this.#codes, n)
    if (this.#probe !== null) this.#probe = holding(newInts(capacity), this.#probe, n)
  }

  #tell(): void {
    const more = this.n - this.#told
    this.#told = this.n
    if (more > 0) this.#wanted.watch?.read(more)
  }

  // From numbers as they are stored to copies of them.
  #copy(): void {
    const stored = this.#stored
    if (stored === null) return
    this.#stored = null
    const type = this.#type
    const { e, v } = this.#wanted
    if (e === true) {
      this.#e = newFloats(this.#capacity)
      new StoredColumn('ref', this.n, stored.e).copy(0, this.n, this.#e)
    }
    if (v === true && type !== 'value') {
      this.#numbers = newFloats(this.#capacity)
      new StoredColumn(type, this.n, stored.v).copy(0, this.n, this.#numbers)
    }
  }

  // Rows [from, to) as they are stored; false when they have to be copied.
  #store(segment: Segment, from: number, to: number): boolean {
    const stored = this.#stored
    if (stored === null) return false
    const start = this.n
    const type = this.#type
    const { e, v } = this.#wanted
    if (v === true && type !== 'value') {
      const part = segment.partAt(from)
      if (part.type !== type) {
        this.#copy()
        return false
      }
      const slot = segment.slotAt(from)
      stored.v.push({ start, numbers: part.numbers, from: slot, to: slot + to - from })
    }
    if (e === true) stored.e.push({ start, numbers: segment.e, from, to })
    return true
  }

  // From numbers to exact values.
  #widen(): void {
    const type = this.#type
    if (type === 'value') return
    for (let i = 0; i < this.n; i++) this.#values[i] = exactOf(type, this.#numbers[i] as number)
    this.#type = 'value'
    this.#numbers = noFloats
  }

  // From codes to values.
  #decode(): void {
    const coder = this.#coder
    if (coder === null) return
    const { table } = coder
    this.#values = listOf(this.#capacity)
    for (let i = 0; i < this.n; i++) this.#values[i] = table[this.#codes[i] as number] as Value
    this.#coder = null
    this.#codes = noCodes
  }

  /** Rows [from, to) of a segment. When the column is typed they have one attribute. */
  addRun(segment: Segment, from: number, to: number): void {
    this.#reserve(to - from)
    const { n } = this
    const { e, a, v, t } = this.#wanted
    const isStored = this.#store(segment, from, to)
    if (e === true && !isStored) segment.copyE(from, to, this.#e, n)
    if (a === true) segment.copyA(from, to, this.#a, n)
    if (t === true) segment.copyT(from, to, this.#t, n)
    if (v === true && !(isStored && this.#type !== 'value')) this.#addValues(segment, from, to)
    this.n = n + to - from
    if (this.n - this.#told >= toldAtOnce) this.#tell()
  }

  #addValues(segment: Segment, from: number, to: number): void {
    if (this.#type !== 'value') {
      const part = segment.partAt(from)
      if (part.type === this.#type) {
        const slot = segment.slotAt(from)
        part.copyNumbers(slot, slot + to - from, this.#numbers, this.n)
        return
      }
      this.#widen()
    } else if (this.#coder !== null) {
      const part = segment.partAt(from)
      if (part.type === 'coded') {
        const slot = segment.slotAt(from)
        this.#coder.addRun(part, slot, slot + to - from, this.#codes, this.n)
        return
      }
      this.#decode()
    }
    segment.copyValues(from, to, this.#values, this.n)
  }

  /** The first `count` of these rows, ascending, of a segment. When the column is typed they have one attribute. */
  addPicked(segment: Segment, rows: Int32Array, count: number): void {
    if (count === 0) return
    const first = rows[0] as number
    if ((rows[count - 1] as number) - first === count - 1) {
      this.addRun(segment, first, first + count)
      return
    }
    this.#copy()
    this.#reserve(count)
    const { n } = this
    const { e, a, v, t } = this.#wanted
    if (e === true) pickNumbers(segment.e, rows, count, this.#e, n)
    if (t === true) pickNumbers(segment.t, rows, count, this.#t, n)
    if (a === true) {
      for (let i = 0; i < count; i++) this.#a[n + i] = segment.attributeAt(rows[i] as number)
    }
    if (v === true) this.#pickValues(segment, rows, count)
    this.n = n + count
    if (this.n - this.#told >= toldAtOnce) this.#tell()
  }

  #pickValues(segment: Segment, rows: Int32Array, count: number): void {
    const { n } = this
    this.#decode()
    if (this.#type !== 'value' && segment.partAt(rows[0] as number).type !== this.#type) {
      this.#widen()
    }
    const { values } = segment
    if (this.#type !== 'value') {
      if (values !== null) values.pickNumbers(rows, count, this.#numbers, n)
      else {
        const part = segment.partAt(rows[0] as number)
        for (let i = 0; i < count; i++) {
          this.#numbers[n + i] = part.numbers.at(segment.slotAt(rows[i] as number))
        }
      }
    } else if (values !== null) values.pickValues(rows, count, this.#values, n)
    else for (let i = 0; i < count; i++) this.#values[n + i] = segment.valueAt(rows[i] as number)
  }

  /** Those of rows [from, to) that lie in the window. */
  addTimed(segment: Segment, from: number, to: number, window: Window): void {
    if (pickedRows.length < to - from) pickedRows = new Int32Array(to - from)
    this.addPicked(segment, pickedRows, segment.rowsWithin(window, from, to, pickedRows))
    this.#wanted.watch?.tick?.((to - from) >> 4)
  }

  addEntry(x: Entry): void {
    this.add(x.e, x.a, x.v, x.t, true)
  }

  add(e: number, a: number, v: Value, t: number, added: boolean): void {
    if (this.#stored !== null) this.#copy()
    if (this.n === this.#capacity) this.#reserve(1)
    const { n } = this
    const wanted = this.#wanted
    if (wanted.e === true) this.#e[n] = e
    if (wanted.a === true) this.#a[n] = a
    if (wanted.t === true) this.#t[n] = t
    if (wanted.added === true) this.#added[n] = added ? 1 : 0
    if (wanted.v === true) {
      if (this.#type !== 'value' && !fits(this.#type, v)) this.#widen()
      if (this.#coder !== null) this.#codes[n] = this.#coder.codeOf(v)
      else if (this.#type === 'value') this.#values[n] = v
      else this.#numbers[n] = packedOf(v)
    }
    this.n = n + 1
    if (this.n - this.#told >= toldAtOnce) this.#tell()
  }

  /** Rows from `from` on answer this key. */
  answers(key: number, from: number): void {
    if (this.#probe === null) return
    if (this.n === from + 1) this.#probe[from] = key
    else this.#probe.fill(key, from, this.n)
  }

  /** Rows from `from` on answer these keys. */
  answerAll(keys: Int32Array, count: number, from: number): void {
    this.#probe?.set(count === keys.length ? keys : keys.subarray(0, count), from)
  }

  done(): Columns {
    this.#tell()
    const { n } = this
    const { e, a, v, t, added } = this.#wanted
    const out: { -readonly [K in keyof Columns]: Columns[K] } = { n }
    if (e === true) {
      if (this.#stored !== null) out.ids = new StoredColumn('ref', n, this.#stored.e)
      else out.e = cut(this.#e, n)
    }
    if (a === true) out.a = cut(this.#a, n)
    if (v === true) out.v = this.#valueColumn()
    if (t === true) out.t = cut(this.#t, n)
    if (added === true) out.added = this.#added.subarray(0, n)
    if (this.#probe !== null) out.probe = cutCodes(this.#probe, n)
    return out
  }

  #valueColumn(): Column {
    const { n } = this
    const type = this.#type
    const coder = this.#coder
    if (coder !== null) {
      if (coder.table.length * codesShare <= n)
        return new CodedColumn(cutCodes(this.#codes, n), coder.table, true)
      this.#decode()
    }
    if (type !== 'value' && this.#stored !== null) return new StoredColumn(type, n, this.#stored.v)
    if (type === 'value' && this.#values.length > n) this.#values.length = n
    return type === 'value'
      ? { kind: 'value', data: this.#values }
      : { kind: 'number', type, data: cut(this.#numbers, n) }
  }
}
