/**
 * Plans that are made while nothing is in memory, from what the directories know: they read at most so many more datoms than those made of
 * exact counts, and give the same answers.
 */

import { beforeAll, expect, test } from 'vitest'
import type { Db } from '../../packages/yore/src/db/db.ts'
import { createFactIndex, stateOf } from '../../packages/yore/src/indexes/create.ts'
import type { Change } from '../../packages/yore/src/indexes/fact-index.ts'
import { presentView } from '../../packages/yore/src/indexes/fact-index.ts'
import { never } from '../../packages/yore/src/indexes/facts/fact.ts'
import { indexJob } from '../../packages/yore/src/indexes/jobs/job.ts'
import { openIndex } from '../../packages/yore/src/indexes/open.ts'
import * as sets from './bench-sets.ts'
import type { Asked } from './bench-sets.ts'
import { BlobStore } from './blob-store.ts'
import { answerOf } from './orders.ts'

/** The same database in a storage; each call gives one of which nothing is in memory. */
function storedOf(db: Db): () => Db {
  const store = new BlobStore()
  const { placementOf } = stateOf(db.facts)
  const changes: Change[] = []
  const cursor = db.facts.cursor('eavt', {}, presentView)
  while (cursor.next()) {
    const { e, a, v, t } = cursor
    changes.push({ kind: 'assert', fact: { e, a, v, t, end: never } })
  }
  const options = { jobs: 'caller', source: store.source, segmentSize: 512 } as const
  const empty = createFactIndex([], placementOf, options)
  const { roots } = store.run(indexJob(empty.apply(changes), { newId: store.newId }))
  return () => {
    store.source.drop()
    return { ...db, facts: openIndex(roots, store.source, placementOf, options) }
  }
}

function compare(db: Db, queries: readonly Asked[]): void {
  const cold = storedOf(db)
  let [all, exactly] = [0, 0]
  for (const asked of queries) {
    const exact = answerOf(db, asked)
    const guessed = answerOf(cold(), asked)
    expect(guessed.text, asked.name).toBe(exact.text)
    const note = `${asked.name}: ${guessed.datoms} datoms, by exact counts ${exact.datoms}`
    expect(guessed.datoms, note).toBeLessThanOrEqual(exact.datoms * 2.5 + 50)
    all += guessed.datoms
    exactly += exact.datoms
  }
  expect(all, `${all} datoms, by exact counts ${exactly}`).toBeLessThanOrEqual(exactly * 1.2)
}

const patience = 300_000
let plain: Db
beforeAll(() => {
  plain = sets.mbrainz()
}, patience)

test('people', () => compare(sets.people(20_000), sets.peopleQueries), patience)

test('MusicBrainz', () => compare(sets.withIndexes(plain), sets.mbrainzQueries), patience)

test('MusicBrainz in the corpus', () => compare(plain, sets.corpusQueries()), patience)
