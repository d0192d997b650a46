/**
 * Arithmetic over exact values, as Clojure does it: longs of 64 bits whose overflow is an error, bigints, decimals with their scale, doubles.
 *
 * (1) The wider kind wins: long < bigint < bigdec < double. Floats count as doubles.
 * (2) A result that is a long is a safe `number`, or a bigint when it is beyond 2^53; a bigint result stays one however small.
 * (3) A JS bigint between 2^53 and 2^63 may be either; it is taken for a long (values.ts).
 * (4) Bigints and decimals are bounded in size: beyond it `:yore/limit-exceeded`.
 */

import { raise } from '../../base/errors.ts'
import { BigDecimal } from '../../data/big-decimal.ts'
import { compareNumbers } from '../../data/compare.ts'
import { Double, Float, double } from '../../data/values.ts'
import { refuse } from './call.ts'

export type Num = number | bigint | Double | Float | BigDecimal

const bigMax = 2n ** 131_072n
const scaleMax = 100_000
const longMin = -(2n ** 63n)
const longMax = 2n ** 63n - 1n

// The kinds, in the order of widening.
const long = 0
const big = 1
const decimal = 2
const floating = 3

function kindOf(x: Num): number {
  if (typeof x === 'number') return Number.isInteger(x) ? long : floating
  if (typeof x === 'bigint') return isSafe(x) || !fitsLong(x) ? big : long
  return x instanceof BigDecimal ? decimal : floating
}

const isSafe = (x: bigint): boolean => x >= -0x1fffffffffffffn && x <= 0x1fffffffffffffn
export const fitsLong = (x: bigint): boolean => x >= longMin && x <= longMax

/** Is it whole by its kind: a long or a bigint? */
export function isWhole(x: unknown): x is number | bigint {
  return typeof x === 'bigint' || (typeof x === 'number' && Number.isInteger(x))
}

/** Is it a double or float? */
export function isFloating(x: unknown): x is number | Double | Float {
  return (
    x instanceof Double || x instanceof Float || (typeof x === 'number' && !Number.isInteger(x))
  )
}

/** The long of these digits; overflow is an error. */
export function longOf(x: bigint): number | bigint {
  if (!fitsLong(x)) refuse(-1, 'the result does not fit a long (64 bits)')
  return isSafe(x) ? Number(x) : x
}

/** Within bounds? */
function bigOf(x: bigint): bigint {
  if (x > bigMax || x < -bigMax) {
    raise(':yore/limit-exceeded', 'the number has too many digits')
  }
  return x
}

function decimalOf(x: BigDecimal): BigDecimal {
  if (Math.abs(x.scale) > scaleMax) raise(':yore/limit-exceeded', 'the decimal has too many digits')
  bigOf(x.unscaled)
  return x
}

/** The number as a double. */
export function toDouble(x: Num): number {
  if (typeof x === 'number') return x
  if (typeof x === 'bigint') return Number(x)
  return x instanceof BigDecimal ? x.toNumber() : x.value
}

const toBig = (x: Num): bigint => BigInt(x as number | bigint)

/** As a decimal: what is no double. */
function toDecimal(x: Num): BigDecimal {
  return x instanceof BigDecimal ? x : BigDecimal.of(toBig(x))
}

type Whole = (a: bigint, b: bigint) => bigint
type Real = (a: number, b: number) => number
type Decimals = (a: BigDecimal, b: BigDecimal) => BigDecimal

function combine(a: Num, b: Num, whole: Whole, decimals: Decimals, real: Real): Num {
  const kind = Math.max(kindOf(a), kindOf(b))
  if (kind === floating) return double(real(toDouble(a), toDouble(b)))
  if (kind === decimal) return decimalOf(decimals(toDecimal(a), toDecimal(b)))
  const c = whole(toBig(a), toBig(b))
  return kind === long ? longOf(c) : bigOf(c)
}

