/**
 * The lines of a dump: a head, a line for each transaction, an end; as EDN or as JSON.
 *
 *   {:yore/dump 1, :database "..", :bootstrap 1, :from 1000}
 *   {:t 1000, :instant #inst "..", :next-t 1004, :next-element 74, :data [[e a v true] [e a v false since] ..]}
 *   {:yore/end 1, :next-t 1004, :datoms 12}
 *
 * In JSON the keys are the same texts without the colon. `since` is the t of the assertion that a retraction ends; behind it stands the
 * value that was asserted, where that is not the same to the last bit (1.0M and 1.00M).
 *
 * (1) `readLine` gives what `writeLine` was given; everything else is `:yore/invalid-dump`.
 */

import { YoreError, raise } from '../base/errors.ts'
import { quote } from '../data/edn/print.ts'
import { readEdn } from '../data/edn/read.ts'
import { fromPublicId, toPublicId } from '../data/entity-id.ts'
import { ValueMap } from '../data/equal.ts'
import { Instant, keyword } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import type { Transaction } from '../db/log-record.ts'
import { MadeDatom, never } from '../indexes/facts/fact.ts'
import type { Datom, Fact } from '../indexes/facts/fact.ts'
import { dumpTags, ednOfValue, jsonOfValue, valueOfJson } from './dump-values.ts'

export type DumpFormat = 'edn' | 'json'

export const dumpVersion = 1
/** Which facts a fresh database has; a dump has only what came after them. */
export const bootstrapVersion = 1

export interface DumpHead {
  readonly kind: 'head'
  readonly version: number
  /** The id of the database that was dumped. */
  readonly database: string
  readonly bootstrap: number
  /** The t from which on it has everything. */
  readonly from: number
}

export interface DumpTransaction extends Transaction {
  readonly kind: 'transaction'
}

export interface DumpEnd {
  readonly kind: 'end'
  readonly transactions: number
  readonly datoms: number
  readonly nextT: number
}

export type DumpLine = DumpHead | DumpTransaction | DumpEnd

// ---- writing ----

export function writeHead(
  { version, database, bootstrap, from }: DumpHead,
  format: DumpFormat,
): string {
  return format === 'edn'
    ? `{:yore/dump ${version}, :database ${quote(database)}, :bootstrap ${bootstrap}, :from ${from}}`
    : JSON.stringify({ 'yore/dump': version, database, bootstrap, from })
}

export function writeEnd({ transactions, datoms, nextT }: DumpEnd, format: DumpFormat): string {
  return format === 'edn'
    ? `{:yore/end ${transactions}, :datoms ${datoms}, :next-t ${nextT}}`
    : JSON.stringify({ 'yore/end': transactions, datoms, 'next-t': nextT })
}

export function writeTransaction(tx: Transaction, format: DumpFormat): string {
  return onOneLine(format === 'edn' ? ednOf(tx) : jsonOf(tx))
}

