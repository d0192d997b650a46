/** Maps, and all that has keys: reading, changing (which gives a new one), merging. */

import { ValueMap, ValueSet } from '../../data/equal.ts'
import { Char, List } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { callableArg, lookup } from './callable.ts'
import { conjoinAll, copyMap, entryOf, mapArg, mapOfPairs } from './building.ts'
import type { Definition } from './call.ts'
import { arg, refuse } from './call.ts'
import { asEntity, entityAsMap, entityValue } from './entities.ts'
import { elementsArg, seqOrNil } from './sequences.ts'

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

/** What is at the end of a path changed; without a path, the value of nil. */
function changeIn(coll: Value, path: readonly Value[], change: (old: Value) => Value): Value {
  return setIn(coll, path.length === 0 ? [null] : path, 0, change)
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
      out = conjoinAll(out, [x])
      continue
    }
    for (const [k, v] of x) {
      const old = out.get(k)
      out.set(k, old === undefined || combine === null ? v : combine(old, v))
    }
  }
  return out
}

export const maps: readonly Definition[] = [
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
    run: (args) => changeIn(arg(args, 0), pathArg(args, 1), () => arg(args, 2)),
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
      return changeIn(arg(args, 0), pathArg(args, 1), (old) => f([old, ...args.slice(3)]))
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
]
