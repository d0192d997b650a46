/**
 * What has been parsed is kept: by text, by the identity of a program's list or map, and by what is written in one that is small.
 *
 * (1) A list that was changed since it was parsed is parsed again: what is kept goes with a copy of its items, and it is the copy
 *     that is parsed. So the parser never meets a getter, a proxy of a list, or a list in itself.
 * (2) Texts are kept up to a number, the one used last the last to go; lists as long as the program has them.
 * (3) A program that writes its list where it calls makes a new one each time. It is known by its key, a text that no other list has.
 */

import { raise } from '../../base/errors.ts'
import { fromPublic, unreadable } from '../../data/public.ts'
import { Keyword, List, Sym } from '../../data/values.ts'

const textsMax = 512
const depthMax = 500
const partsMax = 2 ** 22

interface Kept<T> {
  readonly copy: unknown
  readonly parsed: T
}

export class ParseCache<T> {
  readonly #parse: (form: unknown) => T
  readonly #texts = new Recent<T>()
  readonly #keys = new Recent<T>()
  readonly #objects = new WeakMap<object, Kept<T>>()

  constructor(parse: (form: unknown) => T) {
    this.#parse = parse
  }

  get(form: unknown): T {
    if (typeof form === 'string') {
      return this.#texts.get(form) ?? this.#texts.keep(form, this.#parse(form))
    }
    if (typeof form !== 'object' || form === null) return this.#parse(form)
    const known = this.#objects.get(form)
    if (known !== undefined && read(() => same(form, known.copy))) return known.parsed
    const key = read(() => keyOf(form))
    const written = key === null ? undefined : this.#keys.get(key)
    if (written !== undefined) return written
    const copy = read(() => copyOf(form, 0, { left: partsMax }))
    const parsed = this.#parse(copy)
    this.#objects.set(form, { copy, parsed })
    const copied = keyOf(copy)
    return copied === null ? parsed : this.#keys.keep(copied, parsed)
  }
}

/** What was used last, by name; the one that was used the longest time ago goes if there are too many. */
class Recent<T> {
  readonly #all = new Map<string, T>()
  // The one asked for last, which mostly is asked for again.
  #lastName: string | null = null
  #last: T | undefined

  get(name: string): T | undefined {
    if (name === this.#lastName) return this.#last
    const known = this.#all.get(name)
    return known === undefined ? undefined : this.keep(name, known)
  }

  keep(name: string, parsed: T): T {
    const all = this.#all
    all.delete(name)
    all.set(name, parsed)
    if (all.size > textsMax) {
      for (const oldest of all.keys()) {
        all.delete(oldest)
        break
      }
    }
    this.#lastName = name
    this.#last = parsed
    return parsed
  }
}

const keyMax = 2048
const keyDepthMax = 16

/** A text that no other list or map has; null for what is large, or holds anything but texts, numbers and the like. */
function keyOf(form: unknown): string | null {
  let key = ''
  const add = (x: unknown, depth: number): boolean => {
    if (key.length > keyMax || depth > keyDepthMax) return false
    if (typeof x === 'string') key += `${x.length}:${x}`
    else if (typeof x === 'number') key += Object.is(x, -0) ? '#-0 ' : `#${x} `
    else if (typeof x === 'boolean' || x === null) key += x === null ? '_' : x ? 't' : 'f'
    else if (Array.isArray(x)) {
      key += x instanceof List ? '(' : '['
      for (let i = 0; i < x.length; i++) if (!add(x[i], depth + 1)) return false
      key += ']'
    } else if (isRecord(x)) {
      key += '{'
      for (const k of Object.keys(x)) if (!add(k, depth) || !add(x[k], depth + 1)) return false
      key += '}'
    } else return false
    return true
  }
  return add(form, 0) && key.length <= keyMax ? key : null
}

// What a program's getter throws comes out as a YoreError.
function read<T>(f: () => T): T {
  try {
    return f()
  } catch (error) {
    return unreadable(error)
  }
}

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' &&
  x !== null &&
  (Object.getPrototypeOf(x) === Object.prototype || Object.getPrototypeOf(x) === null)

interface Parts {
  left: number
}

// Only arrays and plain objects can change; the classes of exact values never do.
function copyOf(x: unknown, depth: number, parts: Parts): unknown {
  if (typeof x !== 'object' || x === null) return x
  if (depth > depthMax || parts.left < 0) tooLarge()
  if (Array.isArray(x)) {
    parts.left -= x.length
    if (parts.left < 0) tooLarge()
    const out: unknown[] = x instanceof List ? new List<unknown>() : []
    for (let i = 0; i < x.length; i++) out.push(copyOf(x[i], depth + 1, parts))
    return out
  }
  if (!isRecord(x)) return x instanceof Keyword || x instanceof Sym ? fromPublic(x) : x
  const keys = Object.keys(x)
  parts.left -= keys.length
  const out = Object.create(null) as Record<string, unknown>
  for (const k of keys) out[k] = copyOf(x[k], depth + 1, parts)
  return out
}

function tooLarge(): never {
  return raise(
    ':yore/limit-exceeded',
    `a query has more than ${partsMax} parts, is nested deeper than ${depthMax}, or holds itself`,
  )
}

function same(x: unknown, copy: unknown): boolean {
  if (Array.isArray(x)) {
    if (!Array.isArray(copy) || x.length !== copy.length) return false
    for (let i = 0; i < x.length; i++) if (!same(x[i], copy[i])) return false
    return true
  }
  if (!isRecord(x)) return Object.is(x, copy)
  if (!isRecord(copy)) return false
  const keys = Object.keys(x)
  return (
    keys.length === Object.keys(copy).length &&
    keys.every((k) => Object.hasOwn(copy, k) && same(x[k], copy[k]))
  )
}
