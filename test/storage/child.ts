/**
 * A process of the file storage's tests: forked with a directory and a role, it tells its parent what it does by messages.
 *
 * hold: opens for writing and stays. write: opens and writes slots one after the other, telling each that is acknowledged.
 * append: writes small slots, and nothing else, with a journal. one: writes the next slot and ends. follow: opens to read only and tells every slot that it comes to see.
 */

import { YoreError } from '../../packages/yore/src/base/errors.ts'
import { openFileStorage } from '../../packages/yore/src/storage/drivers/file.ts'
import { bytesOf } from '../../packages/yore/src/testing/storage-suite-tools.ts'

const [directory = '', role = '', argument = ''] = process.argv.slice(2)
const tell = (message: object): void => void process.send?.(message)
const database = 'db-1'
const withJournal = role === 'append'

async function write(): Promise<void> {
  const storage = await openFileStorage({
    directory,
    ...(withJournal && { journalBytes: 20_000 }),
  })
  tell({ open: process.pid })
  const inFlight = Number(argument)
  const [last] = (await storage.readSlots(database, { from: 0, limit: 100_000 })).slice(-1)
  let next = last === undefined ? 0 : last.t + 1
  const one = async (): Promise<void> => {
    for (;;) {
      const t = next++
      const id = `b-${t}`
      const blobs = [{ id, bytes: bytesOf(2000, t) }]
      if (!withJournal) await storage.putBlobs(database, blobs, { relaxed: true })
      if (await storage.writeSlot(database, t, bytesOf(100, t))) tell({ written: t })
      else tell({ lost: t })
    }
  }
  await Promise.all(Array.from({ length: inFlight }, one))
}

async function follow(): Promise<void> {
  const storage = await openFileStorage({ directory, readOnly: true })
  let next = 0
  const look = (): void => {
    for (const slot of storage.sync?.readSlots(database, { from: next }) ?? []) {
      tell({ seen: slot.t, at: Date.now(), length: slot.bytes.length })
      next = slot.t + 1
    }
  }
  storage.watch?.(look)
  tell({ open: process.pid })
  look()
}

async function one(): Promise<void> {
  const storage = await openFileStorage({ directory })
  const [last] = (await storage.readSlots(database, { from: 0, limit: 100_000 })).slice(-1)
  const t = last === undefined ? 0 : last.t + 1
  await storage.writeSlot(database, t, bytesOf(100, t))
  await storage.close()
}

async function hold(): Promise<void> {
  await openFileStorage({ directory, waitMs: Number(argument) })
  tell({ open: process.pid })
}

// Keeps the process until it is told to end, or its parent is gone.
process.on('message', (message) => {
  if (message === 'end') process.exit(0)
})
process.on('disconnect', () => process.exit(0))

try {
  if (role === 'write' || role === 'append') await write()
  else if (role === 'follow') await follow()
  else if (role === 'one') await one()
  else await hold()
} catch (error) {
  tell(
    error instanceof YoreError ? { code: error.code, data: error.data } : { code: String(error) },
  )
}
