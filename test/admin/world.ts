/**
 * Random histories for the tests of care: every type of value, retractions, wide ids, renamed attributes, components; and what a database
 * has in it, as text that can be compared.
 */

import { systemEnv } from '../../packages/yore/src/base/env-system.ts'
import { YoreError } from '../../packages/yore/src/base/errors.ts'
import type { Env } from '../../packages/yore/src/base/env.ts'
import { printEdn } from '../../packages/yore/src/data/edn/print.ts'
import { readEdn } from '../../packages/yore/src/data/edn/read.ts'
import { Float, Instant } from '../../packages/yore/src/data/values.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'
import type { Db } from '../../packages/yore/src/db/db.ts'
import { encodeRoot, firstRoot, rootName } from '../../packages/yore/src/db/root.ts'
import { presentView } from '../../packages/yore/src/indexes/fact-index.ts'
import { orders } from '../../packages/yore/src/indexes/facts/fact.ts'
import type { Order } from '../../packages/yore/src/indexes/facts/fact.ts'
import type { Storage } from '../../packages/yore/src/storage/storage.ts'
import { transact } from '../../packages/yore/src/transact/transact.ts'
import type { TxResult } from '../../packages/yore/src/transact/transact.ts'
import { Transactor } from '../../packages/yore/src/transactor/transactor.ts'
import type { StoredOptions } from '../../packages/yore/src/transactor/transactor.ts'
import type { Random } from '../oracle/random.ts'

/** Timers that do not wait long. */
export const hastyEnv: Env = {
  ...systemEnv,
  after: (ms, run, background) => systemEnv.after(Math.min(ms, 1), run, background),
}

export const databaseId = 'care-db'

export async function createIn(storage: Storage, id: string = databaseId): Promise<void> {
  await storage.replaceRoot(rootName(id), null, encodeRoot(firstRoot(id)))
}

export function openIn(
  storage: Storage,
  options: Partial<StoredOptions> = {},
): Promise<Transactor> {
  return Transactor.open({ storage, databaseId, env: hastyEnv, name: 'care', ...options })
}

/** A new database in the storage, with segments small enough for trees of several levels. */
export async function freshIn(
  storage: Storage,
  options: Partial<StoredOptions> = { segmentSize: 8 },
): Promise<Transactor> {
  await createIn(storage, options.databaseId)
  return openIn(storage, options)
}

let clock = 1_700_000_000_000

export function submit(
  transactor: Pick<Transactor, 'transact'>,
  data: string | Value,
): Promise<TxResult> {
  const form = typeof data === 'string' ? readEdn(data) : data
  return transactor.transact((db) =>
    transact(db, form, {
      now: Math.max(++clock, db.lastInstant),
      numbers: 'exact',
      functionOf: () => null,
      predicateOf: () => null,
    }),
  )
}

const attribute = (name: string, type: string, more = '', many = false): string =>
  `{:db/ident :w/${name} :db/valueType :db.type/${type} :db/cardinality :db.cardinality/${many ? 'many' : 'one'} ${more}}`

const scalars = [
  'string', 'long', 'double', 'float', 'boolean', 'keyword', 'symbol', 'uuid', 'uri', 'instant', 'bytes', 'bigint', 'bigdec',
] as const // prettier-ignore

/** The first transaction. */
export const worldSchema = `[
  ${scalars.map((type) => attribute(`one-${type}`, type, type === 'bytes' ? '' : ':db/index true')).join('\n')}
  ${scalars.map((type) => attribute(`many-${type}`, type, '', true)).join('\n')}
  ${attribute('key', 'string', ':db/unique :db.unique/identity')}
  ${attribute('code', 'long', ':db/unique :db.unique/value')}
  ${attribute('ref', 'ref')} ${attribute('refs', 'ref', '', true)}
  ${attribute('part', 'ref', ':db/isComponent true', true)}
  ${attribute('gone', 'string', ':db/noHistory true')}
  ${attribute('text', 'string', ':db/fulltext true', true)}
  ${attribute('a', 'long')} ${attribute('b', 'string')}
  ${attribute('a+b', 'tuple', ':db/tupleAttrs [:w/a :w/b] :db/index true')}
  ${attribute('pair', 'tuple', ':db/tupleTypes [:db.type/ref :db.type/string]', true)}
  ${attribute('list', 'tuple', ':db/tupleType :db.type/double')}
  {:db/ident :part/w :db.install/_partition :db.part/db}]`

