/** Numbers: from one kind to another, and their bits. */

import { BigDecimal } from '../../data/big-decimal.ts'
import { Float, double } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { raise } from '../../base/errors.ts'
import type { Definition } from './call.ts'
import { numberArg, refuse } from './call.ts'
import { javaDouble } from './text.ts'
import type { Num } from './numbers.ts'
import { fitsLong, isWhole, longOf, toDouble, truncate } from './numbers.ts'

/** The bits of a long. */
function bits(args: readonly Value[], i: number): bigint {
  const x = args[i]
  if (isWhole(x) && fitsLong(BigInt(x))) return BigInt(x)
  return refuse(i, 'must be a long', x)
}
const ofBits = (x: bigint): Value => longOf(BigInt.asIntN(64, x))
const shift = (args: readonly Value[]): bigint => bits(args, 1) & 63n

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

const digitsMax = 30_000

function bigintOfText(text: string): bigint {
  return text.length <= digitsMax && /^[+-]?\d+$/.test(text)
    ? BigInt(text.replace('+', ''))
    : refuse(0, 'is no text of a whole number')
}

function bigdecOfText(text: string): BigDecimal {
  return text.length <= digitsMax && /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?$/.test(text)
    ? BigDecimal.parse(text)
    : refuse(0, 'is no text of a decimal')
}

function bigdecOf(x: Num): BigDecimal {
  if (x instanceof BigDecimal) return x
  if (isWhole(x)) return BigDecimal.of(x)
  const d = toDouble(x)
  return Number.isFinite(d) ? BigDecimal.parse(javaDouble(d)) : refuse(0, 'must be finite')
}

export const conversions: readonly Definition[] = [
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
    doc: 'The number cut to a whole one of any size, or what a text of digits means.',
    example: ['(bigint 3.7)', '3N'],
    run: (args) => {
      const x = args[0]
      return typeof x === 'string' ? bigintOfText(x) : bigintOf(numberArg(args, 0))
    },
  },
  {
    name: 'bigdec',
    params: 'x',
    doc: 'The number as a decimal, or what a text means.',
    example: ['(bigdec 1.5)', '1.5M'],
    run: (args) => {
      const x = args[0]
      return typeof x === 'string' ? bigdecOfText(x) : bigdecOf(numberArg(args, 0))
    },
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
    run: (args) => ofBits(args.reduce<bigint>((all, _, i) => all | bits(args, i), 0n)),
  },
  {
    name: 'bit-xor',
    params: 'x y & more',
    doc: 'The bits that differ.',
    example: ['(bit-xor 5 3)', '6'],
    run: (args) => ofBits(args.reduce<bigint>((all, _, i) => all ^ bits(args, i), 0n)),
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
