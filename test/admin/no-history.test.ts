/**
 * `:db/noHistory`: index jobs may forget what such an attribute said before, and nothing else. Beside the database runs one in memory, which
 * forgets nothing.
 */

import { expect, test } from 'vitest'
import type { YoreError } from '../../packages/yore/src/base/errors.ts'
import type { Db } from '../../packages/yore/src/db/db.ts'
import { asOf, since } from '../../packages/yore/src/db/views.ts'
import { presentView } from '../../packages/yore/src/indexes/fact-index.ts'
import { orders } from '../../packages/yore/src/indexes/facts/fact.ts'
import type { Order } from '../../packages/yore/src/indexes/facts/fact.ts'
import { memoryStorage } from '../../packages/yore/src/storage/drivers/memory.ts'
import { transact } from '../../packages/yore/src/transact/transact.ts'
import { readEdn } from '../../packages/yore/src/data/edn/read.ts'
import { Transactor } from '../../packages/yore/src/transactor/transactor.ts'
import { Random } from '../oracle/random.ts'
import { expectWhole } from './excise-tools.ts'
import { freshIn, hastyEnv as env, logIn, openIn, shown } from './world.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1e6)
console.log(`no-history.test: SEED=${seed}`)

const attribute = (name: string, type: string, more = ''): string =>
  `{:db/ident :n/${name} :db/valueType :db.type/${type} :db/cardinality :db.cardinality/one ${more}}`
const schema = `[${attribute('key', 'string', ':db/unique :db.unique/identity')}
  ${attribute('count', 'long', ':db/noHistory true :db/index true')} ${attribute('seen', 'instant', ':db/noHistory true')}
  ${attribute('friend', 'ref', ':db/noHistory true')} ${attribute('text', 'string', ':db/noHistory true :db/fulltext true')}
  ${attribute('name', 'string', ':db/index true')} ${attribute('later', 'string', ':db/index true')}
  {:db/ident :n/tags :db/valueType :db.type/keyword :db/cardinality :db.cardinality/many :db/noHistory true :db/index true}]`

function step(random: Random, n: number): string {
  const key = `k${random.int(6)}`
  const more = [
    `:n/count ${random.int(4)}`,
    `:n/seen #inst "${new Date(n * 1000).toISOString()}"`,
    `:n/friend [:n/key "k${random.int(6)}"]`,
    `:n/text "amber ${random.int(3)} birch"`,
    `:n/name "name ${random.int(3)}"`,
    `:n/later "later ${random.int(3)}"`,
    `:n/tags [:a/b${random.int(4)} :a/b${random.int(4)}]`,
  ]
  if (random.chance(0.1))
    return `[[:db/retract [:n/key "${key}"] :n/${random.pick(['count', 'tags', 'text', 'friend', 'name'])}]]`
  if (random.chance(0.05)) return `[[:db/retractEntity [:n/key "${key}"]]]`
  if (random.chance(0.05)) return `[[:db/add :n/later :db/noHistory ${random.chance(0.5)}]]`
  if (random.chance(0.03))
    return `[[:db/add :n/name :db/ident :n/name${n}] [:db/add :n/name :db/doc "renamed"]]`
  return `[{:n/key "${key}" ${random.some(more, 3).join(' ')}}]`
}

function datoms(db: Db, order: Order, history: boolean): string[] {
  const cursor = db.facts.cursor(order, {}, { ...db.view, history })
  const out: string[] = []
  while (cursor.next()) {
    const { e, a, v, t, added } = cursor
    out.push(`${a} ${e} ${shown(v)} ${t} ${added}`)
  }
  return out
}

const attributesOf = (db: Db, names: readonly string[]): Set<string> =>
  new Set(
    [...db.schema.attributes.values()]
      .filter(({ ident }) => names.some((name) => ident.text.startsWith(`:n/${name}`)))
      .map(({ id }) => `${id}`),
  )