export function add(a: Num, b: Num): Num {
  if (typeof a === 'number' && typeof b === 'number') {
    const c = a + b
    if (Number.isSafeInteger(c) && Number.isSafeInteger(a) && Number.isSafeInteger(b)) return c
  }
  return combine(
    a,
    b,
    (x, y) => x + y,
    (x, y) => x.add(y),
    (x, y) => x + y,
  )
}

export function subtract(a: Num, b: Num): Num {
  if (typeof a === 'number' && typeof b === 'number') {
    const c = a - b
    if (Number.isSafeInteger(c) && Number.isSafeInteger(a) && Number.isSafeInteger(b)) return c
  }
  return combine(
    a,
    b,
    (x, y) => x - y,
    (x, y) => x.subtract(y),
    (x, y) => x - y,
  )
}

export function multiply(a: Num, b: Num): Num {
  if (typeof a === 'number' && typeof b === 'number') {
    const c = a * b
    if (Number.isSafeInteger(c) && Number.isSafeInteger(a) && Number.isSafeInteger(b)) return c + 0
  }
  return combine(
    a,
    b,
    (x, y) => x * y,
    (x, y) => x.multiply(y),
    (x, y) => x * y,
  )
}

/** `+'`, `-'`, `*'`: a long that would overflow becomes a bigint. */
export function promoting(whole: Whole, otherwise: (a: Num, b: Num) => Num): typeof otherwise {
  return (a, b) => {
    if (kindOf(a) !== long || kindOf(b) !== long) return otherwise(a, b)
    const c = whole(toBig(a), toBig(b))
    return fitsLong(c) ? longOf(c) : c
  }
}

/** Minus x. */
export function negate(x: Num): Num {
  if (typeof x === 'number' && Number.isInteger(x)) return x === 0 ? 0 : -x
  if (typeof x === 'bigint') return kindOf(x) === long ? longOf(-x) : -x
  return x instanceof BigDecimal ? x.negate() : double(-toDouble(x))
}

export const isZero = (x: Num): boolean =>
  typeof x === 'bigint' ? x === 0n : x instanceof BigDecimal ? x.sign === 0 : toDouble(x) === 0

/** -1, 0 or 1 (0 for NaN). */
export function signOf(x: Num): number {
  if (typeof x === 'bigint') return x < 0n ? -1 : x > 0n ? 1 : 0
  if (x instanceof BigDecimal) return x.sign
  const d = toDouble(x)
  return d < 0 ? -1 : d > 0 ? 1 : 0
}

function checkDivisor(b: Num): void {
  if (isZero(b)) refuse(-1, 'division by zero')
}

/** `/` of queries: cut on whole numbers, exact on decimals, else real. */
export function divide(a: Num, b: Num): Num {
  if (Number.isNaN(toDouble(a)) || Number.isNaN(toDouble(b))) return NaN
  checkDivisor(b)
  return combine(
    a,
    b,
    (x, y) => x / y,
    divideExactly,
    (x, y) => x / y,
  )
}

// As java.math.BigDecimal.divide: the exact quotient with the preferred scale, if it can be written down.
function divideExactly(a: BigDecimal, b: BigDecimal): BigDecimal {
  const preferred = a.scale - b.scale
  if (a.unscaled === 0n)
    return new BigDecimal(0n, Math.max(-scaleMax, Math.min(scaleMax, preferred)))
  const g = gcd(a.unscaled, b.unscaled)
  let below = b.unscaled / g
  let above = a.unscaled / g
  if (below < 0n) {
    below = -below
    above = -above
  }
  // above / below must be a finite decimal: only twos and fives below
  let twos = 0
  let fives = 0
  while (below % 2n === 0n) {
    below /= 2n
    twos++
  }
  while (below % 5n === 0n) {
    below /= 5n
    fives++
  }
  if (below !== 1n) refuse(-1, 'the quotient of these decimals has no end')
  const more = Math.max(twos, fives)
  const unscaled = above * 2n ** BigInt(more - twos) * 5n ** BigInt(more - fives)
  return new BigDecimal(unscaled, preferred + more)
}

