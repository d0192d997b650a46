/**
 * From what a program hands over as a query (text, list, map, JS arrays and objects) to its sections, and the little words of the
 * language: which element is a variable, a blank, a name.
 *
 * (1) `Reader` hides whether the query came as exact values (symbols are `Sym`) or as JS data (symbols are strings): every other
 *     file of the parser asks it.
 * (2) In JS data '?x', '$x', '%', '_', '...', '.', '*' are symbols and ':a/b' keywords; any other string is a name where a name stands
 *     and a string where a value stands.
 */

import { raise } from '../../base/errors.ts'
import { readEdn } from '../../data/edn/read.ts'
import { printStart } from '../../data/edn/print.ts'
import { ValueMap } from '../../data/equal.ts'
import { fromPublic } from '../../data/public.ts'
import { Keyword, Sym, keyword, symbol } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'

export interface Sections {
  readonly find: readonly Value[] | null
  readonly with: readonly Value[]
  readonly in: readonly Value[] | null
  readonly where: readonly Value[] | null
  readonly keys: readonly Value[] | null
  readonly strs: readonly Value[] | null
  readonly syms: readonly Value[] | null
  readonly timeout: Value
  readonly orderBy: Value
  readonly limit: Value
  readonly offset: Value
  readonly reader: Reader
}

const listNames = ['find', 'with', 'in', 'where', 'keys', 'strs', 'syms'] as const
/** Sections of one value. */
const singleNames = ['timeout', 'order-by', 'limit', 'offset'] as const
const names = [...listNames, ...singleNames] as const
type SectionName = (typeof names)[number]
type SingleName = (typeof singleNames)[number]

const isSingle = (name: SectionName): name is SingleName =>
  (singleNames as readonly string[]).includes(name)

const singles: Readonly<Record<SingleName, string>> = {
  timeout: 'one number of milliseconds',
  'order-by': 'one vector, such as [?name :desc]',
  limit: 'one number of rows',
  offset: 'one number of rows',
}

const textMax = 80

/** A form as text, cut to a readable length. */
export function show(form: unknown): string {
  for (const exact of [(x: unknown): Value => x as Value, fromPublic]) {
    try {
      return printStart(exact(form), textMax)
    } catch {
      // no exact value: the next way, or only its kind
    }
  }
  return `a value of type ${typeof form}`
}

export class Reader {
  /** The forms are a program's arrays and strings. */
  readonly js: boolean

  constructor(js: boolean) {
    this.js = js
  }

  /** The text of a symbol, or null. */
  symbolText(x: unknown): string | null {
    if (x instanceof Sym) return x.text
    if (this.js && typeof x === 'string' && /^(?:[?$].*|%|_|\.{1,3}|\*)$/s.test(x)) return x
    return null
  }
  /** A symbol, or in JS data any string that is no keyword: a name where only a name makes sense. */
  nameText(x: unknown): string | null {
    if (x instanceof Sym) return x.text
    if (this.js && typeof x === 'string' && x !== '' && x[0] !== ':') return x
    return null
  }
  /** '?x', or null. A symbol with a namespace is no variable. */
  variable(x: unknown): string | null {
    const text = this.symbolText(x)
    return text !== null && text[0] === '?' && !text.includes('/') ? text : null
  }
  source(x: unknown): string | null {
    const text = this.symbolText(x)
    return text !== null && text[0] === '$' ? text : null
  }
  is(x: unknown, word: string): boolean {
    return this.symbolText(x) === word
  }
  /** ':a/b' of a keyword, or null. */
  keywordText(x: unknown): string | null {
    if (x instanceof Keyword) return x.text
    return this.js && typeof x === 'string' && x.length > 1 && x[0] === ':' ? x : null
  }
  /** A list as an array; in JS data arrays too. Null when it is none. */
  list(x: unknown): readonly Value[] | null {
    return Array.isArray(x) ? (x as readonly Value[]) : null
  }
  /** A value that stands for itself. */
  constant(x: unknown, depth = 0): Value {
    if (!this.js) return x as Value
    if (depth > 100) raise(':yore/limit-exceeded', 'a constant of the query is nested too deeply')
    if (typeof x === 'string') {
      const symbolic = this.symbolText(x)
      if (symbolic !== null) return symbol(symbolic)
      return this.keywordText(x) === null ? x : keyword(x)
    }
    if (Array.isArray(x)) return x.map((y) => this.constant(y, depth + 1))
    return fromPublic(x)
  }
}

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' &&
  x !== null &&
  (Object.getPrototypeOf(x) === Object.prototype || Object.getPrototypeOf(x) === null)

