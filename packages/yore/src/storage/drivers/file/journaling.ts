/**
 * The journal of a directory, as long as it is open here: begun when it is worth it, read beside LMDB's file, and emptied into it.
 *
 * (1) Every transaction of LMDB begins with what the journal has acknowledged so far, so that everything in it is decided on all that is
 *     acknowledged. Replaying is harmless: a slot that is there stays.
 * (2) What stands in the journal goes into LMDB's file within `settleAfterMs`, or sooner when much does, while the journal is written on;
 *     in several transactions, if one would hold up the program. While that fails (a full disk), nothing more is written to the journal:
 *     whoever writes hears of it.
 * (3) A slot that is being written to the journal is written by nobody else meanwhile.
 */

import { randomInt } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Journal, makeJournal } from './journal.ts'
import type { Outcome } from './journal.ts'
import type { JournaledSlot } from './journaled.ts'
import { JournalReader, readJournal } from './journal-reader.ts'
import type { JournalView } from './journal-reader.ts'
import {
  journalPath,
  journalPrefix,
  readRecord,
  removeRecord,
  writeRecord,
} from './journal-record.ts'
import type { Tables } from './tables.ts'

export interface JournalHost {
  readonly directory: string
  /** LMDB's tables as they are now. */
  fresh(): Tables
  /** Runs in a transaction of LMDB. */
  write<T>(run: (tables: Tables) => T): Promise<T>
  /** Is a transaction of LMDB under way? */
  isWritten(): boolean
  /** Something was acknowledged. */
  written(): void
}

const settleAfterMs = 500
/** So many slots go into LMDB's file without waiting for that. */
const slotsMany = 400
/** For how long one transaction takes over slots. */
const takeOverMs = 2
/** A journal is worth its file when so many slots have been written. */
const worthAfter = 8
const usualBytes = 2 ** 19
/** Larger ones would only be written twice. */
const slotBytesMax = 2 ** 16
const tryAgainAfterMs = 10_000

export class Journaling {
  readonly #host: JournalHost
  readonly #reader: JournalReader
  readonly #inFlight = new Map<string, Promise<unknown>>()
  #journal: Journal | null = null
  #bytes = usualBytes
  #making: Promise<void> | null = null
  /** May a journal be begun? */
  #isWanted = false
  #slotsWritten = 0
  #isStuck = false
  #timer: ReturnType<typeof setTimeout> | null = null
  #isSettling = false
  /** The number up to which the transaction of LMDB under way has what is journaled. */
  #settling: number | null = null

  constructor(host: JournalHost) {
    this.#host = host
    this.#reader = new JournalReader(host.directory)
  }

  /** This process writes the directory from now on. `bytes`: the size of the journal, 0 for none, null for the usual one, when it is worth it. */
  async begin(bytes: number | null): Promise<void> {
    this.#isWanted = bytes !== 0
    this.#bytes = bytes ?? usualBytes
    this.#slotsWritten = 0
    if (bytes !== null) await this.#make()
  }

