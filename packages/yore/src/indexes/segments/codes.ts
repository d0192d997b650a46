/**
 * Codes for the values of a column that is being built out of segments and live entries.
 *
 * (1) Codes are dense from 0 in order of first appearance; values are told apart as a Map does, so only strings, keywords and booleans may
 *     come here.
 * (2) A segment's own codes are translated: of each of its values that occurs the table is asked once.
 */

import type { Value } from '../../data/values.ts'
import type { Narrow } from './numbers.ts'
import type { SegmentValues } from './segment-values.ts'

// For each code of the segment that is being read its code here; -1: not known yet.
let known: Int32Array = new Int32Array(4096)

export class CodeTable {
  readonly table: Value[] = []
  readonly #codes = new Map<Value, number>()

  codeOf(v: Value): number {
    let code = this.#codes.get(v)
    if (code === undefined) {
      code = this.table.length
      this.#codes.set(v, code)
      this.table.push(v)
    }
    return code
  }

  /** The codes of rows [from, to) of a coded part, to out[at...]. */
  addRun(part: SegmentValues, from: number, to: number, out: Int32Array, at: number): void {
    const { data } = part.numbers
    const size = part.tableSize
    if (known.length < size) known = new Int32Array(size)
    known.fill(-1, 0, size)
    for (let i = from; i < to;) {
      const next = translate(data, known, i, to, out, at - from + i)
      if (next < to) known[data[next] as number] = this.codeOf(part.at(next))
      i = next
    }
  }
}

// As far as codes are known; gives the first row whose code is not.
function translate(
  data: Narrow,
  codes: Int32Array,
  from: number,
  to: number,
  out: Int32Array,
  at: number,
): number {
  for (let i = from; i < to; i++) {
    const code = codes[data[i] as number] as number
    if (code < 0) return i
    out[at++] = code
  }
  return to
}