function gcd(a: bigint, b: bigint): bigint {
  let x = a < 0n ? -a : a
  let y = b < 0n ? -b : b
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}

// BigDecimal.divideToIntegralValue
function divideToWhole(a: BigDecimal, b: BigDecimal): BigDecimal {
  const preferred = a.scale - b.scale
  const shift = BigInt(Math.abs(preferred))
  const whole =
    preferred <= 0
      ? (a.unscaled * 10n ** shift) / b.unscaled
      : a.unscaled / (b.unscaled * 10n ** shift)
  if (preferred >= 0) return new BigDecimal(whole * 10n ** shift, preferred)
  // a negative scale: as few digits as the preferred scale allows
  let unscaled = whole
  let scale = 0
  while (scale > preferred && unscaled !== 0n && unscaled % 10n === 0n) {
    unscaled /= 10n
    scale--
  }
  return new BigDecimal(unscaled, unscaled === 0n ? preferred : scale)
}

function quotReal(a: number, b: number): number {
  const q = a / b
  if (!Number.isFinite(q)) refuse(-1, 'the quotient is no finite number')
  return Math.trunc(q) + 0
}

/** The quotient, cut towards zero. */
export function quot(a: Num, b: Num): Num {
  checkDivisor(b)
  if (typeof a === 'number' && typeof b === 'number') {
    if (Number.isSafeInteger(a) && Number.isSafeInteger(b)) return Math.trunc(a / b) + 0
  }
  // the one quotient that does not fit wraps around, as the original's does
  return combine(
    a,
    b,
    (x, y) => (x === longMin && y === -1n ? longMin : x / y),
    divideToWhole,
    quotReal,
  )
}

/** What is left by `quot`: has the sign of a. */
export function rem(a: Num, b: Num): Num {
  checkDivisor(b)
  if (typeof a === 'number' && typeof b === 'number') {
    if (Number.isSafeInteger(a) && Number.isSafeInteger(b)) return (a % b) + 0
  }
  return combine(
    a,
    b,
    (x, y) => x % y,
    (x, y) => x.subtract(divideToWhole(x, y).multiply(y)),
    (x, y) => x - quotReal(x, y) * y,
  )
}

/** The modulus: has the sign of b. */
export function mod(a: Num, b: Num): Num {
  const m = rem(a, b)
  return isZero(m) || signOf(m) === signOf(b) ? m : add(m, b)
}

/** By value, over all kinds; NaN is less than nothing and greater than nothing. */
export function compareOrNaN(a: Num, b: Num): number {
  return Number.isNaN(toDouble(a)) || Number.isNaN(toDouble(b)) ? NaN : compareNumbers(a, b)
}

/** `max` and `min` of two: the second when they are equal. NaN wins. */
export function maxOf(a: Num, b: Num): Num {
  if (Number.isNaN(toDouble(a))) return a
  if (Number.isNaN(toDouble(b))) return b
  return compareNumbers(a, b) > 0 ? a : b
}
export function minOf(a: Num, b: Num): Num {
  if (Number.isNaN(toDouble(a))) return a
  if (Number.isNaN(toDouble(b))) return b
  return compareNumbers(a, b) < 0 ? a : b
}

/** The number cut to a long, as `long` does; null when it does not fit. */
export function truncate(x: Num): number | bigint | null {
  if (x instanceof BigDecimal) {
    if (x.scale < -scaleMax) return null
    const whole = x.toBigInt()
    return fitsLong(whole) ? longOf(whole) : null
  }
  if (typeof x === 'bigint') return fitsLong(x) ? longOf(x) : null
  const d = Math.trunc(toDouble(x))
  if (Number.isNaN(d)) return null
  if (Number.isSafeInteger(d)) return d + 0
  return Math.abs(d) < 2 ** 63 || d === -(2 ** 63) ? longOf(BigInt(d)) : null
}
