/**
 * Moving over to what a job has made: much that came meanwhile is carried over and not applied again, little and what changes the schema
 * is; the database is the same either way.
 */

import { expect, test } from 'vitest'
import { readEdn } from '../data/edn/read.ts'
import { emptyDb } from '../db/bootstrap.ts'
import type { Db } from '../db/db.ts'
import type { Transaction } from '../db/log-record.ts'
import { createFactIndex } from '../indexes/create.ts'
import { presentView } from '../indexes/fact-index.ts'
import { orders } from '../indexes/facts/fact.ts'
import { indexJob } from '../indexes/jobs/job.ts'
import { transact } from '../transact/transact.ts'
import { logged } from './commit.ts'
import { MoveOver, Since } from './move-over.ts'

const schema = `[{:db/ident :x/key :db/valueType :db.type/string :db/cardinality :db.cardinality/one :db/unique :db.unique/identity}
                 {:db/ident :x/n :db/valueType :db.type/long :db/cardinality :db.cardinality/one}]`

const context = {
  now: 1e12,
  numbers: 'exact',
  functionOf: () => null,
  predicateOf: () => null,
} as const

class World {
  db: Db = emptyDb('an id', (facts, placementOf) =>
    createFactIndex(facts, placementOf, { jobs: 'caller' }),
  )
  since: Transaction[] = []

  transact(edn: string): void {
    const result = transact(this.db, readEdn(edn), context)
    this.db = result.dbAfter
    this.since.push(logged(result))
  }

  /** So many entities, new ones and some of those that are there with another number. */
  add(n: number, salt: number): void {
    const forms = Array.from(
      { length: n },
      (_, i) => `{:x/key "key ${(i * 7919 * salt) % 2000}" :x/n ${i * salt}}`,
    )
    const keys = new Set<string>()
    const one = forms.filter((form) => {
      const key = form.slice(0, form.indexOf(':x/n'))
      return !keys.has(key) && keys.add(key)
    })
    this.transact(`[${one.join(' ')}]`)
  }
}

function datomsOf({ facts }: Db): string[] {
  const out: string[] = []
  for (const order of orders) {
    for (const history of [false, true]) {
      const c = facts.cursor(order, {}, { ...presentView, history })
      while (c.next())
        out.push(`${order} ${history} ${c.e} ${c.a} ${JSON.stringify(c.v)} ${c.t} ${c.added}`)
    }
  }
  return out
}

/** What the database moves over to, when these transactions come during the job. */
async function moved(
  meanwhile: (world: World) => void,
  isSeen: (tx: Transaction) => Transaction,
): Promise<void> {
  const world = new World()
  world.transact(schema)
  for (let salt = 1; salt < 4; salt++) world.add(500, salt)
  const base = world.db
  const job = indexJob(base.facts, { newId: () => 'id' })
  while (!job.step(1000, () => 0));
  world.since = []
  meanwhile(world)
  const since = new Since()
  for (const tx of world.since) since.push(isSeen(tx))
  let turns = 0
  let now = 0
  let after: Db | null = null
  const moving = new MoveOver(
    { ...base, facts: job.result().index },
    {
      env: { monotonicMs: () => (now += 4) },
      turn: () => {
        // something more comes while it is under way
        if (turns++ === 0) {
          world.add(30, 5)
          since.push(world.since.at(-1) as Transaction)
        }
        return Promise.resolve()
      },
      db: () => world.db,
      since,
      ahead: () => ({ results: [], takenBack: 0 }),
      replace: (db) => (after = db),
    },
  )
  await moving.run()
  expect(turns).toBeGreaterThan(0)
  const { facts, schema: moved, ...rest } = after as unknown as Db
  const { facts: own, schema: ownSchema, ...ownRest } = world.db
  expect(rest).toEqual(ownRest)
  expect([...moved.attributes.keys()]).toEqual([...ownSchema.attributes.keys()])
  expect(datomsOf({ ...world.db, facts })).toEqual(datomsOf({ ...world.db, facts: own }))
}

/** Who applies it again asks what it has ended. */
const notAgain = ({ ended, ...tx }: Transaction): Transaction => ({
  ...tx,
  get ended(): typeof ended {
    throw new Error('applied again')
  },
})

test('much is carried over', async () => {
  await moved((world) => {
    for (let salt = 4; salt < 8; salt++) world.add(900, salt)
    world.transact('[[:db/retractEntity [:x/key "key 0"]]]')
  }, notAgain)
})

test('little is applied again', async () => {
  const little = (world: World): void => world.add(200, 9)
  await moved(little, (tx) => tx)
  await expect(moved(little, notAgain)).rejects.toThrow('applied again')
})

test('and so is what may have changed the schema', async () => {
  const altered = (world: World): void => {
    for (let salt = 4; salt < 8; salt++) world.add(900, salt)
    world.transact('[{:db/ident :x/n :db/index true}]')
    world.add(100, 8)
  }
  await moved(altered, (tx) => tx)
  await expect(moved(altered, notAgain)).rejects.toThrow('applied again')
})
