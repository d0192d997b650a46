/**
 * The order of values: written once, and everything sorts with it (indexes, `<`, min, max, sort, index-range).
 *
 * nil < numbers (by value across all kinds) < arrays < maps < sets < bytes < keyword < symbol < boolean < char < string < uri
 * < instant < uuid. Within a kind: strings by UTF-16 unit; keywords and symbols without namespace first, then namespace, then
 * name; uuids as two signed longs; bytes by length, then as signed bytes; arrays slot by slot, a prefix before what extends it.
 * Source: findings-query "Order", findings-time section 4, findings-schema "Types".
 *
 * (1) A total order: antisymmetric and transitive; NaN sorts after every other number and equals itself.
 * (2) Equal in order is not equal as a value: 1 and 1.0, 1.0M and 1.00M compare as 0. See equal.ts.
 */

import { raise } from '../base/errors.ts'
import { BigDecimal } from './big-decimal.ts'
import { ValueMap, ValueSet } from './equal.ts'
import { compareUriTexts } from './uri.ts'
import { Char, Double, Float, Instant, Keyword, Sym, Tagged, Uri, Uuid } from './values.ts'
import type { Opaque, Value } from './values.ts'

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The order of two names: without namespace first, then by namespace, then by name. */
export function compareNames(a: Keyword | Sym, b: Keyword | Sym): number {
  if (a === b) return 0
  if (a.ns === null) return b.ns === null ? compareText(a.name, b.name) : -1
  if (b.ns === null) return 1
  return compareText(a.ns, b.ns) || compareText(a.name, b.name)
}

// A hexadecimal digit that begins a signed 64-bit half: 8..f are negative and come first.
const isNegative = (code: number): boolean => code > 55

/** The order of two uuids: high half, then low half, each as a signed long. */
export function compareUuids(a: Uuid, b: Uuid): number {
  const x = a.text
  const y = b.text
  const n = Math.min(x.length, y.length)
  for (let i = 0; i < n; i++) {
    const p = x.charCodeAt(i)
    const q = y.charCodeAt(i)
    if (p === q) continue
    const isFirst = i === 0 || i === 19
    return isFirst && isNegative(p) !== isNegative(q) ? q - p : p - q
  }
  return x.length - y.length
}

/** The order of two byte arrays: the shorter first, then by signed bytes. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return a.length - b.length
  for (let i = 0; i < a.length; i++) {
    const d = (((a[i] ?? 0) << 24) >> 24) - (((b[i] ?? 0) << 24) >> 24)
    if (d !== 0) return d
  }
  return 0
}

type NumberLike = number | bigint | Double | Float | BigDecimal

/** Is it a number of any kind? */
export function isNumber(x: unknown): x is NumberLike {
  return (
    typeof x === 'number' ||
    typeof x === 'bigint' ||
    x instanceof Double ||
    x instanceof Float ||
    x instanceof BigDecimal
  )
}

function compareDecimal(a: BigDecimal, b: number | bigint): number {
  if (typeof b === 'bigint' || Number.isInteger(b)) return a.compare(BigDecimal.of(b))
  if (Number.isNaN(b) || b === Infinity) return -1
  if (b === -Infinity) return 1
  return a.compare(BigDecimal.parse(String(b)))
}

/** The order of two numbers of any kinds, by value. NaN is last. */
export function compareNumbers(x: NumberLike, y: NumberLike): number {
  const a = x instanceof Double || x instanceof Float ? x.value : x
  const b = y instanceof Double || y instanceof Float ? y.value : y
  if (a instanceof BigDecimal) return b instanceof BigDecimal ? a.compare(b) : compareDecimal(a, b)
  if (b instanceof BigDecimal) return -compareDecimal(b, a)
  if (a < b) return -1
  if (a > b) return 1
  // equal, or one of them is NaN
  const aIsNaN = a !== a
  return aIsNaN === (b !== b) ? 0 : aIsNaN ? 1 : -1
}

// Deeper ones would end in the engine's stack overflow.
const depthMax = 1000

function compareArrays(a: readonly Value[], b: readonly Value[], depth: number): number {
  if (depth >= depthMax) raise(':yore/limit-exceeded', `a value is nested deeper than ${depthMax}`)
  const n = Math.min(a.length, b.length)
  for (let i = 0; i < n; i++) {
    const c = compareAt(a[i] ?? null, b[i] ?? null, depth + 1)
    if (c !== 0) return c
  }
  return a.length - b.length
}

// The kinds in their order. Sorting by kind first makes the order total over everything.
function kindOf(x: Value): number {
  if (x === null) return 0
  switch (typeof x) {
    case 'number':
    case 'bigint':
      return 1
    case 'boolean':
      return 8
    case 'string':
      return 10
    default:
  }
  if (x instanceof Keyword) return 6
  if (x instanceof Instant) return 12
  if (x instanceof Double || x instanceof Float || x instanceof BigDecimal) return 1
  if (x instanceof Uuid) return 13
  if (Array.isArray(x)) return 2
  if (x instanceof Sym) return 7
  if (x instanceof Uri) return 11
  if (x instanceof Uint8Array) return 5
  if (x instanceof Char) return 9
  if (x instanceof ValueMap) return 3
  if (x instanceof ValueSet) return 4
  if (x instanceof Tagged) return 14
  return 15
}

// Maps entry by entry and sets item by item, each in their order.
function compareSorted(a: Iterable<Value>, b: Iterable<Value>, depth: number): number {
  const sorted = (xs: Iterable<Value>): Value[] =>
    [...xs].sort((x, y) => compareAt(x, y, depth + 1))
  return compareArrays(sorted(a), sorted(b), depth)
}

/** The order of any two values: negative, 0 or positive. `['b', null, 2].sort(compareValues)` is `[null, 2, 'b']` */
export function compareValues(a: Value, b: Value): number {
  if (a === b) return 0
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : 1
  if (typeof a === 'number' && typeof b === 'number') return compareNumbers(a, b)
  return compareKinds(a, b, 0)
}

function compareAt(a: Value, b: Value, depth: number): number {
  return a === b ? 0 : compareKinds(a, b, depth)
}

function compareKinds(a: Value, b: Value, depth: number): number {
  const kind = kindOf(a)
  const other = kindOf(b)
  if (kind !== other) return kind - other
  switch (kind) {
    case 1:
      return compareNumbers(a as NumberLike, b as NumberLike)
    case 2:
      return compareArrays(a as readonly Value[], b as readonly Value[], depth)
    case 3:
      return compareSorted((a as ValueMap).entries(), (b as ValueMap).entries(), depth)
    case 4:
      return compareSorted(a as ValueSet, b as ValueSet, depth)
    case 5:
      return compareBytes(a as Uint8Array, b as Uint8Array)
    case 6:
    case 7:
      return compareNames(a as Keyword, b as Keyword)
    case 8:
      return a === false ? -1 : 1
    case 9:
      return compareText((a as Char).text, (b as Char).text)
    case 11:
      return compareUriTexts((a as Uri).text, (b as Uri).text)
    case 12:
      return (a as Instant).ms - (b as Instant).ms
    case 13:
      return compareUuids(a as Uuid, b as Uuid)
    case 14:
      return (
        compareText((a as Tagged).tag.text, (b as Tagged).tag.text) ||
        compareArrays([(a as Tagged).value], [(b as Tagged).value], depth)
      )
    case 10:
      return compareText(a as string, b as string)
    default:
      return compareText((a as Opaque).kind, (b as Opaque).kind)
  }
}
