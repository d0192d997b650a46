/** Numbers: arithmetic, and what can be asked of a number. */

import { double } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import type { Definition } from './call.ts'
import { arg, numberArg, refuse } from './call.ts'
import type { Num } from './numbers.ts'
import {
  add,
  divide,
  isFloating,
  isWhole,
  isZero,
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

function wholeArg(args: readonly Value[]): bigint {
  const x = args[0]
  return isWhole(x) ? BigInt(x) : refuse(0, 'must be an integer', x)
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
]