/** Without the characters of strings at which a reader of lines may cut: not all cut at the same ones. */
function onOneLine(text: string): string {
  return text.replace(
    /[\u0085\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function ednOf({ t, instant, nextT, nextElement, data, ended }: Transaction): string {
  let out = `{:t ${t}, :instant ${ednOfValue(new Instant(instant))}, :next-t ${nextT}`
  out += `, :next-element ${nextElement}, :data [`
  let n = 0
  for (const [i, { e, a, v, added }] of data.entries()) {
    const value = ednOfValue(v)
    out += `${i === 0 ? '' : ' '}[${toPublicId(e)} ${toPublicId(a)} ${value} ${added}`
    if (!added) {
      const fact = ended[n++] as Fact
      const asserted = fact.v === v ? value : ednOfValue(fact.v)
      out += asserted === value ? ` ${fact.t}` : ` ${fact.t} ${asserted}`
    }
    out += ']'
  }
  return `${out}]}`
}

function jsonOf({ t, instant, nextT, nextElement, data, ended }: Transaction): string {
  let n = 0
  const rows = data.map(({ e, a, v, added }) => {
    const value = jsonOfValue(v)
    const row = [jsonId(e), jsonId(a), value, added]
    if (added) return row
    const fact = ended[n++] as Fact
    const asserted = fact.v === v ? value : jsonOfValue(fact.v)
    const isSame = asserted === value || JSON.stringify(asserted) === JSON.stringify(value)
    return isSame ? [...row, fact.t] : [...row, fact.t, asserted]
  })
  const when = jsonOfValue(new Instant(instant)) as { readonly instant: unknown }
  return JSON.stringify({
    t,
    instant: when.instant,
    'next-t': nextT,
    'next-element': nextElement,
    data: rows,
  })
}

/** A number, or for a wide id its digits. */
function jsonId(id: number): number | string {
  const shown = toPublicId(id)
  return typeof shown === 'number' ? shown : `${shown}`
}

// ---- reading ----

/** In which format a line is. */
export function formatOf(line: string): DumpFormat {
  return /^\s*\{\s*"/.test(line) ? 'json' : 'edn'
}

/** What a line says; `number` is where it stands, for errors. */
export function readLine(line: string, format: DumpFormat, number: number): DumpLine {
  try {
    return lineOf(format === 'edn' ? ednFields(line) : jsonFields(line))
  } catch (error) {
    const why = error instanceof YoreError ? error.message.replace(/^:\S+ /, '') : 'it is no JSON'
    return raise(':yore/invalid-dump', `line ${number} of the dump: ${why}`, { line: number })
  }
}

/** A line, whatever it is written in: its fields, and what stands for a value or an id in that form. */
interface Fields {
  get(name: string): unknown
  value(x: unknown): Value
}

function ednFields(line: string): Fields {
  const form = readEdn(line, { tags: dumpTags })
  if (!(form instanceof ValueMap)) return bad('it is no map')
  return {
    get: (name) => form.get(keyword(name)),
    value: (x) => (typeof x === 'string' ? apart(x) : (x as Value)),
  }
}

/** From so many characters on, a part of a text is kept as a view of the whole. */
const viewMin = 13

/** The same text by itself: as a part of its line it would keep the line in memory, and take three times as long to compare. */
function apart(text: string): string {
  return text.length < viewMin ? text : [text.slice(0, 1), text.slice(1)].join('')
}

function jsonFields(line: string): Fields {
  const form: unknown = JSON.parse(line)
  if (typeof form !== 'object' || form === null || Array.isArray(form))
    return bad('it is no object')
  return {
    get: (name) => {
      const x: unknown = Object.hasOwn(form, name)
        ? (form as Record<string, unknown>)[name]
        : undefined
      return name === 'instant' ? valueOfJson({ instant: x }) : x
    },
    value: (x) => valueOfJson(x),
  }
}

function bad(why: string): never {
  return raise(':yore/invalid-dump', why)
}

function lineOf(fields: Fields): DumpLine {
  const number = (name: string): number => wholeNumber(fields.get(name), `its ${name}`)
  if (fields.get('yore/dump') !== undefined) {
    const database = fields.get('database')
    if (typeof database !== 'string') return bad('it names no database')
    const [version, bootstrap] = [number('yore/dump'), number('bootstrap')]
    return { kind: 'head', version, database, bootstrap, from: number('from') }
  }
  if (fields.get('yore/end') !== undefined) {
    const [transactions, datoms] = [number('yore/end'), number('datoms')]
    return { kind: 'end', transactions, datoms, nextT: number('next-t') }
  }
  const t = number('t')
  const instant = fields.get('instant')
  if (!(instant instanceof Instant)) return bad('it has no instant')
  const [nextT, nextElement] = [number('next-t'), number('next-element')]
  const rows = fields.get('data')
  if (!Array.isArray(rows)) return bad('it has no data')
  const data: Datom[] = []
  const ended: Fact[] = []
  for (const row of rows as readonly unknown[]) addRow(row, t, fields, data, ended)
  return { kind: 'transaction', t, instant: instant.ms, nextT, nextElement, data, ended }
}

function addRow(row: unknown, t: number, fields: Fields, data: Datom[], ended: Fact[]): void {
  if (!Array.isArray(row)) return bad('a datom is no list')
  const [givenE, givenA, givenV, added, since, asserted] = row as readonly unknown[]
  const [e, a] = [idOf(givenE), idOf(givenA)]
  if (givenV === undefined || givenV === null) return bad('a datom has no value')
  const v = fields.value(givenV)
  if (typeof added !== 'boolean' || row.length > (added ? 4 : 6)) return bad('a datom has no sign')
  data.push(new MadeDatom(e, a, v, t, added))
  if (added) return
  const from = wholeNumber(since, 'the t that a retraction ends')
  const value = asserted === undefined ? v : fields.value(asserted)
  ended.push({ e, a, v: value, t: from, end: never })
}

function idOf(x: unknown): number {
  const given = typeof x === 'string' && /^\d+$/.test(x) ? BigInt(x) : x
  const id = typeof given === 'bigint' || typeof given === 'number' ? fromPublicId(given) : -1
  return id >= 0 ? id : bad(`${shown(x)} is no entity id`)
}

function wholeNumber(x: unknown, what: string): number {
  return typeof x === 'number' && Number.isSafeInteger(x) && x >= 0
    ? x
    : bad(`${what} is no whole number, but ${shown(x)}`)
}

function shown(x: unknown): string {
  return typeof x === 'object' && x !== null ? 'something else' : String(x).slice(0, 40)
}
