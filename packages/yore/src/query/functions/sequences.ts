/** Sequences as values: what can be walked, and the helpers of the collection functions. */

import { worked } from '../../base/watch.ts'
import { ValueMap, ValueSet } from '../../data/equal.ts'
import { Char, List } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { checkSize, refuse } from './call.ts'
import { asEntity, entityAsMap } from './entities.ts'

/** The elements of a collection, text (its characters), nil (none); null when it is none. */
export function elementsOf(x: Value): readonly Value[] | null {
  if (x === null) return []
  if (Array.isArray(x)) return x as readonly Value[]
  if (typeof x === 'string')
    return Array.from({ length: x.length }, (_, i) => new Char(x[i] as string))
  if (x instanceof ValueMap) return [...x.entries()] as readonly Value[]
  if (x instanceof ValueSet) return [...x]
  const of = asEntity(x)
  if (of !== null) return [...entityAsMap(of).entries()] as readonly Value[]
  if (x instanceof Uint8Array) return Array.from(x, (b) => (b << 24) >> 24)
  return null
}

export function elementsArg(args: readonly Value[], i: number): readonly Value[] {
  const x = args[i] as Value
  const items = elementsOf(x) ?? refuse(i, 'must be a collection', x)
  worked(items.length)
  return items
}

/** A sequence as a result: a list. */
export function seqOf(items: readonly Value[]): List {
  checkSize(items.length)
  const out = new List<Value>()
  for (const x of items) out.push(x)
  return out
}

/** The same, but nil when there is nothing in it. */
export function seqOrNil(items: readonly Value[]): Value {
  return items.length === 0 ? null : seqOf(items)
}
