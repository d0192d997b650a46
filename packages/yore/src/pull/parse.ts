/**
 * Reads a pull pattern: EDN text, or data that came from EDN or from JS (findings-pull, "Pattern parsing").
 *
 * (1) Every fault of the pattern is found here, so it fails the pull even where there is nothing to pull.
 * (2) JS data has no keywords and symbols: texts with a leading colon are keywords, `'*'` and `'...'` are symbols. The original
 *     takes such texts in most places too.
 * (3) Nothing recurs deeper than `depthMax`.
 */

import { raise } from '../base/errors.ts'
import { printEdn } from '../data/edn/print.ts'
import { readEdn } from '../data/edn/read.ts'
import { ValueMap, ValueSet } from '../data/equal.ts'
import { publicKey } from '../data/public.ts'
import { Keyword, Sym, keyword } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import { defaultLimit } from './pattern.ts'
import type { Pattern, Spec } from './pattern.ts'

const depthMax = 500
const cacheMax = 1000

const texts = new Map<string, Pattern>()
const forms = new WeakMap<object, Pattern>()

/**
 * The pattern of a form, checked; texts and forms that were seen before are not parsed again.
 *
 *     parsePattern('[:artist/name {:artist/country [:country/name]}]')
 */
export function parsePattern(form: Value): Pattern {
  if (typeof form === 'string') return parseText(form)
  if (!isSequence(form)) invalidPattern(form)
  let pattern = forms.get(form)
  if (pattern === undefined) forms.set(form, (pattern = parseForm(form, 0)))
  return pattern
}

function parseText(text: string): Pattern {
  let pattern = texts.get(text)
  if (pattern !== undefined) return pattern
  const form = readEdn(text)
  if (!isSequence(form)) invalidPattern(form)
  pattern = parseForm(form, 0)
  if (texts.size >= cacheMax) texts.delete(texts.keys().next().value as string)
  texts.set(text, pattern)
  return pattern
}

type Sequence = readonly Value[] | ValueSet

function isSequence(form: Value): form is Sequence {
  return Array.isArray(form) || form instanceof ValueSet
}

function invalidPattern(form: Value): never {
  return raise(
    ':yore/invalid-argument',
    `a pull pattern is a list like [:db/id :person/name], not ${show(form)}`,
    { pattern: form },
  )
}

function show(form: Value): string {
  const text = printEdn(form)
  return text.length > 100 ? `${text.slice(0, 100)}...` : text
}

/** Collects the specs of one pattern. */
interface Building {
  id: boolean
  wildcard: boolean
  textWildcard: boolean
  readonly specs: Spec[]
  readonly seen: Set<string>
}

function parseForm(form: Sequence, depth: number): Pattern {
  if (depth > depthMax) {
    raise(':yore/limit-exceeded', `a pull pattern nests deeper than ${depthMax} levels`)
  }
  const into: Building = {
    id: false,
    wildcard: false,
    textWildcard: false,
    specs: [],
    seen: new Set(),
  }
  for (const item of form) {
    if (item instanceof ValueMap) {
      for (const [name, value] of item) parseMapEntry(into, name, value, depth)
    } else add(into, parseItem(item), null, 0)
  }
  const { id, wildcard, textWildcard, specs } = into
  return { id, wildcard, textWildcard, specs }
}

/** An attribute with its options, before it is known what a map spec says of it. */
interface Named {
  /** Undefined for the wildcard. */
  readonly name: Keyword | undefined
  /** Was the name a text? Then it is another attribute spec than the keyword, as in the original. */
  readonly isText: boolean
  readonly as: Value
  readonly limit: number
  readonly default: Value
  readonly replacesFalse: boolean
  readonly xform: string | null
}

const star: Named = {
  name: undefined,
  isText: false,
  as: null,
  limit: defaultLimit,
  default: null,
  replacesFalse: false,
  xform: null,
}

const textStar: Named = { ...star, isText: true }

function add(into: Building, named: Named, sub: Pattern | null, recursion: number): void {
  const { name, isText } = named
  const isPlain = sub === null && recursion === 0
  if (name === undefined) {
    if (isPlain && isText) into.textWildcard = true
    else if (isPlain) into.wildcard = true
    return
  }
  if (name.text === ':db/id') {
    if (isPlain) into.id = true
    return
  }
  const slot = isText ? `"${name.text}` : name.text
  if (into.seen.has(slot)) {
    raise(
      ':pull/duplicate-attribute',
      `${name.text} stands twice in one pattern; write it once, with all its options`,
      { attribute: name.text },
    )
  }
  into.seen.add(slot)
  const own = isText ? name.text : name
  const key = named.as === null || named.as === false ? own : named.as
  into.specs.push({
    name,
    isText,
    key: { text: publicKey(key), value: key },
    limit: named.limit,
    default: named.default,
    replacesFalse: named.replacesFalse,
    xform: named.xform,
    sub,
    recursion,
  })
}

