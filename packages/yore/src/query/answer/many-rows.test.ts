/** Rows of large answers: the same as of small ones, whatever their width. */

import { expect, test } from 'vitest'
import { addManyRows, manyRows } from './many-rows.ts'
import { query } from '../query.ts'
import type { Value } from '../../data/values.ts'

test('rows of every width have all their cells', () => {
  for (let width = 1; width <= 7; width++) {
    const cells = Array.from({ length: width }, (_, k) =>
      k % 2 === 0 ? Float64Array.of(k, k + 10, k + 20) : ['a', `b${k}`, true],
    )
    const out: unknown[][] = [['before']]
    addManyRows(out, cells, 1, 3)
    expect(out).toEqual([['before'], ...[1, 2].map((i) => cells.map((c) => c[i]))])
  }
})

test('an answer of many rows is whole', () => {
  for (const n of [manyRows - 1, manyRows, manyRows + 5000]) {
    const rows = Array.from({ length: n }, (_, i): Value => [i, `n${i}`])
    const options = { numbers: 'exact', functionOf: () => null } as const
    const { value } = query('[:find ?i ?n :in [[?i ?n]]]', [rows], options)
    expect(value).toEqual(rows)
  }
})
