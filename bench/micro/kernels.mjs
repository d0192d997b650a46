/**
 * The loops under a query and the codec of values, each alone: nanoseconds a row, the least of several rounds.
 *
 *   node --conditions=yore-source --import ./scripts/ts.mjs bench/micro/kernels.mjs [part of a name]
 */

import { crc32c } from '../../packages/yore/src/data/codec/checksum.ts'
import { compress, decompress } from '../../packages/yore/src/data/codec/lz4.ts'
import { ByteReader } from '../../packages/yore/src/data/codec/reader.ts'
import { readValue, writeValue } from '../../packages/yore/src/data/codec/values.ts'
import { ByteWriter } from '../../packages/yore/src/data/codec/writer.ts'
import { printEdn } from '../../packages/yore/src/data/edn/print.ts'
import { readEdn } from '../../packages/yore/src/data/edn/read.ts'
import { Double, Instant, keyword } from '../../packages/yore/src/data/values.ts'
import { Guard } from '../../packages/yore/src/query/guard.ts'
import { joinPairs, semiJoin } from '../../packages/yore/src/query/columns/joins.ts'
import {
  codesOf,
  distinct,
  groupRows,
  rowCodes,
} from '../../packages/yore/src/query/columns/kernels.ts'
import { orderKeys } from '../../packages/yore/src/query/columns/order.ts'
import { rng } from '../durable-data.mjs'

const [part = ''] = process.argv.slice(2)
const rows = 100_000
const random = rng(7)
const pick = (n) => Math.floor(random() * n)
const fill = (make) => Array.from({ length: rows }, make)
const guard = new Guard({ timeoutMs: 0, monotonicMs: null, signal: null })

const numbers = (type, make) => ({ kind: 'number', type, data: Float64Array.from(fill(make)) })
const texts = (kinds) => ({ kind: 'value', data: fill(() => `a name ${pick(kinds)}`) })
const user = 4 * 2 ** 42

const rising = numbers('ref', (_, i) => user + i * 3)
const refs = numbers('ref', () => user + pick(rows) * 3)
const ages = numbers('long', () => pick(100))
const apart = numbers('double', () => random())
const names = texts(200)
const titles = texts(rows)
const relation = { n: rows, variables: ['?x', '?y'], columns: [ages, names], key: null }

const some = fill((_, i) =>
  [i * 7, `a name ${i}`, keyword(`:person/a${i % 50}`), new Instant(i * 1e6), new Double(i)].at(
    i % 5,
  ),
)
const written = (() => {
  const out = new ByteWriter()
  for (const v of some) writeValue(out, v)
  return out.finish()
})()
const packed = compress(written)
const forms = some.slice(0, 10_000)
const text = printEdn(forms)

// Name, rows of a run, run.
const cases = [
  ['codes of whole numbers close together', rows, () => codesOf(ages, rows, guard)],
  ['codes of whole numbers far apart', rows, () => codesOf(refs, rows, guard)],
  ['codes of doubles', rows, () => codesOf(apart, rows, guard)],
  ['codes of few texts', rows, () => codesOf(names, rows, guard)],
  ['codes of many texts', rows, () => codesOf(titles, rows, guard)],
  ['codes of rows, number and text', rows, () => rowCodes([ages, names], rows, guard)],
  ['distinct rows, number and text', rows, () => distinct(relation, guard)],
  [
    'groups of rows',
    rows,
    (() => {
      const { codes, size } = codesOf(ages, rows, guard)
      return () => groupRows(codes, size, guard)
    })(),
  ],
  ['order of keys that ascend', rows, () => orderKeys(rising.data, rows, guard)],
  ['order of keys at random', rows, () => orderKeys(refs.data, rows, guard)],
  ['join by entity', rows, () => joinPairs([refs], rows, [rising], rows, guard)],
  ['join by text', rows, () => joinPairs([titles], rows, [titles], rows, guard)],
  [
    'join by entity and number',
    rows,
    () => joinPairs([refs, ages], rows, [rising, ages], rows, guard),
  ],
  ['rows that have a partner', rows, () => semiJoin([refs], rows, [rising], rows, true, guard)],
  [
    'values to bytes',
    rows,
    () => {
      const out = new ByteWriter(written.length)
      for (const v of some) writeValue(out, v)
    },
  ],
  [
    'bytes to values',
    rows,
    () => {
      const from = new ByteReader(written)
      for (let i = 0; i < rows; i++) readValue(from)
    },
  ],
  ['checksum, a byte', written.length, () => crc32c(written)],
  ['LZ4, a byte in', written.length, () => compress(written)],
  ['LZ4, a byte out', written.length, () => decompress(packed, written.length)],
  ['EDN to values', forms.length, () => readEdn(text)],
  ['values to EDN', forms.length, () => printEdn(forms)],
]

for (const [name, n, run] of cases) {
  if (!name.includes(part)) continue
  let best = Infinity
  for (let round = 0; round < 30; round++) {
    const start = performance.now()
    run()
    best = Math.min(best, performance.now() - start)
  }
  console.log(`${name.padEnd(40)} ${((best / n) * 1e6).toFixed(2).padStart(8)} ns`)
}
