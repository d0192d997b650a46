/** Functions that take functions: `map filter reduce sort-by apply` and relatives. What gives a sequence gives a list. */

import { worked } from '../../base/watch.ts'
import { compareValues } from '../../data/compare.ts'
import { ValueMap } from '../../data/equal.ts'
import { List } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { isNumber } from '../../data/compare.ts'
import { mapArg } from './building.ts'
import { callableArg, composedValue } from './callable.ts'
import { equiv } from './equivalence.ts'
import type { Callable } from './callable.ts'
import type { Definition } from './call.ts'
import { arg, checkSize, isTrue, numberArg, refuse } from './call.ts'
import { compareOrNaN, signOf } from './numbers.ts'
import { elementsArg, elementsOf, seqOf } from './sequences.ts'

function sorted(items: readonly Value[], key: Callable | null, comparator: Callable | null): Value {
  const keyOf = key === null ? (x: Value): Value => x : (x: Value): Value => key([x])
  const keyed = items.map((x) => [keyOf(x), x] as const)
  const compare = comparator === null ? compareValues : comparing(comparator)
  let n = 0
  keyed.sort((a, b) => {
    if ((++n & 255) === 0) worked(256 * 4)
    return compare(a[0], b[0])
  })
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

export const higher: readonly Definition[] = [
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
    name: 'reductions',
    params: 'f init-or-coll [coll]',
    doc: 'What `reduce` has after each element.',
    example: ['(reductions + [1 2 3])', '(1 3 6)'],
    run: (args) => {
      const f = callableArg(args, 0)
      const items = elementsArg(args, args.length - 1)
      if (args.length === 2 && items.length === 0) return seqOf([f([])])
      const out: Value[] = [args.length === 3 ? arg(args, 1) : (items[0] as Value)]
      for (const x of items.slice(args.length === 3 ? 0 : 1)) out.push(f([out.at(-1) as Value, x]))
      return seqOf(out)
    },
  },
  {
    name: 'partition-by',
    params: 'f coll',
    doc: 'Lists of neighbours for which the function gives the same.',
    example: ['(partition-by odd? [1 3 2 5])', '((1 3) (2) (5))'],
    run: (args) => {
      const f = callableArg(args, 0)
      const parts: Value[][] = []
      let before: Value = null
      for (const x of elementsArg(args, 1)) {
        const key = f([x])
        const last = parts.at(-1)
        if (last !== undefined && equiv(key, before)) last.push(x)
        else parts.push([x])
        before = key
      }
      return seqOf(parts.map(seqOf))
    },
  },
  {
    name: 'split-with',
    params: 'pred coll',
    doc: 'What passes from the front, and the others.',
    example: ['(split-with odd? [1 3 2 5])', '[(1 3) (2 5)]'],
    run: testing((test, items) => {
      const n = passing(test, items)
      return [seqOf(items.slice(0, n)), seqOf(items.slice(n))]
    }),
  },
  {
    name: 'update-vals',
    params: 'map f',
    doc: 'The map with every value changed by the function.',
    example: ['(update-vals {:a 1} inc)', '{:a 2}'],
    run: (args) => {
      const f = callableArg(args, 1)
      return ValueMap.of([...mapArg(args, 0)].map(([k, v]) => [k, f([v])] as const))
    },
  },
  {
    name: 'update-keys',
    params: 'map f',
    doc: 'The map with every key changed by the function.',
    example: ['(update-keys {:a 1} name)', '{"a" 1}'],
    run: (args) => {
      const f = callableArg(args, 1)
      return ValueMap.of([...mapArg(args, 0)].map(([k, v]) => [f([k]), v] as const))
    },
  },
  {
    name: 'partial',
    params: 'f & args',
    doc: 'The function with its first arguments given: a value for `map` and relatives.',
    example: ['(map (partial + 10) [1 2])', '(11 12)'],
    run: (args) => {
      const f = callableArg(args, 0)
      const first = args.slice(1)
      return composedValue('partial', args, (rest) => f([...first, ...rest]))
    },
  },
  {
    name: 'comp',
    params: '& fs',
    doc: 'The functions one after the other, the last first.',
    example: ['(map (comp inc count) ["a" "bb"])', '(2 3)'],
    run: (args) => {
      const fs = args.map((_, i) => callableArg(args, i)).reverse()
      return composedValue('comp', args, (xs) =>
        fs.length === 0
          ? (xs[0] ?? null)
          : (fs.reduce<readonly Value[]>((at, f) => [f(at)], xs)[0] as Value),
      )
    },
  },
  {
    name: 'complement',
    params: 'f',
    doc: 'The function that says the opposite.',
    example: ['(filter (complement odd?) [1 2])', '(2)'],
    run: (args) => {
      const f = callableArg(args, 0)
      return composedValue('complement', args, (xs) => !isTrue(f(xs)))
    },
  },
  {
    name: 'constantly',
    params: 'x',
    doc: 'The function that always gives this.',
    example: ['(map (constantly 0) [1 2])', '(0 0)'],
    run: (args) => composedValue('constantly', args, () => arg(args, 0)),
  },
  {
    name: 'juxt',
    params: 'f & fs',
    doc: 'The function that gives a vector of what each gives.',
    example: ['(map (juxt first count) ["ab"])', '([\\a 2])'],
    run: (args) => {
      const fs = args.map((_, i) => callableArg(args, i))
      return composedValue('juxt', args, (xs) => fs.map((f) => f(xs)))
    },
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
