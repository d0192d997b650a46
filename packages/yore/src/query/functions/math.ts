/** Java's static functions on numbers (`Math/...`, also under clojure.math). */

import { double } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import type { Definition } from './call.ts'
import { numberArg, refuse } from './call.ts'
import type { Num } from './numbers.ts'
import {
  compareOrNaN,
  fitsLong,
  isFloating,
  isWhole,
  isZero,
  longOf,
  mod,
  multiply,
  add,
  negate,
  signOf,
  subtract,
  toDouble,
} from './numbers.ts'

const real = (args: readonly Value[], i: number): number => toDouble(numberArg(args, i))

function longArg(args: readonly Value[], i: number): bigint {
  const x = args[i]
  return isWhole(x) && fitsLong(BigInt(x)) ? BigInt(x) : refuse(i, 'must be a long', x)
}

/** A function of one double, under Math and clojure.math. */
const unary = (
  name: string,
  doc: string,
  example: readonly [string, string],
  f: (x: number) => number,
): Definition => ({
  name: `Math/${name}`,
  aliases: [`clojure.math/${clojureName(name)}`],
  params: 'x',
  doc,
  example,
  run: (args) => double(f(real(args, 0))),
})

const binary = (
  name: string,
  params: string,
  doc: string,
  example: readonly [string, string],
  f: (x: number, y: number) => number,
): Definition => ({
  name: `Math/${name}`,
  aliases: [`clojure.math/${clojureName(name)}`],
  params,
  doc,
  example,
  run: (args) => double(f(real(args, 0), real(args, 1))),
})

const clojureName = (name: string): string => name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)

// To the even neighbour when it lies between two.
function rint(x: number): number {
  const below = Math.floor(x)
  const rest = x - below
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1
  return below % 2 === 0 ? below : below + 1
}

/** Half up; what is too large becomes the greatest long, NaN 0. */
function round(x: number): Value {
  if (Number.isNaN(x)) return 0
  const whole = Math.floor(x) + (x - Math.floor(x) >= 0.5 ? 1 : 0)
  if (Number.isSafeInteger(whole)) return whole + 0
  if (whole >= 2 ** 63) return longOf(2n ** 63n - 1n)
  return whole <= -(2 ** 63) ? longOf(-(2n ** 63n)) : longOf(BigInt(whole))
}

function sameKind(args: readonly Value[]): void {
  if (isFloating(args[0]) !== isFloating(args[1])) {
    refuse(-1, 'both arguments must be longs, or both doubles')
  }
}

function larger(args: readonly Value[], sign: number): Value {
  const a = numberArg(args, 0)
  const b = numberArg(args, 1)
  sameKind(args)
  const c = compareOrNaN(a, b)
  return Number.isNaN(c) ? NaN : c * sign >= 0 ? a : b
}

function absolute(x: Num): Num {
  if (typeof x === 'bigint' && x === -(2n ** 63n)) return x
  if (isZero(x)) return isFloating(x) ? double(0) : x
  return signOf(x) < 0 ? negate(x) : x
}

const exact = (
  name: string,
  doc: string,
  example: readonly [string, string],
  f: (a: Num, b: Num) => Num,
): Definition => ({
  name: `Math/${name}`,
  aliases: [`clojure.math/${clojureName(name)}`],
  params: 'x y',
  doc,
  example,
  run: (args) => {
    longArg(args, 0)
    longArg(args, 1)
    return f(numberArg(args, 0), numberArg(args, 1))
  },
})

const fixed = (name: string, value: Value, doc: string, text: string): Definition => ({
  name,
  params: '',
  doc,
  example: [`(${name})`, text],
  run: () => value,
})