  /** What is in the journal and not in LMDB's file, as that is now. */
  view(): JournalView | null {
    const record = readRecord(this.#host.fresh())
    if (record === null || record.id === 0) return null
    const journal = this.#journal
    if (record.id === journal?.id) return { journaled: journal.journaled, upTo: record.upTo }
    return this.#reader.view(record, () => readRecord(this.#host.fresh()))
  }

  /** Does the journal that this process writes have a slot? What others have written meanwhile is not seen. */
  has(database: string, t: number): boolean {
    return this.#journal?.journaled.has(database, t, 0) === true
  }

  /** The last that was seen of a journal that another process writes. */
  get lastSeen(): number {
    return this.#reader.last
  }

  /** Does the journal take a slot of these bytes now? */
  takes(database: string, bytes: Uint8Array): boolean {
    const journal = this.#journal
    return (
      journal !== null &&
      !this.#isStuck &&
      bytes.length <= slotBytesMax &&
      journal.hasRoom(database, bytes)
    )
  }

  /** The end of the write to the journal of this slot that is under way. */
  awaited(database: string, t: number): Promise<unknown> | undefined {
    if (this.#inFlight.size === 0) return undefined
    return this.#inFlight.get(`${database}/${t}`)?.catch(() => {})
  }

  get isIdle(): boolean {
    return this.#inFlight.size === 0
  }

  /** Nothing is being written to the journal. */
  get idle(): Promise<unknown> {
    return Promise.allSettled(this.#inFlight.values())
  }

  /** Writes a slot that is absent to the journal. `otherwise`: how to write it when that fails. */
  append(
    database: string,
    t: number,
    bytes: Uint8Array,
    otherwise: (outcome: Outcome) => Promise<boolean>,
  ): Promise<boolean> {
    const key = `${database}/${t}`
    const done = this.#append(key, database, t, bytes.slice(), otherwise)
    this.#inFlight.set(key, done)
    return done
  }

  async #append(
    key: string,
    database: string,
    t: number,
    bytes: Uint8Array,
    otherwise: (outcome: Outcome) => Promise<boolean>,
  ): Promise<boolean> {
    try {
      const outcome = await (this.#journal as Journal).append(database, t, bytes)
      this.#settleSoon()
      return outcome === 'written' || (await otherwise(outcome))
    } finally {
      this.#inFlight.delete(key)
    }
  }

  /** A slot has been written to LMDB's file by itself. */
  slotWritten(): void {
    if (++this.#slotsWritten === worthAfter) void this.#make()
  }

  async #make(): Promise<void> {
    if (this.#isWanted && this.#journal === null) await (this.#making ??= this.#tryToMake())
  }

  async #tryToMake(): Promise<void> {
    const id = randomInt(1, 2 ** 47)
    let isMade = false
    try {
      const path = journalPath(this.#host.directory, id)
      await makeJournal(path, id, this.#bytes)
      const journal = this.#opened(id, path)
      isMade = await this.#announce(journal)
      if (!isMade) await journal.end()
    } catch {
      // Without a journal everything works, only slower: there may be no room, or no right to make a file.
    }
    this.#making = null
    if (!isMade) setTimeout(() => (this.#slotsWritten = 0), tryAgainAfterMs).unref()
  }

  #opened(id: number, path: string): Journal {
    return new Journal({
      path,
      id,
      bytes: this.#bytes,
      counts: (own) => {
        const record = readRecord(this.#host.fresh())
        return record?.id === own && record.isOpen
      },
      isFileWritten: () => this.#host.isWritten(),
      written: () => this.#host.written(),
    })
  }

  /** Says in LMDB's file that the journal counts; false: there is to be none. */
  async #announce(journal: Journal): Promise<boolean> {
    const { id } = journal
    const write = (tables: Tables): boolean => {
      if (readRecord(tables) !== null) return false
      writeRecord(tables, { id, upTo: 0, isOpen: true })
      return true
    }
    try {
      const isMade = await this.#host.write(write)
      if (isMade) this.#journal = journal
      else journal.remove()
      this.#isWanted = isMade
      return isMade
    } catch {
      // It may have been said all the same: the file has to stay, without anything in it.
      this.#isWanted = false
      return false
    }
  }

  /**
   * In a transaction of LMDB, before anything else in it. False: there is more, for another transaction; not with `isAll`.
   */
  putWaiting(tables: Tables, isAll: boolean): boolean {
    this.#settling = null
    const journal = this.#journal
    if (journal === null) return true
    const record = readRecord(tables)
    if (record?.id !== journal.id) {
      // somebody else has put all of it into LMDB's file
      this.#settling = Infinity
      return true
    }
    let { upTo } = record
    let isWhole = true
    const end = isAll ? Infinity : performance.now() + takeOverMs
    for (const slot of journal.journaled.after(record.upTo)) {
      // a frame goes in whole
      isWhole = slot.seq === upTo || performance.now() < end
      if (!isWhole) break
      putSlot(tables, slot)
      upTo = slot.seq
    }
    if (upTo > record.upTo) writeRecord(tables, { ...record, upTo })
    this.#settling = upTo
    return isWhole
  }

  /** That transaction is durable. */
  settled(): void {
    this.#isStuck = false
    if (this.#settling !== null) this.#journal?.settle(this.#settling)
    this.#settling = null
    if (this.#journal?.journaled.count === 0) this.#stopTimer()
  }

  /** It has failed. */
  failed(): void {
    this.#settling = null
    this.#isStuck = true
  }

  #settleSoon(): void {
    const journal = this.#journal
    const isMuch = journal !== null && (journal.journaled.count >= slotsMany || journal.isHalfFull)
    if (isMuch && !this.#isStuck) return this.#settleNow()
    if (this.#timer !== null) return
    this.#timer = setTimeout(() => this.#settleNow(), settleAfterMs)
    this.#timer.unref()
  }

  #settleNow(): void {
    this.#stopTimer()
    if (this.#isSettling) return
    this.#isSettling = true
    void this.#host
      .write(() => null)
      .catch(() => {})
      .finally(() => {
        this.#isSettling = false
        if ((this.#journal?.journaled.count ?? 0) > 0) this.#settleSoon()
      })
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  /** In a transaction of who takes the directory over, or comes to write beside: what is written to a journal after it counts for nothing. */
  close(tables: Tables): void {
    const record = readRecord(tables)
    if (record !== null && record.isOpen) writeRecord(tables, { ...record, isOpen: false })
  }

  /**
   * After `close`: what a journal still has goes into LMDB's file. `isBeside`: and none is to be begun, by whoever writes the directory.
   */
  async recover(
    transaction: (run: (tables: Tables) => void) => Promise<void>,
    isBeside: boolean,
  ): Promise<void> {
    const record = readRecord(this.#host.fresh())
    const isThere = record !== null && record.id !== 0
    const waiting = isThere ? readJournal(this.#host.directory, record) : []
    if (isBeside || record !== null) {
      await transaction((tables) => {
        for (const slot of waiting) putSlot(tables, slot)
        if (isBeside) writeRecord(tables, { id: 0, upTo: 0, isOpen: false })
        else removeRecord(tables)
      })
    }
    const { directory } = this.#host
    for (const name of readdirSync(directory)) {
      if (name.startsWith(journalPrefix)) rmSync(join(directory, name), { force: true })
    }
  }

  /** Nothing more is written to the journal; what waits goes elsewhere. */
  async stop(): Promise<void> {
    this.#isWanted = false
    await this.#making
    this.#stopTimer()
    await this.#journal?.end()
    await this.idle
  }

  /** In the last transaction of who writes. */
  leave(tables: Tables): void {
    if (this.#journal !== null && readRecord(tables)?.id === this.#journal.id) removeRecord(tables)
  }

  /** Ends what this process has of the journal. `isSettled`: LMDB's file has it all. */
  end(isSettled: boolean): void {
    if (isSettled) this.#journal?.remove()
    this.#journal = null
    this.#reader.close()
  }
}

function putSlot({ slots }: Tables, { database, t, bytes }: JournaledSlot): void {
  if (slots.getBinaryFast([database, t]) === undefined) void slots.put([database, t], bytes)
}
