/**
 * Closures from one entity along references: the walk is taken, also where a step is several hops, in whatever view; and finds what a walk
 * over a list of edges finds, as the way through relations does that two entities take.
 */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { after, attribute, freshDb } from '../../../../../test/oracle/tx.ts'
import { Opaque } from '../../data/values.ts'
import type { Db } from '../../db/db.ts'
import { stepped } from '../../indexes/read/ends.ts'
import { asOf, filter, history } from '../../db/views.ts'
import { walked } from './hops.ts'
import { query } from '../query.ts'

type Edge = readonly [number, number]

const nodes = 9
const schema = `[${attribute(':n/id', 'long', ':db/unique :db.unique/identity')} ${attribute(':n/out', 'ref*')}
  ${attribute(':n/end', 'ref')} ${attribute(':n/to', 'ref*')} ${attribute(':n/age', 'long')}]`

/** Nodes, and between them edges as entities of their own: out of one node, with an end. */
function database(edges: readonly Edge[]): Db {
  const forms = Array.from({ length: nodes }, (_, i) => {
    const own = edges.flatMap(([a, b], k) => (a === i ? [[`"x${k}"`, `"n${b}"`]] : []))
    const ends = own.map(([x, n]) => `{:db/id ${x} :n/end ${n}}`).join(' ')
    const lists = `:n/out [${own.map(([x]) => x).join(' ')}] :n/to [${own.map(([, n]) => n).join(' ')}]`
    return `{:db/id "n${i}" :n/id ${i} :n/age ${i * 10} ${own.length > 0 ? lists : ''}} ${ends}`
  })
  return after(freshDb(), schema, `[${forms.join(' ')}]`)
}

function run(db: Db, rules: string, find: string, where: string): string[] {
  const options = { numbers: 'exact', functionOf: () => null } as const
  const text = `[:find ${find} :in $ % :where ${where}]`
  const { value } = query(text, [new Opaque('db', db), rules], options)
  return (value as unknown[][]).map((row) => row.join(' ')).sort()
}

/** What is reached from a node by edges, by one or more. */
function reached(edges: readonly Edge[], start: number): number[] {
  const seen = new Set<number>()
  const queue = [start]
  for (const x of queue) {
    for (const [a, b] of edges) {
      if (a !== x || seen.has(b)) continue
      seen.add(b)
      queue.push(b)
    }
  }
  return [...seen]
}

const step = '[(e ?x ?y) [?x :n/out ?k] [?k :n/end ?y]]'
const closures: readonly (readonly [name: string, rules: string])[] = [
  ['one hop', '[[(d ?x ?y) [?x :n/to ?y]] [(d ?x ?y) [?x :n/to ?z] (d ?z ?y)]]'],
  ['two hops', `[${step} [(d ?x ?y) (e ?x ?y)] [(d ?x ?y) (e ?x ?z) (d ?z ?y)]]`],
  ['from the left', `[${step} [(d ?x ?y) (e ?x ?y)] [(d ?x ?y) (d ?x ?z) (e ?z ?y)]]`],
  ['a base that is no step', `[${step} [(d ?x ?y) [?x :n/to ?y]] [(d ?x ?y) (e ?x ?z) (d ?z ?y)]]`],
  ['a base first', `[${step} [(d ?x ?y) [?x :n/to ?y]] [(d ?x ?y) (d ?x ?z) (e ?z ?y)]]`],
  [
    'two rules',
    `[${step} [(d ?x ?y) (e ?x ?y)] [(d ?x ?y) (e ?x ?z) (d ?z ?y)] [(d ?x ?y) [?x :n/to ?z] (d ?z ?y)]]`,
  ],
]

const edgesOf = fc.uniqueArray(fc.tuple(fc.nat({ max: nodes - 1 }), fc.nat({ max: nodes - 1 })), {
  maxLength: 16,
  selector: String,
})

test('what is reached from one entity, and what reaches it, is what a walk finds; two entities take the other way', () => {
  fc.assert(
    fc.property(edgesOf, fc.boolean(), (edges, isSettled) => {
      const live = database(edges)
      const db = isSettled ? { ...live, facts: live.facts.settled() } : live
      const back = edges.map(([a, b]): Edge => [b, a])
      const ids = (xs: readonly number[]): string[] => xs.map(String).sort()
      for (const [name, rules] of closures) {
        const before = walked.times
        expect(run(db, rules, '?i', '[?a :n/id 0] (d ?a ?b) [?b :n/id ?i]'), name).toEqual(
          ids(reached(edges, 0)),
        )
        expect(run(db, rules, '?i', '[?a :n/id 0] (d ?b ?a) [?b :n/id ?i]'), name).toEqual(
          ids(reached(back, 0)),
        )
        expect(walked.times, name).toBe(before + 2)
        const two = run(db, rules, '?j ?i', '[?a :n/age ?j] [(<= ?j 10)] (d ?a ?b) [?b :n/id ?i]')
        expect(two, name).toEqual(
          [0, 1].flatMap((x) => reached(edges, x).map((y) => `${x * 10} ${y}`)).sort(),
        )
        expect(walked.times, name).toBe(before + 2)
      }
    }),
    { numRuns: 25 },
  )
  expect(stepped.times).toBeGreaterThan(100)
})

test('views of the past, of all times and through a filter', () => {
  const edges: Edge[] = [
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 0],
  ]
  const then = database(edges)
  const now = after(
    then,
    '[[:db/retract [:n/id 1] :n/to [:n/id 2]] [:db/add [:n/id 1] :n/to [:n/id 5]]]',
  )
  const [, rules] = closures[0] as (typeof closures)[number]
  const before = walked.times
  const find = (db: Db): string[] => run(db, rules, '?b', `[?a :n/id 0] (d ?a ?b)`)
  const idsOf = (...xs: number[]): string[] => {
    const rows = run(now, '[]', '?i ?e', '[?e :n/id ?i]').map((row) => row.split(' '))
    return xs.map((x) => rows.find(([i]) => i === String(x))?.[1] as string).sort()
  }
  expect(find(now)).toEqual(idsOf(1, 5))
  expect(find(asOf(now, then.basisT))).toEqual(idsOf(0, 1, 2, 3))
  expect(find(history(now))).toEqual(idsOf(0, 1, 2, 3, 5))
  const not5 = idsOf(5)[0]
  expect(find(filter(now, (_, d) => d.v !== Number(not5)))).toEqual(idsOf(1))
  expect(walked.times).toBe(before + 4)
})

test('steps that are more than a path go through relations', () => {
  const db = database([
    [0, 1],
    [1, 2],
    [2, 3],
  ])
  const before = walked.times
  const young =
    '[[(d ?x ?y) [?x :n/to ?y] [?y :n/age ?a] [(< ?a 25)]] [(d ?x ?y) [?x :n/to ?z] [?z :n/age ?b] [(< ?b 25)] (d ?z ?y)]]'
  expect(run(db, young, '?i', '[?a :n/id 0] (d ?a ?b) [?b :n/id ?i]')).toEqual(['1', '2'])
  const both = '[[(d ?x ?y) [?x :n/to ?y]] [(d ?x ?y) [?x :n/to ?z] [?z :n/id ?w] (d ?z ?y)]]'
  expect(run(db, both, '?i', '[?a :n/id 0] (d ?a ?b) [?b :n/id ?i]')).toEqual(['1', '2', '3'])
  expect(walked.times).toBe(before)
})
