/** Kernels of stars against sets of ids; and how often they tell the guard. */

import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { CodedColumn, PickedColumn, StoredColumn } from '../../indexes/segments/column.ts'
import type { Column } from '../../indexes/fact-index.ts'
import { encodeNumbers } from '../../indexes/segments/numbers.ts'
import { Guard } from '../guard.ts'
import { portion } from './portions.ts'
import { gatherFew, idColumn } from './relation.ts'
import { Sieve, isSame, isValue, meet, outside, without } from './star-kernels.ts'

const unlimited = (): Guard => new Guard({ timeoutMs: 0, monotonicMs: null, signal: null })
const guard = unlimited()

const ids = fc.uniqueArray(fc.nat(60)).map((xs) => Float64Array.from(xs).sort())
const repeated = fc.array(fc.nat(60)).map((xs) => Float64Array.from(xs).sort())
const flagged = ids.chain((xs) =>
  fc.record({
    ids: fc.constant(xs),
    flags: fc.option(
      fc
        .array(fc.nat(1), { minLength: xs.length, maxLength: xs.length })
        .map((x) => Uint8Array.from(x)),
    ),
  }),
)

test('ids with a flag that both have meet', () => {
  fc.assert(
    fc.property(flagged, flagged, (a, b) => {
      const { left, right } = meet(a, b, guard)
      const meant = (x: typeof a): number[] =>
        [...x.ids].filter((_, i) => x.flags === null || x.flags[i] === 1)
      const others = new Set(meant(b))
      const wanted = meant(a).filter((x) => others.has(x))
      expect([...left].map((i) => a.ids[i])).toEqual(wanted)
      expect([...right].map((i) => b.ids[i])).toEqual(wanted)
    }),
  )
})

test('ids that are not among others, which may repeat', () => {
  fc.assert(
    fc.property(ids, repeated, (a, b) => {
      const rows = without(a, b, guard)
      const left = [...a].filter((x) => !b.includes(x))
      expect(rows === null ? [...a] : [...rows].map((i) => a[i])).toEqual(left)
      expect(rows === null).toBe(left.length === a.length)
    }),
  )
})

test('ids that are not among others in no order, near and far', () => {
  const far = fc
    .uniqueArray(fc.nat(2 ** 40), { maxLength: 40 })
    .map((xs) => Float64Array.from(xs).sort())
  const any = fc.array(fc.oneof(fc.nat(60), fc.nat(2 ** 40))).map((xs) => Float64Array.from(xs))
  fc.assert(
    fc.property(fc.oneof(ids, far), any, fc.nat(10), (a, b, k) => {
      const denied = Float64Array.from([...b, ...a.slice(0, k)])
      const rows = outside(a, denied, guard)
      const left = [...a].filter((x) => !denied.includes(x))
      expect(rows === null ? [...a] : [...rows].map((i) => a[i])).toEqual(left)
      expect(rows === null).toBe(left.length === a.length)
    }),
  )
})

test('the same ids are the same, whatever they are kept in', () => {
  fc.assert(
    fc.property(ids, ids, (a, b) => {
      const same = a.length === b.length && a.every((x, i) => x === b[i])
      expect(isSame(idColumn(a), idColumn(b), guard)).toBe(same)
      expect(isSame(idColumn(a), idColumn(a.slice()), guard)).toBe(true)
    }),
  )
})

