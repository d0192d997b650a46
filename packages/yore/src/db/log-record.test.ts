import { expect, test } from 'vitest'
import { YoreError } from '../base/errors.ts'
import { BigDecimal } from '../data/big-decimal.ts'
import { Float, Instant, Uri, Uuid, double, keyword, list, symbol } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import { never } from '../indexes/facts/fact.ts'
import type { Datom, Fact } from '../indexes/facts/fact.ts'
import { makeId, tToTx } from '../indexes/facts/ids.ts'
import { RecordWriter, changesOf, firstBase, readRecords } from './log-record.ts'
import type { Transaction } from './log-record.ts'

const values: readonly Value[] = [
  0,
  1,
  -1,
  127,
  128,
  -128,
  2 ** 31,
  2 ** 32 + 1,
  2 ** 52 - 1,
  -(2 ** 52) + 1,
  2 ** 52,
  2 ** 53 - 1,
  -(2 ** 53) + 1,
  1.5,
  -0.25,
  NaN,
  Infinity,
  -Infinity,
  5e-324,
  double(3),
  double(-0),
  new Float(1.5),
  new Float(NaN),
  new Float(0.1),
  2n ** 63n - 1n,
  -(2n ** 63n),
  0n,
  2n ** 200n,
  -1n,
  BigDecimal.parse('1.50'),
  BigDecimal.parse('-3e500'),
  BigDecimal.parse('0.000'),
  '',
  'a',
  'a'.repeat(64),
  'a'.repeat(65),
  'naïve',
  'größe 水 🜁',
  '\ud800',
  'x\udc00y',
  '\0',
  'é'.repeat(500),
  true,
  false,
  keyword('a/b'),
  keyword(':größe/x'),
  keyword('plain'),
  symbol('?x'),
  symbol('a/b'),
  new Uuid('678d88b2-87b0-403b-b63d-5da7465aecc3'),
  new Uuid('none'),
  new Uri('http://x/?y=z'),
  new Instant(0),
  new Instant(-1),
  new Instant(1_700_000_000_123),
  new Instant(8.64e15),
  new Uint8Array(0),
  Uint8Array.of(0, 255, 3),
  [1, null, 'x', [keyword('a')]],
  list([1, 2]),
  [],
  makeId(2 ** 19 + 5, 77),
]

const user = (n: number): number => makeId(4, n)

function sample(): Transaction[] {
  const wide = makeId(2 ** 19 + 1, 3)
  const txs = values.map((v, i): Transaction => {
    const t = 1000 + 3 * i
    const instant = 1_700_000_000_000 + i * i - 40 * (i % 2)
    return {
      t,
      instant,
      nextT: t + 3,
      nextElement: 72 + i,
      data: [
        { e: tToTx(t), a: 50, v: new Instant(instant), t, added: true },
        { e: user(t + 1), a: 72, v, t, added: true },
        { e: user(t + 1), a: 73, v: user(t), t, added: true },
        { e: wide, a: 74, v: wide, t, added: true },
        { e: user(7), a: 300, v, t, added: false },
        { e: 0, a: 13, v: 72, t, added: true },
        { e: user(t + 2), a: 14, v: new Instant(5), t, added: false },
      ],
      ended: [
        { e: user(7), a: 300, v, t: t - 1, end: never },
        { e: user(t + 2), a: 14, v: new Instant(5), t: 0, end: never },
      ] as Fact[],
    }
  })
  const form = BigDecimal.parse('1.0')
  const other = BigDecimal.parse('1.00')
  txs.push({
    t: 5000,
    instant: 1,
    nextT: 5001,
    nextElement: 72,
    data: [{ e: 5, a: 72, v: form, t: 5000, added: false }],
    ended: [{ e: 5, a: 72, v: other, t: 4999, end: never }] as Fact[],
  })
  txs.push({ t: 5001, instant: -5, nextT: 5002, nextElement: 72, data: [], ended: [] })
  return txs
}

const parts = ({ t, instant, nextT, nextElement, data, ended }: Transaction): Transaction => ({
  t,
  instant,
  nextT,
  nextElement,
  data,
  ended,
})

test('transactions come back, read in any order, and bodies can be copied', () => {
  const txs = sample()
  const writer = new RecordWriter({ t: 900, instant: 17 })
  for (const tx of txs) writer.write(tx)
  const read = [...readRecords(writer.out.peek(), { t: 900, instant: 17 })]
  for (let i = txs.length - 1; i >= 0; i--) {
    expect(parts(read[i] as Transaction)).toStrictEqual(txs[i])
  }
  const copy = new RecordWriter(firstBase)
  for (const { t, instant, body } of read.slice(5)) copy.copy(t, instant, body)
  expect([...readRecords(copy.out.peek(), firstBase)].map(parts)).toStrictEqual(txs.slice(5))
})

test('datoms are given one after another too, before their list was made and after', () => {
  const writer = new RecordWriter(firstBase)
  for (const tx of sample()) writer.write(tx)
  for (const tx of readRecords(writer.out.peek(), firstBase)) {
    const walked = (): Datom[] => {
      const out: Datom[] = []
      tx.walk((datom) => out.push(datom))
      return out
    }
    const before = walked()
    expect(before).toStrictEqual(tx.data)
    expect(walked()).toStrictEqual(tx.data)
  }
})

test('changes tell what the index has to do', () => {
  const tx = sample().at(-2) as Transaction
  expect(changesOf(tx)).toStrictEqual([{ kind: 'retract', fact: tx.ended[0], t: 5000 }])
  const all = changesOf(sample()[0] as Transaction)
  expect(all.map((c) => c.kind)).toEqual([
    'assert',
    'assert',
    'assert',
    'assert',
    'retract',
    'assert',
    'retract',
  ])
})

test('a transaction of five datoms takes few bytes', () => {
  const writer = new RecordWriter(firstBase)
  for (let i = 0; i < 1000; i++) {
    const t = 1000 + 2 * i
    const e = user(t + 1)
    const instant = 1_700_000_000_000 + i
    writer.write({
      t,
      instant,
      nextT: t + 2,
      nextElement: 80,
      data: [
        { e: tToTx(t), a: 50, v: new Instant(instant), t, added: true },
        { e, a: 72, v: `name ${i}`, t, added: true },
        { e, a: 73, v: `last ${i % 100}`, t, added: true },
        { e, a: 74, v: i % 100, t, added: true },
        { e, a: 75, v: user(1001), t, added: true },
      ],
      ended: [],
    })
  }
  expect(writer.out.length / 5000).toBeLessThan(9)
})

test('bytes that were changed or cut are errors, never crashes', () => {
  const writer = new RecordWriter(firstBase)
  for (const tx of sample()) writer.write(tx)
  const bytes = writer.out.peek()
  let seed = 5
  const random = (n: number): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648
    return seed % n
  }
  for (let i = 0; i < 3000; i++) {
    const bad = bytes.slice(0, i % 3 === 0 ? random(bytes.length) : bytes.length)
    for (let k = random(4); k >= 0; k--) bad[random(bad.length + 1)] = random(256)
    try {
      for (const tx of readRecords(bad, firstBase)) changesOf(tx)
    } catch (error) {
      expect(error, `round ${i}`).toBeInstanceOf(YoreError)
      expect((error as YoreError).code).toBe(':yore/storage-corrupt')
    }
  }
})
