/**
 * Joins that keep rows in their sequence, and relations that are left with the rows they have: they are taken, and give what sorting and
 * merging give. What could come out wrong: rows of one entity torn apart, several values of one, ids far apart, NaN, fractions.
 */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { after, attribute, freshDb } from '../../../../../test/oracle/tx.ts'
import { Opaque } from '../../data/values.ts'
import type { Db } from '../../db/db.ts'
import type { Column } from '../../indexes/fact-index.ts'
import { Guard } from '../guard.ts'
import { joinPairs, merged, pairsByLeft } from './joins.ts'
import { codesOf, distinct, pairedInRuns, rowCodes } from './kernels.ts'
import { Places, placed } from './places.ts'
import { query } from '../query.ts'
import { cell, columnOf, idColumn, joinKey, rowKey } from './relation.ts'
import type { Relation } from './relation.ts'
import { leftAsTheyAre, seemsToRepeat } from './repeats.ts'

const guard = new Guard({ timeoutMs: 0, monotonicMs: null, signal: null })

test('places are those that looking for each id finds, rows in their sequence', () => {
  const id = fc.integer({ min: 17592186045417, max: 17592186045600 })
  const given = fc.array(
    fc.oneof({ weight: 9, arbitrary: id }, { weight: 1, arbitrary: fc.constant(NaN) }),
    {
      minLength: 64,
      maxLength: 300,
    },
  )
  fc.assert(
    fc.property(given, fc.array(id, { maxLength: 400 }), (ids, entities) => {
      const e = entities.sort((a, b) => a - b)
      const places = Places.of(Float64Array.from(ids), ids.length, guard)
      const isAscending = ids.every((x, i) => i === 0 || x > (ids[i - 1] as number))
      const known = ids.filter((x) => x === x)
      expect(places === null).toBe(isAscending || known.length === 0)
      if (places === null) return
      expect(places.size).toBe(new Set(known).size)
      const wanted = ids.flatMap((x, row) => e.flatMap((y, k) => (x === y ? [[row, k]] : [])))
      const { rows, datoms } = places.find(Float64Array.from(e), e.length)
      expect(Array.from(rows, (row, i) => [row, datoms[i]])).toEqual(wanted)
    }),
  )
})

test('ids that lie far apart, few rows and rows in order have no places', () => {
  const far = Float64Array.from({ length: 100 }, (_, i) => ((i * 37) % 100) * 1000)
  expect(Places.of(far, 100, guard)).toBe(null)
  expect(Places.of(Float64Array.of(3, 1, 2), 3, guard)).toBe(null)
  expect(
    Places.of(
      Float64Array.from({ length: 100 }, (_, i) => i),
      100,
      guard,
    ),
  ).toBe(null)
  expect(Places.of(new Float64Array(100).fill(NaN), 100, guard)).toBe(null)
})

/** Numbers close together, for codes by direct address, and some that have none: of `other` alone, if it is to be joined to them. */
const close = fc.integer({ min: -40, max: 400 })
const other = fc.oneof(
  { weight: 6, arbitrary: close },
  { weight: 1, arbitrary: fc.constantFrom(0.5, -0.5, 1e-20, -1e-20, 1e300, -1e300, Infinity, NaN) },
)
const double = (xs: readonly number[]): Column => ({
  kind: 'number',
  type: 'double',
  data: Float64Array.from(xs),
})

test('pairs of numbers close together, and of what has been given codes before, are those of comparing all', () => {
  const left = fc.array(other, { maxLength: 120 })
  const right = fc.array(close, { minLength: 64, maxLength: 120 })
  fc.assert(
    fc.property(left, right, (xs, ys) => {
      const pairs = xs.flatMap((x, i) => ys.flatMap((y, j) => (x === y ? [`${i} ${j}`] : [])))
      const textOf = ({ left: a, right: b }: ReturnType<typeof joinPairs>): string[] =>
        Array.from(a, (i, k) => `${i} ${b[k]}`)
      expect(textOf(joinPairs([double(xs)], xs.length, [double(ys)], ys.length, guard))).toEqual(
        pairs,
      )
      const texts = (zs: readonly number[]): Column =>
        columnOf(zs.map((z) => `\0${z}`.slice(z % 2)))
      const [a, b] = [texts(xs.filter(Number.isInteger)), texts(ys)]
      const codes = codesOf(a, a.data.length, guard)
      const found = pairsByLeft([a], a.data.length, [b], b.data.length, guard, codes)
      const compared = Array.from(a.data, (_, i) =>
        Array.from(b.data, (__, j) =>
          joinKey(cell(a, i)) === joinKey(cell(b, j)) ? `${i} ${j}` : '',
        ),
      )
      expect(textOf(found).sort()).toEqual(compared.flat().filter(Boolean).sort())
      expect([...found.left]).toEqual([...found.left].sort((p, q) => p - q))
    }),
  )
})