const samples: Readonly<Record<(typeof scalars)[number], readonly string[]>> = {
  string: ['""', '"a"', '"größe 水 🜁"', '"\\ud800 half"', '"line\\nbreak \\u0000"', '"__proto__"', '"ab"', `"${'long '.repeat(60)}"`],
  long: ['0', '1', '-1', '9007199254740991', '9223372036854775807', '-9223372036854775808', '4611686018427387904'],
  double: ['0.0', '-0.0', '1.0', '1.5', '1.0E300', '5.0E-324', '##NaN', '##Inf', '##-Inf', '9007199254740993.0'],
  float: ['#float 0.0', '#float -0.0', '#float 1.5', '#float 0.1', '#float ##Inf', '#float 3.0'],
  boolean: ['true', 'false'],
  keyword: [':a', ':a/b', ':größe/x', '#keyword "a b"', ':w/key'],
  symbol: ['a', 'a/b', '?x', '#symbol "a b"'],
  uuid: ['#uuid "678d88b2-87b0-403b-b63d-5da7465aecc3"', '#uuid "00000000-0000-0000-0000-000000000000"', '#uuid "ffffffff-ffff-4fff-bfff-ffffffffffff"'],
  uri: ['#uri "http://x/?y=z"', '#uri "urn:a:b"', '#uri ""'],
  instant: ['#inst "1970-01-01T00:00:00.000-00:00"', '#inst "1815-12-10T00:00:00.001Z"', '#inst "2024-02-29T23:59:59.999Z"', '#inst "+020000-01-01T00:00:00.000Z"', '#inst "-000001-01-01T00:00:00.000Z"'],
  bytes: ['#bytes ""', '#bytes "00ff10"', '#bytes "616263"'],
  bigint: ['0N', '5N', '-5N', '9223372036854775808N', '123456789012345678901234567890N'],
  bigdec: ['1.0M', '1.00M', '-3E+500M', '0.000M', '12345678901234567890.5M'],
} // prettier-ignore

const entities = 12

const key = (random: Random): string => `[:w/key "k${random.int(entities)}"]`

/** The nth transaction of a random history, as EDN. All entities it refers to may be there or not: what fails is left out by `grow`. */
export function worldTransaction(random: Random, n: number): string {
  const parts: string[] = []
  const entity = random.int(entities)
  const pick = (): string => {
    const type = random.pick(scalars)
    const many = random.chance(0.5)
    return `:w/${many ? 'many' : 'one'}-${type} ${many ? `[${random.some(samples[type], 3).join(' ')}]` : random.pick(samples[type])}`
  }
  const extras = [
    () => `:w/gone "gone ${random.int(5)}"`,
    () => `:w/text ["word${random.int(9)} amber ${random.int(4)}" "birch"]`,
    () => `:w/a ${random.int(4)}`,
    () => `:w/b "b${random.int(4)}"`,
    () => `:w/pair [["e" "p${random.int(3)}"]]`,
    () => `:w/list [${random.pick(['1.0', '1.5', '-0.0'])} ${random.pick(['nil', '2.5'])}]`,
    () => `:w/part [{:w/one-string "part ${n}" :w/part {:w/one-long ${n} :w/b "inner"}}]`,
    () => `:w/code ${n}`,
    () => `:db/doc "doc ${n}"`,
  ]
  const attributes = new Map<string, string>()
  for (const text of [pick(), pick(), pick(), ...random.some(extras, 3).map((f) => f())]) {
    attributes.set(text.slice(0, text.indexOf(' ')), text)
  }
  parts.push(`{:db/id "e" :w/key "k${entity}" ${[...attributes.values()].join(' ')}}`)
  if (random.chance(0.2)) {
    const partition = random.pick([':part/w', '2305847407260205056'])
    parts.push(
      `{:db/id "p" :w/one-string "in a partition" :w/refs ["e" "p"] :w/pair [["p" "own"]]}`,
      `{:db/id "e" :w/ref "p"} {:db/force-partition {"p" ${partition}}}`,
    )
  }
  if (random.chance(0.3)) parts.push(`[:db/add "e" :w/refs ${key(random)}]`)
  if (random.chance(0.3)) parts.push(`[:db/add ${key(random)} :w/ref "e"]`)
  if (random.chance(0.06)) parts.push(`[:db/retractEntity ${key(random)}]`)
  if (random.chance(0.25))
    parts.push(
      `[:db/retract ${key(random)} :w/${random.chance(0.5) ? 'one' : 'many'}-${random.pick(scalars)}]`,
    )
  if (random.chance(0.2)) parts.push(`{:db/id "datomic.tx" :db/doc "transaction ${n}"}`)
  if (random.chance(0.05)) parts.push(attribute(`extra-${n}`, 'string', ':db/index true'))
  if (random.chance(0.05)) parts.push(`[:db/add :w/one-uri :db/ident :w/renamed-${n}]`)
  return `[${parts.join(' ')}]`
}