const notAQuery = (x: unknown): never =>
  raise(
    ':yore/invalid-query',
    `a query is EDN text, a list or a map, not ${show(typeof x === 'function' ? 'a function' : x)}`,
    {},
  )

function sectionName(x: unknown): SectionName | null {
  const text = x instanceof Keyword ? x.text : typeof x === 'string' ? x : ''
  const bare = text[0] === ':' ? text.slice(1) : ''
  return (names as readonly string[]).includes(bare) ? (bare as SectionName) : null
}

/** The sections of a query of any form. */
export function sectionsOf(form: unknown): Sections {
  const data = typeof form === 'string' ? readEdn(form) : form
  if (Array.isArray(data)) return fromList(data)
  if (data instanceof ValueMap) return fromEntries(data.entries())
  if (isRecord(data)) return fromEntries(Object.entries(data))
  return notAQuery(data)
}

function fromList(items: readonly unknown[]): Sections {
  const found = new Map<SectionName, Value[]>()
  let current: Value[] | null = null
  let js = false
  for (const x of items) {
    const name = sectionName(x)
    if (name !== null) {
      if (typeof x === 'string') js = true
      if (found.has(name)) {
        raise(':yore/invalid-query', `the query has two sections :${name}`, { section: name })
      }
      found.set(name, (current = []))
    } else if (current === null) {
      raise(':yore/invalid-query', `a query begins with a section such as :find, not ${show(x)}`)
    } else current.push(x as Value)
  }
  const single = (name: SingleName): Value => {
    const given = found.get(name)
    if (given === undefined) return null
    if (given.length !== 1) raise(':yore/invalid-query', `:${name} takes ${singles[name]}`)
    return given[0] ?? null
  }
  return sections((name) => found.get(name), single, new Reader(js))
}

function fromEntries(entries: Iterable<readonly [unknown, unknown]>): Sections {
  const found = new Map<SectionName, Value[]>()
  const single = new Map<SingleName, Value>()
  let js = false
  for (const [k, v] of entries) {
    const name = sectionName(typeof k === 'string' && k[0] !== ':' ? `:${k}` : k)
    if (name === null) continue
    if (typeof k === 'string') js = true
    if (isSingle(name)) single.set(name, (v as Value | undefined) ?? null)
    else if (v === null || v === undefined) continue
    else if (Array.isArray(v)) found.set(name, v as Value[])
    else raise(':yore/invalid-query', `:${name} of a query in map form is a list, not ${show(v)}`)
  }
  return sections(
    (name) => found.get(name),
    (name) => single.get(name) ?? null,
    new Reader(js),
  )
}

function sections(
  of: (name: SectionName) => Value[] | undefined,
  single: (name: SingleName) => Value,
  reader: Reader,
): Sections {
  return {
    find: of('find') ?? null,
    with: of('with') ?? [],
    in: of('in') ?? null,
    where: of('where') ?? null,
    keys: of('keys') ?? null,
    strs: of('strs') ?? null,
    syms: of('syms') ?? null,
    timeout: single('timeout'),
    orderBy: single('order-by'),
    limit: single('limit'),
    offset: single('offset'),
    reader,
  }
}

/** The known word that differs least from this one, if it is near enough for a slip of the pen. */
export function nearestWord(word: string, known: Iterable<string>): string | null {
  let best: string | null = null
  let bestCost = Math.min(3, Math.ceil(word.length / 3)) + 1
  for (const other of known) {
    const cost = distance(word, other)
    if (cost < bestCost) {
      best = other
      bestCost = cost
    }
  }
  return best
}

function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 3 || a.length > 60) return Infinity
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      const best = Math.min(
        (row[j - 1] as number) + same,
        (row[j] as number) + 1,
        (next[j - 1] as number) + 1,
      )
      next.push(best)
    }
    row = next
  }
  return row[b.length] as number
}
