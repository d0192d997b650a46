import { expect, test } from 'vitest'
import { freshDb, tx } from '../../../../test/oracle/tx.ts'
import { systemEnv } from '../base/env-system.ts'
import { YoreError } from '../base/errors.ts'
import type { Db } from '../db/db.ts'
import type { TxResult } from '../transact/transact.ts'
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
    write: () => new Promise((resolve) => end.push(resolve)),
    committed: ({ t }) => committed.push(t),
    pressure: () => 0,
  })
  return { queue, end, committed }
}

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
