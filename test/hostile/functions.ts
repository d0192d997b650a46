/** Hostile functions of the program: what they throw, give, keep and do to their arguments. */

import { YoreError, q, query } from 'yore'
import type { Connection, Database, DatabaseFunction } from 'yore'
import { isHeavy, nasty, thenName } from './nasty.ts'
import type { Report } from './report.ts'
import { fingerprint, world } from './world.ts'

const thrown: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  null: null,
  'a text': 'a text',
  'a number': 1,
  'a symbol': Symbol('s'),
  'an object without prototype': Object.create(null),
  'a RangeError': new RangeError('r'),
  'an error with a long message': new Error('m'.repeat(1_000_000)),
  'an error whose message throws': Object.defineProperty(new Error('x'), 'message', {
    get: () => {
      throw new Error('y')
    },
  }),
  'an error that holds itself': Object.assign(new Error('x'), { cause: null }),
  'a YoreError': new YoreError(':yore/invalid-value', 'of the program'),
  'a function': () => 1,
  'a promise': Promise.resolve(1),
}

/** Does to its arguments what can be done to them. */
function spoil(...args: readonly unknown[]): unknown {
  for (const x of args) {
    if (Array.isArray(x)) {
      x.length = 0
      x.push('spoiled')
    } else if (x instanceof Date) x.setTime(0)
    else if (x instanceof Uint8Array) x.fill(9)
    else if (typeof x === 'object' && x !== null) {
      for (const key of ['spoiled', '__proto__', 'e', 'v', ':p/name', 'basisT']) {
        try {
          ;(x as Record<string, unknown>)[key] = 'spoiled'
        } catch {
          // read-only, as it should be
        }
      }
    }
  }
  return true
}

function isTrue(x: unknown): boolean {
  if (x instanceof Promise) x.catch(() => {})
  return x === true
}

const calls: readonly ((db: Database, name: string, ann: number) => unknown)[] = [
  (db, f) => q(`[:find ?v . :where [?e :p/age ?a] [(${f} ?a) ?v]]`, db),
  (db, f) => q(`[:find ?e . :where [?e :p/age ?a] [(${f} ?a ?e)]]`, db),
  (db, f) => q(`[:find (${f} ?a) . :where [?e :p/age ?a]]`, db),
  (db, f) => q(`[:find [?x ...] :where [?e :p/born ?a] [(${f} ?a) [?x ...]]]`, db),
  (db, f) => q(`[:find ?x ?y :where [?e :p/kind ?a] [(${f} ?a) [[?x ?y]]]]`, db),
  (db, f) => q(`[:find ?x ?y :where [?e :p/kind ?a] [(${f} ?a) [?x ?y]]]`, db),
  (db, f) =>
    q(`[:find ?v . :in $ % :where (r ?v)]`, db, `[[(r ?v) [?e :p/age ?a] [(${f} ?a) ?v]]]`),
  (db, f) => q(`[:find ?v . :where [(${f} $) ?v]]`, db),
  (db, f, ann) => db.pull(`[[:p/name :xform ${f}]]`, ann),
  (db, f, ann) => db.with([[f, ann, [1, { a: 1 }]]]),
  // what it gives is handed on as it is
  (db, f) => void Promise.resolve(db.invoke(f, db, 1)).catch(() => {}),
  (db, f) =>
    db
      .with([
        {
          ':db/ident': ':n/x',
          ':db/valueType': ':db.type/long',
          ':db/cardinality': ':db.cardinality/one',
          ':db.attr/preds': f,
        },
      ])
      .dbAfter.with([{ ':n/x': 1 }]),
  (db, f) =>
    db
      .with([{ ':db/ident': ':n/spec', ':db.entity/preds': f }])
      .dbAfter.with([{ ':db/ensure': ':n/spec', ':p/age': 3 }]),
  (db, f) => [...db.filter((all, d) => isTrue(all.invoke(f, d))).datoms('eavt')].length,
]

async function tryAll(report: Report, name: string, f: DatabaseFunction): Promise<Connection> {
  const conn = await world({ 'my/f': f })
  const db = conn.db()
  const before = fingerprint(db)
  const ann = db.entid([':p/name', 'Ann']) as number
  calls.forEach((call, i) =>
    report.call(`call ${i} of a function that ${name}`, () => call(db, 'my/f', ann)),
  )
  await report.later(`a transaction by a function that ${name}`, () =>
    conn.transact([['my/f', ann]]),
  )
  if (fingerprint(db) !== before)
    report.fault(`the database has changed by a function that ${name}`)
  await report.later(`a transaction after a function that ${name}`, () =>
    conn.transact([{ ':p/name': 'After' }]),
  )
  if (conn.db().entid([':p/name', 'After']) === null)
    report.fault(`no transaction after a function that ${name}`)
  return conn
}

export async function run(report: Report): Promise<void> {
  for (const [name, x] of Object.entries(thrown)) {
    await tryAll(report, `throws ${name}`, () => {
      throw x
    })
  }
  for (const [name, make] of Object.entries(nasty)) {
    if (!isHeavy(name)) await tryAll(report, `gives ${name}`, () => make())
  }
  await tryAll(report, 'spoils its arguments', spoil)
  await tryAll(report, 'gives a rejected promise', () => Promise.reject(new Error('rejected')))
  const rejecting = (_: unknown, fail: (e: unknown) => void): void => fail(1)
  await tryAll(report, 'gives an object with a then', () => ({ [thenName]: rejecting }))
  await tryAll(report, 'calls itself for ever', function f(): unknown {
    return f()
  })
  await tryAll(report, 'queries within', (...args: unknown[]) =>
    q('[:find ?e . :where [?e :p/name]]', ...args),
  )
  let conn: Connection | null = null
  conn = await world({
    'my/transacts': () => {
      void conn?.transact([{ ':p/name': 'Inner' }]).catch(() => {})
      return [[':db/add', 't', ':p/age', 1]]
    },
    'my/asks': (db: Database) => q('[:find ?x . :where [(my/asks $) ?x]]', db),
    'my/releases': () => {
      void conn?.release()
      return true
    },
  })
  await report.later('a function that transacts', () => conn.transact([['my/transacts']]))
  const asked = report.call('a query that asks itself', () =>
    q('[:find ?x . :where [(my/asks $) ?x]]', conn.db()),
  )
  if (!(asked instanceof YoreError)) report.fault('a query that asks itself for ever has an answer')
  report.call('a query that releases', () => q('[:find ?x . :where [(my/releases) ?x]]', conn.db()))
  await report.later('after it', () => conn.transact([{ ':p/name': 'Late' }]))

  // a signal that is aborted within, a clock that goes wild
  const controller = new AbortController()
  const aborting = await world({ 'my/abort': (x: number) => (controller.abort(), x + 1) })
  const many = '[:find (count ?y) . :where [(range 400000) [?x ...]] [(my/abort ?x) ?y]]'
  report.same(
    'an abort within',
    () => query({ query: many, args: [1], signal: controller.signal }),
    ':yore/unknown-function',
  )
  report.same(
    'an abort within',
    () =>
      query({
        query: many.replace(':where', ':in $ :where'),
        args: [aborting.db()],
        signal: controller.signal,
      }),
    ':yore/cancelled',
  )
}
