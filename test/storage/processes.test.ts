/** Several processes on one directory: one writes, others read, any may be killed. */

import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openFileStorage } from '../../packages/yore/src/storage/drivers/file.ts'
import { allSlots, bytesOf } from '../../packages/yore/src/testing/storage-suite-tools.ts'
import { makeDirectory } from './places.ts'
import { errorOf } from '../error-of.ts'

const db = 'db-1'
const path = (name: string): string => new URL(name, import.meta.url).pathname

interface Message {
  readonly open?: number
  readonly written?: number
  readonly lost?: number
  readonly seen?: number
  readonly at?: number
  readonly code?: string
  readonly data?: Readonly<Record<string, unknown>>
}

class Child {
  readonly process: ChildProcess
  readonly messages: Message[] = []
  #hear: () => void = () => {}
  #fail: (error: Error) => void = () => {}
  #ended: Error | null = null

  constructor(directory: string, role: string, argument = '') {
    this.process = fork(path('child.ts'), [directory, role, argument], {
      execArgv: ['--conditions=yore-source', '--import', path('../../scripts/ts.mjs')],
    })
    this.process.on('message', (message: Message) => {
      this.messages.push(message)
      this.#hear()
    })
    this.process.on('exit', (code, signal) => {
      this.#ended = new Error(`the child ended: ${code ?? signal}`)
      this.#fail(this.#ended)
    })
  }

