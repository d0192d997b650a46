/** Collections: making vectors, lists, maps and sets; how many there are; adding and taking (which gives a new one). */

import { ValueMap, ValueSet } from '../../data/equal.ts'
import { compareValues } from '../../data/compare.ts'
import { Char, List, list } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { conjoinAll, mapOfPairs } from './building.ts'
import type { Definition } from './call.ts'
import { arg, indexArg, refuse } from './call.ts'
import { asEntity, entityAsMap } from './entities.ts'
import { elementsArg, elementsOf, seqOf } from './sequences.ts'

function setArg(args: readonly Value[], i: number): ValueSet {
  const x = args[i] as Value
  return x instanceof ValueSet ? x : refuse(i, 'must be a set', x)
}

/** How many; of a text its UTF-16 units. */
export function countOf(x: Value): number {
  if (x === null) return 0
  if (typeof x === 'string' || Array.isArray(x) || x instanceof Uint8Array) return x.length
  if (x instanceof ValueMap || x instanceof ValueSet) return x.size
  const of = asEntity(x)
  if (of !== null) return entityAsMap(of).size
  return refuse(0, 'must be a collection or a text', x)
}

function nth(args: readonly Value[]): Value {
  const coll = arg(args, 0)
  const i = indexArg(args, 1)
  const items =
    coll instanceof ValueMap || coll instanceof ValueSet
      ? null
      : typeof coll === 'string'
        ? coll
        : elementsOf(coll)
  if (items === null) return refuse(0, 'must be a vector, list or text', coll)
  if (i >= 0 && i < items.length) {
    const x = items[i] as Value
    return typeof items === 'string' ? new Char(items[i] as string) : x
  }
  if (args.length > 2) return arg(args, 2)
  return coll === null ? null : refuse(1, `is out of range: there are ${items.length} elements`)
}

const sortedMap = (m: ValueMap): ValueMap =>
  ValueMap.of([...m.entries()].sort((a, b) => compareValues(a[0], b[0])))

