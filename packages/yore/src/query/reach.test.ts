/**
 * Recursive rules with bound arguments: they read what can be reached from these, not the whole database, however the rules are
 * written; and find what a walk finds.
 */

import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { databaseOf } from '../../../../test/oracle/bench-sets.ts'
import { countedDb } from '../../../../test/oracle/orders.ts'
import { readEdn } from '../data/edn/read.ts'
import { Opaque } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import { query } from './query.ts'

const schema = readEdn(`[
  {:db/ident :n/id :db/valueType :db.type/long :db/cardinality :db.cardinality/one :db/unique :db.unique/identity}
  {:db/ident :n/in :db/valueType :db.type/ref :db/cardinality :db.cardinality/many}
  {:db/ident :n/to :db/valueType :db.type/ref :db/cardinality :db.cardinality/many}
  {:db/ident :n/kind :db/valueType :db.type/long :db/cardinality :db.cardinality/one :db/index true}]`)

/** Nodes with edges both ways: `:n/to` and, from the other end, `:n/in`. */
function database(n: number, edges: readonly (readonly [number, number])[]): Db {
  const out = Array.from({ length: n }, (): string[] => [])
  const back = Array.from({ length: n }, (): string[] => [])
  for (const [a, b] of edges) {
    out[a]?.push(`"n${b}"`)
    back[b]?.push(`"n${a}"`)
  }
  const nodes = out.map(
    (to, i) =>
      `{:db/id "n${i}" :n/id ${i} :n/kind ${i % 7} :n/to [${to.join(' ')}] :n/in [${back[i]?.join(' ')}]}`,
  )
  return databaseOf([schema, readEdn(`[${nodes.join(' ')}]`)])
}

function run(db: Db, rules: string, where: string): { ids: number[]; datoms: number } {
  const counted = countedDb(db)
  const { value } = query(
    `[:find [?b ...] :in $ % :where ${where}]`,
    [new Opaque('db', counted.db), rules],
    { numbers: 'exact', functionOf: () => null },
  )
  const found = new Set(value as number[])
  const all = query('[:find ?e ?i :where [?e :n/id ?i]]', [new Opaque('db', db)], {
    numbers: 'exact',
    functionOf: () => null,
  }).value as [number, number][]
  const ids = all.filter(([e]) => found.has(e)).map(([, i]) => i)
  return { ids: ids.sort((x, y) => x - y), datoms: counted.seen.datoms }
}

const from = '[?a :n/id 0]'

/** All of them give what can be reached from node 0; how often they may read an edge that can be reached. */
const forms: readonly (readonly [name: string, rules: string, where: string, times: number])[] = [
  [
    'a closure',
    '[[(d ?x ?y) [?x :n/to ?y]] [(d ?x ?y) [?x :n/to ?z] (d ?z ?y)]]',
    `${from} (d ?a ?b)`,
    2,
  ],
  [
    'written the other way round',
    '[[(d ?x ?y) (d ?z ?y) [?x :n/to ?z]] [(d ?x ?y) [?x :n/to ?y]]]',
    `(d ?a ?b) ${from}`,
    2,
  ],
  [
    'a constant argument',
    '[[(d ?x ?y) [?x :n/to ?y]] [(d ?x ?y) [?x :n/to ?z] (d ?z ?y)]]',
    '(d [:n/id 0] ?b)',
    2,
  ],
  [
    'recursive on the left',
    '[[(d ?x ?y) [?x :n/to ?y]] [(d ?x ?y) (d ?x ?z) [?z :n/to ?y]]]',
    `${from} (d ?a ?b)`,
    2,
  ],
  [
    'the second argument is bound',
    '[[(d ?y ?x) [?x :n/to ?y]] [(d ?y ?x) [?x :n/to ?z] (d ?y ?z)]]',
    `${from} (d ?b ?a)`,
    2,
  ],
  [
    'along references backwards',
    '[[(d ?x ?y) [?y :n/in ?x]] [(d ?x ?y) [?z :n/in ?x] (d ?z ?y)]]',
    `${from} (d ?a ?b)`,
    2,
  ],
  [
    'a step and a base of its own',
    '[[(d ?x ?y) [?y :n/in ?x]] [(d ?x ?y) (s ?z ?x) (d ?z ?y)] [(s ?y ?x) [?x :n/to ?y]]]',
    `${from} (d ?a ?b)`,
    4,
  ],
  [
    'two calls of itself',
    '[[(d ?x ?y) [?x :n/to ?y]] [(d ?x ?y) (d ?x ?z) (d ?z ?y)]]',
    `${from} (d ?a ?b)`,
    3,
  ],
  [
    'two rules that call each other, the bound argument in another place',
    '[[(p ?x ?y) [?x :n/to ?y]] [(p ?x ?y) [?x :n/to ?z] (q ?y ?z)] [(q ?y ?x) (p ?x ?y)]]',
    `${from} (p ?a ?b)`,
    4,
  ],
  [
    'one argument',
    '[[(r ?y) [?x :n/id 0] [?x :n/to ?y]] [(r ?y) (r ?x) [?x :n/to ?y]]]',
    '(r ?b)',
    3,
  ],
  [
    'three arguments, two of them bound and turned',
    `[[(p ?x ?k ?y) [?x :n/to ?y] [?y :n/kind ?l] [(<= ?l ?k)]] [(p ?x ?k ?y) [?x :n/to ?z] (r ?k ?y ?z)]
      [(r ?k ?y ?x) (p ?x ?k ?y)]]`,
    `${from} (p ?a 7 ?b)`,
    8,
  ],
]

