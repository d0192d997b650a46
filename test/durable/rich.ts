/**
 * A small database that has one of every kind of stored thing, and a text that shows all of it: what the tests of damage, faults and
 * crashes compare before and after.
 */

import { Opaque } from '../../packages/yore/src/data/values.ts'
import { readEdn } from '../../packages/yore/src/data/edn/read.ts'
import { datoms } from '../../packages/yore/src/db/datoms.ts'
import { dbStats } from '../../packages/yore/src/db/stats.ts'
import { asOf, history } from '../../packages/yore/src/db/views.ts'
import type { Db } from '../../packages/yore/src/db/db.ts'
import { parsePattern } from '../../packages/yore/src/pull/parse.ts'
import { pullMany } from '../../packages/yore/src/pull/run.ts'
import { query } from '../../packages/yore/src/query/query.ts'
import type { Storage } from '../../packages/yore/src/storage/storage.ts'
import type { Transactor } from '../../packages/yore/src/transactor/transactor.ts'
import type { StoredOptions } from '../../packages/yore/src/transactor/transactor.ts'
import { create, logOf, open, submit } from '../crash/tools.ts'

const schema = `[
  {:db/ident :x/key :db/valueType :db.type/string :db/cardinality :db.cardinality/one :db/unique :db.unique/identity}
  {:db/ident :x/n :db/valueType :db.type/long :db/cardinality :db.cardinality/one :db/index true}
  {:db/ident :x/text :db/valueType :db.type/string :db/cardinality :db.cardinality/many :db/fulltext true}
  {:db/ident :x/price :db/valueType :db.type/double :db/cardinality :db.cardinality/one}
  {:db/ident :x/ref :db/valueType :db.type/ref :db/cardinality :db.cardinality/many}
  {:db/ident :x/part :db/valueType :db.type/ref :db/cardinality :db.cardinality/many :db/isComponent true}]`

const words = ['amber', 'birch', 'cedar', 'dune', 'ember', 'fjord', 'grove', 'heath']
const wordAt = (n: number): string => words[n % words.length] as string

/** The nth transaction: new things, changed ones, retracted ones. */
export function richTransaction(n: number): string {
  const key = (i: number): string => `"key ${((i % 40) + 40) % 40}"`
  return `[
    {:db/id "a" :x/key ${key(n)} :x/n ${n * 7} :x/price ${n}.5 :x/text ["${wordAt(n)} ${wordAt(n * 3)}" "${'long '.repeat(n % 9)}"]
     :x/part [{:x/n ${n} :x/text "part of ${n}"}]}
    {:x/key ${key(n * 5)} :x/ref ["a"]}
    {:db/id "datomic.tx" :db/doc "transaction ${n}"}
    ${n > 40 && n % 4 === 0 ? `[:db/retract [:x/key ${key(n - 3)}] :x/price]` : ''}
    ${n > 40 && n % 10 === 0 ? `[:db/retractEntity [:x/key ${key(n - 8)}]]` : ''}]`
}

/** Small segments, so that trees have many of them and directories more than one chunk. */
export const richTuning: Partial<StoredOptions> = { segmentSize: 8 }

/** Creates the database, indexes it several times, and leaves some transactions in slots. */
export async function makeRich(
  storage: Storage,
  options: Partial<StoredOptions> = richTuning,
): Promise<Transactor> {
  await create(storage)
  const transactor = await open(storage, options)
  await submit(transactor, schema)
  for (let n = 1; n <= 70; n++) {
    await submit(transactor, richTransaction(n))
    if (n % 20 === 0) await transactor.indexed(transactor.db.basisT)
  }
  return transactor
}

const joined = readEdn(
  `[:find ?k ?n ?k2 :where [?e :x/key ?k] [?e :x/n ?n] [?e2 :x/ref ?e] [?e2 :x/key ?k2]]`,
)
const counted = readEdn(`[:find ?t (count ?e) (max ?n) :where [?e :x/text ?t] [?e :x/n ?n]]`)
const keyed = readEdn(`[:find [?e ...] :where [?e :x/key]]`)
const found = readEdn(`[:find ?e ?v :where [(fulltext $ :x/text "cedar") [[?e ?v]]]]`)
const pattern = parsePattern(readEdn('[* {:x/part [*]} {:x/_ref [:x/key]}]'))

const sorted = (rows: unknown): string[] =>
  (rows as unknown[]).map((row) => JSON.stringify(row, textOfBig)).sort()
const textOfBig = (_: string, x: unknown): unknown => (typeof x === 'bigint' ? `${x}n` : x)

/** What a question answers; each is read on its own, so that one that fails does not hide the others. */
export type Question = (transactor: Transactor) => unknown

const ask = (form: ReturnType<typeof readEdn>, db: Db): string[] =>
  sorted(query(form, [new Opaque('db', db)], { numbers: 'exact', functionOf: () => null }).value)
const scan = (db: Db, order: string): string[] =>
  Array.from(
    datoms(db, order, []),
    ({ e, a, v, t, added }) => `${e} ${a} ${JSON.stringify(v)} ${t} ${added}`,
  )

/** Questions that together read every stored thing but the records of garbage. */
export const questions: ReadonlyMap<string, Question> = new Map<string, Question>([
  ...['eavt', 'aevt', 'avet', 'vaet'].map((order): [string, Question] => [
    order,
    ({ db }) => scan(db, order),
  ]),
  ...['eavt', 'aevt', 'avet', 'vaet'].map((order): [string, Question] => [
    `history ${order}`,
    ({ db }) => scan(history(db), order),
  ]),
  ['log', (transactor) => logOf(transactor)],
  ['stats', ({ db }) => JSON.stringify(dbStats(db).datoms)],
  ['join', ({ db }) => ask(joined, db)],
  ['aggregate', ({ db }) => ask(counted, db)],
  ['fulltext', ({ db }) => ask(found, db)],
  ['as of', ({ db }) => ask(joined, asOf(db, 1030))],
  [
    'pull',
    ({ db }) => {
      const ids = query(keyed, [new Opaque('db', db)], { numbers: 'exact', functionOf: () => null })
      const all = [...(ids.value as (number | bigint)[])].map(Number).sort((x, y) => x - y)
      return JSON.stringify(pullMany(db, pattern, all), textOfBig)
    },
  ],
])

export const answersOf = (transactor: Transactor): Map<string, unknown> =>
  new Map([...questions].map(([name, question]) => [name, question(transactor)]))
