/** Cycles of patterns by intersecting sorted lists: the way is taken, makes no quadratic intermediate result, and is right. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { after, attribute, freshDb } from '../../../../../test/oracle/tx.ts'
import { countedDb } from '../../../../../test/oracle/orders.ts'
import { Opaque } from '../../data/values.ts'
import type { Db } from '../../db/db.ts'
import { taken } from './intersect.ts'
import { query } from '../query.ts'

type Edge = readonly [number, number]

/** A database with these edges, and the ids of its nodes. */
function graph(nodes: number, edges: readonly Edge[]): { db: Db; edges: ReadonlySet<string> } {
  const forms = Array.from({ length: nodes }, (_, i) => {
    const out = edges.filter(([a]) => a === i).map(([, b]) => `"n${b}"`)
    return `{:db/id "n${i}" :n/id ${i} :n/one "n${(i * 7) % nodes}" :n/to [${out.join(' ')}]}`
  })
  const db = after(
    freshDb(),
    `[${attribute(':n/id', 'long', ':db/unique :db.unique/identity')} ${attribute(':n/to', 'ref*')} ${attribute(':n/one', 'ref')}]`,
    `[${forms.join(' ')}]`,
  )
  return { db, edges: new Set(edges.map(([a, b]) => `${a} ${b}`)) }
}

function run(db: Db, text: string): { rows: string[]; datoms: number } {
  const counted = countedDb(db)
  const options = { numbers: 'exact', functionOf: () => null } as const
  const { value } = query(text, [new Opaque('db', counted.db)], options)
  const rows = (value as unknown[][]).map((r) => r.join(' ')).sort()
  return { rows, datoms: counted.seen.datoms }
}

const triangle = '[?a :n/to ?b] [?b :n/to ?c] [?a :n/to ?c]'
const ids = '[?a :n/id ?x] [?b :n/id ?y] [?c :n/id ?z]'

test('triangles in a graph with a hub read each edge a few times, whatever its pairs', () => {
  const n = 1500
  const edges: Edge[] = []
  // node 0 has an edge to and from all others: over a million paths of two edges, and a few triangles
  for (let i = 1; i < n; i++) edges.push([i, 0], [0, i])
  for (let i = 1; i < 100; i++) edges.push([i, i + 1])
  const { db } = graph(n, edges)
  const before = taken.intersections
  const { rows, datoms } = run(db, `[:find ?a ?b ?c :where ${triangle}]`)
  expect(taken.intersections).toBe(before + 1)
  // for each of the 99 edges between others: 0 to both, both to 0, in and out
  expect(rows.length).toBe(3 * 99)
  expect(datoms).toBeLessThan(edges.length * 3 + 3 * n)
  const cycle = run(db, '[:find ?a ?b ?c :where [?a :n/to ?b] [?b :n/to ?c] [?c :n/to ?a]]')
  expect(taken.intersections).toBe(before + 2)
  expect(cycle.rows.length).toBe(3 * 99)
  expect(cycle.datoms).toBeLessThan(edges.length * 3 + 3 * n)
})

test('both ends of a pattern are searched for, not joined', () => {
  const n = 1500
  const edges: Edge[] = []
  for (let i = 1; i < n; i++) edges.push([i, 0], [0, i])
  edges.push([1, 2], [2, 1], [3, 4])
  const { db } = graph(n, edges)
  const before = taken.verifications
  const { rows } = run(db, '[:find ?a ?b :where [?a :n/to ?b] [?b :n/to ?a]]')
  expect(taken.verifications).toBe(before + 1)
  expect(rows.length).toBe(edges.length - 1)
})

const edge = (): fc.Arbitrary<Edge> => fc.tuple(fc.nat({ max: 11 }), fc.nat({ max: 11 }))

const shapes: readonly (readonly [
  where: string,
  holds: (x: number, y: number, z: number, to: (a: number, b: number) => boolean) => boolean,
])[] = [
  [triangle, (a, b, c, to) => to(a, b) && to(b, c) && to(a, c)],
  ['[?a :n/to ?b] [?b :n/to ?c] [?c :n/to ?a]', (a, b, c, to) => to(a, b) && to(b, c) && to(c, a)],
  ['[?a :n/to ?b] [?c :n/to ?a] [?c :n/to ?b]', (a, b, c, to) => to(a, b) && to(c, a) && to(c, b)],
  ['[?a :n/to ?b] [?b :n/to ?a] [?b :n/to ?c]', (a, b, c, to) => to(a, b) && to(b, a) && to(b, c)],
  [
    '[?a :n/to ?b] [?b :n/to ?c] [?a :n/one ?c]',
    (a, b, c, to) => to(a, b) && to(b, c) && (a * 7) % 12 === c,
  ],
  [
    '[?a :n/to ?b] [?b :n/to ?c] [?c :n/to ?c] [?a :n/to ?c]',
    (a, b, c, to) => to(a, b) && to(b, c) && to(c, c) && to(a, c),
  ],
]

test('cycles of any graph, as loops over the nodes find them', () => {
  const nodes = Array.from({ length: 12 }, (_, i) => i)
  const before = taken.intersections
  fc.assert(
    fc.property(
      fc.uniqueArray(edge(), { minLength: 8, maxLength: 70, selector: String }),
      (all) => {
        const { db, edges } = graph(12, all)
        const to = (a: number, b: number): boolean => edges.has(`${a} ${b}`)
        for (const [where, holds] of shapes) {
          const expected = nodes.flatMap((x) =>
            nodes.flatMap((y) =>
              nodes.filter((z) => holds(x, y, z, to)).map((z) => `${x} ${y} ${z}`),
            ),
          )
          expect(run(db, `[:find ?x ?y ?z :where ${where} ${ids}]`).rows).toEqual(expected.sort())
          const pairs = [...new Set(expected.map((r) => r.split(' ').slice(0, 2).join(' ')))].sort()
          const two = '[?a :n/id ?x] [?b :n/id ?y]'
          expect(run(db, `[:find ?x ?y :where ${where} ${two}]`).rows).toEqual(pairs)
        }
      },
    ),
    { numRuns: 25 },
  )
  expect(taken.intersections).toBeGreaterThan(before + 20)
})

test('cycles of four: the last corner is where two lists meet', () => {
  const n = 60
  const all: Edge[] = []
  for (let i = 1; i < n; i++) all.push([i, 0], [0, i])
  for (let i = 1; i < 20; i++) all.push([i, i + 1])
  const { db, edges } = graph(n, all)
  const four = '[?a :n/to ?b] [?b :n/to ?c] [?c :n/to ?d] [?d :n/to ?a]'
  const before = taken.intersections
  const { rows, datoms } = run(db, `[:find ?a ?b ?c ?d :where ${four}]`)
  expect(taken.intersections).toBeGreaterThan(before)
  expect(datoms).toBeLessThan(all.length * 4 + 6 * n)
  let walks = 0
  const to = Array.from({ length: n }, (_, i) => all.filter(([a]) => a === i).map(([, b]) => b))
  const next = (i: number): readonly number[] => to[i] as readonly number[]
  for (let a = 0; a < n; a++) {
    for (const b of next(a))
      for (const c of next(b)) for (const d of next(c)) if (edges.has(`${d} ${a}`)) walks++
  }
  expect(rows.length).toBe(walks)
})