describe('a tree of a thousand beside many others', () => {
  const trees = 12
  const size = 364
  const child: (readonly [number, number])[] = []
  for (let t = 0; t < trees; t++) {
    for (let i = 1; i < size; i++) child.push([t * size + Math.floor((i - 1) / 3), t * size + i])
  }
  let db: Db
  beforeAll(() => {
    db = database(trees * size, child)
  })

  test.each(forms)('%s', (_, rules, where, times) => {
    const { ids, datoms } = run(db, rules, where)
    expect(ids).toEqual(Array.from({ length: size - 1 }, (_x, i) => i + 1))
    expect(datoms).toBeLessThanOrEqual(size * (times + 1))
  })

  test('both ends bound, and each row has its own', () => {
    const [, rules] = forms[0] as (typeof forms)[number]
    const { ids, datoms } = run(db, rules, `${from} [?b :n/id 300] (d ?a ?b)`)
    expect(ids).toEqual([300])
    expect(datoms).toBeLessThanOrEqual(size * 3)
  })

  test('the same generation', () => {
    const rules =
      '[[(sg ?x ?y) [?p :n/to ?x] [?p :n/to ?y]] [(sg ?x ?y) [?p :n/to ?x] (sg ?p ?q) [?q :n/to ?y]]]'
    const { ids, datoms } = run(db, rules, '[?a :n/id 50] (sg ?a ?b)')
    expect(ids).toEqual(Array.from({ length: 81 }, (_x, i) => i + 40))
    expect(datoms).toBeLessThanOrEqual(size * 3)
  })

  test('by even numbers of steps', () => {
    const rules =
      '[[(even ?x ?y) [?x :n/to ?z] (odd ?z ?y)] [(odd ?x ?y) [?x :n/to ?y]] [(odd ?x ?y) [?x :n/to ?z] (even ?z ?y)]]'
    const { ids, datoms } = run(db, rules, `${from} (even ?a ?b)`)
    expect(ids.slice(0, 10)).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 40])
    expect(ids.length).toBe(9 + 81)
    expect(datoms).toBeLessThanOrEqual(size * 8)
  })
})

test('in any graph they find what a walk finds', () => {
  const edge = fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 9 }))
  fc.assert(
    fc.property(fc.uniqueArray(edge, { maxLength: 25, selector: String }), (edges) => {
      const reached = new Set<number>()
      const queue = [0]
      for (let x = queue.pop(); x !== undefined; x = queue.pop()) {
        for (const [a, b] of edges) {
          if (a !== x || reached.has(b)) continue
          reached.add(b)
          queue.push(b)
        }
      }
      const db = database(10, edges)
      for (const [name, rules, where] of forms) {
        expect(run(db, rules, where).ids, name).toEqual([...reached].sort((x, y) => x - y))
      }
    }),
    { numRuns: 40 },
  )
})
