/** Collections: making vectors, maps and sets, and reading and changing them (a change gives a new one). */

import { ValueMap, ValueSet } from '../../data/equal.ts'
import { compareValues } from '../../data/compare.ts'
import { Char, List, list } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { callableArg, lookup } from './callable.ts'
import type { Definition } from './call.ts'
import { arg, checkSize, indexArg, refuse } from './call.ts'
import { asEntity, entityAsMap, entityValue } from './entities.ts'
import { elementsArg, elementsOf, seqOf, seqOrNil } from './sequences.ts'

function mapArg(args: readonly Value[], i: number): ValueMap {
  const x = args[i] as Value
  if (x === null) return new ValueMap()
  if (x instanceof ValueMap) return x
  const of = asEntity(x)
  return of === null ? refuse(i, 'must be a map', x) : entityAsMap(of)
}

function setArg(args: readonly Value[], i: number): ValueSet {
  const x = args[i] as Value
  return x instanceof ValueSet ? x : refuse(i, 'must be a set', x)
}

function mapOfPairs(args: readonly Value[], from: number, into: ValueMap): ValueMap {
  if ((args.length - from) % 2 !== 0) refuse(args.length - 1, 'is a key without a value')
  for (let i = from; i < args.length; i += 2) into.set(args[i] as Value, args[i + 1] as Value)
  return into
}

const copyMap = (x: ValueMap): ValueMap => ValueMap.of(x.entries())

/** A pair: the entry of a map. */
function entryOf(x: Value, i: number): readonly [Value, Value] {
  if (Array.isArray(x) && x.length === 2) return [x[0] as Value, x[1] as Value]
  return refuse(i, 'must hold pairs of key and value', x)
}

/** One more element, where the collection puts it: vectors at the end, lists in front. */
export function conjoin(coll: Value, x: Value): Value {
  if (coll === null) return list([x])
  if (coll instanceof List) return seqOf([x, ...coll])
  if (Array.isArray(coll)) return [...(coll as Value[]), x]
  if (coll instanceof ValueSet) return ValueSet.of(coll).add(x)
  if (coll instanceof ValueMap) {
    const out = copyMap(coll)
    if (x === null) return out
    if (x instanceof ValueMap) for (const [k, v] of x) out.set(k, v)
    else out.set(...entryOf(x, 1))
    return out
  }
  return refuse(0, 'must be a collection', coll)
}

/** All of them, into a collection. */
export function conjoinAll(coll: Value, xs: readonly Value[]): Value {
  checkSize(xs.length + (elementsOf(coll)?.length ?? 0))
  if (Array.isArray(coll) && !(coll instanceof List)) return [...(coll as Value[]), ...xs]
  if (coll instanceof ValueSet) {
    const out = ValueSet.of(coll)
    for (const x of xs) out.add(x)
    return out
  }
  if (coll instanceof ValueMap) {
    const out = copyMap(coll)
    for (const x of xs) {
      if (x instanceof ValueMap) for (const [k, v] of x) out.set(k, v)
      else if (x !== null) out.set(...entryOf(x, 1))
    }
    return out
  }
  if (coll === null || coll instanceof List) return seqOf([...xs].reverse().concat(coll ?? []))
  return refuse(0, 'must be a collection', coll)
}

function setIn(
  coll: Value,
  path: readonly Value[],
  at: number,
  change: (old: Value) => Value,
): Value {
  const key = path[at] as Value
  const old = lookup(coll, key, null)
  const next = at === path.length - 1 ? change(old) : setIn(old, path, at + 1, change)
  return associate(coll, key, next)
}

/** The key with this value. */
function associate(coll: Value, key: Value, value: Value): Value {
  if (coll === null) return new ValueMap().set(key, value)
  if (coll instanceof ValueMap) return copyMap(coll).set(key, value)
  if (Array.isArray(coll) && !(coll instanceof List)) {
    if (typeof key !== 'number' || !Number.isInteger(key) || key < 0 || key > coll.length) {
      refuse(1, `must be an index within the vector's ${coll.length} elements`, key)
    }
    const out = [...(coll as Value[])]
    out[key] = value
    return out
  }
  return refuse(0, 'must be a map or vector', coll)
}