/** Transacts a random history; what the rules of transactions refuse is left out. */
export async function grow(
  transactor: Transactor,
  random: Random,
  transactions: number,
  between: (n: number) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  if (transactor.db.schema.attributes.size < 60) {
    await submit(transactor, worldSchema)
    const all = Array.from({ length: entities }, (_, i) => `{:w/key "k${i}" :w/b "${i}"}`)
    await submit(transactor, `[${all.join(' ')}]`)
  }
  for (let n = 0; n < transactions; n++) {
    await submit(transactor, worldTransaction(random, n)).catch((error: unknown) => {
      if (!(error instanceof YoreError)) throw error
    })
    await between(n)
  }
}

/** Which operations are made to fail: all of them with EVERY=1, otherwise one in `step`, from a random one on. */
export function* operationsFrom(seed: number, step: number): Generator<number> {
  const every = process.env['EVERY'] === undefined ? step : 1
  for (let n = 1 + (seed % every); ; n += every) yield n
}

// ---- what there is ----

/** A value as a text that tells apart what is not the same. */
export function shown(v: Value): string {
  if (v instanceof Instant) return `I${v.ms}`
  if (v instanceof Float) return `F${Object.is(v.value, -0) ? '-0' : v.value}`
  if (typeof v === 'number') return Object.is(v, -0) ? '-0' : `${v}`
  if (typeof v === 'bigint') return `${v}n`
  if (Array.isArray(v)) return `[${(v as readonly Value[]).map(shown).join(' ')}]`
  return printEdn(v)
}

/** All datoms of an order, of the history or now. The past of attributes without history is left out: jobs forget it at any time. */
export function datomsIn(db: Db, order: Order, history = true): string[] {
  const cursor = db.facts.cursor(order, {}, { ...presentView, history })
  const out: string[] = []
  while (cursor.next()) {
    const { e, a, v, t, added } = cursor
    if (history && db.schema.attributes.get(a)?.noHistory === true) continue
    out.push(`${e} ${a} ${shown(v)} ${t} ${added}`)
  }
  return out
}

type LogOf = Pick<Transactor, 'db' | 'log'>

export function logIn({ db, log }: LogOf): string[] {
  return Array.from(
    log.entries(0, db.nextT),
    ({ t, instant, data }) =>
      `${t} ${instant}: ${data.map((d) => `${d.e} ${d.a} ${shown(d.v)} ${d.t} ${d.added}`).join('; ')}`,
  )
}

/** Everything that a database answers with, but its id. */
export function contentsOf(transactor: LogOf): unknown {
  const { basisT, nextT, nextElement, lastInstant, schema } = transactor.db
  return {
    counters: { basisT, nextT, nextElement, lastInstant },
    names: [...schema.idToIdent].map(([id, name]) => `${id} ${name.text}`).sort(),
    ...Object.fromEntries(orders.map((order) => [order, datomsIn(transactor.db, order)])),
    present: datomsIn(transactor.db, 'eavt', false),
    log: logIn(transactor),
  }
}
