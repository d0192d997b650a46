/**
 * Any order of clauses: each query of the bench and of the corpus over MusicBrainz in 24 random orders, rules' bodies too. The answers
 * are equal, and none reads more than twice the datoms of the one that reads fewest. (Times: bench/micro/orders.mjs.)
 */

import { beforeAll, expect, test } from 'vitest'
import type { Db } from '../../packages/yore/src/db/db.ts'
import * as sets from './bench-sets.ts'
import type { Asked } from './bench-sets.ts'
import { answerOf, inOtherOrder } from './orders.ts'
import { Random } from './random.ts'

const orders = 24

function compare(db: Db, queries: readonly Asked[]): void {
  for (const asked of queries) {
    const random = new Random(1)
    const { text, datoms } = answerOf(db, asked)
    let [few, many] = [datoms, datoms]
    for (let i = 1; i < orders; i++) {
      const other = inOtherOrder(asked, random)
      const answer = answerOf(db, other)
      expect(answer.text, asked.name).toBe(text)
      few = Math.min(few, answer.datoms)
      many = Math.max(many, answer.datoms)
    }
    expect(many, `${asked.name}: ${few} to ${many} datoms`).toBeLessThanOrEqual(few * 2 + 10)
  }
}

const patience = 300_000
let plain: Db
beforeAll(() => {
  plain = sets.mbrainz()
}, patience)

test('people', () => compare(sets.people(2000), sets.peopleQueries), patience)

test('genealogy', () => compare(sets.genealogy(10, 200), sets.genealogyQueries(1900, 35)), patience)

test('MusicBrainz', () => compare(sets.withIndexes(plain), sets.mbrainzQueries), patience)

test(
  'MusicBrainz in the corpus',
  () => {
    const queries = sets.corpusQueries()
    expect(queries.length).toBeGreaterThan(70)
    compare(plain, queries)
  },
  patience,
)
