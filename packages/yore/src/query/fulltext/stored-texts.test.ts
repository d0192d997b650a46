/** Searches in words that the index keeps find what searches in all texts find, whatever is live, in mid or in main, at every view. */

import { expect, test } from 'vitest'
import { BlobStore } from '../../../../../test/oracle/blob-store.ts'
import { NaiveIndex } from '../../../../../test/oracle/naive-index.ts'
import { pick, randomOf } from '../../../../../test/oracle/index-world.ts'
import type { Db } from '../../db/db.ts'
import type { Attribute } from '../../db/schema.ts'
import { wordKeys } from '../../db/words.ts'
import { createFactIndex } from '../../indexes/create.ts'
import type { Change, FactIndex, Placement, View } from '../../indexes/fact-index.ts'
import { presentView } from '../../indexes/fact-index.ts'
import { never } from '../../indexes/facts/fact.ts'
import type { Fact } from '../../indexes/facts/fact.ts'
import { indexJob } from '../../indexes/jobs/job.ts'
import { openIndex } from '../../indexes/open.ts'
import { verifyTrees } from '../../indexes/stored/verify.ts'
import { indexWithout } from '../../indexes/jobs/without.ts'
import { fulltextSearch } from './search.ts'

const text = { id: 72, fulltext: true } as unknown as Attribute
const placementOf = (a: number): Placement => ({
  avet: false,
  vaet: false,
  column: 'value',
  ...(a === 72 && { wordsOf: wordKeys }),
})
const dbOf = (facts: FactIndex, view: View): Db => ({ facts, view }) as unknown as Db

const words =
  'apple pear plum fig quick brown fox the lazy dog appliance apply naïve 日本 zebra a-b x.y'.split(
    ' ',
  )
const searches = [
  'apple',
  'apple pear',
  '+apple -pear',
  'app*',
  'a?ple',
  '[apple TO fig]',
  'aple~',
  '"quick brown"',
  '"brown quick"~3',
  '*:*',
  '*:* -apple',
  'apple AND (pear OR fox)',
  'nothing',
  'naïve 日本',
  'plum^3 fig',
]

test('what is found does not depend on where words are kept', () => {
  const base = Number(process.env['SEED'] ?? Date.now() % 1e9)
  console.log(`stored-texts: SEED=${base}`)
  for (let round = 0; round < 6; round++) {
    const random = randomOf(base + round)
    const store = new BlobStore(pick(random, [0, 1e9]))
    const { source, newId } = store
    const options = { segmentSize: pick(random, [8, 64]), jobs: 'caller' as const }
    let index: FactIndex = createFactIndex([], placementOf, { ...options, source })
    let naive = new NaiveIndex([], placementOf)
    let facts: Fact[] = []
    const some = (): string =>
      Array.from({ length: 1 + random(6) }, () => pick(random, words)).join(' ')
    for (let t = 1; t <= 40; t++) {
      const changes: Change[] = []
      for (let i = random(12); i >= 0; i--) {
        const e = 1 + random(40)
        const old = facts.filter((f) => f.e === e)
        const v = some()
        if (old.some((f) => f.v === v) || changes.some((c) => c.fact.e === e)) continue
        // one text of an entity more, another one, or none
        for (const fact of random(3) === 0 ? [] : old) {
          changes.push({ kind: 'retract', fact, t })
          facts = facts.filter((f) => f !== fact)
        }
        if (random(5) === 0) continue
        const fact = { e, a: random(4) === 0 ? 73 : 72, v, t, end: never }
        changes.push({ kind: 'assert', fact })
        facts.push(fact)
      }
      index = index.apply(changes)
      naive = naive.apply(changes) as NaiveIndex
      if (random(4) === 0) {
        const { index: next, roots } = store.run(indexJob(index, { newId }))
        const steps = verifyTrees(roots, source, placementOf)
        let step = steps.next()
        while (step.done !== true) step = steps.next()
        expect(step.value.problems).toEqual([])
        index = random(2) === 0 ? next : openIndex(roots, source, placementOf, options)
        if (random(4) === 0 && facts.length > 0) {
          const gone = pick(random, facts)
          facts = facts.filter((f) => f !== gone)
          naive = new NaiveIndex(
            naive.facts.filter((f) => f.e !== gone.e || f.v !== gone.v || f.t !== gone.t),
            placementOf,
          )
          const cut = store.run(indexWithout(index, [gone], { newId }))
          index = cut.index
        }
      }
      const view = pick(random, [
        presentView,
        { ...presentView, asOf: random(t + 1) },
        { ...presentView, history: true },
      ])
      for (let k = 0; k < 3; k++) {
        const search = pick(random, searches)
        const note = `seed ${base + round}, t ${t}: ${search}`
        const found = fulltextSearch(dbOf(index, view), text, search)
        expect(found, note).toEqual(fulltextSearch(dbOf(naive, view), text, search))
      }
    }
  }
})

test('a search reads the segments of its words and of what it shows', () => {
  const store = new BlobStore()
  const { source, newId } = store
  const empty = createFactIndex([], placementOf, { segmentSize: 512, jobs: 'caller', source })
  const changes: Change[] = []
  for (let e = 0; e < 20_000; e++) {
    const v = `${words[e % 7]} number${e} of many words`
    changes.push({ kind: 'assert', fact: { e, a: 72, v, t: 5, end: never } })
  }
  const { index } = store.run(indexJob(empty.apply(changes), { newId }))
  const db = dbOf(index, presentView)
  const reads = store.reads(() => {
    expect(fulltextSearch(db, text, 'number777').map(({ e }) => e)).toEqual([777])
    expect(fulltextSearch(db, text, '+number778 +words').map(({ e }) => e)).toEqual([778])
  })
  expect(store.blobs.size).toBeGreaterThan(200)
  // one word is in all texts: its segments; of the others one, and one with the text
  expect(reads).toBeLessThan(50)
})
