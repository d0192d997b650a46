/** Walking through collections: `first rest take concat range` and relatives. What gives a sequence gives a list. */

import { compareValues } from '../../data/compare.ts'
import { ValueMap, ValueSet } from '../../data/equal.ts'
import { Char, List } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { raise } from '../../base/errors.ts'
import { worked } from '../../base/watch.ts'
import type { Callable } from './callable.ts'
import type { Definition } from './call.ts'
import { arg, checkSize, indexArg, numberArg, refuse, sizeMax } from './call.ts'
import { add, compareOrNaN, isZero, signOf } from './numbers.ts'
import type { Num } from './numbers.ts'
import { elementsArg, elementsOf, seqOf, seqOrNil } from './sequences.ts'

function firstOf(x: Value, i: number): Value {
  if (typeof x === 'string') return x === '' ? null : new Char(x[0] as string)
  if (Array.isArray(x)) return (x[0] as Value | undefined) ?? null
  if (x instanceof ValueMap || x instanceof ValueSet) {
    for (const item of x) return item as Value
    return null
  }
  return (elementsOf(x) ?? refuse(i, 'must be a collection', x))[0] ?? null
}

/** How many, never below 0. */
const some = (args: readonly Value[], i: number): number => Math.max(0, indexArg(args, i))

function rangeOf(args: readonly Value[]): Value {
  if (args.length === 0) return raise(':yore/limit-exceeded', '(range) without an end never ends')
  const start: Num = args.length > 1 ? numberArg(args, 0) : 0
  const end = numberArg(args, args.length > 1 ? 1 : 0)
  const step: Num = args.length > 2 ? numberArg(args, 2) : 1
  const sign = signOf(step)
  const out = new List<Value>()
  if (compareOrNaN(start, end) * sign >= 0 || Number.isNaN(compareOrNaN(start, end))) {
    return isZero(step) && compareOrNaN(start, end) !== 0 ? refuse(2, 'may not be 0') : out
  }
  if (sign === 0) refuse(2, 'may not be 0')
  for (let x = start; compareOrNaN(x, end) * sign < 0; x = add(x, step)) {
    if (out.length >= sizeMax) checkSize(out.length + 1)
    out.push(x)
    if ((out.length & 1023) === 0) worked(1024)
  }
  return out
}

function flattened(x: Value, out: Value[], depth: number): void {
  if (depth > 400) raise(':yore/limit-exceeded', 'the value is nested too deep')
  for (const item of x as readonly Value[]) {
    if (Array.isArray(item)) flattened(item, out, depth + 1)
    else {
      out.push(item)
      checkSize(out.length)
    }
  }
}

/** Rows of what the function takes: one element of each collection. */
function mapped(f: Callable, args: readonly Value[], each: (x: Value) => void): void {
  const colls = args.map((_, i) => elementsArg(args, i))
  const n = Math.min(...colls.map((c) => c.length))
  for (let i = 0; i < n; i++) each(f(colls.map((c) => c[i] as Value)))
}

function partitioned(args: readonly Value[], all: boolean): Value {
  const n = indexArg(args, 0)
  const step = args.length > 2 ? indexArg(args, 1) : n
  const items = elementsArg(args, args.length - 1)
  if (n < 1 || step < 1) refuse(0, 'must be at least 1')
  const out = new List<Value>()
  let size = 0
  for (let i = 0; i < items.length; i += step) {
    const part = items.slice(i, i + n)
    if (!all && part.length < n) break
    size += part.length
    checkSize(size)
    out.push(seqOf(part))
  }
  return out
}

