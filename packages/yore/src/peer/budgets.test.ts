/** What a read may cost: every door takes a time-out, a signal and limits, and each of them ends the read where it is to. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Limits } from '../base/budget.ts'
import { systemEnv } from '../base/env-system.ts'
import { YoreError } from '../base/errors.ts'
import { touch } from '../db/entity.ts'
import { connect, createDatabase, deleteDatabase } from '../embedded/connect.ts'
import type { Connection } from './connection.ts'
import type { Database } from './database.ts'
import type { ReadOptions } from './limits.ts'
import { qseq, query } from './query.ts'

const uri = 'yore:mem://budgets-test'
const people = 3000
let conn: Connection
let db: Database
let hub: number
// each look at the clock takes a millisecond, so that time-outs are counted in looks
let clock = 0
let looks = 0

beforeAll(async () => {
  await createDatabase(uri)
  const env = {
    ...systemEnv,
    monotonicMs: () => {
      looks++
      return (clock += 1)
    },
  }
  conn = await connect(uri, {
    env,
    functions: { 'my.app/slow': (x: number) => ((clock += 1), x) },
  })
  await conn.transact(`[
    {:db/ident :p/age :db/valueType :db.type/long :db/cardinality :db.cardinality/one :db/index true}
    {:db/ident :p/part :db/valueType :db.type/ref :db/cardinality :db.cardinality/many :db/isComponent true}]`)
  const { tempids } = await conn.transact([
    ...Array.from({ length: people }, (_, i) => ({ ':db/id': `p${i}`, ':p/age': i })),
    { ':db/id': 'hub', ':p/part': Array.from({ length: people }, (_, i) => `p${i}`) },
  ])
  hub = tempids['hub'] as number
  db = conn.db()
})
afterAll(() => deleteDatabase(uri))

function failure(run: () => unknown): YoreError {
  try {
    run()
  } catch (error) {
    if (error instanceof YoreError) return error
    throw error
  }
  throw new Error('it did not fail')
}

/** All doors: how each reads much when it is given these options. */
const doors: Readonly<Record<string, (options: ReadOptions, on?: Database) => unknown>> = {
  query: (o, on = db) =>
    query({ query: '[:find (count ?e) (sum ?a) :where [?e :p/age ?a]]', args: [on], ...o }),
  'query by rules': (o, on = db) =>
    query({
      query: '[:find (count ?e) . :in $ % ?hub :where (part ?hub ?e) [?e :p/age]]',
      args: [
        on,
        '[[(part ?x ?y) [?x :p/part ?y]] [(part ?x ?y) [?x :p/part ?z] (part ?z ?y)]]',
        hub,
      ],
      ...o,
    }),
  qseq: (o, on = db) => [
    ...qseq({ query: '[:find (pull ?e [*]) :where [?e :p/age]]', args: [on], ...o }),
  ],
  pull: (o, on = db) => on.pull('[*]', hub, o),
  pullMany: (o, on = db) =>
    on.pullMany(
      '[*]',
      Array.from({ length: 30 }, () => hub),
      o,
    ),
  indexPull: (o, on = db) => [
    ...on.indexPull({ index: ':avet', selector: '[*]', start: [':p/age'], ...o }),
  ],
  datoms: (o, on = db) => [...on.datoms({ index: 'eavt', ...o })],
  seekDatoms: (o, on = db) => [...on.seekDatoms({ index: ':aevt', components: [':p/age'], ...o })],
  rseekDatoms: (o, on = db) => [...on.rseekDatoms({ index: ':aevt', ...o })],
  indexRange: (o, on = db) => [...on.indexRange({ attribute: ':p/age', start: 10, ...o })],
  entity: (o, on = db) => touch(on.entity(hub, o) as never),
  log: (o) => conn.log().txRange(null, null, o),
}

const all = Object.entries(doors)

