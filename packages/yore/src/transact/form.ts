/**
 * The elements of tx-data: what is a list form, what a map form, and what is neither.
 *
 * (1) Tx-data is a list of lists and maps, or nil for an empty transaction; nothing else passes.
 */

import { raise } from '../base/errors.ts'
import type { Value } from '../data/values.ts'
import { shown } from './problems.ts'

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

/** The items of an element that is no map. */
export function listOf(element: Value): readonly Value[] {
  if (Array.isArray(element)) return element as readonly Value[]
  return raise(
    ':db.error/not-transaction-data',
    `an element of tx-data must be a list or a map, not ${shown(element)}`,
    { value: shown(element) },
  )
}
