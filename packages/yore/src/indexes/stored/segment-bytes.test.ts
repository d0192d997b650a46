/**
 * Stored segments: bytes that must never change, every layout there and back, searching before and after values are made, and damage.
 */

import { expect, test } from 'vitest'
import {
  ids,
  kinds,
  pick,
  placementOf,
  randomOf,
  show,
  user,
} from '../../../../../test/oracle/index-world.ts'
import { YoreError } from '../../base/errors.ts'
import type { Value } from '../../data/values.ts'
import { Double, Instant, keyword, Uuid } from '../../data/values.ts'
import { Bound } from '../facts/bound.ts'
import { sortForOrders } from '../merge/bulk.ts'
import { decodeChunks, encodeChunks } from './directory.ts'
import { encodeSegment } from '../segments/encode.ts'
import { Entry, noEnd } from '../facts/entry.ts'
import type { Placement } from '../fact-index.ts'
import { orders } from '../facts/fact.ts'
import type { Order } from '../facts/fact.ts'
import { decodeRoots, encodeRoots } from './roots.ts'
import { Rows } from '../segments/rows.ts'
import type { Segment } from '../segments/segment.ts'
import { decodeBlock, encodeBlock } from './segment-bytes.ts'
import { Block, SegmentRef, summaryOf } from '../segments/segment-ref.ts'

function segmentOf(
  order: Order,
  entries: readonly Entry[],
  placement: (a: number) => Placement,
): Segment {
  const rows = new Rows(entries.length)
  for (const x of entries) rows.addEntry(x)
  return encodeSegment(order, rows, 0, rows.n, placement)
}

const rowsOf = (segment: Segment): string[] =>
  Array.from({ length: segment.n }, (_, i) => {
    const { e, a, v, t, end } = segment.entryAt(i)
    return `${e} ${a} ${show(v)} ${t} ${end}`
  })

const all: (a: number) => Placement = (a) => ({
  avet: true,
  vaet: false,
  column: a === 1 ? 'long' : a === 2 ? 'double' : a === 3 ? 'instant' : 'value',
})
const golden = [
  new Entry(user + 1, 1, 300, 1001, noEnd),
  new Entry(user + 1, 2, new Double(-0), 1001, 1005),
  new Entry(user + 1, 3, new Instant(-5), 1000, noEnd),
  new Entry(user + 1, 4, 'naïve', 1001, noEnd),
  new Entry(user + 1, 5, keyword('a/b'), 1001, noEnd),
  new Entry(user + 1, 6, new Uuid('00112233-4455-6677-8899-aabbccddeeff'), 1001, noEnd),
  new Entry(user + 2, 4, '\ud800', 1001, noEnd),
  new Entry(user + 2, 7, 'plain', 70_000, noEnd),
]
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test('the format of segments, directories and roots is the one on all disks', () => {
  const segment = segmentOf('eavt', golden, all)
  const bytes = encodeBlock([segment], 'golden', 'none')
  expect(rowsOf(decodeBlock(bytes, 'golden')[0] as Segment)).toEqual(rowsOf(segment))
  expect(hex(bytes)).toMatchInlineSnapshot(
    `"594f52450103000048010000d145ae3fb6000000000108000100000000b042010000000000408f400407000000000000f0bf0207000000000000f03f000000000000004000000000000008400000000000001040000000000000144000000000000018400000000000001c40010100010000000000c07240010301000000000000008008020100000000000014c00105020000000000000000010202010c0501000000000000000001010301050501000000000000000001010410050100000000000000000101000105000000000000000000000000010101000000010000000000000001000000010000000100000001000000880d01000000ee0300000000000000000000000000010203040503060000000000000100000000000000000000000000000000800000010a026e006100ef007600650000d800050b06612f620000112233445566778899aabbccddeeff0005706c61696e"`,
  )
  const block = new Block('golden', null, bytes.length, 1)
  const ref = new SegmentRef(block, 0, summaryOf(segment, false), golden[0] as Entry, null)
  block.refs.push(ref)
  const chunk = encodeChunks([{ order: 'eavt', refs: [ref] }], all, 'chunk', 'none')
  const [[again] = []] = decodeChunks(chunk, 'chunk', null)
  const { segment: _, block: __, ...rest } = ref
  expect(again).toMatchObject(rest)
  expect(again?.block).toMatchObject({ id: 'golden', bytes: bytes.length, count: 1 })
  expect(hex(chunk)).toMatchInlineSnapshot(
    `"594f524501040000930000007518fcb27d00000001000101000100000000b042010000000000488f400100000000000000f03f00010000000000c0724001000000000000204001000000000000184001000000000000f0bf010000000000408f4001000000000017f140010000000000688f4001010c676f6c64656ed80201000000000000000001000000000000000001000000000000000000000000000000000000"`,
  )
  const roots = {
    basisT: 70_000,
    trees: [
      {
        name: 'eavt' as const,
        past: false,
        main: [{ blob: 'chunk', slot: 0, segments: 1, facts: 8 }],
        mid: [],
      },
    ],
    unasserted: [[12, 2] as const],
  }
  expect(decodeRoots(encodeRoots(roots))).toEqual(roots)
  expect(hex(encodeRoots(roots))).toMatchInlineSnapshot(
    `"594f52450101000020000000ed169f2e000000000017f140010000010a6368756e6b0001080001000000000000284002"`,
  )
})