export const walks: readonly Definition[] = [
  {
    name: 'seq',
    params: 'coll',
    doc: 'The elements as a list, or nil when there are none.',
    example: ['(seq [])', 'nil'],
    run: (args) => seqOrNil(elementsArg(args, 0)),
  },
  {
    name: 'sequence',
    params: 'coll',
    doc: 'The elements as a list.',
    example: ['(sequence [1])', '(1)'],
    run: (args) => seqOf(elementsArg(args, 0)),
  },
  {
    name: 'first',
    params: 'coll',
    doc: 'The first element, or nil; of a text, a character.',
    example: ['(first [1 2])', '1'],
    run: (args) => firstOf(arg(args, 0), 0),
  },
  {
    name: 'second',
    params: 'coll',
    doc: 'The second element, or nil.',
    example: ['(second [1 2])', '2'],
    run: (args) => elementsArg(args, 0)[1] ?? null,
  },
  {
    name: 'last',
    params: 'coll',
    doc: 'The last element, or nil.',
    example: ['(last [1 2])', '2'],
    run: (args) => elementsArg(args, 0).at(-1) ?? null,
  },
  {
    name: 'ffirst',
    params: 'coll',
    doc: 'The first of the first.',
    example: ['(ffirst [[1 2]])', '1'],
    run: (args) => firstOf(firstOf(arg(args, 0), 0), 0),
  },
  {
    name: 'rest',
    params: 'coll',
    doc: 'All but the first.',
    example: ['(rest [1 2])', '(2)'],
    run: (args) => seqOf(elementsArg(args, 0).slice(1)),
  },
  {
    name: 'next',
    params: 'coll',
    doc: 'All but the first, or nil.',
    example: ['(next [1])', 'nil'],
    run: (args) => seqOrNil(elementsArg(args, 0).slice(1)),
  },
  {
    name: 'butlast',
    params: 'coll',
    doc: 'All but the last, or nil.',
    example: ['(butlast [1 2])', '(1)'],
    run: (args) => seqOrNil(elementsArg(args, 0).slice(0, -1)),
  },
  {
    name: 'cons',
    params: 'x coll',
    doc: 'The element in front of the others.',
    example: ['(cons 1 [2])', '(1 2)'],
    run: (args) => seqOf([arg(args, 0), ...elementsArg(args, 1)]),
  },
  {
    name: 'concat',
    params: '& colls',
    doc: 'One after the other.',
    example: ['(concat [1] [2])', '(1 2)'],
    run: (args) => {
      const out = new List<Value>()
      args.forEach((_, i) => {
        const items = elementsArg(args, i)
        checkSize(out.length + items.length)
        for (const x of items) out.push(x)
      })
      return out
    },
  },
  {
    name: 'reverse',
    params: 'coll',
    doc: 'From back to front.',
    example: ['(reverse [3 1 2])', '(2 1 3)'],
    run: (args) => seqOf([...elementsArg(args, 0)].reverse()),
  },
  {
    name: 'rseq',
    params: 'v',
    doc: 'From back to front, or nil.',
    example: ['(rseq [1 2])', '(2 1)'],
    run: (args) => seqOrNil([...elementsArg(args, 0)].reverse()),
  },
  {
    name: 'distinct',
    params: 'coll',
    doc: 'Every value once.',
    example: ['(distinct [1 2 1])', '(1 2)'],
    run: (args) => seqOf([...ValueSet.of(elementsArg(args, 0))]),
  },
  {
    name: 'dedupe',
    params: 'coll',
    doc: 'Without an element that equals the one before.',
    example: ['(dedupe [1 1 2 1])', '(1 2 1)'],
    run: (args) => {
      const items = elementsArg(args, 0)
      return seqOf(items.filter((x, i) => i === 0 || compareValues(x, items[i - 1] as Value) !== 0))
    },
  },
  {
    name: 'distinct?',
    params: 'x & more',
    doc: 'Are no two the same?',
    example: ['(distinct? 1 2)', 'true'],
    run: (args) => ValueSet.of(args).size === args.length,
  },
  {
    name: 'take',
    params: 'n coll',
    doc: 'The first n.',
    example: ['(take 2 [1 2 3])', '(1 2)'],
    run: (args) => seqOf(elementsArg(args, 1).slice(0, some(args, 0))),
  },
  {
    name: 'drop',
    params: 'n coll',
    doc: 'All but the first n.',
    example: ['(drop 2 [1 2 3])', '(3)'],
    run: (args) => seqOf(elementsArg(args, 1).slice(some(args, 0))),
  },
  {
    name: 'take-last',
    params: 'n coll',
    doc: 'The last n, or nil.',
    example: ['(take-last 2 [1 2 3])', '(2 3)'],
    run: (args) =>
      some(args, 0) === 0 ? null : seqOrNil(elementsArg(args, 1).slice(-some(args, 0))),
  },
  {
    name: 'drop-last',
    params: 'n-or-coll [coll]',
    doc: 'All but the last n (one).',
    example: ['(drop-last 2 [1 2 3])', '(1)'],
    run: (args) => {
      const items = elementsArg(args, args.length - 1)
      return seqOf(
        items.slice(0, Math.max(0, items.length - (args.length === 2 ? some(args, 0) : 1))),
      )
    },
  },
  {
    name: 'take-nth',
    params: 'n coll',
    doc: 'Every nth.',
    example: ['(take-nth 2 [1 2 3])', '(1 3)'],
    run: (args) => {
      const n = indexArg(args, 0)
      return n < 1
        ? refuse(0, 'must be at least 1')
        : seqOf(elementsArg(args, 1).filter((_, i) => i % n === 0))
    },
  },
  {
    name: 'partition',
    params: 'n step-or-coll [coll]',
    doc: 'Lists of n, the rest left out.',
    example: ['(partition 2 [1 2 3])', '((1 2))'],
    run: (args) => partitioned(args, false),
  },
  {
    name: 'partition-all',
    params: 'n step-or-coll [coll]',
    doc: 'Lists of n, the last may be shorter.',
    example: ['(partition-all 2 [1 2 3])', '((1 2) (3))'],
    run: (args) => partitioned(args, true),
  },
  {
    name: 'interleave',
    params: 'c1 c2 & colls',
    doc: 'The firsts, then the seconds, and so on.',
    example: ['(interleave [1 2] [:a :b])', '(1 :a 2 :b)'],
    run: (args) => {
      const out: Value[] = []
      mapped(
        (row) => [...row],
        args,
        (row) => out.push(...(row as Value[])),
      )
      return seqOf(out)
    },
  },
  {
    name: 'interpose',
    params: 'separator coll',
    doc: 'With the separator between all.',
    example: ['(interpose 0 [1 2])', '(1 0 2)'],
    run: (args) =>
      seqOf(elementsArg(args, 1).flatMap((x, i) => (i === 0 ? [x] : [arg(args, 0), x]))),
  },
  {
    name: 'split-at',
    params: 'n coll',
    doc: 'The first n and the others.',
    example: ['(split-at 1 [1 2 3])', '[(1) (2 3)]'],
    run: (args) => {
      const items = elementsArg(args, 1)
      return [seqOf(items.slice(0, some(args, 0))), seqOf(items.slice(some(args, 0)))]
    },
  },
  {
    name: 'nthrest',
    params: 'coll n',
    doc: 'All but the first n; the collection itself when n is 0.',
    example: ['(nthrest [1 2 3] 1)', '(2 3)'],
    run: (args) =>
      some(args, 1) === 0 ? arg(args, 0) : seqOf(elementsArg(args, 0).slice(some(args, 1))),
  },
  {
    name: 'flatten',
    params: 'coll',
    doc: 'The elements of all nested vectors and lists.',
    example: ['(flatten [1 [2 [3]]])', '(1 2 3)'],
    run: (args) => {
      const out: Value[] = []
      if (Array.isArray(args[0])) flattened(args[0] as Value, out, 0)
      return seqOf(out)
    },
  },
  {
    name: 'repeat',
    params: 'n x',
    doc: 'The value n times.',
    example: ['(repeat 2 :a)', '(:a :a)'],
    run: (args) => {
      const n = some(args, 0)
      checkSize(n)
      return seqOf(Array.from({ length: n }, () => arg(args, 1)))
    },
  },
  {
    name: 'range',
    params: '[start] [end] [step]',
    doc: 'The numbers from start (0) up to end, without it. An end is needed.',
    example: ['(range 1 4)', '(1 2 3)'],
    run: rangeOf,
  },
  {
    name: 'frequencies',
    params: 'coll',
    doc: 'How often each value occurs.',
    example: ['(frequencies [1 1 2])', '{1 2, 2 1}'],
    run: (args) => {
      const out = new ValueMap()
      let n = 0
      for (const x of elementsArg(args, 0)) {
        out.set(x, ((out.get(x) as number | undefined) ?? 0) + 1)
        if ((++n & 255) === 0) worked(256 * 20)
      }
      return out
    },
  },
]
