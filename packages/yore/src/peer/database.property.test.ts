/**
 * A database value is a value: it answers the same while thousands of transactions follow. And the past is a value too: the newest
 * database as of a t answers as the database of that t did.
 */

import { expect, test } from 'vitest'
import { connect, createDatabase, deleteDatabase } from '../embedded/connect.ts'
import type { Database } from './database.ts'
import type { TxData, TxMap } from './types.ts'

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const transactions = 2500

/** mulberry32 */
function randomFrom(start: number): (n: number) => number {
  let state = start
  return (n) => {
    state = (state + 0x6d2b79f5) | 0
    let x = Math.imul(state ^ (state >>> 15), 1 | state)
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x
    return ((x ^ (x >>> 14)) >>> 0) % n
  }
}

const attribute = (name: string, type: string, more: TxMap = {}): TxMap => ({
  ':db/ident': name,
  ':db/valueType': `:db.type/${type}`,
  ':db/cardinality': ':db.cardinality/one',
  ...more,
})
const many = { ':db/cardinality': ':db.cardinality/many' } as const

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']

/** Some tx-data; about one in ten fails, which must leave no trace. */
function someData(n: (below: number) => number): TxData {
  const ref = (): readonly [':x/id', string] => [':x/id', names[n(names.length)] as string]
  switch (n(10)) {
    case 0:
      return [[':db/retractEntity', ref()]]
    case 1:
      return [[':db/add', ref(), ':x/n', 'no number']]
    case 2:
      return [[':db/retract', ref(), ':x/tags', `t${n(5)}`]]
    case 3:
      return [[':db/add', ref(), ':x/friend', ref()]]
    default:
      return [
        {
          ':x/id': names[n(names.length)] as string,
          ':x/n': n(5),
          ':x/tags': [`t${n(5)}`, `t${n(5)}`],
        },
      ]
  }
}

/** What a database says when asked everything, as text. */
function answers(db: Database): string {
  const found = {
    basis: [db.basisT, db.nextT],
    eavt: [...db.datoms('eavt')].length,
    recent: [...db.since(1000).datoms('aevt')].map((d) => [...d]),
    avet: [...db.datoms('avet', ':x/n')].map((d) => [...d]),
    vaet: [...db.datoms('vaet')].filter((d) => Number(d.e) > 2 ** 44).map((d) => [...d]),
    back: [...db.rseekDatoms('avet', ':x/id')].slice(0, 20).map((d) => [...d]),
    past: db.isHistory ? [] : [...db.history().datoms('eavt')].slice(-200).map((d) => [...d]),
    pulls: db.pullMany(
      '[* {:x/friend [:x/id]} {:x/_friend [:x/id]}]',
      names.map((x) => [':x/id', x] as const),
    ),
    entities: names.map((x) => JSON.stringify(db.entity([':x/id', x]))),
    stats: db.stats(),
  }
  return JSON.stringify(found)
}

test(`values stay what they are (SEED=${seed})`, { timeout: 120_000 }, async () => {
  const n = randomFrom(seed)
  const uri = `yore:mem://values-${seed}`
  await createDatabase(uri)
  const conn = await connect(uri)
  await conn.transact([
    attribute(':x/id', 'string', { ':db/unique': ':db.unique/identity' }),
    attribute(':x/n', 'long', { ':db/index': true }),
    attribute(':x/tags', 'string', many),
    attribute(':x/friend', 'ref', many),
  ])
  const kept: { readonly db: Database; readonly said: string }[] = []
  let failed = 0
  for (let i = 0; i < transactions; i++) {
    if (i % 100 === n(100) || i === 0) {
      const db = n(2) === 0 ? conn.db() : conn.db().asOf(1001 + n(2000))
      kept.push({ db, said: answers(db) })
    }
    const before = conn.db()
    await conn.transact(someData(n)).catch(() => {
      failed++
      expect(conn.db().basisT).toBe(before.basisT)
    })
    if (i === transactions / 2) await conn.transact([{ ':db/id': ':x/tags', ':db/index': true }])
  }
  expect(failed).toBeGreaterThan(transactions / 50)
  expect(kept.length).toBeGreaterThan(10)
  for (const { db, said } of kept) expect(answers(db)).toBe(said)

  const last = conn.db()
  for (const { db } of kept) {
    if (db.asOfT !== null) continue
    const then = last.asOf(db.basisT)
    const rows = (x: Database): string => JSON.stringify([...x.datoms('eavt')].map((d) => [...d]))
    expect(rows(then)).toBe(rows(db))
  }
  await deleteDatabase(uri)
})
