/**
 * `:order-by`, `:limit` and `:offset`: what order the rows come in, and which of them.
 *
 * `:order-by [?age :desc ?name]`, `[[?age :desc] [?name :asc]]`, `[(count ?e) :desc]`, `[0 :desc]`: elements of `:find`, variables of
 * `:with`, or places in `:find` counted from 0, each with a direction or without. In all forms of a query it is a vector: the original
 * refuses `:order-by ?x`, and so do we.
 *
 * (1) What is ordered by has one value in each row of the answer: nothing else can be named.
 */

import { raise } from '../../base/errors.ts'
import { equalValues } from '../../data/equal.ts'
import type { Value } from '../../data/values.ts'
import { show } from './form.ts'
import type { Reader } from './form.ts'
import type { FindElement, OrderTerm } from './syntax.ts'

const termsMax = 1000

const refuse = (why: string, form: unknown): never =>
  raise(':yore/invalid-query', `${why}: ${show(form)}`, { orderBy: show(form) })

/** A number of rows; `none` when it is not given. */
export function parseCount(x: Value, name: string, none: number): number {
  if (x === null) return none
  if (typeof x !== 'number' || !Number.isInteger(x) || x < 0) {
    raise(':yore/invalid-query', `${name} is a whole number of rows from 0 on, not ${show(x)}`)
  }
  return x
}

export function parseOrder(
  form: Value,
  find: readonly FindElement[],
  kept: readonly string[],
  reader: Reader,
): OrderTerm[] {
  if (form === null) return []
  const items = reader.list(form)
  if (items === null || items.length === 0 || isCall(items, reader)) {
    return refuse(':order-by takes a vector, such as [?name :desc]', form)
  }
  if (items.length > termsMax) refuse(`:order-by has more than ${termsMax} parts`, form)
  const out: OrderTerm[] = []
  const nested = items.map((x) => reader.list(x)).filter((x) => x !== null && !isCall(x, reader))
  if (nested.length === 0) addTerms(out, items, find, kept, reader)
  else {
    for (const x of items) {
      const list = reader.list(x)
      addTerms(out, list === null || isCall(list, reader) ? [x] : list, find, kept, reader)
    }
  }
  return out
}

/** `(count ?x)`: its first item is the name of a function. */
function isCall(items: readonly Value[], reader: Reader): boolean {
  const name = reader.nameText(items[0])
  return name !== null && name[0] !== '?' && name[0] !== '$'
}

function addTerms(
  out: OrderTerm[],
  items: readonly Value[],
  find: readonly FindElement[],
  kept: readonly string[],
  reader: Reader,
): void {
  for (let i = 0; i < items.length; i++) {
    const x = items[i] as Value
    const direction = reader.keywordText(items[i + 1])
    if (direction !== null && direction !== ':asc' && direction !== ':desc') {
      refuse(':order-by knows the directions :asc and :desc', items[i + 1])
    }
    out.push({ by: target(x, find, kept, reader), descending: direction === ':desc' })
    if (direction !== null) i++
  }
}

function target(
  x: Value,
  find: readonly FindElement[],
  kept: readonly string[],
  reader: Reader,
): number | string {
  if (typeof x === 'number') {
    if (Number.isInteger(x) && x >= 0 && x < find.length) return x
    return refuse(`:find has ${find.length} elements, counted from 0`, x)
  }
  const variable = reader.variable(x)
  if (variable !== null) return ofVariable(variable, find, kept)
  const call = reader.list(x)
  if (call === null || !isCall(call, reader)) {
    return refuse(':order-by takes variables, aggregates of :find and places in it', x)
  }
  const place = find.findIndex((e) => e.kind === 'aggregate' && isThis(e, call, reader))
  return place >= 0 ? place : refuse(':order-by names what is no element of :find', x)
}

function ofVariable(
  variable: string,
  find: readonly FindElement[],
  kept: readonly string[],
): number | string {
  const place = find.findIndex((e) => e.kind !== 'aggregate' && e.variable === variable)
  if (place >= 0) return place
  const aggregated = find.some((e) => e.kind === 'aggregate')
  if (!aggregated && kept.includes(variable)) return variable
  const why = aggregated
    ? 'with aggregates, rows are ordered by them and by what they are grouped by'
    : 'add it to :find or :with'
  return raise(
    ':yore/invalid-query',
    `:order-by names ${variable}, which is no element of :find; ${why}`,
    { variable },
  )
}

function isThis(
  e: Extract<FindElement, { kind: 'aggregate' }>,
  call: readonly Value[],
  reader: Reader,
): boolean {
  return (
    call.length === e.constants.length + 2 &&
    reader.nameText(call[0]) === e.name &&
    reader.variable(call[call.length - 1]) === e.variable &&
    e.constants.every((c, i) => equalValues(c, reader.constant(call[i + 1])))
  )
}
