/** Tells a story to the engine and to the naive database at once. */

import { YoreError } from '../../packages/yore/src/base/errors.ts'
import { printEdn } from '../../packages/yore/src/data/edn/print.ts'
import { emptyDb } from '../../packages/yore/src/db/bootstrap.ts'
import { datoms } from '../../packages/yore/src/db/datoms.ts'
import type { Db } from '../../packages/yore/src/db/db.ts'
import { asOf, filter, history, since } from '../../packages/yore/src/db/views.ts'
import { createFactIndex } from '../../packages/yore/src/indexes/create.ts'
import { transact } from '../../packages/yore/src/transact/transact.ts'
import type { Story } from './gen-world.ts'
import { NaiveDb } from './naive-db.ts'
import type { NaiveDatom } from './naive-db.ts'
import type { Random } from './random.ts'

/** A database, and all that is known of it. */
export interface Moment {
  readonly db: Db
  readonly naive: NaiveDb
}

export interface Told {
  /** After the schema and the entities, and after every transaction that succeeded. */
  readonly moments: readonly Moment[]
  /** The ids of the first entities. */
  readonly ids: readonly number[]
}

const textOf = (d: NaiveDatom): string => `${d.e} ${d.a} ${printEdn(d.v)} ${d.t} ${d.added}`

/** An index of small segments, so that much of a small story is in some, and in several tiers. */
export const tinySegments: typeof createFactIndex = (facts, placementOf) =>
  createFactIndex(facts, placementOf, { segmentSize: 24, liveMax: 8, liveShare: 16 })

/** Transacts the story; what fails must fail with a YoreError. */
export function tell(story: Story, makeIndex = createFactIndex): Told {
  let db = emptyDb('oracle', makeIndex)
  const all: NaiveDatom[] = [...datoms(history(db), 'eavt', [])]
  const moments: Moment[] = []
  const ids: number[] = []
  story.transactions.forEach((data, i) => {
    try {
      const result = transact(db, data, {
        now: 1_700_000_000_000 + i * 1000,
        numbers: 'exact',
        functionOf: () => null,
        predicateOf: () => null,
      })
      db = result.dbAfter
      // a retraction both given and implied by a replacement is twice in the log, once in the indexes
      const fresh = new Map(result.txData.map((d) => [textOf(d), d] as const))
      all.push(...fresh.values())
      for (let n = 0; i === 1 && result.tempids.has(`e${n}`); n++) {
        ids.push(result.tempids.get(`e${n}`) as number)
      }
    } catch (error) {
      if (!(error instanceof YoreError) || i < 2) throw error
      return
    }
    if (i > 0) moments.push({ db, naive: new NaiveDb([...all]) })
  })
  return { moments, ids }
}

/** How to look at a database: a list of steps, so that a failing one can be shown and shortened. */
export type Look =
  | { readonly kind: 'as-of' | 'since'; readonly t: number }
  | { readonly kind: 'history' }
  | { readonly kind: 'without-attribute'; readonly a: number }
  | { readonly kind: 'without-every-third-t' }

export function genLooks(random: Random, { db }: Moment, withHistory: boolean): Look[] {
  const out: Look[] = []
  const t = (): number => 999 + random.int(db.nextT - 999)
  if (random.chance(0.4)) out.push({ kind: 'as-of', t: t() })
  if (random.chance(0.2)) out.push({ kind: 'since', t: t() })
  if (random.chance(0.1)) out.push({ kind: 'without-attribute', a: 72 + random.int(10) })
  if (random.chance(0.1)) out.push({ kind: 'without-every-third-t' })
  if (withHistory && random.chance(0.25)) out.push({ kind: 'history' })
  return out
}

/** The moment through these looks. */
export function look(moment: Moment, looks: readonly Look[]): Moment {
  let { db, naive } = moment
  for (const l of looks) {
    const keep = keepOf(l)
    if (l.kind === 'as-of') [db, naive] = [asOf(db, l.t), naive.through({ asOf: l.t })]
    else if (l.kind === 'since') [db, naive] = [since(db, l.t), naive.through({ since: l.t })]
    else if (l.kind === 'history') [db, naive] = [history(db), naive.through({ history: true })]
    else {
      const before = naive.view.keep
      naive = naive.through({ keep: (d) => (before === null || before(d)) && keep(d) })
      db = filter(db, (_, d) => keep(d))
    }
  }
  return { db, naive }
}

function keepOf(l: Look): (d: NaiveDatom) => boolean {
  if (l.kind === 'without-attribute') return (d) => d.a !== l.a
  return (d) => d.t % 3 !== 0 || d.t < 1001
}
