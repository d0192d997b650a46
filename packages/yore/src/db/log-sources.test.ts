import { expect, test } from 'vitest'
import { makeId, tToTx } from '../indexes/facts/ids.ts'
import { never } from '../indexes/facts/fact.ts'
import { Instant } from '../data/values.ts'
import { LogFold } from './log-fold.ts'
import { MemoryLog } from './log-memory.ts'
import type { Transaction } from './log-record.ts'
import { decodeSlot, encodeSlot } from './log-slot.ts'
import { StoredLog } from './log-stored.ts'
import type { LogReads, LogRoot } from './log-stored.ts'
import { LogList } from './log.ts'
import type { LogEntry, LogSource } from './log.ts'

/** Transactions whose t's have gaps, some large. */
function transactions(n: number): Transaction[] {
  const out: Transaction[] = []
  let t = 1000
  for (let i = 0; i < n; i++) {
    const nextT = t + 1 + ((i * 7) % 5)
    const size = i % 50 === 7 ? 3000 : 1 + (i % 4)
    const data = Array.from({ length: size }, (_, k) => ({
      e: makeId(4, t + (k % 3)),
      a: 72 + (k % 5),
      v: k % 2 === 0 ? `value ${i} ${k}` : k * i,
      t,
      added: k % 4 !== 3,
    }))
    const ended = data.filter((d) => !d.added).map(({ e, a, v }) => ({ e, a, v, t: 1, end: never }))
    const instant = { e: tToTx(t), a: 50, v: new Instant(1000 * i), t, added: true }
    out.push({ t, instant: 1000 * i, nextT, nextElement: 72, data: [instant, ...data], ended })
    t = nextT
  }
  return out
}

const all = transactions(120)
const end = all.at(-1)?.nextT as number
const expected = new LogList(all)
const shown = (entries: Iterable<LogEntry>): unknown[] =>
  Array.from(entries, ({ t, instant, data }) => ({ t, instant, data: [...data] }))

function expectSame(source: LogSource): void {
  for (const [from, to] of [
    [0, Infinity],
    [0, 1000],
    [1000, 1001],
    [1001, 1003],
    [1050, 1200],
    [1100, 1100],
    [1200, 1100],
    [end - 3, end],
    [end, Infinity],
  ] as const) {
    const wanted = shown(expected.entries(from, Math.max(from, to)))
    expect(shown(source.entries(from, to)), `${from} ${to}`).toEqual(wanted)
  }
  for (const { t, data } of all) {
    expect([...(Array.from(source.entries(t, t + 1))[0]?.data ?? [])]).toEqual(data)
  }
}

test('in memory: packed, and the newest as they are', () => {
  const log = new MemoryLog()
  for (const tx of all) log.append(tx)
  expectSame(log)
})

test('in memory: what is appended while somebody reads does not show', () => {
  const log = new MemoryLog()
  for (const tx of all.slice(0, 60)) log.append(tx)
  const to = all[60]?.t as number
  const seen: number[] = []
  let n = 60
  for (const { t } of log.entries(0, to)) {
    seen.push(t)
    const next = all[n++]
    if (next !== undefined) log.append(next)
  }
  expect(seen).toEqual(all.slice(0, 60).map((x) => x.t))
  expectSame(log)
})

type Changeable = { -readonly [K in keyof LogReads]: LogReads[K] }

/** A storage of slots and blobs, with the transactions in slots of some each. */
function stored(): {
  readonly slots: Map<number, Uint8Array>
  readonly blobs: Map<string, Uint8Array>
  readonly log: StoredLog
  readonly reads: Changeable
} {
  const slots = new Map<number, Uint8Array>()
  const blobs = new Map<string, Uint8Array>()
  const starts: number[] = []
  for (let i = 0; i < all.length;) {
    const group = all.slice(i, (i += 1 + (i % 6)))
    const { t } = group[0] as Transaction
    const head = { t, previous: 0, writer: new Uint8Array(8), isRelaxed: false }
    slots.set(t, encodeSlot(head, group).bytes)
    starts.push(t)
  }
  const reads: Changeable = {
    getBlobs: (ids: readonly string[]) => ids.map((id) => blobs.get(id) ?? null),
    readSlots: ({ from }: { from: number }) => {
      const t = [...slots.keys()].find((x) => x >= from)
      return t === undefined ? [] : [{ t, bytes: slots.get(t) as Uint8Array }]
    },
  }
  const log = new StoredLog(
    reads,
    'test',
    { revision: 1, lists: [], segments: [], nextT: 1000 },
    starts,
  )
  return { slots, blobs, log, reads }
}

test('in slots, in segments, and in both', () => {
  const { slots, blobs, log } = stored()
  expectSame(log)
  let root: LogRoot = { revision: 1, lists: [], segments: [], nextT: 1000 }
  let made = 0
  const starts = [...slots.keys()]
  for (const upTo of [10, 11, 25, starts.length]) {
    const fold = new LogFold(root, {
      newId: () => `blob-${made++}`,
      segmentBytes: 500,
      listMax: 3,
    })
    const nextT = starts[upTo] ?? end
    for (const t of slots.keys()) {
      if (t >= nextT) break
      fold.add(decodeSlot(slots.get(t) as Uint8Array, t, 'test'))
    }
    root = { ...fold.end(), nextT, revision: root.revision + 1 }
    for (const { id, bytes } of fold.take()) blobs.set(id, bytes)
    const reading = log.entries(0, Infinity)
    const first = reading.next().value as LogEntry
    log.moveTo(root)
    for (const t of slots.keys()) if (t < nextT) slots.delete(t)
    expect([first.t, ...Array.from(reading, (x) => x.t)]).toEqual(all.map((x) => x.t))
    expectSame(log)
  }
  expect(root.lists.length).toBeGreaterThan(2)
  expect(slots.size).toBe(0)
})

test('what is missing is told', () => {
  const { slots, log } = stored()
  const t = [...slots.keys()][3] as number
  slots.delete(t)
  expect(() => [...log.entries(0, Infinity)]).toThrow(`slot ${t} of the log of test: it is missing`)
})

test('a job of another process folds what is being read: the newest root says where it is', () => {
  const { slots, blobs, log, reads } = stored()
  const starts = [...slots.keys()]
  const root: LogRoot = { revision: 1, lists: [], segments: [], nextT: 1000 }
  let made = 0
  const fold = new LogFold(root, { newId: () => `blob-${made++}`, segmentBytes: 500 })
  const nextT = starts[20] as number
  for (const t of starts.slice(0, 20)) fold.add(decodeSlot(slots.get(t) as Uint8Array, t, 'test'))
  const ends = fold.end()
  const reading = log.entries(0, Infinity)
  const first = [reading.next().value, reading.next().value] as LogEntry[]
  for (const { id, bytes } of fold.take()) blobs.set(id, bytes)
  for (const t of starts.slice(0, 20)) slots.delete(t)
  // nobody has told the log; and one root behind is not told as news
  const newest: LogRoot = { ...ends, nextT, revision: 3 }
  reads.newestRoot = () => newest
  const rest = Array.from(reading, (x) => x.t)
  expect([...first.map((x) => x.t), ...rest]).toEqual(all.map((x) => x.t))
  log.moveTo({ ...root, revision: 2 })
  expectSame(log)
  // what is not there for the newest root either is an error
  slots.clear()
  expect(() => Array.from(log.entries(0, Infinity))).toThrow(
    /slot \d+ of the log of test: it is missing/,
  )
})