  /** The first message for which the function has something, once there is one. */
  async hear<T>(find: (message: Message) => T | undefined): Promise<T> {
    for (;;) {
      for (const message of this.messages) {
        const found = find(message)
        if (found !== undefined) return found
      }
      if (this.#ended !== null) throw this.#ended
      await new Promise<void>((resolve, reject) => {
        this.#hear = resolve
        this.#fail = reject
      })
    }
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return
    const ended = new Promise((resolve) => this.process.once('exit', resolve))
    this.process.kill(signal)
    await ended
  }
}

let directory = makeDirectory()
const children: Child[] = []
const start = (role: string, argument = ''): Child => {
  const child = new Child(directory.path, role, argument)
  children.push(child)
  return child
}
const opened = (message: Message): number | string | undefined => message.open ?? message.code

beforeEach(() => {
  directory = makeDirectory()
})
afterEach(async () => {
  for (const child of children.splice(0)) await child.kill()
  directory.remove()
})

describe('two processes', () => {
  test('the second that would write is refused, and told who writes', async () => {
    const before = Date.now()
    const child = start('hold')
    const pid = await child.hear(opened)
    const error = await errorOf(() => openFileStorage({ directory: directory.path }))
    expect(error.code).toBe(':yore/storage-busy')
    expect(error.category).toBe('busy')
    expect(error.data['pid']).toBe(pid)
    expect(error.message).toContain(`process ${pid} on ${String(error.data['host'])} since `)
    const since = new Date(String(error.data['since'])).getTime()
    expect(since).toBeGreaterThanOrEqual(before)
    expect(since).toBeLessThanOrEqual(Date.now())
    // and the one that writes is not disturbed
    const reader = await openFileStorage({ directory: directory.path, readOnly: true })
    expect(await reader.readSlots(db, { from: 0 })).toEqual([])
    await reader.close()
  })

  test('of many that open at the same time, one writes', async () => {
    const racers = Array.from({ length: 4 }, () => start('hold'))
    const results = await Promise.all(racers.map((racer) => racer.hear(opened)))
    const winners = results.filter((result) => typeof result === 'number')
    expect(winners).toHaveLength(1)
    expect(results.filter((result) => result === ':yore/storage-busy')).toHaveLength(3)
    const losers = racers.flatMap(({ messages }) => messages.flatMap(({ data }) => data ?? []))
    for (const { pid } of losers as { pid?: unknown }[]) expect(pid).toBe(winners[0])
  })

  test('who waits gets it when the holder closes', async () => {
    const storage = await openFileStorage({ directory: directory.path })
    await storage.writeSlot(db, 1, bytesOf(5))
    const child = start('hold', '30000')
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(child.messages).toEqual([])
    await storage.close()
    expect(await child.hear(opened)).toBe(child.process.pid)
    await child.kill('SIGTERM')
    const again = await openFileStorage({ directory: directory.path })
    expect(await again.readSlots(db, { from: 0 })).toEqual([{ t: 1, bytes: bytesOf(5) }])
    await again.close()
  })

  test('a killed holder stands in nobody’s way', async () => {
    for (let i = 0; i < 3; i++) {
      const child = start('hold')
      expect(await child.hear(opened)).toBe(child.process.pid)
      await child.kill()
    }
    const storage = await openFileStorage({ directory: directory.path })
    await storage.close()
  })
})

describe('a killed writer', () => {
  test.each([1, 20])('lost nothing that it had told (%s in flight)', async (inFlight) => {
    const acknowledged = new Set<number>()
    for (let round = 0; round < 3; round++) {
      const child = start('write', String(inFlight))
      const wanted = 1 + round * 20
      await child.hear(
        (m) => ((m.written ?? -1) >= 0 && child.messages.length > wanted) || undefined,
      )
      await child.kill()
      for (const { written, lost, code } of child.messages) {
        expect([lost, code]).toEqual([undefined, undefined])
        if (written !== undefined) acknowledged.add(written)
      }
      const storage = await openFileStorage({ directory: directory.path })
      const slots = await allSlots(storage, db)
      const found = new Set(slots.map(({ t }) => t))
      for (const t of acknowledged) expect(found.has(t), `slot ${t}`).toBe(true)
      // every slot stands with the relaxed blob that was written before it
      const blobs = await storage.getBlobs(
        db,
        slots.map(({ t }) => `b-${t}`),
      )
      slots.forEach(({ t, bytes }, i) => {
        expect(bytes).toEqual(bytesOf(100, t))
        expect(blobs[i]).toEqual(bytesOf(2000, t))
      })
      await storage.close()
    }
    expect(acknowledged.size).toBeGreaterThan(40)
  })
})

describe('a process that reads only', () => {
  test('sees what another writes, soon', async () => {
    const storage = await openFileStorage({ directory: directory.path })
    await storage.writeSlot(db, 0, bytesOf(1))
    const child = start('follow')
    await child.hear((m) => (m.seen === 0 ? true : undefined))
    const delays: number[] = []
    for (let t = 1; t <= 20; t++) {
      const bytes = bytesOf(t === 10 ? 5_000_000 : 50, t)
      expect(await storage.writeSlot(db, t, bytes)).toBe(true)
      const written = Date.now()
      delays.push((await child.hear((m) => (m.seen === t ? m.at : undefined))) - written)
    }
    process.stdout.write(
      `a follower saw slots after ${delays.sort((a, b) => a - b).join(' ')} ms\n`,
    )
    await storage.close()
  })

  test('comes and goes as often as it likes while another writes, and nothing is damaged', async () => {
    const writer = start('write', '4')
    await writer.hear(opened)
    let seen = 0
    for (let round = 0; round < 100; round++) {
      const reader = await openFileStorage({ directory: directory.path, readOnly: true })
      const slots = await allSlots(reader, db)
      expect(slots.every(({ t }, i) => t === i)).toBe(true)
      const last = slots.slice(-20)
      const blobs = await reader.getBlobs(
        db,
        last.map(({ t }) => `b-${t}`),
      )
      const isRight = last.map(
        ({ t, bytes }, i) =>
          Buffer.compare(bytes, bytesOf(100, t)) === 0 &&
          Buffer.compare(blobs[i] ?? new Uint8Array(0), bytesOf(2000, t)) === 0,
      )
      expect(isRight).toEqual(last.map(() => true))
      expect(slots.length).toBeGreaterThanOrEqual(seen)
      seen = slots.length
      await reader.close()
    }
    // it lives, and goes on
    const sent = writer.messages.length
    await writer.hear((m) => (writer.messages.indexOf(m) > sent + 10 ? true : undefined))
    const acknowledged = writer.messages.filter(({ written }) => written !== undefined).length
    await writer.kill()
    const after = await openFileStorage({ directory: directory.path })
    expect((await allSlots(after, db)).length).toBeGreaterThanOrEqual(acknowledged)
    await after.close()
  })

  test('goes on when the writer is killed and another one comes', async () => {
    const first = start('write', '5')
    await first.hear((m) => (m.written === 30 ? true : undefined))
    const reader = await openFileStorage({ directory: directory.path, readOnly: true })
    await first.kill()
    const seen = (await allSlots(reader, db)).length
    expect(seen).toBeGreaterThanOrEqual(31)
    const second = start('write', '5')
    const t = await second.hear((m) => ((m.written ?? 0) > seen + 50 ? m.written : undefined))
    expect((await allSlots(reader, db, t))[0]?.t).toBe(t)
    expect((await errorOf(() => reader.writeSlot(db, 1_000_000, bytesOf(1)))).code).toBe(
      ':yore/storage-read-only',
    )
    await reader.close()
  })
})

describe('a journal', () => {
  test('of a killed writer: who reads then sees everything, without writing, and so does the next writer', async () => {
    const acknowledged = new Set<number>()
    for (let round = 0; round < 4; round++) {
      const child = start('append', round % 2 === 0 ? '1' : '6')
      await child.hear(() => (child.messages.length > 30 + 100 * round ? true : undefined))
      await child.kill()
      for (const { written, lost, code } of child.messages) {
        expect([lost, code]).toEqual([undefined, undefined])
        if (written !== undefined) acknowledged.add(written)
      }
      const reader = await openFileStorage({ directory: directory.path, readOnly: true })
      const seen = await allSlots(reader, db)
      const found = new Set(seen.map(({ t }) => t))
      for (const t of acknowledged) expect(found.has(t), `slot ${t}`).toBe(true)
      for (const { t, bytes } of seen) expect(bytes).toEqual(bytesOf(100, t))
      const storage = await openFileStorage({ directory: directory.path })
      expect(await allSlots(storage, db)).toEqual(seen)
      expect(await allSlots(reader, db)).toEqual(seen)
      await storage.close()
      await reader.close()
    }
    expect(acknowledged.size).toBeGreaterThan(300)
  })

  test('goes round and round beside those that read it: no gap, nothing acknowledged is missing', async () => {
    const writer = start('append', '3')
    await writer.hear((m) => (m.written === 20 ? true : undefined))
    const told = (): number =>
      writer.messages.findLast(({ written }) => written !== undefined)?.written ?? 0
    const stays = await openFileStorage({ directory: directory.path, readOnly: true })
    let changes = 0
    const end = stays.watch?.(() => changes++)
    for (let round = 0; round < 60; round++) {
      const comes = await openFileStorage({ directory: directory.path, readOnly: true })
      for (const reader of [stays, comes]) {
        // calls under way together are acknowledged in any order
        const before = told() - 3
        const slots = await allSlots(reader, db)
        expect(slots.every(({ t }, i) => t === i)).toBe(true)
        expect(slots.length).toBeGreaterThan(before)
      }
      await comes.close()
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(changes).toBeGreaterThan(3)
    await writer.kill()
    end?.()
    const next = start('append', '2')
    const seen = (await allSlots(stays, db)).length
    const t = await next.hear((m) => ((m.written ?? 0) > seen + 300 ? m.written : undefined))
    expect((await allSlots(stays, db, t))[0]?.t).toBe(t)
    await stays.close()
  })
})
