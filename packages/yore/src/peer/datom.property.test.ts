/**
 * Public datoms of random databases in small segments: what is read from rows is what cursors give, whatever the order and the range; and
 * walks begin anew, may be left, and go on side by side.
 *
 *     ORACLE_SEED=7 ORACLE_RUNS=500 npx vitest run packages/yore/src/peer/datom.property.test.ts
 */

import { expect, test } from 'vitest'
import { tell, tinySegments } from '../../../../test/oracle/engine.ts'
import { genStory } from '../../../../test/oracle/gen-world.ts'
import { Random, seedsOf } from '../../../../test/oracle/random.ts'
import { systemEnv } from '../base/env-system.ts'
import { toPublic } from '../data/public.ts'
import { datoms, rseekDatoms, seekDatoms } from '../db/datoms.ts'
import type { Db } from '../db/db.ts'
import { asOf } from '../db/views.ts'
import { orders } from '../indexes/facts/fact.ts'
import type { Datom as InnerDatom } from '../indexes/facts/fact.ts'
import { toPublicId, tToTx } from '../indexes/facts/ids.ts'
import type { Database } from './database.ts'
import { makeDatabase, makeFunctions } from './database.ts'
import { rowDatoms } from './datom.ts'

const context = { functions: makeFunctions(systemEnv), env: systemEnv }

const expected = (all: Iterable<InnerDatom>): unknown[] =>
  Array.from(all, ({ e, a, v, t, added }) => [toPublicId(e), a, toPublic(v), tToTx(t), added])
const given = (all: Iterable<Iterable<unknown>>): unknown[] => Array.from(all, (d) => [...d])

function check(random: Random, db: Db, note: string): void {
  const database = makeDatabase(db, context) as Database
  const every = [...datoms(db, 'eavt', [])]
  const order = random.pick(orders)
  const { e, a, v } = random.pick(every)
  const isRef = db.schema.attributes.get(a)?.valueType === 'ref'
  const hasAvet = db.schema.attributes.get(a)?.hasAvet === true
  const all = { eavt: [e, a], aevt: [a, e], avet: hasAvet ? [a, v] : [], vaet: isRef ? [v, a] : [] }
  const components = all[order].slice(0, random.int(3))
  const publicly = components.map((x) => toPublic(x))
  const says = `${note} ${order} ${publicly.map(String).join(' ')}`
  expect(given(database.datoms(order, ...publicly)), says).toEqual(
    expected(datoms(db, order, components)),
  )
  expect(given(database.seekDatoms(order, ...publicly)), says).toEqual(
    expected(seekDatoms(db, order, components)),
  )
  expect(given(database.rseekDatoms(order, ...publicly)), says).toEqual(
    expected(rseekDatoms(db, order, components)),
  )
  const id = random.int(4) === 0 ? e + random.int(3) : e
  const name = db.schema.attributes.get(a)?.ident.text as string
  const found = database.datoms(':eavt', toPublicId(id), name)
  const wanted = expected(datoms(db, 'eavt', [id, a]))
  expect(given(found), `${says} ${id} ${name}`).toEqual(wanted)
  expect(given(found), `${says} again`).toEqual(wanted)
  expect(given(database.datoms('aevt', name, toPublicId(id))), `${says} aevt`).toEqual(wanted)
  expect(given(database.datoms('eavt', toPublicId(id))), `${says} ${id}`).toEqual(
    expected(datoms(db, 'eavt', [id])),
  )
}

const { first, runs } = seedsOf(20)

test(`datoms are those of cursors (seeds ${first} to ${first + runs - 1})`, () => {
  const before = rowDatoms.times
  for (let seed = first; seed < first + runs; seed++) {
    const random = new Random(seed)
    const { moments } = tell(genStory(random, 8), tinySegments)
    for (let i = 0; i < 20; i++) {
      const { db } = random.pick(moments)
      const at = random.int(4) === 0 ? asOf(db, db.basisT - random.int(3)) : db
      check(random, at, `seed ${seed}, check ${i}:`)
    }
  }
  expect(rowDatoms.times - before).toBeGreaterThan(runs * 20)
})

test('iterators of one walk do not know of each other, and go on when they are walked again', () => {
  const { moments } = tell(genStory(new Random(3), 6), tinySegments)
  const db = makeDatabase((moments.at(-1) as (typeof moments)[number]).db, context) as Database
  const all = db.datoms('eavt')
  const one = all[Symbol.iterator]() as IterableIterator<{ readonly e: unknown }>
  const other = all[Symbol.iterator]()
  one.next()
  one.next()
  expect(given([other.next().value as Iterable<unknown>])).toEqual(given(all).slice(0, 1))
  const rest = []
  for (const d of one) rest.push(d)
  expect(rest).toEqual([...all].slice(2))
  expect(one.next().done).toBe(true)
  expect(one.next().done).toBe(true)
  const [datom] = all
  expect(Object.isFrozen(datom)).toBe(true)
  expect(Object.keys(datom as object)).toEqual(['e', 'a', 'v', 'tx', 'added'])
})

test('of another time rows are read, too, where nothing of the attribute is past', () => {
  let read = 0
  for (let seed = first; seed < first + runs; seed++) {
    const { moments } = tell(genStory(new Random(seed), 8), tinySegments)
    const { db } = moments.at(-1) as (typeof moments)[number]
    for (const a of db.schema.attributes.keys()) {
      for (let back = 0; back < 3; back++) {
        const then = asOf(db, db.basisT - back)
        for (const order of ['aevt', 'avet'] as const) {
          if (order === 'avet' && db.schema.attributes.get(a)?.hasAvet !== true) continue
          const before = rowDatoms.times
          const found = (makeDatabase(then, context) as Database).datoms(order, a)
          expect(given(found), `seed ${seed} ${order} ${a}`).toEqual(
            expected(datoms(then, order, [a])),
          )
          read += rowDatoms.times - before
        }
      }
    }
  }
  expect(read).toBeGreaterThan(runs)
})
