/**
 * Raw reads of random databases through random views: whole indexes, prefixes, seeks in both directions, ranges.
 *
 *     ORACLE_SEED=7 ORACLE_RUNS=500 npx vitest run test/oracle/views.test.ts
 */

import { expect, test } from 'vitest'
import { printEdn } from '../../packages/yore/src/data/edn/print.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'
import { datoms, indexRange, rseekDatoms, seekDatoms } from '../../packages/yore/src/db/datoms.ts'
import { entid } from '../../packages/yore/src/db/lookup.ts'
import { genLooks, look, tell } from './engine.ts'
import type { Look, Moment, Told } from './engine.ts'
import { entityRef, genStory, small } from './gen-world.ts'
import type { Story } from './gen-world.ts'
import { compareToPrefix } from './naive-db.ts'
import type { NaiveDatom, NaiveOrder } from './naive-db.ts'
import { Random, seedsOf } from './random.ts'
import { shrink, smallerStories, without } from './shrink.ts'

interface Read {
  readonly name: 'datoms' | 'seek' | 'rseek' | 'range' | 'entid'
  readonly order: NaiveOrder
  readonly prefix: readonly Value[]
  readonly end: Value
}

interface Case {
  readonly story: Story
  readonly moment: number
  readonly looks: readonly Look[]
  readonly read: Read
}

const readsPerStory = 40
const take = 30

const text = (ds: Iterable<NaiveDatom>): string => {
  const lines: string[] = []
  for (const d of ds) {
    if (lines.length === take) break
    lines.push(`${d.e} ${d.a} ${printEdn(d.v)} ${d.t} ${d.added ? '+' : '-'}`)
  }
  return lines.join('\n')
}

function actual({ db }: Moment, { name, order, prefix, end }: Read): string {
  switch (name) {
    case 'datoms':
      return text(datoms(db, order, prefix))
    case 'seek':
      return text(seekDatoms(db, order, prefix))
    case 'rseek':
      return text(rseekDatoms(db, order, prefix))
    case 'range':
      return text(indexRange(db, prefix[0] as Value, prefix[1] ?? null, end))
    case 'entid':
      return String(entid(db, prefix as Value))
  }
}

function expected({ naive }: Moment, { name, order, prefix, end }: Read): string {
  const all = naive.inOrder(order)
  const place = (d: NaiveDatom): number => compareToPrefix(order, d, prefix)
  switch (name) {
    case 'datoms':
      return text(all.filter((d) => place(d) === 0))
    case 'seek':
      return text(all.filter((d) => place(d) >= 0))
    case 'rseek':
      return text(all.filter((d) => place(d) <= 0).reverse())
    case 'range': {
      const [a, start = null] = prefix
      const before = (x: Value, d: NaiveDatom): boolean =>
        compareToPrefix('avet', d, [a as Value, x]) < 0
      return text(
        all.filter(
          (d) =>
            d.a === a && (start === null || !before(start, d)) && (end === null || before(end, d)),
        ),
      )
    }
    case 'entid':
      return String(naive.entid(prefix as Value))
  }
}

/** Components taken from a datom that is or was there, so that they hit or just miss. */
function genRead(random: Random, { naive }: Moment): Read {
  const order = random.pick<NaiveOrder>(['eavt', 'aevt', 'avet', 'vaet'])
  const held = naive.through({ asOf: Infinity, since: -Infinity, history: true, keep: null })
  const user = held.inOrder(order).filter((d) => d.t >= 1000)
  const [d, other] = [random.pick(user), random.pick(user)]
  const isHistory = naive.view.history
  if (random.chance(0.1) && !isHistory) {
    return {
      name: 'entid',
      order,
      prefix: entityRef(random.int(small.entities)) as readonly Value[],
      end: null,
    }
  }
  if (random.chance(0.15)) {
    const e = random.pick(held.inOrder('avet').filter((x) => x.t >= 1000))
    const prefix = random.chance(0.7) ? [e.a, e.v] : [e.a]
    const end = random.chance(0.5) && other.a === e.a ? other.v : null
    return { name: 'range', order: 'avet', prefix, end }
  }
  const mix = random.chance(0.3) ? { ...d, e: other.e } : d
  const length = random.int(4)
  const prefix = order
    .slice(0, length)
    .split('')
    .map((c) => mix[c as 'e' | 'a' | 'v'] as Value)
  return { name: random.pick(['datoms', 'seek', 'rseek'] as const), order, prefix, end: null }
}

function answers(c: Case, told: Told): readonly [string, string] {
  const at = told.moments[Math.min(c.moment, told.moments.length - 1)] as Moment
  const seen = look(at, c.looks)
  try {
    return [expected(seen, c.read), actual(seen, c.read)]
  } catch (error) {
    return ['', String(error)]
  }
}

function fails(c: Case, told: Told = tell(c.story)): boolean {
  const [x, y] = answers(c, told)
  return x !== y
}

function* smaller(c: Case): Generator<Case> {
  for (const looks of without(c.looks)) yield { ...c, looks }
  for (const story of smallerStories(c.story)) yield { ...c, story }
}

function report(c: Case, seed: number): string {
  const small = shrink<Case>(c, smaller, (x) => fails(x))
  const [x, y] = answers(small, tell(small.story))
  return [
    `seed ${seed}: ${JSON.stringify(small.read.name)} differs`,
    ...small.story.transactions.map((tx) => `  [:tx ${printEdn(tx)}]`),
    `  after transaction ${small.moment + 2}, through ${JSON.stringify(small.looks)}`,
    `  ${small.read.name} ${small.read.order} ${printEdn(small.read.prefix)} ${printEdn(small.read.end)}`,
    `  naive:\n${x}`,
    `  engine:\n${y}`,
  ].join('\n')
}

const { first, runs } = seedsOf(15)

test(`raw reads answer as the array does (seeds ${first} to ${first + runs - 1})`, () => {
  for (let seed = first; seed < first + runs; seed++) {
    const random = new Random(seed)
    const story = genStory(random, 10)
    const told = tell(story)
    for (let i = 0; i < readsPerStory; i++) {
      const moment = random.int(told.moments.length)
      const looks = genLooks(random, told.moments[moment] as Moment, true)
      const seen = look(told.moments[moment] as Moment, looks)
      const c: Case = { story, moment, looks, read: genRead(random, seen) }
      if (fails(c, told)) expect.fail(report(c, seed))
    }
  }
})
