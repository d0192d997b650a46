/**
 * The journal that this process writes: a file of fixed size, in which a small durable write takes one synchronisation, where LMDB takes
 * two. What stands in it goes into LMDB's file later, many writes at a time, and its place is free again: the frames go round in the file.
 *
 * (1) A write is acknowledged when its frame is durable and, after that, LMDB's file still says that the journal counts: who takes the
 *     directory over first says there that it does not, and then reads it.
 * (2) One frame is written at a time, of all writes that wait; the next one only when it is durable.
 * (3) A write or synchronisation that fails ends the journal: what the system does with pages after that, it does not say. Whether the
 *     last frame is durable is then unknown, until LMDB's file has its slots.
 * (4) The file has its size, in zeros, before it counts, so that no write changes anything but contents: that is what makes it quick.
 *     A sector that is written again with the same beginning is taken to keep that, as SQLite and others take it.
 * (5) A frame stands behind the one before it, or at the beginning of the file; and over nothing but frames that LMDB's file has.
 * (6) A small write that has nothing beside it is made on the thread of the program, as long as the disk is quick (pace.ts).
 */

import { closeSync, constants, fdatasync, openSync, unlinkSync, write, writeSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import {
  encodeFrame,
  encodeHeader,
  frameBytes,
  frameBytesMax,
  framesAt,
  slotBytes,
} from './frames.ts'
import type { FrameSlot } from './frames.ts'
import { Journaled } from './journaled.ts'
import { Pace } from './pace.ts'

/** `elsewhere`: it was not written, and nobody has a part of it; `unsure`: it may have been. */
export type Outcome = 'written' | 'elsewhere' | 'unsure'

interface Waiting extends FrameSlot {
  readonly resolve: (outcome: Outcome) => void
}

interface Place {
  readonly seq: number
  readonly at: number
}

export interface JournalOptions {
  readonly path: string
  readonly id: number
  readonly bytes: number
  /** Does LMDB's file say, at this moment, that the journal with this id counts? */
  readonly counts: (id: number) => boolean
  /** Is LMDB's file being written? */
  readonly isFileWritten: () => boolean
  /** After each frame that was acknowledged. */
  readonly written: () => void
}

const pieceBytes = 2 ** 18
/** No more slots are in it. */
const slotsMax = 2000
/** A longer frame is written on another thread in any case. */
const heldBytesMax = 1024
/** Where the system has it, a write that returns when it is durable saves a call. On a Mac it would not wait for the disk. */
const { O_DSYNC } = constants as { O_DSYNC?: number }
const writesThrough = process.platform === 'linux' && O_DSYNC !== undefined

/** Makes the file in its full size, with no frame in it; durable when this is resolved. */
export async function makeJournal(path: string, id: number, bytes: number): Promise<void> {
  try {
    const file = await open(path, 'wx')
    try {
      const zeros = new Uint8Array(pieceBytes)
      for (let at = 0; at < bytes; at += pieceBytes) {
        await file.write(zeros, 0, Math.min(pieceBytes, bytes - at), at)
      }
      await file.write(encodeHeader(id), 0, framesAt, 0)
      await file.sync()
    } finally {
      await file.close()
    }
  } catch (error) {
    await rm(path, { force: true }).catch(() => {})
    throw error
  }
  await syncDirectory(dirname(path))
}

async function syncDirectory(path: string): Promise<void> {
  // some systems do not synchronise directories, and need not
  const directory = await open(path, 'r').catch(() => null)
  await directory?.sync().catch(() => {})
  await directory?.close()
}

export class Journal {
  readonly id: number
  readonly journaled: Journaled = new Journaled()
  readonly #options: JournalOptions
  readonly #fd: number
  #waiting: Waiting[] = []
  #waitingBytes = 0
  readonly #pace = new Pace()
  /** The frames that LMDB's file has not, and the one that is being written, in order. */
  #places: Place[] = []
  #running: Promise<void> | null = null
  #at = framesAt
  #seq = 0
  #isEnded = false

  constructor(options: JournalOptions) {
    this.id = options.id
    this.#options = options
    const flags = constants.O_RDWR | (writesThrough ? (O_DSYNC ?? 0) : 0)
    this.#fd = openSync(options.path, flags)
  }

  /** No more is written to it. */
  get isEnded(): boolean {
    return this.#isEnded
  }

  /** Nothing is under way. */
  get idle(): Promise<void> {
    return this.#running ?? Promise.resolve()
  }

  /** Has it room for a slot? */
  hasRoom(database: string, bytes: Uint8Array): boolean {
    if (this.#isEnded) return false
    const waiting = this.#waitingBytes + slotBytes(database, bytes)
    return (
      frameBytes(waiting) <= frameBytesMax &&
      this.#placeFor(frameBytes(waiting)) !== null &&
      this.journaled.count + this.#waiting.length < slotsMax
    )
  }

  /** Is half of it used, by what LMDB's file has not? */
  get isHalfFull(): boolean {
    const { bytes } = this.#options
    const from = this.#places[0]?.at
    if (from === undefined) return false
    const used = this.#at - from
    return (used > 0 ? used : used + bytes) * 2 > bytes
  }

  /** Where a frame of so many bytes goes, or null: there is no room for it. */
  #placeFor(length: number): number | null {
    const { bytes } = this.#options
    const from = this.#places[0]?.at
    // the next round has begun
    if (from !== undefined && this.#at <= from) return this.#at + length <= from ? this.#at : null
    if (this.#at + length <= bytes) return this.#at
    return framesAt + length <= (from ?? bytes) ? framesAt : null
  }

  /** Writes a slot of which is known that it is absent. Its bytes are the journal's from now on. */
  append(database: string, t: number, bytes: Uint8Array): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#waiting.push({ database, t, bytes, resolve })
      this.#waitingBytes += slotBytes(database, bytes)
      // not at once: what the same turn of the program still writes shall share the frame
      this.#running ??= Promise.resolve().then(() => this.#run())
    })
  }

  /** LMDB's file has all frames up to this number, durably. */
  settle(seq: number): void {
    this.journaled.dropUpTo(seq)
    let n = 0
    while (n < this.#places.length && (this.#places[n] as Place).seq <= seq) n++
    this.#places.splice(0, n)
    if (this.#running === null && this.#places.length === 0) this.#at = framesAt
  }

  /** Ends it: nothing more is written. The file stays. */
  async end(): Promise<void> {
    this.#isEnded = true
    await this.#running
    closeSync(this.#fd)
  }

  remove(): void {
    try {
      unlinkSync(this.#options.path)
    } catch {
      // It says of itself that it does not count.
    }
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const isHeld = this.#mayHold()
      const turn = isHeld ? this.#pace.turn(performance.now()) : null
      if (turn !== null) {
        await turn
        continue
      }
      const group = this.#waiting
      this.#waiting = []
      this.#waitingBytes = 0
      const outcome = await this.#write(group, isHeld)
      for (const { resolve } of group) resolve(outcome)
      if (outcome === 'written') this.#tell()
    }
    this.#running = null
  }

  /** May what waits be written on this thread? */
  #mayHold(): boolean {
    return (
      writesThrough &&
      this.#waiting.length === 1 &&
      this.#waitingBytes <= heldBytesMax &&
      !this.#options.isFileWritten() &&
      this.#pace.mayHold(performance.now())
    )
  }

  #tell(): void {
    try {
      this.#options.written()
    } catch {
      // Who watches looks again soon.
    }
  }

  async #write(group: readonly Waiting[], isHeld: boolean): Promise<Outcome> {
    if (this.#isEnded) return 'elsewhere'
    const seq = this.#seq + 1
    const frame = encodeFrame(this.id, seq, group)
    const at = this.#placeFor(frame.length)
    if (at === null) return 'elsewhere'
    this.#seq = seq
    this.#at = at + frame.length
    this.#places.push({ seq, at })
    let isDurable = false
    const began = performance.now()
    try {
      if (isHeld) this.#writeHeld(frame, at)
      else await this.#writeThrough(frame, at)
      const now = performance.now()
      this.#pace.note(now, now - began, isHeld)
      isDurable = this.#options.counts(this.id)
    } catch {
      // Why is told by LMDB's file, which gets the same.
    }
    this.journaled.add(seq, group, !isDurable)
    if (isDurable) return 'written'
    this.#isEnded = true
    return 'unsure'
  }

  #writeHeld(frame: Uint8Array, at: number): void {
    for (let from = 0; from < frame.length;) {
      const n = writeSync(this.#fd, frame, from, frame.length - from, at + from)
      if (n === 0) throw new Error('nothing was written')
      from += n
    }
  }

  #writeThrough(frame: Uint8Array, at: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = (from: number): void =>
        write(this.#fd, frame, from, frame.length - from, at + from, (error, n) => {
          if (error !== null) reject(error)
          else if (n === 0) reject(new Error('nothing was written'))
          else if (from + n < frame.length) step(from + n)
          else if (writesThrough) resolve()
          else fdatasync(this.#fd, (failure) => (failure === null ? resolve() : reject(failure)))
        })
      step(0)
    })
  }
}
