/**
 * Reads the journal that another process writes, or that one has left behind: so that what it acknowledged is seen before it is in LMDB's
 * file.
 *
 * (1) First the journal is read, then LMDB's file says which frames it has: what was there before the call is in one of the two. Whatever
 *     changes meanwhile, so that they do not fit, is read again.
 * (2) What does not fit however often it is read is damage, and an error.
 */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { YoreError } from '../../../base/errors.ts'
import {
  framesAt,
  framesFrom,
  frameBytesMax,
  hasLater,
  lengthAt,
  placeOf,
  readHeader,
  seqAt,
} from './frames.ts'
import { Journaled } from './journaled.ts'
import type { JournaledSlot } from './journaled.ts'
import { journalPath } from './journal-record.ts'
import type { JournalRecord } from './journal-record.ts'

/** Slots that are in the journal and not in LMDB's file, which has the frames up to a number. */
export interface JournalView {
  readonly journaled: Journaled
  readonly upTo: number
}

const roundsMax = 40
/** As much as a frame's head needs. */
const headBytes = 32
const pieceBytes = 2 ** 16

function readBytes(fd: number, from: number, length: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(0, length))
  let n = 0
  while (n < bytes.length) {
    const read = readSync(fd, bytes, n, bytes.length - n, from + n)
    if (read === 0) break
    n += read
  }
  return bytes.subarray(0, n)
}

function damage(path: string, what: string): YoreError {
  return new YoreError(
    ':yore/storage-corrupt',
    `${path} ${what}: transactions that were acknowledged last may be lost. Restore it from a backup; or put an empty file in its place, to go on without what was in it`,
    { path },
  )
}

/** What a journal has and LMDB's file has not, in the order of writing. For who writes the directory. Throws when it is damaged. */
export function readJournal(directory: string, record: JournalRecord): JournaledSlot[] {
  const reader = new JournalReader(directory)
  try {
    const found = reader.view(record, () => record)
    return [...(found?.journaled.after(record.upTo) ?? [])]
  } finally {
    reader.close()
  }
}

export class JournalReader {
  readonly #directory: string
  readonly #journaled = new Journaled()
  #fd: number | null = null
  #id = 0
  /** Number of the last frame that was read, or that LMDB's file has, and where the next one would begin. */
  #last = 0
  #at = framesAt
  #isRead = false
  #isDamaged = false

  constructor(directory: string) {
    this.#directory = directory
  }

  /** The number of the last frame that was seen. */
  get last(): number {
    return this.#last
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd)
    this.#fd = null
    this.#id = 0
    this.#forget()
  }

  /** What counts now. `record`: what LMDB's file says; `again`: what it says then. */
  view(record: JournalRecord | null, again: () => JournalRecord | null): JournalView | null {
    let now = record
    let [problem, id] = ['', 0]
    for (let round = 0; round < roundsMax; round++) {
      if (now === null || now.id === 0) {
        this.close()
        return null
      }
      id = now.id
      problem = this.#isOpen(id) ? this.#read(now.upTo) : this.#missing()
      now = again()
      if (problem !== '' || now?.id !== this.#id) continue
      this.#journaled.dropUpTo(now.upTo)
      // else frames between may have made room for others
      if (now.upTo <= this.#last) return { journaled: this.#journaled, upTo: now.upTo }
      problem = 'begins too late'
    }
    throw damage(
      journalPath(this.#directory, id),
      problem === '' ? 'changes all the time' : problem,
    )
  }

  #forget(): void {
    this.#journaled.clear()
    this.#last = 0
    this.#at = framesAt
    this.#isRead = false
    this.#isDamaged = false
  }

  #missing(): string {
    return 'is missing, or is that of another directory'
  }

  /** Opens the journal with this id, if it is the one that lies there. */
  #isOpen(id: number): boolean {
    if (this.#fd !== null && this.#id === id) return true
    this.close()
    let fd: number
    try {
      fd = openSync(journalPath(this.#directory, id), 'r')
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ENOENT') return false
      throw error
    }
    // an empty one is that of who goes on without
    if (fstatSync(fd).size > 0 && readHeader(readBytes(fd, 0, framesAt)) !== id) {
      closeSync(fd)
      return false
    }
    this.#fd = fd
    this.#id = id
    return true
  }

  /** Reads what has come; tells what is wrong, or nothing. */
  #read(upTo: number): string {
    if (this.#isDamaged || !this.#isRead || this.#last < upTo) return this.#readAll(upTo)
    for (;;) {
      const from = this.#next()
      if (from === null) return ''
      const n = Math.max(pieceBytes, Math.min(frameBytesMax, from.length))
      const bytes = readBytes(this.#fd as number, from.at, n)
      if (!this.#take(bytes, 0, from.at)) return ''
    }
  }

  /** Where the frame stands that follows the last one, and how long it says it is; null: there is none. */
  #next(): { at: number; length: number } | null {
    for (const at of [this.#at, framesAt]) {
      const head = readBytes(this.#fd as number, at, headBytes)
      if (seqAt(head, 0, this.#id) === this.#last + 1) return { at, length: lengthAt(head, 0) }
    }
    return null
  }

  #readAll(upTo: number): string {
    const fd = this.#fd as number
    const isFirst = this.#isDamaged || !this.#isRead
    this.#forget()
    const bytes = readBytes(fd, 0, fstatSync(fd).size)
    this.#last = upTo
    this.#at = placeOf(bytes, this.#id, upTo + 1)
    while (this.#take(bytes, this.#at, 0) || this.#take(bytes, framesAt, 0));
    // who goes on reading has seen that it is whole
    this.#isDamaged = isFirst && hasLater(bytes, this.#id, this.#last)
    this.#isRead = true
    return this.#isDamaged ? 'is damaged' : ''
  }

  /** Takes the frames that follow the last one and begin there in these bytes, which stand there in the file; were there any? */
  #take(bytes: Uint8Array, from: number, bytesAt: number): boolean {
    const frames = framesFrom(bytes, from, this.#id, this.#last + 1)
    for (const { seq, slots, end } of frames) {
      this.#journaled.add(seq, slots)
      this.#last = seq
      this.#at = bytesAt + end
    }
    return frames.length > 0
  }
}
