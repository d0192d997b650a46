/** Walking through collections: `first rest take sort map filter reduce` and relatives. What gives a sequence gives a list. */

import { compareValues } from '../../data/compare.ts'
import { ValueMap, ValueSet } from '../../data/equal.ts'
import { Char, List } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { isNumber } from '../../data/compare.ts'
import { raise } from '../../base/errors.ts'
import { callableArg } from './callable.ts'
import type { Callable } from './callable.ts'
import type { Definition } from './call.ts'
import { arg, checkSize, indexArg, isTrue, numberArg, refuse, sizeMax } from './call.ts'
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
  }
  return out
}

function sorted(items: readonly Value[], key: Callable | null, comparator: Callable | null): Value {
  const keyOf = key === null ? (x: Value): Value => x : (x: Value): Value => key([x])
  const keyed = items.map((x) => [keyOf(x), x] as const)
  const compare = comparator === null ? compareValues : comparing(comparator)
  keyed.sort((a, b) => compare(a[0], b[0]))
  return seqOf(keyed.map((x) => x[1]))
}

/** The order that a function means: one that gives a number, or one that says "comes before". */
function comparing(f: Callable): (a: Value, b: Value) => number {
  return (a, b) => {
    const c = f([a, b])
    if (isNumber(c)) return signOf(c)
    return isTrue(c) ? -1 : isTrue(f([b, a])) ? 1 : 0
  }
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

function reduced(args: readonly Value[]): Value {
  const f = callableArg(args, 0)
  const items = elementsArg(args, args.length - 1)
  let at = 0
  let sum: Value
  if (args.length === 3) sum = arg(args, 1)
  else {
    if (items.length === 0) return f([])
    sum = items[at++] as Value
  }
  for (; at < items.length; at++) sum = f([sum, items[at] as Value])
  return sum
}

function groupBy(args: readonly Value[]): Value {
  const f = callableArg(args, 0)
  const out = new ValueMap()
  for (const x of elementsArg(args, 1)) {
    const key = f([x])
    const group = out.get(key)
    if (group === undefined) out.set(key, [x])
    else (group as Value[]).push(x)
  }
  return out
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

function apply(args: readonly Value[]): Value {
  const f = callableArg(args, 0)
  return f([...args.slice(1, -1), ...elementsArg(args, args.length - 1)])
}

const testing =
  (f: (test: (x: Value) => boolean, items: readonly Value[]) => Value) =>
  (args: readonly Value[]): Value => {
    const test = callableArg(args, 0)
    return f((x) => isTrue(test([x])), elementsArg(args, 1))
  }

/** How many elements from the front pass. */
function passing(test: (x: Value) => boolean, items: readonly Value[]): number {
  const at = items.findIndex((x) => !test(x))
  return at < 0 ? items.length : at
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
    name: 'take-while',
    params: 'pred coll',
    doc: 'From the front, as long as they pass.',
    example: ['(take-while pos? [1 -1 2])', '(1)'],
    run: testing((test, items) => seqOf(items.slice(0, passing(test, items)))),
  },
  {
    name: 'drop-while',
    params: 'pred coll',
    doc: 'From the first that does not pass.',
    example: ['(drop-while pos? [1 -1 2])', '(-1 2)'],
    run: testing((test, items) => seqOf(items.slice(passing(test, items)))),
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
    name: 'sort',
    params: 'comparator-or-coll [coll]',
    doc: 'In the order of `compare`, or of a function.',
    example: ['(sort [3 1 2])', '(1 2 3)'],
    run: (args) =>
      args.length === 1
        ? sorted(elementsArg(args, 0), null, null)
        : sorted(elementsArg(args, 1), null, callableArg(args, 0)),
  },
  {
    name: 'sort-by',
    params: 'f comparator-or-coll [coll]',
    doc: 'In the order of what the function gives.',
    example: ['(sort-by count ["aa" "b"])', '("b" "aa")'],
    run: (args) =>
      sorted(
        elementsArg(args, args.length - 1),
        callableArg(args, 0),
        args.length === 3 ? callableArg(args, 1) : null,
      ),
  },
  {
    name: 'group-by',
    params: 'f coll',
    doc: 'A map from what the function gives to the elements.',
    example: ['(group-by even? [1 2 3])', '{false [1 3], true [2]}'],
    run: groupBy,
  },
  {
    name: 'frequencies',
    params: 'coll',
    doc: 'How often each value occurs.',
    example: ['(frequencies [1 1 2])', '{1 2, 2 1}'],
    run: (args) => {
      const out = new ValueMap()
      for (const x of elementsArg(args, 0))
        out.set(x, ((out.get(x) as number | undefined) ?? 0) + 1)
      return out
    },
  },
  {
    name: 'apply',
    params: 'f & args',
    doc: 'The function called with the elements of the last argument.',
    example: ['(apply + [3 1 2])', '6'],
    run: (args) => (args.length < 2 ? refuse(0, 'needs a collection after it') : apply(args)),
  },
  {
    name: 'map',
    params: 'f c1 & colls',
    doc: 'What the function gives for each element.',
    example: ['(map inc [1 2])', '(2 3)'],
    run: (args) => {
      const out = new List<Value>()
      mapped(callableArg(args, 0), args.slice(1), (x) => out.push(x))
      return out
    },
  },
  {
    name: 'mapv',
    params: 'f c1 & colls',
    doc: 'The same, as a vector.',
    example: ['(mapv inc [1 2])', '[2 3]'],
    run: (args) => {
      const out: Value[] = []
      mapped(callableArg(args, 0), args.slice(1), (x) => out.push(x))
      return out
    },
  },
  {
    name: 'mapcat',
    params: 'f c1 & colls',
    doc: 'The elements of all that the function gives.',
    example: ['(mapcat reverse [[1 2] [3]])', '(2 1 3)'],
    run: (args) => {
      const out: Value[] = []
      mapped(callableArg(args, 0), args.slice(1), (x) => {
        const items = elementsOf(x) ?? refuse(0, 'must give collections', x)
        checkSize(out.length + items.length)
        for (const item of items) out.push(item)
      })
      return seqOf(out)
    },
  },
  {
    name: 'map-indexed',
    params: 'f coll',
    doc: 'What the function gives for each index and element.',
    example: ['(map-indexed vector [:a])', '([0 :a])'],
    run: (args) => {
      const f = callableArg(args, 0)
      return seqOf(elementsArg(args, 1).map((x, i) => f([i, x])))
    },
  },
  {
    name: 'keep',
    params: 'f coll',
    doc: 'What the function gives for each element, without nil.',
    example: ['(keep :a [{:a 1} {}])', '(1)'],
    run: (args) => {
      const f = callableArg(args, 0)
      return seqOf(
        elementsArg(args, 1)
          .map((x) => f([x]))
          .filter((x) => x !== null),
      )
    },
  },
  {
    name: 'filter',
    params: 'pred coll',
    doc: 'The elements that pass.',
    example: ['(filter odd? [1 2 3])', '(1 3)'],
    run: testing((test, items) => seqOf(items.filter(test))),
  },
  {
    name: 'filterv',
    params: 'pred coll',
    doc: 'The same, as a vector.',
    example: ['(filterv odd? [1 2 3])', '[1 3]'],
    run: testing((test, items) => items.filter(test)),
  },
  {
    name: 'remove',
    params: 'pred coll',
    doc: 'The elements that do not pass.',
    example: ['(remove odd? [1 2 3])', '(2)'],
    run: testing((test, items) => seqOf(items.filter((x) => !test(x)))),
  },
  {
    name: 'some',
    params: 'pred coll',
    doc: 'The first result that is neither false nor nil, or nil.',
    example: ['(some #{2 3} [1 2])', '2'],
    run: (args) => {
      const f = callableArg(args, 0)
      for (const x of elementsArg(args, 1)) {
        const found = f([x])
        if (isTrue(found)) return found
      }
      return null
    },
  },
  {
    name: 'every?',
    params: 'pred coll',
    doc: 'Do all pass?',
    example: ['(every? odd? [1 3])', 'true'],
    run: testing((test, items) => items.every(test)),
  },
  {
    name: 'not-every?',
    params: 'pred coll',
    doc: 'Does one not pass?',
    example: ['(not-every? odd? [1 2])', 'true'],
    run: testing((test, items) => !items.every(test)),
  },
  {
    name: 'not-any?',
    params: 'pred coll',
    doc: 'Does none pass?',
    example: ['(not-any? odd? [2 4])', 'true'],
    run: testing((test, items) => !items.some(test)),
  },
  {
    name: 'reduce',
    params: 'f init-or-coll [coll]',
    doc: 'All elements combined by a function of two, from the left.',
    example: ['(reduce + [1 2 3])', '6'],
    run: reduced,
  },
  {
    name: 'max-key',
    params: 'f x & more',
    doc: 'The argument for which the function gives the greatest number.',
    example: ['(max-key count "a" "bb")', '"bb"'],
    run: (args) => bestBy(args, 1),
  },
  {
    name: 'min-key',
    params: 'f x & more',
    doc: 'The argument for which the function gives the least number.',
    example: ['(min-key count "a" "bb")', '"a"'],
    run: (args) => bestBy(args, -1),
  },
]

// The later one when they are equal.
function bestBy(args: readonly Value[], sign: number): Value {
  const f = callableArg(args, 0)
  let best = arg(args, 1)
  if (args.length === 2) return best
  let key = numberArg([f([best])], 0)
  for (let i = 2; i < args.length; i++) {
    const next = numberArg([f([arg(args, i)])], 0)
    if (compareOrNaN(next, key) * sign >= 0) {
      best = arg(args, i)
      key = next
    }
  }
  return best
}
