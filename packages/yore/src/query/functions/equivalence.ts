/**
 * `=`, `==` and `compare` as predicates and functions have them. Joins use equal.ts; this is Clojure's `=` (findings-schema "Types").
 *
 * (1) Whole numbers are one kind, doubles and floats another, decimals (whatever their scale) a third; NaN equals nothing.
 * (2) Lists and vectors are alike; bytes are equal only to themselves.
 * (3) `compareJava` has the sign of the order of values (compare.ts) and Java's magnitude where that can be seen.
 */

import { raise } from '../../base/errors.ts'
import { BigDecimal } from '../../data/big-decimal.ts'
import { compareValues, isNumber } from '../../data/compare.ts'
import { ValueMap, ValueSet, equalValues } from '../../data/equal.ts'
import { Char, Instant, Keyword, Sym, Uri, Uuid } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { depthMax } from './call.ts'
import { asEntity, sameEntity } from './entities.ts'
import { compareOrNaN, isFloating, isWhole, toDouble } from './numbers.ts'

function sameNumber(a: Value, b: Value): boolean {
  if (isWhole(a)) return isWhole(b) && BigInt(a) === BigInt(b)
  if (a instanceof BigDecimal) return b instanceof BigDecimal && a.compare(b) === 0
  return isFloating(a) && isFloating(b) && toDouble(a) === toDouble(b)
}

/** Clojure's `=`. */
export function equiv(a: Value, b: Value, depth = 0): boolean {
  if (a === b) return true
  if (a === null || b === null || typeof a === 'string' || typeof b === 'string') return false
  if (isNumber(a)) return isNumber(b) && sameNumber(a, b)
  if (depth > depthMax) raise(':yore/limit-exceeded', `the value is nested deeper than ${depthMax}`)
  if (a instanceof Uint8Array || b instanceof Uint8Array) return false
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false
    return a.every((x: Value, i) => equiv(x, b[i] as Value, depth + 1))
  }
  if (a instanceof ValueSet) {
    if (!(b instanceof ValueSet) || a.size !== b.size) return false
    for (const x of a) if (!b.has(x)) return false
    return true
  }
  if (a instanceof ValueMap) {
    if (!(b instanceof ValueMap) || a.size !== b.size) return false
    for (const [k, v] of a) {
      const w = b.get(k)
      if (w === undefined || !equiv(v, w, depth + 1)) return false
    }
    return true
  }
  const x = asEntity(a)
  const y = asEntity(b)
  return x !== null && y !== null ? sameEntity(x, y) : equalValues(a, b)
}

/** Are all the same? */
export function allEquiv(xs: readonly Value[]): boolean {
  for (let i = 1; i < xs.length; i++) {
    if (!equiv(xs[i - 1] as Value, xs[i] as Value)) return false
  }
  return true
}

/** The order of the predicates `<`, `<=`, `>`, `>=` and of `compare`: that of values, but NaN compares as equal to every number. */
export function compareLoosely(a: Value, b: Value): number {
  if (isNumber(a) && isNumber(b)) return compareOrNaN(a, b) || 0
  return compareValues(a, b)
}

// java.lang.String.compareTo
function compareTexts(a: string, b: string): number {
  const n = Math.min(a.length, b.length)
  for (let i = 0; i < n; i++) {
    const d = a.charCodeAt(i) - b.charCodeAt(i)
    if (d !== 0) return d
  }
  return a.length - b.length
}

function compareNames(a: Keyword | Sym, b: Keyword | Sym): number {
  if (a.ns === null) return b.ns === null ? compareTexts(a.name, b.name) : -1
  if (b.ns === null) return 1
  return compareTexts(a.ns, b.ns) || compareTexts(a.name, b.name)
}

// The kinds that sort by the name of their class.
function className(x: Value): string | null {
  if (typeof x === 'boolean') return 'java.lang.Boolean'
  if (typeof x === 'string') return 'java.lang.String'
  if (x instanceof Keyword) return 'clojure.lang.Keyword'
  if (x instanceof Sym) return 'clojure.lang.Symbol'
  if (x instanceof Char) return 'java.lang.Character'
  if (x instanceof Uri) return 'java.net.URI'
  if (x instanceof Instant) return 'java.util.Date'
  return x instanceof Uuid ? 'java.util.UUID' : null
}

/** `compare`: `compareJava('a', 'c')` is -2. */
export function compareJava(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b)
  if (a instanceof Keyword && b instanceof Keyword) return compareNames(a, b)
  if (a instanceof Sym && b instanceof Sym) return compareNames(a, b)
  if (a instanceof Char && b instanceof Char) return compareTexts(a.text, b.text)
  const x = className(a)
  const y = className(b)
  if (x !== null && y !== null && x !== y) return compareTexts(x, y)
  return Math.sign(compareLoosely(a, b))
}
