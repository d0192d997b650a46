/** Numbers: arithmetic, conversion, bits, and what can be asked of a number. */

import { BigDecimal } from '../../data/big-decimal.ts'
import { Float, double } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { raise } from '../../base/errors.ts'
import type { Definition } from './call.ts'
import { arg, numberArg, refuse } from './call.ts'
import { javaDouble } from './text.ts'
import type { Num } from './numbers.ts'
import {
  add,
  divide,
  fitsLong,
  isFloating,
  isWhole,
  isZero,
  longOf,
  maxOf,
  minOf,
  mod,
  multiply,
  negate,
  promoting,
  quot,
  rem,
  signOf,
  subtract,
  toDouble,
  truncate,
} from './numbers.ts'

type Operation = (a: Num, b: Num) => Num

const addPromoting = promoting((a, b) => a + b, add)
const subtractPromoting = promoting((a, b) => a - b, subtract)
const multiplyPromoting = promoting((a, b) => a * b, multiply)

const fold = (args: readonly Value[], start: Num, operation: Operation): Num => {
  let sum = start
  for (let i = 0; i < args.length; i++) sum = operation(sum, numberArg(args, i))
  return sum
}

function difference(args: readonly Value[], operation: Operation): Num {
  let sum = numberArg(args, 0)
  if (args.length === 1) return operation(0, sum)
  for (let i = 1; i < args.length; i++) sum = operation(sum, numberArg(args, i))
  return sum
}

// The only argument may be anything, as in the original.
function best(args: readonly Value[], operation: Operation): Value {
  if (args.length === 1) return arg(args, 0)
  let found = numberArg(args, 0)
  for (let i = 1; i < args.length; i++) found = operation(found, numberArg(args, i))
  return found
}

/** The bits of a long. */
function bits(args: readonly Value[], i: number): bigint {
  const x = args[i]
  if (isWhole(x) && fitsLong(BigInt(x))) return BigInt(x)
  return refuse(i, 'must be a long', x)
}
const ofBits = (x: bigint): Value => longOf(BigInt.asIntN(64, x))
const shift = (args: readonly Value[]): bigint => bits(args, 1) & 63n

function wholeArg(args: readonly Value[]): bigint {
  const x = args[0]
  return isWhole(x) ? BigInt(x) : refuse(0, 'must be an integer', x)
}

/** A whole number within bounds, for `int`, `short`, `byte`. */
function ranged(args: readonly Value[], bitCount: number): Value {
  const whole = truncate(numberArg(args, 0))
  const limit = 2 ** (bitCount - 1)
  if (whole === null || whole < -limit || whole >= limit) {
    refuse(0, `must fit ${bitCount} bits`)
  }
  return whole
}

function bigintOf(x: Num): bigint {
  if (isWhole(x)) return BigInt(x)
  if (x instanceof BigDecimal) {
    if (x.scale < -100_000) raise(':yore/limit-exceeded', 'the number has too many digits')
    return x.toBigInt()
  }
  const d = Math.trunc(toDouble(x))
  return Number.isFinite(d) ? BigInt(d) : refuse(0, 'must be finite')
}

function bigdecOf(x: Num): BigDecimal {
  if (x instanceof BigDecimal) return x
  if (isWhole(x)) return BigDecimal.of(x)
  const d = toDouble(x)
  return Number.isFinite(d) ? BigDecimal.parse(javaDouble(d)) : refuse(0, 'must be finite')
}

function absolute(x: Num): Num {
  // the one long without a positive twin stays as it is, as in the original
  if (typeof x === 'bigint' && x === -(2n ** 63n)) return x
  return signOf(x) < 0 ? negate(x) : x === 0 || !isZero(x) ? x : isFloating(x) ? double(0) : x
}

const on =
  (test: (x: Num) => boolean) =>
  (args: readonly Value[]): boolean =>
    test(numberArg(args, 0))
const zero = 0n