describe.each(all)('%s', (name, read) => {
  test('reads what it reads when there is room', () => {
    const generous = { timeout: 1e9, limits: { rows: 1e6, datoms: 1e7, bytes: 1e10 } }
    expect(JSON.stringify(read(generous))).toBe(JSON.stringify(read({})))
  })

  test('ends at a number of datoms, and says how far it came', () => {
    const error = failure(() => read({ limits: { datoms: 500 } }))
    expect(error.code).toBe(':yore/limit-exceeded')
    expect(error.data).toMatchObject({ limit: 'datoms', max: 500 })
    // it ends soon after the limit
    expect(error.data['datoms']).toBeGreaterThan(500)
    expect(error.data['datoms']).toBeLessThan(500 + 4096)
    expect(read({ limits: { datoms: 1e7 } })).toBeDefined()
  })

  test('ends at its time-out', () => {
    const filtered = db.filter(() => {
      clock += 1
      return true
    })
    // the log has no filter, and is read in a look or two
    const timeout = name === 'log' ? 1 : 20
    const error = failure(() => {
      // a pull of many levels looks at the clock now and then: so does whatever goes on for long
      for (let i = 0; i < 50; i++) read({ timeout }, filtered)
    })
    expect(error.code).toBe(':yore/timeout')
    expect(error.data).toMatchObject({ timeoutMs: timeout })
    expect(error.data['elapsedMs']).toBeGreaterThanOrEqual(timeout)
  })

  test('does not begin when its signal was aborted', () => {
    const error = failure(() => read({ signal: AbortSignal.abort('enough') }))
    expect(error.code).toBe(':yore/cancelled')
    expect(error.cause).toBe('enough')
  })

  test('refuses options that are none', () => {
    const bad: unknown[] = [
      { timeout: -1 },
      { timeout: 'soon' },
      { signal: {} },
      { limits: 5 },
      { limits: { row: 5 } },
      { limits: { rows: NaN } },
    ]
    for (const options of bad) {
      expect(failure(() => read(options as ReadOptions)).code, JSON.stringify(options)).toBe(
        ':yore/invalid-argument',
      )
    }
  })
})

describe('bytes', () => {
  const small: Limits = { bytes: 20_000 }
  test.each(['qseq', 'pull', 'pullMany', 'log', 'query by rules'])('%s', (name) => {
    const error = failure(() => (doors[name] as (o: ReadOptions) => unknown)({ limits: small }))
    expect(error.code).toBe(':yore/limit-exceeded')
    expect(error.data).toMatchObject({ limit: 'bytes', max: 20_000 })
  })

  test('what is given one after another is not held', () => {
    const each = [
      ...db.indexPull({
        index: ':avet',
        selector: '[*]',
        start: [':p/age'],
        limits: { bytes: 100_000 },
      }),
    ]
    expect(each).toHaveLength(people)
    const rows = qseq({
      query: '[:find (pull ?e [*]) :where [?e :p/age]]',
      args: [db],
      limits: { bytes: 300_000 },
    })
    expect([...rows]).toHaveLength(people)
    expect(
      failure(() =>
        query({
          query: '[:find (pull ?e [*]) :where [?e :p/age]]',
          args: [db],
          limits: { bytes: 300_000 },
        }),
      ).code,
    ).toBe(':yore/limit-exceeded')
  })
})

