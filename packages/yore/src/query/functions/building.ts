/** What the functions on maps and collections share: reading maps and entries, putting elements into a collection. */

import { ValueMap, ValueSet } from '../../data/equal.ts'
import { List } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { checkSize, refuse } from './call.ts'
import { asEntity, entityAsMap } from './entities.ts'
import { elementsOf, seqOf } from './sequences.ts'

/** A map; nil is the empty one. */
export function mapArg(args: readonly Value[], i: number): ValueMap {
  const x = args[i] as Value
  if (x === null) return new ValueMap()
  if (x instanceof ValueMap) return x
  const of = asEntity(x)
  return of === null ? refuse(i, 'must be a map', x) : entityAsMap(of)
}

/** Keys and values one after the other, into a map. */
export function mapOfPairs(args: readonly Value[], from: number, into: ValueMap): ValueMap {
  if ((args.length - from) % 2 !== 0) refuse(args.length - 1, 'is a key without a value')
  for (let i = from; i < args.length; i += 2) into.set(args[i] as Value, args[i + 1] as Value)
  return into
}

export const copyMap = (x: ValueMap): ValueMap => ValueMap.of(x.entries())

/** A pair: the entry of a map. */
export function entryOf(x: Value, i: number): readonly [Value, Value] {
  if (Array.isArray(x) && x.length === 2) return [x[0] as Value, x[1] as Value]
  return refuse(i, 'must hold pairs of key and value', x)
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