function pathArg(args: readonly Value[], i: number): readonly Value[] {
  const path = elementsArg(args, i)
  if (path.length > 100) refuse(i, 'may not be longer than 100 keys')
  return path
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

function contains(args: readonly Value[]): boolean {
  const coll = arg(args, 0)
  const key = arg(args, 1)
  if (coll === null) return false
  if (coll instanceof ValueMap || coll instanceof ValueSet) return coll.has(key)
  const of = asEntity(coll)
  if (of !== null) return entityValue(of, key) !== null
  if ((Array.isArray(coll) && !(coll instanceof List)) || typeof coll === 'string') {
    return typeof key === 'number' && Number.isInteger(key) && key >= 0 && key < coll.length
  }
  return refuse(0, 'must be a map, set, vector or text', coll)
}

function getOf(args: readonly Value[]): Value {
  const coll = arg(args, 0)
  const key = arg(args, 1)
  const otherwise = args[2] ?? null
  if (typeof coll === 'string') {
    const found = typeof key === 'number' ? coll[key] : undefined
    return found === undefined ? otherwise : new Char(found)
  }
  return lookup(coll, key, otherwise)
}

function getIn(args: readonly Value[]): Value {
  const missing: Value = []
  let at = arg(args, 0)
  for (const key of pathArg(args, 1)) {
    const next = lookup(at, key, missing)
    if (next === missing) return args[2] ?? null
    at = next
  }
  return at
}

function mergeAll(
  args: readonly Value[],
  from: number,
  combine: ((a: Value, b: Value) => Value) | null,
): Value {
  let out: Value = null
  for (let i = from; i < args.length; i++) {
    const x = args[i] as Value
    if (x === null) continue
    if (out === null) {
      out = x instanceof ValueMap ? copyMap(x) : x
      continue
    }
    if (!(out instanceof ValueMap) || !(x instanceof ValueMap)) {
      out = conjoin(out, x)
      continue
    }
    for (const [k, v] of x) {
      const old = out.get(k)
      out.set(k, old === undefined || combine === null ? v : combine(old, v))
    }
  }
  return out
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
    name: 'get',
    params: 'coll key [default]',
    doc: 'The value of a key in a map, an index in a vector or text, an element of a set; else the default or nil.',
    example: ['(get {:a 1} :b 0)', '0'],
    run: getOf,
  },
  {
    name: 'get-in',
    params: 'coll keys [default]',
    doc: 'The value at the end of a path of keys.',
    example: ['(get-in {:a {:b 3}} [:a :b])', '3'],
    run: getIn,
  },
  {
    name: 'contains?',
    params: 'coll key',
    doc: 'Has it this key, element or index?',
    example: ['(contains? #{1 2} 2)', 'true'],
    run: contains,
  },
  {
    name: 'find',
    params: 'map key',
    doc: 'The entry of a key, [key value], or nil.',
    example: ['(find {:a 1} :a)', '[:a 1]'],
    run: (args) => {
      const found = mapArg(args, 0).get(arg(args, 1))
      return found === undefined ? null : [arg(args, 1), found]
    },
  },
  {
    name: 'keys',
    params: 'map',
    doc: 'The keys, or nil when there are none.',
    example: ['(keys {:a 1})', '(:a)'],
    run: (args) => seqOrNil([...mapArg(args, 0).keys()]),
  },
  {
    name: 'vals',
    params: 'map',
    doc: 'The values, or nil when there are none.',
    example: ['(vals {:a 1})', '(1)'],
    run: (args) => seqOrNil([...mapArg(args, 0).values()]),
  },
  {
    name: 'key',
    params: 'entry',
    doc: 'The key of an entry.',
    example: ['(key [:a 1])', ':a'],
    run: (args) => entryOf(arg(args, 0), 0)[0],
  },
  {
    name: 'val',
    params: 'entry',
    doc: 'The value of an entry.',
    example: ['(val [:a 1])', '1'],
    run: (args) => entryOf(arg(args, 0), 0)[1],
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
    name: 'assoc',
    params: 'coll key val & keyvals',
    doc: 'The map or vector with these values under these keys.',
    example: ['(assoc {:a 1} :b 2)', '{:a 1, :b 2}'],
    run: (args) => {
      if (args.length % 2 === 0) refuse(args.length - 1, 'is a key without a value')
      let out = arg(args, 0)
      if (out instanceof ValueMap) return mapOfPairs(args, 1, copyMap(out))
      for (let i = 1; i < args.length; i += 2) out = associate(out, arg(args, i), arg(args, i + 1))
      return out
    },
  },
  {
    name: 'dissoc',
    params: 'map & keys',
    doc: 'The map without these keys.',
    example: ['(dissoc {:a 1, :b 2} :a)', '{:b 2}'],
    run: (args) => {
      if (args[0] === null) return null
      const without = ValueSet.of(args.slice(1))
      return ValueMap.of([...mapArg(args, 0)].filter(([k]) => !without.has(k)))
    },
  },
  {
    name: 'assoc-in',
    params: 'coll keys val',
    doc: 'With this value at the end of a path of keys.',
    example: ['(assoc-in {} [:a :b] 1)', '{:a {:b 1}}'],
    run: (args) => setIn(arg(args, 0), pathArg(args, 1), 0, () => arg(args, 2)),
  },
  {
    name: 'update',
    params: 'coll key f & args',
    doc: 'With the value of a key changed by a function.',
    example: ['(update {:a 1} :a inc)', '{:a 2}'],
    run: (args) => {
      const f = callableArg(args, 2)
      return associate(
        arg(args, 0),
        arg(args, 1),
        f([lookup(arg(args, 0), arg(args, 1), null), ...args.slice(3)]),
      )
    },
  },
  {
    name: 'update-in',
    params: 'coll keys f & args',
    doc: 'With the value at the end of a path changed by a function.',
    example: ['(update-in {:a {:b 1}} [:a :b] inc)', '{:a {:b 2}}'],
    run: (args) => {
      const f = callableArg(args, 2)
      return setIn(arg(args, 0), pathArg(args, 1), 0, (old) => f([old, ...args.slice(3)]))
    },
  },
  {
    name: 'merge',
    params: '& maps',
    doc: 'One map of all; later ones win.',
    example: ['(merge {:a 1} {:a 2})', '{:a 2}'],
    run: (args) => mergeAll(args, 0, null),
  },
  {
    name: 'merge-with',
    params: 'f & maps',
    doc: 'One map of all; values of the same key are combined by the function.',
    example: ['(merge-with + {:a 1} {:a 2})', '{:a 3}'],
    run: (args) => {
      const f = callableArg(args, 0)
      return mergeAll(args, 1, (a, b) => f([a, b]))
    },
  },
  {
    name: 'select-keys',
    params: 'map keys',
    doc: 'The entries of these keys.',
    example: ['(select-keys {:a 1, :b 2} [:a])', '{:a 1}'],
    run: (args) => {
      const m = mapArg(args, 0)
      const out = new ValueMap()
      for (const k of elementsArg(args, 1)) {
        const v = m.get(k)
        if (v !== undefined) out.set(k, v)
      }
      return out
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
