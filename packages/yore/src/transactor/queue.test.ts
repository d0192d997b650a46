import { expect, test } from 'vitest'
import { freshDb, tx } from '../../../../test/oracle/tx.ts'
import { systemEnv } from '../base/env-system.ts'
import type { Env } from '../base/env.ts'
import { YoreError } from '../base/errors.ts'
import type { Db } from '../db/db.ts'
import type { TxResult } from '../transact/transact.ts'
import { encoded } from './commit.ts'
import { CommitQueue } from './queue.ts'
import type { Outcome } from './queue.ts'

const doc =
  (text: string) =>
  (db: Db): TxResult =>
    tx(db, `[{:db/doc "${text}"}]`)

/** A queue whose writes end when the test says so. */
function made(): { queue: CommitQueue; end: ((outcome: Outcome) => void)[]; committed: number[] } {
  const end: ((outcome: Outcome) => void)[] = []
  const committed: number[] = []
  const queue = new CommitQueue({
    env: systemEnv,
    db: freshDb(),
    encode: (result) => encoded(result, null),
    groupBytesMax: 1e9,
    write: () => new Promise((resolve) => end.push(resolve)),
    committed: ({ t }) => committed.push(t),
    pressure: () => 0,
  })
  return { queue, end, committed }
}

test.each([true, false])(
  'a slice waits for its turn only beside other long work: %s',
  async (isShared) => {
    const seen: string[] = []
    const queue = new CommitQueue({
      env: systemEnv,
      db: freshDb(),
      encode: (result) => encoded(result, null),
      groupBytesMax: 1e9,
      write: null,
      committed: () => {},
      pressure: () => 0,
      isShared: () => isShared,
    })
    const other = systemEnv.turn().then(() => seen.push('other'))
    const run = queue.submit((db) => {
      seen.push('slice')
      return doc('a')(db)
    })
    await Promise.all([other, run])
    expect(seen).toEqual(isShared ? ['other', 'slice'] : ['slice', 'other'])
  },
)

const turns = async (n = 5): Promise<void> => {
  for (let i = 0; i < n; i++) await systemEnv.turn()
}

test('held: what was run is settled, what was given waits, and goes on afterwards', async () => {
  const { queue, end, committed } = made()
  const first = queue.submit(doc('a'))
  await turns()
  const second = queue.submit(doc('b'))
  await turns()
  let isHeld = false
  const holding = queue.hold().then((goOn) => {
    isHeld = true
    return goOn
  })
  const third = queue.submit(doc('c'))
  await turns()
  expect([isHeld, end.length]).toEqual([false, 1])
  end[0]?.({ kind: 'written' })
  await first
  await turns()
  // what had been run before is written too, but nothing else is run
  end[1]?.({ kind: 'written' })
  await second
  const goOn = await holding
  await turns()
  expect([end.length, committed.length, queue.db.basisT]).toEqual([2, 2, committed[1]])
  goOn()
  await turns()
  end[2]?.({ kind: 'written' })
  expect((await third).dbAfter.basisT).toBe(queue.db.basisT)
  await queue.idle()
})

test('held with nothing to do; and with a write of which nobody knows what became', async () => {
  const { queue, end, committed } = made()
  ;(await queue.hold())()
  const first = queue.submit(doc('a'))
  await turns()
  const error = new YoreError(':yore/storage-unavailable', 'no answer')
  let asked = 0
  const settle = async (): Promise<Outcome> =>
    ++asked < 3 ? { kind: 'unknown', error, settle } : { kind: 'written' }
  end[0]?.({ kind: 'unknown', error, settle })
  await expect(first).rejects.toBe(error)
  const goOn = await queue.hold()
  expect([asked, committed.length]).toEqual([3, 1])
  goOn()
  const second = queue.submit(doc('b'))
  await turns()
  end[1]?.({ kind: 'written' })
  expect((await second).t).toBe(queue.db.basisT)
})

/** A queue whose groups take so many bytes, with the ts of each group that was written. */
function small(
  groupBytesMax: number,
  waitingMax = 1000,
): { queue: CommitQueue; groups: number[][] } {
  const groups: number[][] = []
  const queue = new CommitQueue({
    env: systemEnv,
    db: freshDb(),
    encode: (result) => encoded(result, null),
    groupBytesMax,
    waitingMax,
    write: async (group) => {
      groups.push(group.map(({ t }) => t))
      return { kind: 'written' }
    },
    committed: () => {},
    pressure: () => 0,
  })
  return { queue, groups }
}

test('what is too much for one group goes into several, in order', async () => {
  const { queue, groups } = small(1000)
  const results = await Promise.all(
    Array.from({ length: 30 }, (_, i) => queue.submit(doc('x'.repeat((i * 37) % 700)))),
  )
  const ts = results.map(({ t }) => t)
  expect(groups.flat()).toEqual(ts)
  expect(groups.length).toBeGreaterThan(8)
  expect(Math.max(...groups.map((group) => group.length))).toBeGreaterThan(1)
  await queue.idle()
})

