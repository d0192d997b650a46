/**
 * One directory of this process: LMDB's environment in it, who writes it, its queue of writes. Handles on the same directory share it.
 *
 * (1) Only the holder of the directory writes, and every transaction checks that the record still names this opening.
 * (2) A directory is open once in a process (LMDB forbids twice); the last handle that goes closes it.
 */

import { existsSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { raise, YoreError } from '../../../base/errors.ts'
import { bodyAwaited } from './exit.ts'
import { Gate } from './gate.ts'
import {
  beatEveryMs,
  isAlive,
  makeHolder,
  noteEnd,
  observe,
  readHolder,
  writeHolder,
} from './holder.ts'
import type { Holder } from './holder.ts'
import { Journaling } from './journaling.ts'
import { loadLmdb, storageError, storageErrorOf } from './lmdb.ts'
import { openTables } from './tables.ts'
import type { Lmdb, Tables } from './tables.ts'
import { WriteQueue } from './writes.ts'

const dataFile = 'yore.mdb'
/** Its age shows that the holder lives; its text is for people. */
const beatFile = 'yore.writer'
const holderKey = 'holder'
/** How many transactions there were. LMDB's own number is told before the transaction can be read. */
const countKey = 'count'
const pollEveryMs = 40
/** In so many transactions, at most, the journal is taken over before what waits for that. */
const roundsMax = 16

export interface OpenOptions {
  readonly readOnly: boolean
  /** The token of the holder, from another thread of the process. */
  readonly lease: string | null
  readonly waitMs: number
  /** How large the journal is; null: the usual size, when it is worth it. */
  readonly journalBytes: number | null
}

function beatAgeMs(directory: string): number | null {
  const stat = statSync(join(directory, beatFile), { throwIfNoEntry: false })
  return stat === undefined ? null : Date.now() - stat.mtimeMs
}

/** The living holder of a directory who is not us. */
function holderIn(tables: Tables, directory: string): Holder | null {
  const holder = readHolder(tables.meta.getBinary(holderKey))
  const lives = holder !== null && isAlive(holder, observe(), beatAgeMs(directory))
  return lives ? holder : null
}

function busy(name: string, holder: Holder | null): YoreError {
  const { pid, host, since } = holder ?? {}
  const when = since === undefined ? '' : ` since ${new Date(since).toISOString()}`
  const who = holder === null ? 'another process' : `process ${pid} on ${host}${when}`
  return new YoreError(
    ':yore/storage-busy',
    `${name} is written by ${who}: end that process, or open it with readOnly`,
    holder === null ? {} : { pid, host, since: new Date(since ?? 0).toISOString() },
  )
}

export class Environment {
  readonly name: string
  readonly directory: string
  /** The token under which this process writes; null when it only reads. */
  token: string | null = null
  /** How many handles there are, and how many of them write. */
  handles = 0
  writers = 0
  readonly queue: WriteQueue
  readonly journaling: Journaling
  readonly #path: string
  readonly #gate: Gate
  readonly #watchers = new Set<() => void>()
  #tables: Tables | null = null
  #ownsRecord = false
  #beat: ReturnType<typeof setInterval> | null = null
  #poll: ReturnType<typeof setInterval> | null = null
  /** What a look at what others write has seen. */
  #seen = ''

  constructor(directory: string, name: string) {
    this.directory = directory
    this.name = name
    this.#path = join(directory, dataFile)
    this.#gate = new Gate(directory, name, () => beatAgeMs(directory))
    this.queue = new WriteQueue({
      run: (body) => this.#transact(body),
      errorOf: (error) => storageError(error, this.name, this.directory),
      written: () => this.#tell(),
    })
    this.journaling = new Journaling({
      directory,
      fresh: () => this.refresh(),
      write: (run) => this.queue.add(100, () => run(this.tables)),
      isWritten: () => !this.queue.isIdle,
      written: () => this.#tell(),
    })
  }

  get tables(): Tables {
    return this.#tables ?? raise(':yore/storage-closed', `${this.name} was closed`)
  }

  /** Opens it as the options say; what is open already becomes more, never less. */
  async open({ readOnly, lease, waitMs, journalBytes }: OpenOptions): Promise<void> {
    if (this.#tables !== null && (readOnly || this.token !== null)) return
    const lmdb = await loadLmdb()
    try {
      if (!readOnly && lease === null) {
        await this.#hold(lmdb, waitMs)
        await this.journaling.begin(journalBytes)
      } else await this.#gate.opening(() => this.#openBeside(lmdb, lease))
    } catch (error) {
      throw storageErrorOf(error, this.name)
    }
  }

  /** To read; or, with a lease, to write beside another thread of this process. */
  async #openBeside(lmdb: Lmdb, lease: string | null): Promise<void> {
    if (lease === null) {
      this.#tables = this.#openExisting(lmdb)
      return
    }
    this.#reopen(lmdb, false)
    try {
      this.#checkToken(lease)
      this.#gate.prepare()
      await this.#takeJournal(lease, true)
      this.token = lease
    } catch (error) {
      this.#gate.letGo()
      // other handles go on reading
      this.#reopen(lmdb, this.handles > 0 ? true : null)
      throw error
    }
  }

  #openExisting(lmdb: Lmdb): Tables {
    const tables = existsSync(this.#path) ? openTables(lmdb, this.#path, true) : null
    return (
      tables ??
      raise(
        ':yore/storage-not-found',
        `there is no storage in ${this.directory}: create it first`,
        {
          directory: this.directory,
        },
      )
    )
  }

  /** Closes what is open and opens it anew, to read only or not; null: leaves it closed. */
  #reopen(lmdb: Lmdb, readOnly: boolean | null): void {
    const tables = this.#tables
    this.#tables = null
    // Without writes under way it is closed when this returns, so no read finds it closed.
    void tables?.root.close()
    if (readOnly !== null) this.#tables = openTables(lmdb, this.#path, readOnly)
  }

  /** Becomes the one who writes, or says who is. */
  async #hold(lmdb: Lmdb, waitMs: number): Promise<void> {
    const end = Date.now() + waitMs
    for (;;) {
      const holder = await this.#gate.opening(
        async () => this.#peek(lmdb) ?? (await this.#tryToHold(lmdb)),
      )
      if (holder === null) return
      if (Date.now() >= end) throw busy(this.name, holder)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** A look at the holder without a write: while another one writes, a write would wait for it. */
  #peek(lmdb: Lmdb): Holder | null {
    if (!existsSync(this.#path)) return null
    const tables = this.#tables ?? openTables(lmdb, this.#path, true)
    if (tables === null) return null
    tables.root.resetReadTxn()
    const holder = holderIn(tables, this.directory)
    if (this.#tables === null) void tables.root.close()
    return holder
  }

  async #tryToHold(lmdb: Lmdb): Promise<Holder | null> {
    const holder = makeHolder(randomUUID(), observe())
    const { token } = holder
    try {
      this.#reopen(lmdb, false)
      this.#gate.prepare()
      const { meta } = this.tables
      const other = await this.#transaction(() => {
        const found = holderIn(this.tables, this.directory)
        if (found === null) {
          this.#writeBeat(token)
          void meta.put(holderKey, writeHolder(holder))
          this.journaling.close(this.tables)
        }
        return found
      })
      if (other !== null) {
        this.#gate.letGo()
        this.#reopen(lmdb, this.handles > 0 ? true : null)
        return other
      }
      this.#gate.hold(holder)
      await this.#takeJournal(token, false)
    } catch (error) {
      await this.#letGoOf(token)
      this.#gate.letGo()
      // other handles go on reading
      this.#reopen(lmdb, this.handles > 0 ? true : null)
      throw error
    }
    this.token = token
    this.#ownsRecord = true
    this.#beat = setInterval(() => this.#showLife(), beatEveryMs)
    this.#beat.unref()
    return null
  }

  /** What a journal still has comes into LMDB's file, and nobody writes to that journal any more. */
  async #takeJournal(token: string, isBeside: boolean): Promise<void> {
    const run = (body: (tables: Tables) => void): Promise<void> =>
      this.#transaction(() => {
        this.#checkToken(token)
        body(this.tables)
      })
    if (isBeside) await run((tables) => this.journaling.close(tables))
    await this.journaling.recover(run, isBeside)
  }

  /** Takes back the record of a holding that came to nothing. */
  async #letGoOf(token: string): Promise<void> {
    noteEnd(token)
    if (this.#tables === null) return
    await this.#transaction(() => {
      const { meta } = this.tables
      if (readHolder(meta.getBinary(holderKey))?.token === token) void meta.remove(holderKey)
    }).catch(() => {})
  }

  #writeBeat(token: string): void {
    const { pid, host, since } = makeHolder(token, observe())
    const text = `process ${pid} on ${host} writes here since ${new Date(since).toISOString()}\n`
    writeFileSync(join(this.directory, beatFile), text)
  }

  #showLife(): void {
    try {
      const now = Date.now() / 1000
      utimesSync(join(this.directory, beatFile), now, now)
      // places of readers that were killed, which would keep old pages alive
      this.#tables?.root.readerCheck()
    } catch {
      // The directory may be gone, or full; that is told to whoever writes.
    }
  }

  #checkToken(token: string | null): void {
    const holder = readHolder(this.tables.meta.getBinary(holderKey))
    if (holder === null || holder.token !== token) throw busy(this.name, holder)
  }

  /** One transaction of LMDB; its error is that of the body, if it has one. */
  async #transaction<T>(body: () => T): Promise<T> {
    const done: { result?: T; error?: unknown } = {}
    const { root } = this.tables
    const bodyHasRun = bodyAwaited()
    try {
      await root.transaction(() => {
        bodyHasRun()
        try {
          done.result = body()
        } catch (error) {
          done.error = error
        }
      })
    } catch (error) {
      // looked at in any case: it holds a promise whose rejection wants a handler
      const failure = await storageError(error, this.name, this.directory)
      done.error ??= failure
    } finally {
      bodyHasRun()
    }
    if (done.error !== undefined) throw storageErrorOf(done.error, this.name, this.directory)
    return done.result as T
  }

  async #transact(body: () => void): Promise<void> {
    for (let round = 1, isDone = false; !isDone; round++) {
      try {
        const run = (): boolean => this.#runBody(body, round === roundsMax)
        isDone = await this.#gate.writing(() => this.#transaction(run))
      } catch (error) {
        this.journaling.failed()
        throw error
      }
      this.journaling.settled()
      // what was dropped from the journal is seen in the file from now on
      this.#tables?.root.resetReadTxn()
    }
  }

  /** False: the body has not run, for the journal has more before it than goes into one transaction. */
  #runBody(body: () => void, isLast: boolean): boolean {
    this.#checkToken(this.token)
    const isWhole = this.journaling.putWaiting(this.tables, isLast)
    if (isWhole) body()
    const count = new Float64Array([this.#readCount() + 1])
    void this.tables.meta.put(countKey, new Uint8Array(count.buffer))
    return isWhole
  }

  /** Reads from now on see what other processes have written. */
  refresh(): Tables {
    const { tables } = this
    tables.root.resetReadTxn()
    return tables
  }

  watch(watcher: () => void): void {
    this.#watchers.add(watcher)
    if (this.#poll !== null) return
    this.#poll = setInterval(() => this.#look(), pollEveryMs)
    this.#poll.unref()
  }

  unwatch(watcher: () => void): void {
    this.#watchers.delete(watcher)
    if (this.#watchers.size > 0 || this.#poll === null) return
    clearInterval(this.#poll)
    this.#poll = null
  }

  #look(): void {
    try {
      if (this.#state() === this.#seen) return
    } catch {
      // What cannot be read now is tried again soon; whoever reads gets the error.
      return
    }
    this.#tell()
  }

  #state(): string {
    this.journaling.view()
    return `${this.#readCount()} ${this.journaling.lastSeen}`
  }

  #readCount(): number {
    const bytes = this.tables.meta.getBinary(countKey)
    return bytes === undefined
      ? 0
      : new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0, true)
  }

  #tell(): void {
    if (this.#watchers.size === 0) return
    this.#seen = this.#state()
    for (const watcher of this.#watchers) watcher()
  }

  /** Lets others write: this process only reads from now on. */
  async stopWriting(): Promise<void> {
    if (this.token === null) return
    const lmdb = await loadLmdb()
    try {
      await this.#giveUp()
    } finally {
      await this.#tables?.root.close()
      this.#tables = null
      await this.#gate.opening(() => this.#reopen(lmdb, true))
    }
  }

  /** Ends what waits, and the holding. What was relaxed and cannot be written is an error. */
  async #giveUp(): Promise<void> {
    if (this.#beat !== null) clearInterval(this.#beat)
    let [failure, isSettled]: [unknown, boolean] = [null, true]
    try {
      await this.journaling.stop()
      if (!this.queue.isIdle) await this.queue.add(0, () => null)
    } catch (error) {
      failure = error
    }
    const { token } = this
    if (this.#ownsRecord && token !== null) {
      // Not through the queue, which may be stuck; and if this fails too, the record is that of one who has ended.
      await this.#transact(() => {
        void this.tables.meta.remove(holderKey)
        this.journaling.leave(this.tables)
      }).catch(() => (isSettled = false))
      noteEnd(token)
    }
    this.journaling.end(isSettled)
    this.token = null
    this.#ownsRecord = false
    this.#gate.letGo()
    this.queue.fail(new YoreError(':yore/storage-closed', `${this.name} was closed`))
    if (failure !== null) throw storageErrorOf(failure, this.name)
  }

  async close(): Promise<void> {
    if (this.#poll !== null) clearInterval(this.#poll)
    this.#watchers.clear()
    try {
      await this.#giveUp()
    } finally {
      const tables = this.#tables
      this.#tables = null
      await tables?.root.close()
    }
  }
}
