/**
 * The elements of tx-data: what is a list form, what a map form, and what is neither.
 *
 * (1) Tx-data is a list of lists and maps, or nil for an empty transaction; nothing else passes.
 */

import { raise } from '../base/errors.ts'
import { ValueMap } from '../data/equal.ts'
import type { Value } from '../data/values.ts'
import { shown } from './problems.ts'

export type Form =
  | { readonly kind: 'list'; readonly items: readonly Value[] }
  | { readonly kind: 'map'; readonly map: ValueMap }

/** The elements of tx-data. */
export function elementsOf(data: Value): readonly Value[] {
  if (data === null) return []
  if (Array.isArray(data)) return data as readonly Value[]
  return raise(
    ':yore/invalid-argument',
    `tx-data must be a list of lists and maps, not ${shown(data)}`,
    { data: shown(data) },
  )
}

/** An element as a form. */
export function formOf(element: Value): Form {
  if (element instanceof ValueMap) return { kind: 'map', map: element }
  if (Array.isArray(element)) return { kind: 'list', items: element as readonly Value[] }
  return raise(
    ':db.error/not-transaction-data',
    `an element of tx-data must be a list or a map, not ${shown(element)}`,
    { value: shown(element) },
  )
}