export const arithmetic: readonly Definition[] = [
  {
    name: '+',
    params: '& xs',
    doc: 'The sum. Kinds widen: long, bigint, bigdec, double; a long that overflows is an error.',
    example: ['(+ 1 2.5)', '3.5'],
    run: (args) => fold(args, 0, add),
  },
  {
    name: '-',
    params: 'x & more',
    doc: 'x without the others; minus x when it is alone.',
    example: ['(- 10 2 3)', '5'],
    run: (args) => (args.length === 1 ? negate(numberArg(args, 0)) : difference(args, subtract)),
  },
  {
    name: '*',
    params: '& xs',
    doc: 'The product.',
    example: ['(* 1.50M 2)', '3.00M'],
    run: (args) => fold(args, 1, multiply),
  },
  {
    name: '/',
    params: 'x y',
    doc: 'The quotient, cut towards zero when both are whole. Takes exactly two arguments; division by zero is an error.',
    example: ['(/ 7 2)', '3'],
    run: (args) => divide(numberArg(args, 0), numberArg(args, 1)),
  },
  {
    name: "+'",
    params: '& xs',
    doc: 'The sum; a long that overflows becomes a bigint.',
    example: ["(+' 9223372036854775807 1)", '9223372036854775808N'],
    run: (args) => fold(args, 0, addPromoting),
  },
  {
    name: "-'",
    params: 'x & more',
    doc: 'The difference; a long that overflows becomes a bigint.',
    example: ["(-' 5 2)", '3'],
    run: (args) => difference(args, subtractPromoting),
  },
  {
    name: "*'",
    params: '& xs',
    doc: 'The product; a long that overflows becomes a bigint.',
    example: ["(*' 9223372036854775807 2)", '18446744073709551614N'],
    run: (args) => fold(args, 1, multiplyPromoting),
  },
  {
    name: 'inc',
    params: 'x',
    doc: 'One more.',
    example: ['(inc 9)', '10'],
    run: (args) => add(numberArg(args, 0), 1),
  },
  {
    name: 'dec',
    params: 'x',
    doc: 'One less.',
    example: ['(dec 9.5)', '8.5'],
    run: (args) => subtract(numberArg(args, 0), 1),
  },
  {
    name: "inc'",
    params: 'x',
    doc: 'One more; a long that overflows becomes a bigint.',
    example: ["(inc' 9)", '10'],
    run: (args) => addPromoting(numberArg(args, 0), 1),
  },
  {
    name: "dec'",
    params: 'x',
    doc: 'One less; a long that overflows becomes a bigint.',
    example: ["(dec' 9)", '8'],
    run: (args) => subtractPromoting(numberArg(args, 0), 1),
  },
  {
    name: 'quot',
    params: 'x y',
    doc: 'The quotient cut towards zero.',
    example: ['(quot -7 2)', '-3'],
    run: (args) => quot(numberArg(args, 0), numberArg(args, 1)),
  },
  {
    name: 'rem',
    params: 'x y',
    doc: 'What `quot` leaves; it has the sign of x.',
    example: ['(rem -7 2)', '-1'],
    run: (args) => rem(numberArg(args, 0), numberArg(args, 1)),
  },
  {
    name: 'mod',
    params: 'x y',
    doc: 'The modulus; it has the sign of y.',
    example: ['(mod -7 2)', '1'],
    run: (args) => mod(numberArg(args, 0), numberArg(args, 1)),
  },
  {
    name: 'max',
    params: 'x & more',
    doc: 'The greatest of these numbers. (As an aggregate, `max` takes values of every type.)',
    example: ['(max 1 9 3)', '9'],
    run: (args) => best(args, maxOf),
  },
  {
    name: 'min',
    params: 'x & more',
    doc: 'The least of these numbers.',
    example: ['(min 1 2.5)', '1'],
    run: (args) => best(args, minOf),
  },
  {
    name: 'abs',
    params: 'x',
    doc: 'Without the sign.',
    example: ['(abs -5)', '5'],
    run: (args) => absolute(numberArg(args, 0)),
  },
  {
    name: 'even?',
    params: 'n',
    doc: 'Is this whole number even?',
    example: ['(even? 4)', 'true'],
    run: (args) => wholeArg(args) % 2n === zero,
  },
  {
    name: 'odd?',
    params: 'n',
    doc: 'Is this whole number odd?',
    example: ['(odd? -3)', 'true'],
    run: (args) => wholeArg(args) % 2n !== zero,
  },
  {
    name: 'zero?',
    params: 'x',
    doc: 'Is it 0, of whatever kind?',
    example: ['(zero? 0.0)', 'true'],
    run: on(isZero),
  },
  {
    name: 'pos?',
    params: 'x',
    doc: 'Is it greater than 0?',
    example: ['(pos? 0.5)', 'true'],
    run: on((x) => signOf(x) > 0),
  },
  {
    name: 'neg?',
    params: 'x',
    doc: 'Is it less than 0?',
    example: ['(neg? -1)', 'true'],
    run: on((x) => signOf(x) < 0),
  },
  {
    name: 'NaN?',
    params: 'x',
    doc: 'Is it not a number?',
    example: ['(NaN? 1.5)', 'false'],
    run: on((x) => Number.isNaN(toDouble(x))),
  },
  {
    name: 'infinite?',
    params: 'x',
    doc: 'Is it an infinite double?',
    example: ['(infinite? 1.5)', 'false'],
    run: on((x) => isFloating(x) && Math.abs(toDouble(x)) === Infinity),
  },
  {
    name: 'long',
    params: 'x',
    doc: 'The number cut to a long. What does not fit is an error; text is none (see `parse-long`).',
    example: ['(long -3.7)', '-3'],
    run: (args) => truncate(numberArg(args, 0)) ?? refuse(0, 'does not fit a long'),
  },
  {
    name: 'int',
    params: 'x',
    doc: 'The number cut to a whole one of 32 bits.',
    example: ['(int 3.7)', '3'],
    run: (args) => ranged(args, 32),
  },
  {
    name: 'short',
    params: 'x',
    doc: 'The number cut to a whole one of 16 bits.',
    example: ['(short 3.7)', '3'],
    run: (args) => ranged(args, 16),
  },
  {
    name: 'byte',
    params: 'x',
    doc: 'The number cut to a whole one of 8 bits.',
    example: ['(byte 3.7)', '3'],
    run: (args) => ranged(args, 8),
  },
  {
    name: 'double',
    params: 'x',
    doc: 'The number as a double.',
    example: ['(double 3)', '3.0'],
    run: (args) => double(toDouble(numberArg(args, 0))),
  },
  {
    name: 'float',
    params: 'x',
    doc: 'The number as a float of 32 bits.',
    example: ['(float 1.5)', '1.5'],
    run: (args) => {
      const x = new Float(toDouble(numberArg(args, 0)))
      return Number.isFinite(x.value) ? x : refuse(0, 'does not fit a float')
    },
  },
  {
    name: 'bigint',
    aliases: ['biginteger'],
    params: 'x',
    doc: 'The number cut to a whole one of any size.',
    example: ['(bigint 3.7)', '3N'],
    run: (args) => bigintOf(numberArg(args, 0)),
  },
  {
    name: 'bigdec',
    params: 'x',
    doc: 'The number as a decimal.',
    example: ['(bigdec 1.5)', '1.5M'],
    run: (args) => bigdecOf(numberArg(args, 0)),
  },
  {
    name: 'num',
    params: 'x',
    doc: 'The number itself; anything else is an error.',
    example: ['(num 5)', '5'],
    run: (args) => numberArg(args, 0),
  },
  {
    name: 'bit-and',
    params: 'x y & more',
    doc: 'The bits that are set in all.',
    example: ['(bit-and 12 10)', '8'],
    run: (args) => ofBits(args.reduce<bigint>((all, _, i) => all & bits(args, i), -1n)),
  },
  {
    name: 'bit-or',
    params: 'x y & more',
    doc: 'The bits that are set in any.',
    example: ['(bit-or 12 3)', '15'],
    run: (args) => ofBits(args.reduce<bigint>((all, _, i) => all | bits(args, i), zero)),
  },
  {
    name: 'bit-xor',
    params: 'x y & more',
    doc: 'The bits that differ.',
    example: ['(bit-xor 5 3)', '6'],
    run: (args) => ofBits(args.reduce<bigint>((all, _, i) => all ^ bits(args, i), zero)),
  },
  {
    name: 'bit-not',
    params: 'x',
    doc: 'Every bit the other way.',
    example: ['(bit-not 5)', '-6'],
    run: (args) => ofBits(~bits(args, 0)),
  },
  {
    name: 'bit-and-not',
    params: 'x y',
    doc: 'The bits of x that are not set in y.',
    example: ['(bit-and-not 15 3)', '12'],
    run: (args) => ofBits(bits(args, 0) & ~bits(args, 1)),
  },
  {
    name: 'bit-shift-left',
    params: 'x n',
    doc: 'The bits n places to the left.',
    example: ['(bit-shift-left 1 40)', '1099511627776'],
    run: (args) => ofBits(bits(args, 0) << shift(args)),
  },
  {
    name: 'bit-shift-right',
    params: 'x n',
    doc: 'The bits n places to the right; the sign stays.',
    example: ['(bit-shift-right -8 1)', '-4'],
    run: (args) => ofBits(bits(args, 0) >> shift(args)),
  },
  {
    name: 'unsigned-bit-shift-right',
    params: 'x n',
    doc: 'The bits n places to the right, filled with zeros.',
    example: ['(unsigned-bit-shift-right -8 60)', '15'],
    run: (args) => ofBits(BigInt.asUintN(64, bits(args, 0)) >> shift(args)),
  },
  {
    name: 'bit-test',
    params: 'x n',
    doc: 'Is bit n set?',
    example: ['(bit-test 5 0)', 'true'],
    run: (args) => ((bits(args, 0) >> shift(args)) & 1n) === 1n,
  },
  {
    name: 'bit-set',
    params: 'x n',
    doc: 'With bit n set.',
    example: ['(bit-set 4 0)', '5'],
    run: (args) => ofBits(bits(args, 0) | (1n << shift(args))),
  },
  {
    name: 'bit-clear',
    params: 'x n',
    doc: 'Without bit n.',
    example: ['(bit-clear 5 0)', '4'],
    run: (args) => ofBits(bits(args, 0) & ~(1n << shift(args))),
  },
  {
    name: 'bit-flip',
    params: 'x n',
    doc: 'With bit n the other way.',
    example: ['(bit-flip 5 0)', '4'],
    run: (args) => ofBits(bits(args, 0) ^ (1n << shift(args))),
  },
]
