/**
 * Taking values apart: inputs of the query and results of functions, by the four binding forms.
 *
 * (1) Positions count (`nth`): surplus elements are ignored, a missing one is an error only where its variable is used.
 * (2) A blank, or a variable that nobody uses, takes nothing and asks for nothing.
 */

import { raise } from '../../base/errors.ts'
import type { Value } from '../../data/values.ts'
import { characters, itemsOf, tupleOf } from '../context.ts'
import { show } from '../parse/form.ts'
import type { Column } from '../../indexes/fact-index.ts'
import type { Guard } from '../guard.ts'
import { columnOf, joinKey } from '../columns/relation.ts'
import type { Binding } from '../parse/syntax.ts'

/** Where the used variables of a binding stand, each once, and which positions have to agree. */
export interface Places {
  readonly variables: readonly string[]
  readonly positions: readonly number[]
  readonly equal: readonly (readonly [number, number])[]
}

export function placesOf(
  slots: readonly (string | null)[],
  used: (variable: string) => boolean,
): Places {
  const variables: string[] = []
  const positions: number[] = []
  const equal: [number, number][] = []
  slots.forEach((v, i) => {
    if (v === null || !used(v)) return
    const k = variables.indexOf(v)
    if (k >= 0) equal.push([positions[k] as number, i])
    else {
      variables.push(v)
      positions.push(i)
    }
  })
  return { variables, positions, equal }
}

const misfit = (value: Value, what: string): never =>
  raise(':yore/invalid-argument', `${show(value)} is no ${what}, as its binding asks`, {
    value: show(value),
  })

/** The used elements of a tuple, or null when a variable twice in it does not agree with itself. */
export function takeTuple(value: Value, places: Places): Value[] | null {
  if (places.positions.length === 0) return []
  const items = tupleOf(value) ?? (typeof value === 'string' ? characters(value) : null)
  if (items === null) return misfit(value, 'tuple')
  const out = places.positions.map((i) => {
    if (i >= items.length) {
      raise(
        ':yore/invalid-argument',
        `${show(value)} has no element ${i + 1}, as its binding asks`,
        {
          value: show(value),
          position: i,
        },
      )
    }
    return items[i] ?? null
  })
  for (const [i, j] of places.equal) {
    if (joinKey(items[i] ?? null) !== joinKey(items[j] ?? null)) return null
  }
  return out
}

/** The items of a collection. */
export function takeItems(value: Value): readonly Value[] {
  return itemsOf(value) ?? misfit(value, 'collection')
}

/** The slots of a binding form. */
export function slotsOf(binding: Binding): readonly (string | null)[] {
  return binding.kind === 'scalar' || binding.kind === 'collection'
    ? [binding.variable]
    : binding.variables
}

/** The rows that a value gives by a binding form, for the used variables at their places. */
export function takeRows(value: Value, binding: Binding, places: Places): (readonly Value[])[] {
  const n = places.positions.length
  switch (binding.kind) {
    case 'scalar':
      return [n === 0 ? [] : [value]]
    case 'tuple': {
      const row = takeTuple(value, places)
      return row === null ? [] : [row]
    }
    case 'collection':
      return takeItems(value).map((x) => (n === 0 ? [] : [x]))
    case 'relation': {
      const out: Value[][] = []
      for (const x of takeItems(value)) {
        const row = takeTuple(x, places)
        if (row !== null) out.push(row)
      }
      return out
    }
  }
}

/** The same as columns, for the bindings of many rows: no row is made by itself. */
export function takeColumns(
  value: Value,
  binding: Binding,
  places: Places,
  guard: Guard,
): { readonly n: number; readonly columns: readonly Column[] } {
  const items = takeItems(value)
  guard.rows(items.length, places.variables.length + 1)
  guard.tick(items.length)
  if (binding.kind === 'collection') return { n: items.length, columns: [columnOf(items)] }
  const cells: Value[][] = places.variables.map(() => [])
  let n = 0
  for (const x of items) {
    const row = takeTuple(x, places)
    if (row === null) continue
    n++
    for (let k = 0; k < row.length; k++) (cells[k] as Value[]).push(row[k] as Value)
    if ((n & 1023) === 0) guard.tick(4096)
  }
  return { n, columns: cells.map(columnOf) }
}
