/** Java's static functions on numbers (`Math/...`, also under clojure.math), and reading numbers from text. */

import { double } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { isNumber } from '../../data/compare.ts'
import type { Definition } from './call.ts'
import { numberArg, refuse, textArg } from './call.ts'
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
import { javaDouble } from './text.ts'

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

const math: readonly Definition[] = [
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

// ---- numbers from text ----

/** The whole number of these digits, or null. */
function readWhole(text: string, radix: number, bitCount: number): Value {
  const m = /^([+-]?)([0-9a-zA-Z]{1,80})$/.exec(text)
  if (m === null) return null
  let n = 0n
  for (const c of m[2] as string) {
    const digit = Number.parseInt(c, 36)
    if (digit >= radix) return null
    n = n * BigInt(radix) + BigInt(digit)
  }
  if (m[1] === '-') n = -n
  return BigInt.asIntN(bitCount, n) === n ? longOf(n) : null
}

/** The double of this text, as java.lang.Double reads it, or null. */
function readReal(text: string): Value {
  const m = /^[\s]*([+-]?)(NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[dDfF]?[\s]*$/.exec(
    text,
  )
  if (m === null || text.length > 10_000) return null
  const x = m[2] === 'NaN' ? NaN : m[2] === 'Infinity' ? Infinity : Number(m[2])
  return double(m[1] === '-' ? -x : x)
}

const parser = (
  name: string,
  params: string,
  doc: string,
  example: readonly [string, string],
  read: (text: string, radix: number) => Value,
): Definition => ({
  name,
  params,
  doc,
  example,
  run: (args) => {
    const radix = args.length > 1 ? args[1] : 10
    if (typeof radix !== 'number' || radix < 2 || radix > 36 || !Number.isInteger(radix)) {
      refuse(1, 'must be a base from 2 to 36', radix)
    }
    const x = args[0]
    if (name.endsWith('/valueOf') && x !== undefined && isNumber(x)) return x
    return read(textArg(args, 0), radix) ?? refuse(0, 'is no text of such a number')
  },
})

const parseLong = (text: string, radix: number): Value => readWhole(text, radix, 64)
const parseInt = (text: string, radix: number): Value => readWhole(text, radix, 32)

function digits(args: readonly Value[], radix: number, bitCount: number): string {
  return BigInt.asUintN(bitCount, longArg(args, 0)).toString(radix)
}

const parsing: readonly Definition[] = [
  {
    name: 'parse-long',
    params: 's',
    doc: 'The long that the text means, or nil when it means none.',
    example: ['(parse-long "12")', '12'],
    run: (args) => parseLong(textArg(args, 0), 10),
  },
  {
    name: 'parse-double',
    params: 's',
    doc: 'The double that the text means, or nil.',
    example: ['(parse-double "1e3")', '1000.0'],
    run: (args) => readReal(textArg(args, 0)),
  },
  {
    name: 'parse-boolean',
    params: 's',
    doc: 'true for "true", false for "false", else nil.',
    example: ['(parse-boolean "true")', 'true'],
    run: (args) => {
      const text = textArg(args, 0)
      return text === 'true' ? true : text === 'false' ? false : null
    },
  },
  parser(
    'Long/parseLong',
    's [radix]',
    'The long that the text means; else an error.',
    ['(Long/parseLong "12")', '12'],
    parseLong,
  ),
  parser(
    'Long/valueOf',
    's [radix]',
    'The long that the text or number means.',
    ['(Long/valueOf "12")', '12'],
    parseLong,
  ),
  parser(
    'Integer/parseInt',
    's [radix]',
    'The number of 32 bits that the text means.',
    ['(Integer/parseInt "ff" 16)', '255'],
    parseInt,
  ),
  parser(
    'Integer/valueOf',
    's [radix]',
    'The number of 32 bits that the text or number means.',
    ['(Integer/valueOf "12")', '12'],
    parseInt,
  ),
  parser(
    'Double/parseDouble',
    's',
    'The double that the text means; else an error.',
    ['(Double/parseDouble "1.5")', '1.5'],
    readReal,
  ),
  parser(
    'Double/valueOf',
    's',
    'The double that the text or number means.',
    ['(Double/valueOf "2")', '2.0'],
    readReal,
  ),
  {
    name: 'Boolean/parseBoolean',
    aliases: ['Boolean/valueOf'],
    params: 's',
    doc: 'Is the text "true", in whatever case?',
    example: ['(Boolean/parseBoolean "TRUE")', 'true'],
    run: (args) =>
      args[0] === true || (typeof args[0] === 'string' && args[0].toLowerCase() === 'true'),
  },
  {
    name: 'Long/toString',
    aliases: ['Integer/toString'],
    params: 'n [radix]',
    doc: 'The digits of a long, to a base from 2 to 36.',
    example: ['(Long/toString 255 16)', '"ff"'],
    run: (args) => {
      const radix = args.length > 1 ? Number(longArg(args, 1)) : 10
      return longArg(args, 0).toString(radix >= 2 && radix <= 36 ? radix : 10)
    },
  },
  {
    name: 'Long/compare',
    aliases: ['Integer/compare', 'Double/compare'],
    params: 'x y',
    doc: '-1, 0 or 1.',
    example: ['(Long/compare 1 2)', '-1'],
    run: (args) => compareOrNaN(numberArg(args, 0), numberArg(args, 1)) || 0,
  },
  {
    name: 'Integer/toHexString',
    params: 'n',
    doc: 'The bits as hexadecimal digits.',
    example: ['(Integer/toHexString 255)', '"ff"'],
    run: (args) => digits(args, 16, 32),
  },
  {
    name: 'Integer/toBinaryString',
    params: 'n',
    doc: 'The bits as zeros and ones.',
    example: ['(Integer/toBinaryString 5)', '"101"'],
    run: (args) => digits(args, 2, 32),
  },
  {
    name: 'Long/toHexString',
    params: 'n',
    doc: 'The bits as hexadecimal digits.',
    example: ['(Long/toHexString 255)', '"ff"'],
    run: (args) => digits(args, 16, 64),
  },
  {
    name: 'Long/toBinaryString',
    params: 'n',
    doc: 'The bits as zeros and ones.',
    example: ['(Long/toBinaryString 5)', '"101"'],
    run: (args) => digits(args, 2, 64),
  },
  {
    name: 'Double/toString',
    params: 'x',
    doc: 'The text of a double.',
    example: ['(Double/toString 1e21)', '"1.0E21"'],
    run: (args) => javaDouble(real(args, 0)),
  },
  {
    name: 'Double/isNaN',
    params: 'x',
    doc: 'Is it not a number?',
    example: ['(Double/isNaN 1.5)', 'false'],
    run: (args) => Number.isNaN(real(args, 0)),
  },
  {
    name: 'Double/isInfinite',
    params: 'x',
    doc: 'Is it infinite?',
    example: ['(Double/isInfinite 1.5)', 'false'],
    run: (args) => Math.abs(real(args, 0)) === Infinity,
  },
]

export const mathFunctions: readonly Definition[] = [...math, ...parsing]