// Entries of every kind of attribute, sorted.
function someEntries(random: (n: number) => number, n: number, past: boolean): Entry[] {
  const out = new Map<string, Entry>()
  for (let i = 0; i < n; i++) {
    const a = pick(random, [...kinds.keys()])
    const v = pick(random, kinds.get(a)?.values ?? [])
    const t = 1 + random(1000)
    const end = past || random(9) === 0 ? t + random(5000) : noEnd
    const x = new Entry(pick(random, ids) + random(40), a, v, t, end)
    out.set(`${x.e} ${a} ${show(v)}`, x)
  }
  return [...out.values()]
}

function expectSame(read: Segment, made: Segment, note: string): void {
  expect(rowsOf(read), note).toEqual(rowsOf(made))
  expect([read.order, read.a, read.n], note).toEqual([made.order, made.a, made.n])
}

test.each(orders)('what is written of %s is read back', (order) => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1e9)
  console.log(`segment-bytes ${order}: SEED=${seed}`)
  const random = randomOf(seed)
  for (let round = 0; round < 30; round++) {
    const note = `seed ${seed}, round ${round}`
    const entries = sortForOrders(
      someEntries(random, 1 + random(300), random(2) === 0),
      placementOf,
    )[order]
    if (entries.length === 0) continue
    const cut = random(entries.length)
    const made = [entries.slice(0, cut), entries.slice(cut)]
      .filter((some) => some.length > 0)
      .map((some) => segmentOf(order, some, placementOf))
    const bytes = encodeBlock(made, 'x', random(2) === 0 ? 'lz4' : 'none')
    // searched before anything was made of its bytes
    const fresh = decodeBlock(bytes, 'x')
    expect(fresh.length).toBe(made.length)
    for (const [i, segment] of fresh.entries()) {
      const other = made[i] as Segment
      for (let k = 0; k < 20; k++) {
        const bound = new Bound().setEntry(pick(random, entries), random(2) === 0)
        bound.depth = 1 + random(5)
        const wanted = other.position(bound, 0, other.n)
        expect(segment.position(bound, 0, segment.n), note).toBe(wanted)
      }
      expectSame(segment, other, note)
    }
    // read in one piece, by a few, and with rows picked
    for (const [i, segment] of decodeBlock(bytes, 'x').entries()) {
      const other = made[i] as Segment
      const from = random(segment.n)
      const to = from + random(segment.n - from)
      const wanted = rowsOf(other).slice(from, to)
      const values: Value[] = []
      segment.copyValues(from, to, values, 0)
      expect(values.map(show), note).toEqual(wanted.map((_, k) => show(other.valueAt(from + k))))
      segment.copyValues(0, segment.n, values, 0)
      expectSame(segment, other, note)
    }
  }
})

