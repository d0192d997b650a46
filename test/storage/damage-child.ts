/**
 * A process that damages a directory's file again and again, at places that a seed chooses, and reads everything: forked by the test, which
 * sees whether it lives. Tells the answers of each round: what was noticed, and what was wrong.
 */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { YoreError } from '../../packages/yore/src/base/errors.ts'
import { frame, unframe } from '../../packages/yore/src/data/codec/frame.ts'
import { openFileStorage } from '../../packages/yore/src/storage/drivers/file.ts'
import type { Storage } from '../../packages/yore/src/storage/storage.ts'
import { bytesOf } from '../../packages/yore/src/testing/storage-suite-tools.ts'

const [directory = '', from = '0', rounds = '0'] = process.argv.slice(2)
const db = 'db-1'
const count = 150
const pageBytes = 4096

const content = (i: number): Uint8Array => bytesOf(i * 13, i + 1)

async function fill(): Promise<Buffer> {
  const path = join(directory, 'whole')
  const storage = await openFileStorage({ directory: path })
  for (let i = 0; i < count; i++) {
    const blob = frame('segment', content(i), { name: `b${i}` })
    await storage.putBlobs(db, [{ id: `b${i}`, bytes: blob }], { relaxed: true })
    const slot = frame('slot', content(i % 20), { name: `${i}` })
    await storage.writeSlot(db, i, slot, { relaxed: i % 10 !== 0 })
  }
  await storage.replaceRoot('r', null, frame('root', content(50), { name: 'r' }))
  await storage.deleteBlobs(db, ['b7'])
  await storage.close()
  return readFileSync(join(path, 'yore.mdb'))
}

type Note = (what: string) => void

function attempt(note: Note, run: () => void): void {
  try {
    run()
  } catch (error) {
    note(error instanceof YoreError ? error.code : `RAW ${String(error)}`)
  }
}

function compare(note: Note, found: Uint8Array, i: number): void {
  if (Buffer.compare(found, content(i)) !== 0) note('WRONG')
}

function readAll(storage: Storage, note: Note): void {
  const { sync } = storage
  if (sync === null) return
  for (let i = 0; i < count; i++) {
    attempt(note, () => {
      const [bytes] = sync.getBlobs(db, [`b${i}`])
      if (bytes) compare(note, unframe(bytes, 'segment', `b${i}`).content, i)
      else if (i !== 7) note('absent')
    })
  }
  attempt(note, () => {
    const slots = sync.readSlots(db, { from: 0 })
    if (slots.length < count) note('absent')
    for (const { t, bytes } of slots) compare(note, unframe(bytes, 'slot', `${t}`).content, t % 20)
  })
  attempt(note, () => {
    const root = sync.readRoot('r')
    if (root === null) note('absent')
    else compare(note, unframe(root, 'root', 'r').content, 50)
  })
}

async function round(whole: Buffer, seed: number): Promise<string[]> {
  const noted = new Set<string>()
  const random = new DataView(bytesOf(64, seed + 1).buffer)
  const damaged = Buffer.from(whole)
  const page = random.getUint32(20) % (whole.length / pageBytes)
  // half of them anywhere, half where LMDB keeps its own numbers
  const at =
    random.getUint8(24) % 2 === 0
      ? random.getUint32(28) % whole.length
      : page * pageBytes + (random.getUint32(28) % 100)
  damaged[at] = (damaged[at] ?? 0) ^ (1 + (random.getUint8(40) % 255))
  const path = join(directory, 'damaged')
  rmSync(path, { recursive: true, force: true })
  mkdirSync(path)
  writeFileSync(join(path, 'yore.mdb'), damaged)
  try {
    const readOnly = seed % 2 === 0
    const storage = await openFileStorage({ directory: path, readOnly })
    readAll(storage, (what) => noted.add(what))
    if (!readOnly) {
      await storage.writeSlot(db, 1000, content(9)).catch(() => noted.add('no write'))
      await storage.deleteBlobs(db, ['b3', 'b99']).catch(() => noted.add('no write'))
    }
    await storage.close()
  } catch (error) {
    noted.add(error instanceof YoreError ? error.code : `RAW ${String(error)}`)
  }
  return [...noted]
}

const whole = await fill()
for (let i = 0; i < Number(rounds); i++) {
  const seed = Number(from) + i
  process.send?.({ seed })
  const noted = await round(whole, seed)
  process.send?.({ seed, noted })
}
process.disconnect?.()