test('ids that ascend on both sides are joined in one pass, others by their codes', () => {
  const ids = fc.array(fc.integer({ min: -30, max: 30 }), { maxLength: 80 })
  const column = (xs: readonly number[], type: 'ref' | 'long'): Column => ({
    kind: 'number',
    type,
    data: Float64Array.from(xs),
  })
  fc.assert(
    fc.property(ids, ids, fc.boolean(), (xs, ys, sorted) => {
      const [a, b] = [xs, ys].map((zs) =>
        sorted ? [...new Set(zs)].sort((x, y) => x - y) : zs,
      ) as [number[], number[]]
      const ascend = [a, b].every((zs) => zs.every((z, i) => i === 0 || z > (zs[i - 1] as number)))
      const before = merged.times
      const found = joinPairs([column(a, 'ref')], a.length, [column(b, 'long')], b.length, guard)
      expect(merged.times - before).toBe(ascend ? 1 : 0)
      expect(Array.from(found.left, (i, k) => [i, found.right[k]])).toEqual(
        a.flatMap((x, i) => b.flatMap((y, j) => (x === y ? [[i, j]] : []))),
      )
    }),
  )
  // doubles are compared as they were: zeros of both signs are one
  const zero = joinPairs([double([-0])], 1, [column([0], 'long')], 1, guard)
  expect(zero.left.length).toBe(
    joinPairs([column([0], 'long')], 1, [double([-0])], 1, guard).left.length,
  )
})

test('one row is held against all others', () => {
  const ids = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 3000 })
  const column = (xs: readonly number[]): Column => idColumn(Float64Array.from(xs))
  fc.assert(
    fc.property(ids, fc.integer({ min: 0, max: 6 }), (xs, y) => {
      const ascend = xs.every((x, i) => i === 0 || x > (xs[i - 1] as number))
      const before = merged.withOne
      const found = joinPairs([column(xs)], xs.length, [column([y])], 1, guard)
      expect(merged.withOne - before).toBe(ascend ? 0 : 1)
      const rows = xs.flatMap((x, i) => (x === y ? [i] : []))
      expect([[...found.left], [...found.right]]).toEqual([rows, rows.map(() => 0)])
    }),
  )
})

test('a number that rounding brings to a whole one is no whole one', () => {
  const whole = Array.from({ length: 100 }, (_, i) => i - 5)
  expect(codesOf(double([...whole, 1e-20]), 101, guard).size).toBe(101)
  expect(codesOf(double([...whole, -0]), 101, guard).size).toBe(100)
  expect(joinPairs([double([1e-20, -0, 3])], 3, [double(whole)], 100, guard)).toEqual({
    left: Int32Array.of(1, 2),
    right: Int32Array.of(5, 8),
  })
})

function relation(rows: readonly (readonly [number, string])[]): Relation {
  const columns = [columnOf(rows.map((r) => r[0])), columnOf(rows.map((r) => r[1]))]
  return { n: rows.length, variables: ['?x', '?y'], columns, key: null }
}

test('rows that repeat are noticed, near each other or far apart, and those that do not are left', () => {
  const rows = (n: number, code: (i: number) => number): Relation =>
    relation(Array.from({ length: n }, (_, i) => [code(i) >> 3, `${code(i) % 8}`] as const))
  for (const n of [2000, 30_000, 400_000]) {
    const before = leftAsTheyAre.times
    expect(
      seemsToRepeat(
        rows(n, (i) => i),
        guard,
      ),
      `${n} different`,
    ).toBe(false)
    expect(leftAsTheyAre.times).toBe(before + 1)
    expect(
      seemsToRepeat(
        rows(n, (i) => i >> 1),
        guard,
      ),
      `${n} next to each other`,
    ).toBe(true)
    expect(
      seemsToRepeat(
        rows(n, (i) => i % (n >> 1)),
        guard,
      ),
      `${n} far apart`,
    ).toBe(true)
    expect(
      seemsToRepeat(
        rows(n, (i) => i % 16),
        guard,
      ),
      `${n} of few`,
    ).toBe(true)
  }
  expect(
    seemsToRepeat(
      rows(1000, (i) => i),
      guard,
    ),
  ).toBe(true)
})

// ---- through queries ----

const schema = `[${attribute(':p/id', 'long', ':db/unique :db.unique/identity')} ${attribute(':p/name', 'string')}
  ${attribute(':p/to', 'ref')} ${attribute(':p/tag', 'string*')} ${attribute(':p/nick', 'string', ':db/index true')}]`

