/** clojure.set: union, intersection, difference and relatives. */

import { ValueMap, ValueSet } from '../../data/equal.ts'
import type { Value } from '../../data/values.ts'
import { mapArg } from './building.ts'
import type { Definition } from './call.ts'
import { refuse } from './call.ts'

/** A set; nil is the empty one. */
function setArg(args: readonly Value[], i: number): ValueSet {
  const x = args[i] as Value
  if (x === null) return new ValueSet()
  return x instanceof ValueSet ? x : refuse(i, 'must be a set', x)
}

const all = (args: readonly Value[]): ValueSet[] => args.map((_, i) => setArg(args, i))

function within(a: ValueSet, b: ValueSet): boolean {
  if (a.size > b.size) return false
  for (const x of a) if (!b.has(x)) return false
  return true
}

export const sets: readonly Definition[] = [
  {
    name: 'clojure.set/union',
    params: '& sets',
    doc: 'What is in any of the sets.',
    example: ['(clojure.set/union #{1} #{2})', '#{1 2}'],
    run: (args) => ValueSet.of(all(args).flatMap((s) => [...s])),
  },
  {
    name: 'clojure.set/intersection',
    params: 's & sets',
    doc: 'What is in all of the sets.',
    example: ['(clojure.set/intersection #{1 2} #{2 3})', '#{2}'],
    run: (args) => {
      const [first, ...rest] = all(args)
      return ValueSet.of([...(first ?? [])].filter((x) => rest.every((s) => s.has(x))))
    },
  },
  {
    name: 'clojure.set/difference',
    params: 's & sets',
    doc: 'What is in the first set only.',
    example: ['(clojure.set/difference #{1 2} #{2 3})', '#{1}'],
    run: (args) => {
      const [first, ...rest] = all(args)
      return ValueSet.of([...(first ?? [])].filter((x) => !rest.some((s) => s.has(x))))
    },
  },
  {
    name: 'clojure.set/subset?',
    params: 's of',
    doc: 'Is everything of the first set in the second?',
    example: ['(clojure.set/subset? #{1} #{1 2})', 'true'],
    run: (args) => within(setArg(args, 0), setArg(args, 1)),
  },
  {
    name: 'clojure.set/superset?',
    params: 's of',
    doc: 'Is everything of the second set in the first?',
    example: ['(clojure.set/superset? #{1 2} #{1})', 'true'],
    run: (args) => within(setArg(args, 1), setArg(args, 0)),
  },
  {
    name: 'clojure.set/map-invert',
    params: 'map',
    doc: 'The map from values to keys.',
    example: ['(clojure.set/map-invert {:a 1})', '{1 :a}'],
    run: (args) => ValueMap.of([...mapArg(args, 0)].map(([k, v]) => [v, k] as const)),
  },
  {
    name: 'clojure.set/rename-keys',
    params: 'map names',
    doc: 'The map with keys renamed by a map from old to new.',
    example: ['(clojure.set/rename-keys {:a 1} {:a :b})', '{:b 1}'],
    run: (args) => {
      const names = mapArg(args, 1)
      const entries = [...mapArg(args, 0)]
      const kept = entries.filter(([k]) => !names.has(k))
      const renamed = entries.filter(([k]) => names.has(k))
      return ValueMap.of([...kept, ...renamed.map(([k, v]) => [names.get(k) as Value, v] as const)])
    },
  },
]