const texts = [
  '',
  'a',
  'plain text of some length, longer than what is made letter by letter',
  'é',
  '\ufeffwith a mark before it',
  '日本語のテキスト',
  '😀 pair',
  'x'.repeat(3000),
  '\udc00 half',
  'half \ud83d',
  'zero \0 in it',
]

test('strings of every form come back, one by one and all at once, and stand in their order', () => {
  const parts = [texts.slice(0, 3), texts.slice(0, 8), texts, texts.slice(0, 3).reverse()]
  for (const some of parts) {
    const entries = sortForOrders(
      some.map((v, i) => new Entry(user + i, 2, v, 5, noEnd)),
      placementOf,
    ).avet
    const made = segmentOf('avet', entries, placementOf)
    const bytes = encodeBlock([made], 'x', 'lz4')
    for (const probe of texts) {
      const read = decodeBlock(bytes, 'x')[0] as Segment
      for (const after of [false, true]) {
        const bound = new Bound()
        bound.depth = 2
        bound.a = 2
        bound.v = probe
        bound.after = after
        expect(read.position(bound, 0, read.n)).toBe(made.position(bound, 0, made.n))
      }
    }
    const read = decodeBlock(bytes, 'x')[0] as Segment
    const values: Value[] = []
    read.copyValues(0, read.n, values, 0)
    expect(values).toEqual(entries.map((x) => x.v))
    expect(rowsOf(decodeBlock(bytes, 'x')[0] as Segment)).toEqual(rowsOf(made))
  }
})

test('uuids are found among bytes in the order of their signed halves', () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1e9)
  const random = randomOf(seed)
  const digits = (n: number): string =>
    Array.from({ length: n }, () => random(16).toString(16)).join('')
  const some = Array.from(
    { length: 200 },
    () => new Uuid(`${digits(8)}-${digits(4)}-${digits(4)}-${digits(4)}-${digits(12)}`),
  )
  const entries = sortForOrders(
    some.map((v, i) => new Entry(user + i, 12, v, 5, noEnd)),
    placementOf,
  ).avet
  const made = segmentOf('avet', entries, placementOf)
  const read = decodeBlock(encodeBlock([made], 'x', 'lz4'), 'x')[0] as Segment
  for (const v of [
    ...some,
    new Uuid('00000000-0000-0000-0000-000000000000'),
    new Uuid('nothing'),
  ]) {
    const bound = new Bound()
    Object.assign(bound, { depth: 2, a: 12, v, after: random(2) === 0 })
    expect(read.position(bound, 0, read.n), `seed ${seed}`).toBe(made.position(bound, 0, made.n))
  }
  expectSame(read, made, `seed ${seed}`)
})

test('a changed, missing or additional byte is noticed, and which blob it is', () => {
  const segment = segmentOf('eavt', golden, all)
  for (const codec of ['none', 'lz4'] as const) {
    const bytes = encodeBlock([segment], 'blob-7', codec)
    const damaged: Uint8Array[] = [
      bytes.subarray(0, -1),
      new Uint8Array(0),
      Buffer.concat([bytes, bytes]),
    ]
    for (let i = 0; i < bytes.length; i++) {
      const other = bytes.slice()
      other[i] = (other[i] as number) ^ (1 << (i % 8))
      damaged.push(other)
    }
    for (const other of damaged) {
      let error: unknown
      try {
        decodeBlock(other, 'blob-7')
      } catch (thrown) {
        error = thrown
      }
      expect(error).toBeInstanceOf(YoreError)
      expect(error).toMatchObject({ code: ':yore/storage-corrupt' })
      expect((error as YoreError).message).toContain('blob-7')
    }
    // the right bytes in the wrong place
    expect(() => decodeBlock(bytes, 'blob-8')).toThrow(/blob-8/)
  }
})
