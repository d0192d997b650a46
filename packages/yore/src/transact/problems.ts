/**
 * Refusals: how a transaction's errors say where in the data they arose, and how values look in a message.
 *
 * (1) `located` adds the place to an error once; the innermost place stays.
 * (2) `shown` is bounded in depth, width and length, whatever it is given.
 */

import { YoreError, raise } from '../base/errors.ts'
import { ValueMap, ValueSet } from '../data/equal.ts'
import {
  Char,
  Double,
  Float,
  Instant,
  Keyword,
  Opaque,
  Sym,
  Tagged,
  Uri,
  Uuid,
} from '../data/values.ts'
import type { Value } from '../data/values.ts'
import { BigDecimal } from '../data/big-decimal.ts'
import type { Db } from '../db/db.ts'
import { nearestName } from '../db/lookup.ts'
import { TupleTerm, Tempid } from './terms.ts'
import type { Source } from './terms.ts'

const depthMax = 4
const itemsMax = 8
const textMax = 80

/** The steps from the tx-data to a form: `[2, ':order/lines', 0]`. */
export function pathOf(source: Source): (number | string)[] {
  const path: (number | string)[] = []
  for (let at: Source | null = source; at !== null; at = at.parent) path.push(at.step)
  return path.reverse()
}

/** The error with the place of its cause, if it has none yet. What is no YoreError stays as it is. */
export function located(error: unknown, source: Source | null, attribute?: Keyword): unknown {
  if (!(error instanceof YoreError) || source === null || 'path' in error.data) return error
  const path = pathOf(source)
  const message = error.message.startsWith(error.code)
    ? error.message.slice(error.code.length + 1)
    : error.message
  const data = {
    ...(attribute !== undefined && !('attribute' in error.data) && { attribute: attribute.text }),
    ...error.data,
    form: path[0],
    path,
  }
  const options =
    error.cause === undefined
      ? { category: error.category }
      : { category: error.category, cause: error.cause }
  return new YoreError(
    error.code,
    `${message} (in the tx-data at [${path.join(' ')}])`,
    data,
    options,
  )
}

/** A value for a message. */
export function shown(x: Value | Tempid | TupleTerm | undefined, depth = 0): string {
  if (x === undefined) return 'nothing'
  if (x === null) return 'nil'
  if (typeof x === 'string')
    return JSON.stringify(x.length > textMax ? `${x.slice(0, textMax)}…` : x)
  if (typeof x !== 'object') return String(x).slice(0, textMax)
  if (x instanceof Keyword || x instanceof Sym) return x.text.slice(0, textMax)
  if (x instanceof Tempid) return x.label
  if (x instanceof TupleTerm) return items(x.slots, '[', ']', depth)
  if (x instanceof Uuid || x instanceof Uri || x instanceof Char) return x.text.slice(0, textMax)
  if (x instanceof Instant) return Number.isFinite(x.ms) ? instantText(x.ms) : 'an invalid instant'
  if (x instanceof Double || x instanceof Float) return decimalText(x.value)
  if (x instanceof BigDecimal) return `${x.toString().slice(0, textMax)}M`
  if (x instanceof Uint8Array) return `${x.length} bytes`
  if (Array.isArray(x)) return items(x as readonly Value[], '[', ']', depth)
  if (x instanceof ValueSet) return items(firstOf(x), '#{', '}', depth, x.size)
  if (x instanceof ValueMap) return mapText(x, depth)
  if (x instanceof Tagged) {
    return depth >= depthMax ? '#…' : `#${x.tag.text} ${shown(x.value, depth + 1)}`
  }
  return x instanceof Opaque ? `a value of the kind ${x.kind}` : 'a value'
}

function instantText(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : `${ms} ms`
}

const decimalText = (x: number): string => (Number.isInteger(x) ? `${x}.0` : String(x))

function firstOf(xs: Iterable<Value>): Value[] {
  const out: Value[] = []
  for (const x of xs) {
    if (out.length === itemsMax) break
    out.push(x)
  }
  return out
}

function items(
  xs: readonly (Value | Tempid)[],
  open: string,
  close: string,
  depth: number,
  size: number = xs.length,
): string {
  if (depth >= depthMax) return `${open}…${close}`
  const parts = xs.slice(0, itemsMax).map((x) => shown(x, depth + 1))
  return `${open}${parts.join(' ')}${size > itemsMax ? ' …' : ''}${close}`
}

function mapText(map: ValueMap, depth: number): string {
  if (depth >= depthMax) return '{…}'
  const parts: string[] = []
  for (const [k, v] of map.entries()) {
    if (parts.length === itemsMax) {
      parts.push('…')
      break
    }
    parts.push(`${shown(k, depth + 1)} ${shown(v, depth + 1)}`)
  }
  return `{${parts.join(', ')}}`
}

/** Refuses what resolves to no entity; names the nearest known name. */
export function noEntity(db: Db, x: Value): never {
  const near = x instanceof Keyword ? nearestName(db, x) : null
  return raise(
    ':db.error/not-an-entity',
    near === null
      ? `${shown(x)} is no entity of this database`
      : `${shown(x)} is no entity of this database; did you mean ${near.text}?`,
    near === null ? { entity: x } : { entity: x, nearest: near.text },
  )
}
