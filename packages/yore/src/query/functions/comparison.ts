/** Comparison and logic: `= != not= == < <= > >= compare not identity true? false? nil? some? boolean` and relatives. */

import type { Value } from '../../data/values.ts'
import type { Definition } from './call.ts'
import { arg, isTrue, numberArg } from './call.ts'
import { allEquiv, compareJava, compareLoosely } from './equivalence.ts'
import { compareOrNaN } from './numbers.ts'

const ordered = (
  name: string,
  doc: string,
  example: readonly [string, string],
  holds: (c: number) => boolean,
): Definition => ({
  name,
  params: 'x y',
  doc,
  example,
  run: (args) => holds(compareLoosely(arg(args, 0), arg(args, 1))),
})

function sameByValue(args: readonly Value[]): boolean {
  if (args.length === 1) return true
  let same = true
  for (let i = 1; i < args.length; i++) {
    if (compareOrNaN(numberArg(args, i - 1), numberArg(args, i)) !== 0) same = false
  }
  return same
}

const constant = (value: Value) => (): Value => value

export const comparison: readonly Definition[] = [
  {
    name: '=',
    params: 'x & more',
    doc: 'Are all the same value? Whole numbers are alike whatever their kind; 1 and 1.0 are not; the scale of decimals does not matter.',
    example: ['(= 3 3N)', 'true'],
    run: allEquiv,
  },
  {
    name: 'not=',
    aliases: ['!='],
    params: 'x & more',
    doc: 'Not `=`.',
    example: ['(not= 3 3.0)', 'true'],
    run: (args) => !allEquiv(args),
  },
  {
    name: '==',
    params: 'x & more',
    doc: 'Are all numbers of the same value, whatever their kinds?',
    example: ['(== 3 3.0 3M)', 'true'],
    run: sameByValue,
  },
  ordered(
    '<',
    'Does x come before y? Any two values can be compared: nil, then numbers by value, then vectors, maps, sets, keywords, symbols, booleans, strings, instants, uuids.',
    ['(< "a" "b")', 'true'],
    (c) => c < 0,
  ),
  ordered(
    '<=',
    'Does x come before y, or compare as equal?',
    ['(<= 2 2.0)', 'true'],
    (c) => c <= 0,
  ),
  ordered('>', 'Does x come after y?', ['(> 2 1.5M)', 'true'], (c) => c > 0),
  ordered('>=', 'Does x come after y, or compare as equal?', ['(>= :b :a)', 'true'], (c) => c >= 0),
  {
    name: 'compare',
    params: 'x y',
    doc: 'Negative, 0 or positive: the order of the two, the same as that of `<`. For strings the difference of the first characters that differ, or of the lengths.',
    example: ['(compare "a" "c")', '-2'],
    run: (args) => compareJava(arg(args, 0), arg(args, 1)),
  },
  {
    name: 'identical?',
    params: 'x y',
    doc: 'The same as `=`: values have no identity beside what they are.',
    example: ['(identical? :a :a)', 'true'],
    run: allEquiv,
  },
  {
    name: 'identity',
    params: 'x',
    doc: 'The value itself.',
    example: ['(identity 5)', '5'],
    run: (args) => arg(args, 0),
  },
  {
    name: 'not',
    params: 'x',
    doc: 'True for false and nil, else false.',
    example: ['(not nil)', 'true'],
    run: (args) => !isTrue(arg(args, 0)),
  },
  {
    name: 'and',
    params: '& xs',
    doc: 'The first argument that is false or nil, else the last; true without arguments.',
    example: ['(and 1 nil 2)', 'nil'],
    run: (args) => conjunction(args),
  },
  {
    name: 'or',
    params: '& xs',
    doc: 'The first argument that is neither false nor nil, else the last; nil without arguments.',
    example: ['(or nil 2 3)', '2'],
    run: (args) => args.find(isTrue) ?? args.at(-1) ?? null,
  },
  {
    name: 'if',
    params: 'test then [else]',
    doc: '`then` when the test is neither false nor nil, else `else` (nil when it is not given).',
    example: ['(if true 1 2)', '1'],
    run: (args) => (isTrue(arg(args, 0)) ? arg(args, 1) : (args[2] ?? null)),
  },
  {
    name: 'boolean',
    params: 'x',
    doc: 'False for false and nil, else true.',
    example: ['(boolean 0)', 'true'],
    run: (args) => isTrue(arg(args, 0)),
  },
  {
    name: 'true?',
    params: 'x',
    doc: 'Is it true itself?',
    example: ['(true? 1)', 'false'],
    run: (args) => args[0] === true,
  },
  {
    name: 'false?',
    params: 'x',
    doc: 'Is it false itself?',
    example: ['(false? nil)', 'false'],
    run: (args) => args[0] === false,
  },
  {
    name: 'nil?',
    params: 'x',
    doc: 'Is it nil?',
    example: ['(nil? nil)', 'true'],
    run: (args) => args[0] === null,
  },
  {
    name: 'some?',
    params: 'x',
    doc: 'Is it anything but nil?',
    example: ['(some? false)', 'true'],
    run: (args) => args[0] !== null,
  },
  {
    name: 'any?',
    params: 'x',
    doc: 'True.',
    example: ['(any? nil)', 'true'],
    run: constant(true),
  },
]

function conjunction(args: readonly Value[]): Value {
  for (const x of args) if (!isTrue(x)) return x
  return args.length === 0 ? true : (args.at(-1) as Value)
}