export const math: readonly Definition[] = [
  {
    name: 'Math/abs',
    params: 'x',
    doc: 'Without the sign.',
    example: ['(Math/abs -3)', '3'],
    run: (args) => absolute(numberArg(args, 0)),
  },
  {
    name: 'Math/round',
    aliases: ['clojure.math/round'],
    params: 'x',
    doc: 'The nearest long; halves go up.',
    example: ['(Math/round -3.5)', '-3'],
    run: (args) => round(real(args, 0)),
  },
  {
    name: 'Math/max',
    params: 'x y',
    doc: 'The greater of two longs or two doubles.',
    example: ['(Math/max 3 4)', '4'],
    run: (args) => larger(args, 1),
  },
  {
    name: 'Math/min',
    params: 'x y',
    doc: 'The lesser of two longs or two doubles.',
    example: ['(Math/min 3 4)', '3'],
    run: (args) => larger(args, -1),
  },
  unary('sqrt', 'The square root; NaN for negative numbers.', ['(Math/sqrt 16)', '4.0'], Math.sqrt),
  unary('cbrt', 'The cube root.', ['(Math/cbrt 27)', '3.0'], Math.cbrt),
  unary('floor', 'The greatest whole double not above x.', ['(Math/floor 3.7)', '3.0'], Math.floor),
  unary('ceil', 'The least whole double not below x.', ['(Math/ceil 3.2)', '4.0'], Math.ceil),
  unary(
    'rint',
    'The nearest whole double; halves to the even one.',
    ['(Math/rint 2.5)', '2.0'],
    rint,
  ),
  unary('exp', 'e to the power x.', ['(Math/exp 0)', '1.0'], Math.exp),
  unary('expm1', 'e to the power x, less 1.', ['(Math/expm1 0)', '0.0'], Math.expm1),
  unary('log', 'The natural logarithm.', ['(Math/log 1)', '0.0'], Math.log),
  unary('log10', 'The logarithm to base 10.', ['(Math/log10 1000)', '3.0'], Math.log10),
  unary('log1p', 'The natural logarithm of 1 + x.', ['(Math/log1p 0)', '0.0'], Math.log1p),
  unary('signum', '-1.0, 0.0 or 1.0.', ['(Math/signum -3.5)', '-1.0'], Math.sign),
  unary('sin', 'The sine.', ['(Math/sin 0)', '0.0'], Math.sin),
  unary('cos', 'The cosine.', ['(Math/cos 0)', '1.0'], Math.cos),
  unary('tan', 'The tangent.', ['(Math/tan 0)', '0.0'], Math.tan),
  unary('asin', 'The arc sine.', ['(Math/asin 0)', '0.0'], Math.asin),
  unary('acos', 'The arc cosine.', ['(Math/acos 1)', '0.0'], Math.acos),
  unary('atan', 'The arc tangent.', ['(Math/atan 0)', '0.0'], Math.atan),
  unary('sinh', 'The hyperbolic sine.', ['(Math/sinh 0)', '0.0'], Math.sinh),
  unary('cosh', 'The hyperbolic cosine.', ['(Math/cosh 0)', '1.0'], Math.cosh),
  unary('tanh', 'The hyperbolic tangent.', ['(Math/tanh 0)', '0.0'], Math.tanh),
  unary(
    'toRadians',
    'Degrees as radians.',
    ['(Math/toRadians 180)', '3.141592653589793'],
    (x) => (x / 180) * Math.PI,
  ),
  unary(
    'toDegrees',
    'Radians as degrees.',
    ['(Math/toDegrees 0)', '0.0'],
    (x) => (x * 180) / Math.PI,
  ),
  binary('pow', 'x y', 'x to the power y.', ['(Math/pow 2 10)', '1024.0'], Math.pow),
  binary(
    'hypot',
    'x y',
    'The length of the diagonal.',
    ['(Math/hypot 3.0 4.0)', '5.0'],
    Math.hypot,
  ),
  binary('atan2', 'y x', 'The angle of the point (x, y).', ['(Math/atan2 0 1)', '0.0'], Math.atan2),
  exact('floorDiv', 'The quotient, rounded down.', ['(Math/floorDiv -7 2)', '-4'], floorDiv),
  exact('floorMod', 'The modulus.', ['(Math/floorMod -7 2)', '1'], mod),
  exact('addExact', 'The sum; overflow is an error.', ['(Math/addExact 1 2)', '3'], add),
  exact('subtractExact', 'The difference.', ['(Math/subtractExact 3 2)', '1'], subtract),
  exact('multiplyExact', 'The product.', ['(Math/multiplyExact 3 2)', '6'], multiply),
  fixed('Math/PI', Math.PI, 'The number pi.', '3.141592653589793'),
  fixed('Math/E', Math.E, 'The number e.', '2.718281828459045'),
  fixed('Long/MAX_VALUE', 2n ** 63n - 1n, 'The greatest long.', '9223372036854775807'),
  fixed('Long/MIN_VALUE', -(2n ** 63n), 'The least long.', '-9223372036854775808'),
  fixed('Integer/MAX_VALUE', 2 ** 31 - 1, 'The greatest number of 32 bits.', '2147483647'),
  fixed('Integer/MIN_VALUE', -(2 ** 31), 'The least number of 32 bits.', '-2147483648'),
]

function floorDiv(a: Num, b: Num): Num {
  if (isZero(b)) refuse(1, 'division by zero')
  const x = BigInt(a as number | bigint)
  const y = BigInt(b as number | bigint)
  const q = x / y
  return longOf(BigInt.asIntN(64, x % y !== 0n && x < 0n !== y < 0n ? q - 1n : q))
}
