/** Rules against naive closures over random graphs: every way of writing reachability, every binding, cycles, long chains. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { after, attribute, failureOf, freshDb, identity } from '../../../../../test/oracle/tx.ts'
import { readEdn } from '../../data/edn/read.ts'
import { Opaque } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { query } from '../query.ts'
import type { QueryOptions } from '../query.ts'

const options: QueryOptions = { numbers: 'exact', functionOf: () => null }

type Edge = readonly [number, number]
const graphs = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 })), {
  maxLength: 24,
})

function closureOf(edges: readonly Edge[]): Set<string> {
  const all = new Set(edges.map(([a, b]) => `${a} ${b}`))
  for (let n = -1; n !== all.size;) {
    n = all.size
    for (const pair of Array.from(all)) {
      const [a, b] = pair.split(' ')
      for (const [c, d] of edges) if (String(c) === b) all.add(`${a} ${d}`)
    }
  }
  return all
}

const shapes: Readonly<Record<string, string>> = {
  right: '[[(r ?a ?b) [?a ?b]] [(r ?a ?b) [?a ?c] (r ?c ?b)]]',
  left: '[[(r ?a ?b) [?a ?b]] [(r ?a ?b) (r ?a ?c) [?c ?b]]]',
  'left, written last': '[[(r ?a ?b) [?c ?b] (r ?a ?c)] [(r ?a ?b) [?a ?b]]]',
  'two steps':
    '[[(r ?a ?b) [?a ?b]] [(r ?a ?b) [?a ?c] (r ?c ?b)] [(r ?a ?b) [?a ?d] [?d ?c] (r ?c ?b)]]',
  'not linear': '[[(r ?a ?b) [?a ?b]] [(r ?a ?b) [?a _] (r ?a ?c) (r ?c ?b)]]',
  mutual:
    '[[(r ?a ?b) (s ?a ?b)] [(r ?a ?b) [?a ?c] (s ?c ?b)] [(s ?a ?b) [?a ?b]] [(s ?a ?b) [?a ?c] (r ?c ?b)]]',
  'through or': '[[(r ?a ?b) (or-join [?a ?b] [?a ?b] (and [?a ?c] (r ?c ?b)))]]',
  'step by a rule':
    '[[(step ?a ?b) [?a ?b]] [(r ?x ?y) (step ?x ?y)] [(r ?x ?y) (step ?x ?z) (r ?z ?y)]]',
  'three arguments':
    '[[(r ?a ?b) (t ?a ?b 1)] [(t ?a ?b ?k) [?a ?b] [(ground 1) ?k]] [(t ?a ?b ?k) [?a ?c] (t ?c ?b ?k)]]',
}

function ask(form: string, inputs: readonly Value[]): string[] {
  const rows = query(form, inputs, options).value as unknown[][]
  const out = rows.map((r) => r.join(' ')).sort()
  expect(new Set(out).size).toBe(out.length)
  return out
}

const filtered = (all: Set<string>, keep: (a: number, b: number) => boolean): string[] =>
  [...all].filter((p) => keep(...(p.split(' ').map(Number) as [number, number]))).sort()

describe('recursive rules', () => {
  test.each(Object.entries(shapes))('%s: as the naive closure', (_, rules) => {
    fc.assert(
      fc.property(
        graphs,
        fc.integer({ min: 0, max: 9 }),
        fc.integer({ min: 0, max: 9 }),
        (edges, x, y) => {
          const all = closureOf(edges)
          const data = edges as unknown as Value
          expect(ask('[:find ?a ?b :in $ % :where (r ?a ?b)]', [data, rules])).toEqual(
            [...all].sort(),
          )
          expect(ask('[:find ?a ?b :in $ % ?a :where (r ?a ?b)]', [data, rules, x])).toEqual(
            filtered(all, (a) => a === x),
          )
          expect(ask('[:find ?a ?b :in $ % ?b :where (r ?a ?b)]', [data, rules, y])).toEqual(
            filtered(all, (_a, b) => b === y),
          )
          expect(
            ask('[:find ?a ?b :in $ % [?a ...] [?b ...] :where (r ?a ?b)]', [
              data,
              rules,
              [x, y, 3],
              [x, 4],
            ]),
          ).toEqual(filtered(all, (a, b) => [x, y, 3].includes(a) && [x, 4].includes(b)))
          expect(ask('[:find ?a :in $ % :where (r ?a ?a)]', [data, rules])).toEqual(
            filtered(all, (a, b) => a === b).map((p) => p.split(' ')[0] as string),
          )
          expect(ask('[:find ?b :in $ % :where (r _ ?b)]', [data, rules])).toEqual(
            [...new Set([...all].map((p) => p.split(' ')[1] as string))].sort(),
          )
          expect(
            ask('[:find ?a ?b :in $ % :where [?a ?b] (not (r ?b ?a))]', [data, rules]),
          ).toEqual(
            [...new Set(edges.map(([a, b]) => `${a} ${b}`))]
              .filter((p) => !all.has(p.split(' ').reverse().join(' ')))
              .sort(),
          )
        },
      ),
      { numRuns: 20 },
    )
  })

  test('over a database, from names and lookup refs', () => {
    const db = after(
      freshDb(),
      `[${attribute(':n/id', 'string', identity)} ${attribute(':n/up', 'ref')}]`,
      '[{:db/id "a" :n/id "a"} {:db/id "b" :n/id "b" :n/up "a" :db/ident :node/b} {:db/id "c" :n/id "c" :n/up "b"}]',
    )
    const source = new Opaque('db', db)
    for (const rules of [
      '[[(under ?e ?a) [?e :n/up ?a]] [(under ?e ?a) [?e :n/up ?p] (under ?p ?a)]]',
      '[[(under ?e ?a) [?e :n/up ?a]] [(under ?e ?a) (under ?p ?a) [?e :n/up ?p]]]',
    ]) {
      const find = (where: string, ...inputs: Value[]): string[] =>
        ask(`[:find ?i :in $ % ?x :where ${where}]`, [source, rules, ...inputs])
      expect(find('(under ?x ?e) [?e :n/id ?i]', readEdn('[:n/id "c"]'))).toEqual(['a', 'b'])
      expect(find('(under ?e ?x) [?e :n/id ?i]', readEdn('[:n/id "a"]'))).toEqual(['b', 'c'])
      expect(find('(under ?e ?x) [?e :n/id ?i]', readEdn(':node/b'))).toEqual(['c'])
      expect(find('[?e :n/id ?i] (under ?e ?x)', readEdn('[:n/id "a"]'))).toEqual(['b', 'c'])
    }
  })

  test('long chains and deep nesting of calls do not overflow the stack', () => {
    const n = 6000
    const chain = Array.from({ length: n }, (_, i): Value => [i, i + 1])
    const last = (rules: string): unknown =>
      query('[:find (count ?b) . :in $ % :where (r 0 ?b)]', [chain, rules], options).value
    expect(last(shapes['right'] as string)).toBe(n)
    expect(last(shapes['left'] as string)).toBe(n)
    const nested = Array.from({ length: 300 }, (_, i) => `[(r${i} ?a ?b) (r${i + 1} ?a ?b)]`).join(
      ' ',
    )
    const rows = query(
      '[:find ?b . :in $ % :where (r0 1 ?b)]',
      [chain.slice(0, 3), `[${nested} [(r300 ?a ?b) [?a ?b]]]`],
      options,
    )
    expect(rows.value).toBe(2)
  })

  test('rules that call others twice do not unfold without bound', () => {
    const doubled = Array.from(
      { length: 40 },
      (_, i) => `[(r${i} ?a) (r${i + 1} ?a)] [(r${i} ?a) (r${i + 1} ?a) [?a _]]`,
    ).join(' ')
    const found = query(
      '[:find ?a :in $ % :where (r0 ?a)]',
      [[[1, 2]], `[${doubled} [(r40 ?a) [?a _]]]`],
      options,
    )
    expect(found.value).toEqual([[1]])
  })

  test('a body that is nothing but a recursive call is refused; negation of itself too', () => {
    const code = (rules: string): string =>
      failureOf(() => query('[:find ?a :in $ % :where (p ?a)]', [[[1, 2]], rules], options)).code
    expect(code('[[(p ?a) (p ?a)]]')).toBe(':db.error/insufficient-binding')
    expect(code('[[(p ?a) [?a _] (not (p ?a))]]')).toBe(':yore/invalid-rules')
  })
})
