/**
 * How many bytes values take that functions made: texts and collections. Numbers, keywords and the like count as their cell only.
 *
 * (1) An estimate from above: what values share counts for each of them, but for the very same value in a row.
 */

import { ValueMap, ValueSet } from '../../data/equal.ts'
import type { Value } from '../../data/values.ts'
import type { Column } from '../../indexes/fact-index.ts'
import { partsOf } from '../functions/weight.ts'

/** What a text takes besides its characters, and an element of a collection. */
const textBytes = 40
const partBytes = 24

/** The bytes of one value. */
export function bytesOf(v: Value): number {
  if (typeof v === 'string') return textBytes + v.length
  if (typeof v === 'bigint') return 32
  if (typeof v !== 'object' || v === null) return 0
  if (v instanceof Uint8Array) return v.length
  if (Array.isArray(v) || v instanceof ValueMap || v instanceof ValueSet) {
    return (1 + partsOf(v)) * partBytes
  }
  return 0
}

/** The bytes of a column's values. */
export function weightOfColumn(c: Column): number {
  if (c.kind === 'number') return 0
  let sum = 0
  let last: Value = null
  for (const v of c.data) {
    if (v === last) continue
    sum += bytesOf(v)
    last = v
  }
  return sum
}
