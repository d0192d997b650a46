/**
 * Opening LMDB's file and writing it take turns, across processes.
 *
 * Whoever opens an environment sets the number of the last transaction, in the memory that all its processes share, to the one on the meta
 * page that it read (`mdb_env_open2` of the LMDB in lmdb 3.5: `mti_txnid = meta.mm_txnid`). If a commit comes between the two, the writer
 * takes a number for the second time: pages that are in use are written, and the file is damaged.
 *
 * (1) Who opens makes the file `yore.opening`, which one at a time can, and then waits until nobody writes. Who writes marks it first, and
 *     then looks for that file: one of the two sees the other.
 * (2) Marks are bytes of the file `yore.writing`, one for each thread of the process that holds the directory, whose record follows them.
 * (3) What a dead process left counts for nothing (holder.ts), and nobody waits for long for one that has been stopped.
 * (4) Where these files cannot be made, LMDB cannot write its shared memory either, and there is nothing to guard.
 */

import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { threadId } from 'node:worker_threads'
import { YoreError } from '../../../base/errors.ts'
import { isAlive, makeHolder, observe, readHolder, writeHolder } from './holder.ts'
import type { Holder } from './holder.ts'

const openingFile = 'yore.opening'
const writingFile = 'yore.writing'
const marks = 64
/** Marks and a record, whose end is filled with zeros; a name of a host has 255 letters at most. */
const writingBytes = 1024
const set = Uint8Array.of(1)
const unset = Uint8Array.of(0)
/** Opening takes some milliseconds, and one transaction less than a second. */
const openingMsMax = 20_000
const waitMsMax = 30_000

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code
const hasEnded = (error: unknown): boolean => codeOf(error) === 'ENOENT'

function ageMs(path: string): number | null {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat === undefined ? null : Date.now() - stat.mtimeMs
}

function bytesOf(path: string): Uint8Array | null {
  try {
    return readFileSync(path)
  } catch (error) {
    if (hasEnded(error)) return null
    throw error
  }
}

export class Gate {
  readonly #opening: string
  readonly #writing: string
  readonly #name: string
  readonly #beatAgeMs: () => number | null
  #fd: number | null = null
  #writers = 0

  constructor(directory: string, name: string, beatAge: () => number | null) {
    this.#opening = join(directory, openingFile)
    this.#writing = join(directory, writingFile)
    this.#name = name
    this.#beatAgeMs = beatAge
  }

  /** Runs while nobody else opens or writes. */
  async opening<T>(run: () => T | Promise<T>): Promise<T> {
    const token = randomUUID()
    const isMade = await this.#announce(token)
    try {
      await this.#until(() => !this.#isWritten(), 'written without a pause')
      return await run()
    } finally {
      if (isMade) this.#withdraw(token)
    }
  }

  /** This thread can mark from now on. Makes room, so that `hold` does not fail on a full disk; what is there stays. In `opening`. */
  prepare(): void {
    this.letGo()
    const fd = openSync(this.#writing, constants.O_RDWR | constants.O_CREAT)
    this.#fd = fd
    const missing = writingBytes - fstatSync(fd).size
    if (missing > 0) writeSync(fd, new Uint8Array(missing), 0, missing, writingBytes - missing)
  }

  /** This process writes from now on. In `opening`, after `prepare`. */
  hold(holder: Holder): void {
    if (this.#fd === null) return
    const bytes = new Uint8Array(writingBytes)
    bytes.set(writeHolder(holder), marks)
    writeSync(this.#fd, bytes, 0, bytes.length, 0)
  }

  letGo(): void {
    if (this.#fd !== null) closeSync(this.#fd)
    this.#fd = null
  }

  /** Runs while nobody opens. Of a process that holds the directory; others have nothing to mark. */
  async writing<T>(run: () => Promise<T>): Promise<T> {
    if (this.#fd === null) return run()
    await this.#until(() => this.#mark(), 'being opened without an end')
    try {
      return await run()
    } finally {
      if (--this.#writers === 0) this.#write(unset)
    }
  }

  #write(mark: Uint8Array): void {
    if (this.#fd !== null) writeSync(this.#fd, mark, 0, 1, threadId % marks)
  }

  #mark(): boolean {
    this.#write(set)
    if (!existsSync(this.#opening)) {
      this.#writers++
      return true
    }
    if (this.#writers === 0) this.#write(unset)
    this.#clear()
    return false
  }

  #isWritten(): boolean {
    const bytes = bytesOf(this.#writing)
    if (bytes === null || bytes.subarray(0, marks).every((x) => x === 0)) return false
    const end = bytes.indexOf(0, marks)
    const holder = readHolder(bytes.subarray(marks, end < 0 ? bytes.length : end))
    return holder !== null && isAlive(holder, observe(), this.#beatAgeMs())
  }

  /** Makes the file of who opens; false where it cannot be made. */
  async #announce(token: string): Promise<boolean> {
    let isMade = true
    await this.#until(() => {
      try {
        writeFileSync(this.#opening, writeHolder(makeHolder(token, observe())), { flag: 'wx' })
      } catch (error) {
        const code = codeOf(error)
        if (code === 'EEXIST') {
          this.#clear()
          return false
        }
        // a full disk has room for the name, if not for what is in it
        isMade = code === 'ENOSPC' && existsSync(this.#opening)
      }
      return true
    }, 'being opened without an end')
    return isMade
  }

  #withdraw(token: string): void {
    const bytes = bytesOf(this.#opening)
    const other = bytes === null ? null : readHolder(bytes)
    if (bytes !== null && (other === null || other.token === token))
      rmSync(this.#opening, { force: true })
  }

  /** Takes the file of who opens away when that one is dead. */
  #clear(): void {
    const age = ageMs(this.#opening)
    const bytes = bytesOf(this.#opening)
    if (age === null || bytes === null) return
    const other = readHolder(bytes)
    const lives = age < openingMsMax && (other === null || isAlive(other, observe(), age))
    if (lives) return
    const aside = `${this.#opening}-${randomUUID()}`
    try {
      renameSync(this.#opening, aside)
      const taken = bytesOf(aside)
      const isSame = taken !== null && readHolder(taken)?.token === other?.token
      if (isSame || existsSync(this.#opening)) rmSync(aside)
      // another one took it away meanwhile, and a third began to open
      else renameSync(aside, this.#opening)
    } catch (error) {
      if (!hasEnded(error)) throw error
    }
  }

  async #until(holds: () => boolean, what: string): Promise<void> {
    if (holds()) return
    const end = Date.now() + waitMsMax
    do {
      if (Date.now() > end) {
        throw new YoreError(':yore/storage-unavailable', `${this.#name} is ${what}: try again`)
      }
      await sleep(1)
    } while (!holds())
  }
}