test('the present and everything else stay; what is left of the past is true', async () => {
  for (let round = 0; round < 3; round++) {
    const random = new Random(seed + round)
    const note = `seed ${seed + round}`
    const storage = memoryStorage()
    let stored = await freshIn(storage)
    const whole = Transactor.inMemory(env, 'care-db')
    let clock = 1_700_000_000_000
    const both = async (text: string): Promise<void> => {
      const now = ++clock
      const form = readEdn(text)
      const outcomes = await Promise.all(
        [stored, whole].map((transactor) =>
          transactor
            .transact((db) =>
              transact(db, form, {
                now,
                numbers: 'exact',
                functionOf: () => null,
                predicateOf: () => null,
              }),
            )
            .then(
              ({ t }) => `${t}`,
              (error: unknown) => (error as YoreError).code,
            ),
        ),
      )
      expect(outcomes[1], text).toBe(outcomes[0])
    }
    await both(schema)
    await both(`[${Array.from({ length: 6 }, (_, i) => `{:n/key "k${i}"}`).join(' ')}]`)
    let basis = 0
    for (let n = 0; n < 60; n++) {
      await both(step(random, n))
      if (n % 7 === 6) {
        await stored.indexed(stored.db.basisT)
        basis = stored.db.basisT
      }
      if (n % 20 === 19) {
        await stored.close()
        stored = await openIn(storage, { segmentSize: 8 })
      }
      if (n % 3 !== 0) continue
      check(stored, whole, random, basis, `${note}, step ${n}`)
    }
    await expectWhole(storage, note)
    // nothing was forgotten but in the index: the log has it all
    expect(logIn(stored)).toEqual(logIn(whole))
    await stored.close()
  }
})

function check(
  stored: Transactor,
  whole: Transactor,
  random: Random,
  basis: number,
  note: string,
): void {
  const forgetful = attributesOf(whole.db, ['count', 'seen', 'friend', 'text', 'tags', 'later'])
  const keeps = (row: string): boolean => !forgetful.has(row.split(' ')[0] as string)
  const { nextT } = whole.db
  const then = 999 + random.int(nextT - 999)
  for (const order of orders) {
    // now
    expect(datoms(stored.db, order, false), note).toEqual(datoms(whole.db, order, false))
    for (const view of [
      (db: Db) => ({ ...db, view: presentView }),
      (db: Db) => asOf(db, then),
      (db: Db) => since(db, then),
    ]) {
      for (const history of [false, true]) {
        const found = datoms(view(stored.db), order, history)
        const all = datoms(view(whole.db), order, history)
        // attributes with history are as they were
        expect(found.filter(keeps), note).toEqual(all.filter(keeps))
        // of the others nothing is there that was not
        const known = new Set(all)
        expect(
          found.filter((row) => !known.has(row)),
          note,
        ).toEqual([])
      }
    }
    // what no index job has seen yet is all there
    const recent = (db: Db): string[] =>
      datoms(since(db, basis), order, true).filter((row) => row.endsWith('true'))
    expect(recent(stored.db), note).toEqual(recent(whole.db))
  }
  // what was forgotten is forgotten wholly: no retraction is left without its assertion
  const history = datoms(stored.db, 'eavt', true)
  const asserted = new Set(
    history.filter((row) => row.endsWith(' true')).map((row) => row.replace(/ \d+ true$/, '')),
  )
  for (const row of history.filter((x) => x.endsWith(' false'))) {
    expect(asserted.has(row.replace(/ \d+ false$/, '')), `${note}: ${row}`).toBe(true)
  }
}

test('a counter that counts for ever takes no more space than one that was set once', async () => {
  const sizeOf = async (times: number): Promise<number> => {
    const storage = memoryStorage()
    const transactor = await freshIn(storage)
    const submit = (text: string): Promise<unknown> =>
      transactor.transact((db) =>
        transact(db, readEdn(text), {
          now: db.lastInstant + 1,
          numbers: 'exact',
          functionOf: () => null,
          predicateOf: () => null,
        }),
      )
    await submit(schema)
    for (let i = 0; i < times; i++) {
      await submit(`[{:n/key "k" :n/count ${i}}]`)
      if (i % 50 === 49) await transactor.indexed(transactor.db.basisT)
    }
    await transactor.indexed(transactor.db.basisT)
    const rows = datoms(transactor.db, 'eavt', true).filter((row) =>
      attributesOf(transactor.db, ['count']).has(row.split(' ')[0] as string),
    )
    await transactor.close()
    return rows.length
  }
  expect(await sizeOf(200)).toBe(1)
  expect(await sizeOf(1)).toBe(1)
})