export const collections: readonly Definition[] = [
  {
    name: 'vector',
    params: '& xs',
    doc: 'The vector of these values.',
    example: ['(vector 1 :a "x")', '[1 :a "x"]'],
    run: (args) => [...args],
  },
  {
    name: 'list',
    params: '& xs',
    doc: 'The list of these values.',
    example: ['(list 1 2)', '(1 2)'],
    run: (args) => seqOf(args),
  },
  {
    name: 'hash-map',
    aliases: ['array-map'],
    params: '& keyvals',
    doc: 'The map of these keys and values.',
    example: ['(hash-map :a 1)', '{:a 1}'],
    run: (args) => mapOfPairs(args, 0, new ValueMap()),
  },
  {
    name: 'sorted-map',
    params: '& keyvals',
    doc: 'The map of these keys and values, in the order of the keys.',
    example: ['(sorted-map :b 1 :a 2)', '{:a 2, :b 1}'],
    run: (args) => sortedMap(mapOfPairs(args, 0, new ValueMap())),
  },
  {
    name: 'hash-set',
    params: '& xs',
    doc: 'The set of these values.',
    example: ['(hash-set 1 1)', '#{1}'],
    run: (args) => ValueSet.of(args),
  },
  {
    name: 'sorted-set',
    params: '& xs',
    doc: 'The set of these values, in their order.',
    example: ['(sorted-set 2 1)', '#{1 2}'],
    run: (args) => ValueSet.of([...args].sort(compareValues)),
  },
  {
    name: 'set',
    params: 'coll',
    doc: 'The set of the elements.',
    example: ['(set [1 2 2])', '#{1 2}'],
    run: (args) => ValueSet.of(elementsArg(args, 0)),
  },
  {
    name: 'vec',
    params: 'coll',
    doc: 'The vector of the elements.',
    example: ['(vec #{1})', '[1]'],
    run: (args) => [...elementsArg(args, 0)],
  },
  {
    name: 'zipmap',
    params: 'keys vals',
    doc: 'The map of keys and values, one by one.',
    example: ['(zipmap [:a :b] [1 2])', '{:a 1, :b 2}'],
    run: (args) => {
      const values = elementsArg(args, 1)
      const out = new ValueMap()
      elementsArg(args, 0).forEach((k, i) => {
        if (i < values.length) out.set(k, values[i] as Value)
      })
      return out
    },
  },
  {
    name: 'count',
    params: 'coll',
    doc: 'How many elements; of a text, how many UTF-16 units; 0 for nil. (As an aggregate: how many rows.)',
    example: ['(count "abc")', '3'],
    run: (args) => countOf(arg(args, 0)),
  },
  {
    name: 'empty?',
    params: 'coll',
    doc: 'Is there nothing in it?',
    example: ['(empty? [])', 'true'],
    run: (args) => countOf(arg(args, 0)) === 0,
  },
  {
    name: 'not-empty',
    params: 'coll',
    doc: 'The collection, or nil when there is nothing in it.',
    example: ['(not-empty "")', 'nil'],
    run: (args) => (countOf(arg(args, 0)) === 0 ? null : arg(args, 0)),
  },
  {
    name: 'empty',
    params: 'coll',
    doc: 'The empty collection of the same kind.',
    example: ['(empty [1])', '[]'],
    run: (args) => {
      const x = arg(args, 0)
      if (x instanceof ValueMap) return new ValueMap()
      if (x instanceof ValueSet) return new ValueSet()
      return x instanceof List ? list([]) : Array.isArray(x) ? [] : null
    },
  },
  {
    name: 'conj',
    params: 'coll & xs',
    doc: 'With more elements: at the end of a vector, in front of a list; an entry for a map.',
    example: ['(conj [3 1] 2)', '[3 1 2]'],
    run: (args) => conjoinAll(arg(args, 0), args.slice(1)),
  },
  {
    name: 'into',
    params: 'to from',
    doc: 'All elements of one collection into another.',
    example: ['(into #{1} [1 2])', '#{1 2}'],
    run: (args) => conjoinAll(arg(args, 0), elementsArg(args, 1)),
  },
  {
    name: 'disj',
    params: 'set & xs',
    doc: 'The set without these.',
    example: ['(disj #{1 2} 2)', '#{1}'],
    run: (args) => {
      const without = ValueSet.of(args.slice(1))
      return ValueSet.of([...setArg(args, 0)].filter((x) => !without.has(x)))
    },
  },
  {
    name: 'nth',
    params: 'coll i [default]',
    doc: 'The element at an index; out of range is an error unless there is a default.',
    example: ['(nth [5 6 7] 1)', '6'],
    run: nth,
  },
  {
    name: 'subvec',
    params: 'v start [end]',
    doc: 'The part of a vector from start up to end.',
    example: ['(subvec [1 2 3 4] 1 3)', '[2 3]'],
    run: (args) => {
      const v = arg(args, 0)
      if (!Array.isArray(v)) refuse(0, 'must be a vector', v)
      const start = indexArg(args, 1)
      const end = args.length > 2 ? indexArg(args, 2) : v.length
      if (start < 0 || end < start || end > v.length)
        refuse(1, `is out of range: there are ${v.length} elements`)
      return [...(v as Value[])].slice(start, end)
    },
  },
  {
    name: 'peek',
    params: 'coll',
    doc: 'The last element of a vector, the first of a list.',
    example: ['(peek [1 2])', '2'],
    run: (args) => {
      const x = arg(args, 0)
      if (x === null) return null
      return Array.isArray(x)
        ? (((x instanceof List ? x[0] : x.at(-1)) as Value | undefined) ?? null)
        : refuse(0, 'must be a vector or list', x)
    },
  },
  {
    name: 'pop',
    params: 'coll',
    doc: 'Without the last element of a vector, the first of a list.',
    example: ['(pop [1 2])', '[1]'],
    run: (args) => {
      const x = arg(args, 0)
      if (x === null) return null
      if (!Array.isArray(x)) return refuse(0, 'must be a vector or list', x)
      if (x.length === 0) return refuse(0, 'has no element')
      return x instanceof List ? seqOf([...x].slice(1)) : [...(x as Value[])].slice(0, -1)
    },
  },
]