test('a sieve lets pass what passes every test, rows or codes', () => {
  const column = fc.array(fc.nat(5), { minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(column, fc.nat(5), fc.nat(5), fc.boolean(), (xs, x, y, wanted) => {
      const n = xs.length
      const numbers: Column = { kind: 'number', type: 'long', data: Float64Array.from(xs) }
      const texts = new CodedColumn(Int32Array.from(xs), ['0', '1', '2', '3', '4', '5'])
      const plain: Column = { kind: 'value', data: xs.map(String) }
      for (const [c, value] of [
        [numbers, x],
        [texts, String(x)],
        [plain, String(x)],
      ] as const) {
        const sieve = new Sieve(n, guard)
        sieve.sift(c, isValue(value), wanted)
        sieve.compare(numbers.data as Float64Array, { y, less: 1, equal: 1, more: 0 })
        const expected = xs.flatMap((v, i) => ((v === x) === wanted && v <= y ? [i] : []))
        const rows = sieve.rows()
        expect(rows === null ? xs.map((_, i) => i) : [...rows]).toEqual(expected)
      }
    }),
  )
})

test('numbers that are compared, or of which a few are gathered, are not copied for that', () => {
  const numbers = fc.array(fc.integer({ min: -70_000, max: 70_000 }), {
    minLength: 1,
    maxLength: 200,
  })
  fc.assert(
    fc.property(numbers, fc.nat(199), fc.nat(199), fc.boolean(), (xs, i, cut, isPicked) => {
      const n = xs.length
      const all = Float64Array.from(xs)
      const end = Math.min(n, cut)
      const stretch = (start: number, to: number) => ({
        start,
        numbers: encodeNumbers(all, start, to),
        from: 0,
        to: to - start,
      })
      const parts = [stretch(0, end), stretch(end, n)].filter((x) => x.to > 0)
      const stored = new StoredColumn('long', n, parts)
      const odd = Int32Array.from(xs.keys()).filter((k) => k % 2 === 0)
      const c = isPicked ? new PickedColumn(stored, odd) : stored
      const cells = isPicked ? xs.filter((_, k) => k % 2 === 0) : xs
      const y = cells[i % cells.length] as number
      const sieve = new Sieve(c.n, guard)
      sieve.compare(c, { y, less: 1, equal: 0, more: 0 })
      expect([...(sieve.flags as Uint8Array)]).toEqual(cells.map((x) => Number(x < y)))
      const few = Int32Array.of(i % cells.length, 0)
      expect([...(gatherFew(c, few).data as Float64Array)]).toEqual([y, cells[0]])
      expect(c.isCopied).toBe(few.length * 16 > c.n)
    }),
  )
})

test('of many rows each tells the guard of each portion', () => {
  const n = 10 * portion
  const all = Float64Array.from({ length: n }, (_, i) => i * 2)
  const none = { ids: all, flags: null }
  const codes = new CodedColumn(new Int32Array(n), ['a'])
  const kernels: Record<string, (guard: Guard) => unknown> = {
    meet: (g) => meet(none, none, g),
    without: (g) => without(all, all, g),
    outside: (g) => outside(all, all, g),
    'the same': (g) => isSame(idColumn(all), idColumn(all.slice()), g),
    'a sieve': (g) => new Sieve(n, g).sift(idColumn(all), isValue(6)),
    'a sieve of numbers': (g) => new Sieve(n, g).compare(all, { y: 6, less: 0, equal: 0, more: 1 }),
    'a sieve of codes': (g) => new Sieve(n, g).sift(codes, isValue('a')),
  }
  for (const [name, run] of Object.entries(kernels)) {
    const told = unlimited()
    const tick = vi.spyOn(told, 'tick')
    run(told)
    expect(tick.mock.calls.length, name).toBeGreaterThanOrEqual(10)
  }
})

test('many ids in no order and far apart are put in order in pieces', () => {
  const few = Float64Array.of(3, 5e6, 4e14)
  const many = Float64Array.from({ length: 300_000 }, (_, i) => ((i * 7919) % 300_000) * 1e6)
  const words = (run: (g: Guard) => unknown): number => {
    const told = unlimited()
    const tick = vi.spyOn(told, 'tick')
    run(told)
    return tick.mock.calls.length
  }
  expect(outside(few, many, guard)).toEqual(Int32Array.of(0, 2))
  const inOrder = many.slice().sort()
  const walked = words((g) => without(few, inOrder, g))
  expect(words((g) => outside(few, many, g))).toBeGreaterThanOrEqual(walked + 10)
})