test('one that cannot be written is refused alone; what ran before and behind it is not', async () => {
  const queue = new CommitQueue({
    env: systemEnv,
    db: freshDb(),
    encode: (result) => {
      if (result.txData.some(({ v }) => v === 'bad')) throw new YoreError(':yore/invalid-value', '')
      return encoded(result, null)
    },
    groupBytesMax: 1e9,
    write: async () => ({ kind: 'written' }),
    committed: () => {},
    pressure: () => 0,
  })
  const all = await Promise.allSettled(['a', 'bad', 'b', 'bad'].map((x) => queue.submit(doc(x))))
  expect(all.map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'rejected',
  ])
})

test('no more than so many wait; those are served, and then there is room again', async () => {
  const waitingMax = 200
  const { queue, groups } = small(1e9, waitingMax)
  const nothing = (db: Db): TxResult => {
    throw new YoreError(':yore/invalid-value', `at ${db.basisT}`)
  }
  let settled = 0
  const note = (): void => void settled++
  for (let i = 0; i < waitingMax; i++) queue.submit(nothing).catch(note)
  const beyond = { code: ':yore/queue-full', category: 'busy' }
  expect(() => queue.submit(doc('beyond'))).toThrow(expect.objectContaining(beyond))
  await queue.idle()
  expect(settled).toBe(waitingMax)
  await queue.submit(doc('again'))
  expect(groups).toEqual([[queue.db.basisT]])
})

test('where nothing is written each is told at once, as it would be told when it is written', async () => {
  const fail = (): TxResult => {
    throw new YoreError(':yore/invalid-argument', 'no', {})
  }
  const runs = Array.from({ length: 300 }, (_, i) => (i % 7 === 3 ? fail : doc(`${i}`)))
  const toldBy = async (queue: CommitQueue): Promise<string[]> => {
    const told: string[] = []
    const all = runs.map((run) =>
      queue.submit(run).then(
        ({ t }) => told.push(`${t}`),
        (error: YoreError) => told.push(error.code),
      ),
    )
    await Promise.all(all)
    await queue.idle()
    told.push(`${queue.db.basisT}`)
    return told
  }
  const committed: number[] = []
  const options = {
    env: systemEnv,
    db: freshDb(),
    encode: (result: TxResult) => encoded(result, null),
    groupBytesMax: 1e9,
    pressure: () => 0,
  }
  const atOnce = new CommitQueue({
    ...options,
    write: null,
    committed: ({ t }) => {
      // what is told is in `db` already, and nothing is between
      expect([atOnce.db.basisT, atOnce.ahead.results.length]).toEqual([t, 0])
      committed.push(t)
    },
  })
  const written = new CommitQueue({
    ...options,
    write: () => Promise.resolve({ kind: 'written' as const }),
    committed: () => {},
  })
  const told = await toldBy(atOnce)
  expect(told).toEqual(await toldBy(written))
  expect(committed).toEqual(
    told
      .slice(0, -1)
      .filter((x) => !x.startsWith(':'))
      .map(Number),
  )
})

test('where nothing is written reads and timers have their turns between slices', async () => {
  const queue = new CommitQueue({
    env: { ...systemEnv, monotonicMs: clock() },
    db: freshDb(),
    encode: (result) => encoded(result, null),
    groupBytesMax: 1e9,
    write: null,
    committed: () => {},
    pressure: () => 0,
  })
  let done = 0
  for (let i = 0; i < 20; i++) void queue.submit(doc(`${i}`)).then(() => done++)
  const seen: number[] = []
  while (done < 20) {
    await systemEnv.turn()
    seen.push(done)
  }
  expect(seen.length).toBeGreaterThan(5)
})

/** A millisecond passes each time it is looked at. */
function clock(): () => number {
  let ms = 0
  return () => ms++
}

/** An environment where only this test's works take time, and how long each turn has worked so far. */
function timed(): { env: Env; work: (ms: number) => void; turns: number[] } {
  const turns = [0]
  const env: Env = {
    ...systemEnv,
    turn: async () => {
      await systemEnv.turn()
      turns.push(0)
    },
    workedMs: () => turns.at(-1) as number,
  }
  const work = (ms: number): void => void (turns[turns.length - 1] = (turns.at(-1) as number) + ms)
  return { env, work, turns }
}

test.each([
  ['short ones', 1, 3],
  ['long ones', 2, 4],
  ['very long ones', 7, 7],
])(
  'no transaction begins in a turn that has worked for long, whatever has: %s',
  async (_, each, most) => {
    const { env, work, turns } = timed()
    const queue = new CommitQueue({
      env,
      db: freshDb(),
      encode: (result) => encoded(result, null),
      groupBytesMax: 1e9,
      // told in the turn in which it is written
      write: () => Promise.resolve({ kind: 'written' }),
      committed: () => {},
      pressure: () => 0,
    })
    const given = (n: number): Promise<unknown> =>
      Promise.all(
        Array.from({ length: n }, () =>
          queue.submit((db) => {
            work(each)
            return doc('a')(db)
          }),
        ),
      )
    for (let i = 0; i < 4; i++) await given(5)
    expect(Math.max(...turns)).toBe(most)
    // others have worked
    await systemEnv.turn()
    turns.push(2)
    const { length } = turns
    await given(1)
    expect(turns[length - 1]).toBe(2)
    expect(turns.slice(length)).toEqual([each])
  },
)