describe('queries', () => {
  const ask = (text: string, more: ReadOptions & { readonly args?: readonly unknown[] }): unknown =>
    query({ query: text, args: [db], ...more })

  test('rows on the way count, and the clause is named', () => {
    const text = '[:find (count ?e) . :with ?f :where [?e :p/age ?a] [?f :p/age ?b] [(+ ?a ?b) ?c]]'
    const error = failure(() => ask(text, { limits: { rows: 10_000 } }))
    expect(error.code).toBe(':yore/limit-exceeded')
    expect(error.data).toMatchObject({
      limit: 'rows',
      max: 10_000,
      phase: 'where',
      clause: '[(+ ?a ?b) ?c]',
    })
    expect(error.data['datoms']).toBe(people * 2)
  })

  test('rows of one clause count too', () => {
    const text = '[:find ?e :where [?e :p/age]]'
    expect(ask(text, { limits: { rows: people } })).toHaveLength(people)
    expect(failure(() => ask(text, { limits: { rows: people - 1 } })).data).toMatchObject({
      limit: 'rows',
    })
  })

  test('a function of the program ends late, but ends', () => {
    const error = failure(() =>
      ask('[:find ?b :where [?e :p/age ?a] [(my.app/slow ?a) ?b]]', { timeout: 40 }),
    )
    expect(error.code).toBe(':yore/timeout')
    expect(error.data['phase']).toBe('where')
    expect(error.data['elapsedMs']).toBeLessThan(40 + 1000)
  })

  test('the clock is looked at often: at least once in so much work', () => {
    looks = 0
    ask(
      '[:find (count ?e) . :with ?f :where [?e :p/age ?a] [(< ?a 1000)] [?f :p/age ?b] [(< ?b 1000)]]',
      {
        timeout: 1e9,
      },
    )
    // a million rows
    expect(looks).toBeGreaterThan(20)
  })

  test('texts that functions make count', () => {
    const error = failure(() =>
      ask('[:find (count ?t) . :where [?e :p/age ?a] [(repeat 2000 ?a) ?r] [(apply str ?r) ?t]]', {
        limits: { bytes: 1_000_000 },
      }),
    )
    expect(error.data).toMatchObject({ limit: 'bytes', max: 1_000_000 })
  })

  test('a query within a query has the same budget', () => {
    const text = `[:find ?n . :where [(q "[:find (count ?a) . :where [_ :p/age ?a]]" $) ?n]]`
    expect(ask(text, { limits: { datoms: people } })).toBe(people)
    expect(failure(() => ask(text, { limits: { datoms: people - 1 } })).data).toMatchObject({
      limit: 'datoms',
    })
  })

  test('what has failed leaves nothing behind', () => {
    const text = '[:find (sum ?a) . :where [?e :p/age ?a]]'
    const sum = (people * (people - 1)) / 2
    for (const options of [
      { timeout: 1 },
      { limits: { rows: 10 } },
      { limits: { bytes: 100 } },
      {},
    ]) {
      try {
        ask(text, options)
      } catch (error) {
        expect(error).toBeInstanceOf(YoreError)
      }
      expect(ask(text, {})).toBe(sum)
    }
  })
})

describe('rows one after another', () => {
  const text = '[:find [(pull ?e [:p/age]) ...] :where [?e :p/age]]'

  test('are pulled when they are asked for', () => {
    const before = failure(() =>
      query({ query: text, args: [db], limits: { datoms: people + 10 } }),
    )
    expect(before.code).toBe(':yore/limit-exceeded')
    const rows = qseq({ query: text, args: [db], limits: { datoms: people + 300 } })
    expect(rows.next().done).toBe(false)
    expect(failure(() => [...rows]).code).toBe(':yore/limit-exceeded')
    // it is over
    expect(rows.next()).toEqual({ done: true, value: undefined })
  })

  test('can be left, and are gone then', () => {
    const rows = qseq({ query: text, args: [db] })
    for (const row of rows) {
      expect(row).toBeDefined()
      break
    }
    expect(rows.next()).toEqual({ done: true, value: undefined })
    expect([...qseq({ query: text, args: [db] })]).toHaveLength(people)
  })

  test('time between them is the program’s', () => {
    const rows = qseq({ query: text, args: [db], timeout: 2000 })
    let n = 0
    for (const row of rows) {
      clock += 1000
      n += row === null ? 0 : 1
    }
    expect(n).toBe(people)
  })

  test('a signal ends them between two portions', () => {
    const controller = new AbortController()
    const rows = qseq({ query: text, args: [db], signal: controller.signal })
    rows.next()
    controller.abort()
    expect(failure(() => [...rows]).code).toBe(':yore/cancelled')
  })

  test('are those of the query, in its order', () => {
    const ordered = '[:find ?a ?e :where [?e :p/age ?a] :order-by [?a :desc] :limit 700 :offset 5]'
    expect([...qseq({ query: ordered, args: [db] })]).toEqual(query({ query: ordered, args: [db] }))
    const maps = '[:find ?a :keys age :where [?e :p/age ?a] :order-by [?a] :limit 300]'
    expect([...qseq({ query: maps, args: [db], limit: 260, offset: 10 })][255]).toEqual({
      ':age': 265,
    })
    expect(
      failure(() => qseq({ query: '[:find ?a . :where [?e :p/age ?a]]', args: [db] })).code,
    ).toBe(':yore/invalid-query')
  })
})

test('a query that was given up before it began is at no clause', () => {
  const error = failure(() =>
    query({ query: '[:find ?e :where [?e :p/age]]', args: [db], signal: AbortSignal.abort() }),
  )
  expect([error.code, error.data['clause']]).toEqual([':yore/cancelled', null])
})
