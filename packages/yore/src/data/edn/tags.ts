/**
 * The tags that the reader knows without being told: those of EDN, and those that make every value of Yore readable.
 *
 * (1) Each is the inverse of what print.ts writes.
 */

import { Double, Float, Instant, keyword, symbol, Uri, Uuid } from '../values.ts'
import type { Value } from '../values.ts'
import { parseInstant } from './instant.ts'

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

type Read = (value: Value) => Exclude<Value, string> | string

/** From a tag's text to what it makes of the form after it; a text back says what is wrong. */
export const knownTags: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['inst', inst],
  ['uuid', uuid],
  ['float', float],
  ['uri', (x) => (typeof x === 'string' ? new Uri(x) : '#uri must be followed by a string')],
  ['bytes', bytes],
  ['keyword', (x) => (typeof x === 'string' ? keyword(`:${x}`) : '#keyword wants a string')],
  ['symbol', (x) => (typeof x === 'string' ? symbol(x) : '#symbol wants a string')],
])

function inst(x: Value): Instant | string {
  if (typeof x !== 'string') return '#inst must be followed by a string'
  const ms = parseInstant(x)
  return typeof ms === 'string' ? ms : new Instant(ms)
}

function uuid(x: Value): Uuid | string {
  const text = typeof x === 'string' && x.length === 36 ? x.toLowerCase() : ''
  return uuidPattern.test(text)
    ? new Uuid(text)
    : '#uuid must be followed by a string like "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"'
}

function float(x: Value): Float | string {
  if (typeof x === 'number') return new Float(x)
  return x instanceof Double ? new Float(x.value) : '#float must be followed by a number'
}

function bytes(x: Value): Uint8Array | string {
  if (typeof x !== 'string' || x.length % 2 !== 0 || /[^0-9a-fA-F]/.test(x)) {
    return '#bytes must be followed by a string of hexadecimal digits, two for each byte'
  }
  const out = new Uint8Array(x.length / 2)
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(x.slice(2 * i, 2 * i + 2), 16)
  return out
}