const people = 1500
const toOf = (i: number): number => (i * 7919 + 13) % people
const nameOf = (i: number): string => `name ${i % 900}`
const tagsOf = (i: number): string[] =>
  Array.from({ length: i % 3 }, (_, k) => `tag ${(i + k) % 50}`)

function world(): Db {
  const forms = Array.from({ length: people }, (_, i) => {
    const tags = tagsOf(i).map((x) => `"${x}"`)
    return `{:db/id "p${i}" :p/id ${i} :p/name "${nameOf(i)}" :p/nick "name ${i % 700}" :p/to "p${toOf(i)}" ${tags.length > 0 ? `:p/tag [${tags.join(' ')}]` : ''}}`
  })
  return after(freshDb(), schema, `[${forms.join(' ')}]`)
}

const db = world()

function rowsOf(text: string): string[] {
  const options = { numbers: 'exact', functionOf: () => null } as const
  const { value } = query(text, [new Opaque('db', db)], options)
  return (value as unknown[][]).map((r) => r.join('|')).sort()
}

const all = Array.from({ length: people }, (_, i) => i)
const unique = (rows: readonly string[]): string[] => [...new Set(rows)].sort()

test('references are followed by places, to one value and to several', () => {
  const before = placed.times
  expect(rowsOf('[:find ?i ?n :where [?x :p/id ?i] [?x :p/to ?y] [?y :p/name ?n]]')).toEqual(
    unique(all.map((i) => `${i}|${nameOf(toOf(i))}`)),
  )
  expect(rowsOf('[:find ?i ?t :where [?x :p/id ?i] [?x :p/to ?y] [?y :p/tag ?t]]')).toEqual(
    unique(all.flatMap((i) => tagsOf(toOf(i)).map((t) => `${i}|${t}`))),
  )
  expect(placed.times).toBe(before + 2)
})

test('a value that is known beside the entity is compared', () => {
  const where = '[?x :p/id ?i] [?x :p/name ?n] [?x :p/to ?y] [?y :p/to ?z] [?z :p/name ?n]'
  const isSame = (i: number): boolean => nameOf(toOf(toOf(i))) === nameOf(i)
  expect(rowsOf(`[:find ?i ?n :where ${where}]`)).toEqual(
    unique(all.filter(isSame).map((i) => `${i}|${nameOf(i)}`)),
  )
})

test('equal texts of two attributes are joined by the codes of one', () => {
  expect(
    rowsOf('[:find ?i ?j :where [?x :p/id ?i] [?x :p/name ?n] [?y :p/nick ?n] [?y :p/id ?j]]'),
  ).toEqual(
    unique(
      all.flatMap((i) =>
        all.filter((j) => nameOf(i) === `name ${j % 700}`).map((j) => `${i}|${j}`),
      ),
    ),
  )
})

test('what is distinct by chance only is made distinct in the end', () => {
  const r = relation(all.map((i) => [i >> 1, `${(i * 31) % 997}`] as const))
  const keys = all.map((i) => JSON.stringify(r.columns.map((c) => rowKey(cell(c, i)))))
  expect(distinct(r, guard).n).toBe(new Set(keys).size)
  const before = leftAsTheyAre.times
  const rows = rowsOf(
    '[:find ?n ?m :where [?x :p/name ?n] [?x :p/to ?y] [?y :p/to ?z] [?z :p/name ?m]]',
  )
  expect(rows).toEqual(unique(all.map((i) => `${nameOf(i)}|${nameOf(toOf(toOf(i)))}`)))
  expect(leftAsTheyAre.times).toBeGreaterThan(before)
})

test('codes of pairs that stand in runs are those of the pairs, each run with the same second values', () => {
  const run = fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(fc.array(run, { minLength: 40, maxLength: 80 }), fc.boolean(), (runs, named) => {
      // so many different pairs that no table of all holds them
      const rows = runs.flatMap((xs, i) => xs.map((x) => [i, x * 7919] as const))
      const first = columnOf(rows.map(([i]) => (named ? `run ${i}` : i * 5)))
      const second = columnOf(rows.map(([, x]) => x))
      const { codes, size } = rowCodes([first, second], rows.length, guard)
      const known = new Map<string, number>()
      for (const [i, row] of rows.entries()) {
        const key = row.join(' ')
        if (!known.has(key)) known.set(key, known.size)
        expect(codes[i]).toBe(known.get(key))
      }
      expect(size).toBe(known.size)
    }),
  )
  const before = pairedInRuns.times
  const n = 40_000
  const columns = [
    columnOf(Array.from({ length: n }, (_, i) => i >> 3)),
    columnOf(Array.from({ length: n }, (_, i) => (i * 31) % 9973)),
  ]
  expect(rowCodes(columns, n, guard).size).toBe(n)
  expect(pairedInRuns.times).toBe(before + 1)
})