function parseMapEntry(into: Building, name: Value, value: Value, depth: number): void {
  const named = parseItem(name)
  if (Array.isArray(value)) add(into, named, parseForm(value as readonly Value[], depth + 1), 0)
  else add(into, named, null, parseRecursion(value))
}

function parseRecursion(value: Value): number {
  if ((value instanceof Sym && value.text === '...') || value === '...') return Infinity
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value
  if (typeof value === 'bigint' && value > 0n) return Number(value)
  return raise(
    ':db.error/invalid-recur-limit',
    `the value of a map spec is a pattern, a positive number of levels or ..., not ${show(value)}`,
    { value },
  )
}

function invalidSpec(form: Value): never {
  return raise(
    ':db.error/invalid-attr-spec',
    `${show(form)} is no attribute spec; one is :an/attribute, *, [:an/attribute :option value ...] or {:an/attribute [...]}`,
    { form },
  )
}

/** A keyword, or a text that is one. */
function asKeyword(x: Value): Keyword | null {
  if (x instanceof Keyword) return x
  return typeof x === 'string' && x.charCodeAt(0) === 58 ? keyword(x) : null
}

function isWildcard(x: Value): boolean {
  return (
    x === '*' ||
    x === ':*' ||
    ((x instanceof Sym || x instanceof Keyword) && x.name === '*' && x.ns === null)
  )
}

function parseItem(item: Value): Named {
  if (isWildcard(item)) return typeof item === 'string' ? textStar : star
  const name = asKeyword(item)
  if (name !== null) return { ...star, name, isText: typeof item === 'string' }
  return Array.isArray(item) ? parseList(item as readonly Value[]) : invalidSpec(item)
}

function parseList(list: readonly Value[]): Named {
  const [first = null, attribute = null] = list
  if (first instanceof Sym && first.text === 'limit') return parseLegacyLimit(list, attribute)
  if (first instanceof Sym && first.text === 'default') {
    return { ...parseInner(attribute), default: list[2] ?? null, replacesFalse: true }
  }
  if (first === ':*' || (first instanceof Keyword && isWildcard(first))) return star
  const name = asKeyword(first)
  if (name === null) {
    if (first === null || first instanceof Sym) invalidSpec(list)
    raise(
      ':db.error/not-a-keyword',
      `an attribute spec begins with the attribute's name, a keyword, not with ${show(first)}`,
      { form: list },
    )
  }
  if (list.length % 2 === 0) invalidSpec(list)
  return parseOptions({ ...star, name, isText: typeof first === 'string' }, list)
}

// Of (limit ...) and (default ...) one within the other only the outer counts, as in the original.
function parseInner(attribute: Value): Named {
  const named = parseItem(attribute)
  const isOld = Array.isArray(attribute) && attribute[0] instanceof Sym
  return isOld ? { ...star, name: named.name, isText: named.isText } : named
}

// (limit :a 3), as patterns were written before options: only whole numbers and nil
function parseLegacyLimit(list: readonly Value[], attribute: Value): Named {
  const limit = list[2] ?? null
  const named = parseInner(attribute)
  if (limit === null) return { ...named, limit: Infinity }
  if (typeof limit === 'bigint') return { ...named, limit: Number(limit) }
  if (typeof limit === 'number' && Number.isInteger(limit)) return { ...named, limit }
  return raise(':db.error/invalid-limit', `${show(limit)} is no limit in ${show(list)}`, { limit })
}

function parseOptions(named: Named, list: readonly Value[]): Named {
  let out = named
  for (let i = 1; i < list.length; i += 2) {
    const value = list[i + 1] ?? null
    switch (asKeyword(list[i] ?? null)?.text) {
      case ':as':
        out = { ...out, as: value }
        break
      case ':limit':
        out = { ...out, limit: parseLimit(value, list) }
        break
      case ':default':
        out = { ...out, default: value }
        break
      case ':xform':
        out = { ...out, xform: parseXform(value) }
        break
      default: // options that nobody knows are ignored
    }
  }
  return out
}

function parseLimit(value: Value, list: readonly Value[]): number {
  if (value === null) return Infinity
  const n = typeof value === 'object' ? value.valueOf() : value
  if (typeof n === 'bigint') return Number(n)
  if (typeof n === 'number') return Math.ceil(n)
  return raise(':db.error/invalid-limit', `${show(value)} is no limit in ${show(list)}`, {
    limit: value,
  })
}

function parseXform(value: Value): string | null {
  if (value === null) return null
  if (value instanceof Sym) return value.text
  if (typeof value === 'string') return value
  return raise(
    ':yore/forbidden-function',
    `:xform takes the name of a function, a symbol, not ${show(value)}`,
    { value },
  )
}
