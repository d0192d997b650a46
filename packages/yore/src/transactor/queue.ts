/**
 * Transactions in the order of the calls, and their groups: what has been run while a write is under way becomes the next write.
 *
 * (1) A transaction runs against the result of the one before it, durable or not; but nobody is told of anything, of a refusal
 *     neither, before everything it rests on is durable.
 * (2) When nothing of a group was written, the transactions of the group fail, and those that were run on top of it run again on what
 *     is there. So the state is always that of a prefix of the calls, without those that failed.
 * (3) A group that may or may not be there is settled before anything else runs; its callers are told that nobody knows.
 * (4) When another writer has been faster, everything that waits is refused, and all that comes later.
 * (5) Running is cut into slices, so that reads and timers have their turns. A slice ends when its turn of the event loop has worked for a few
 *     milliseconds, whatever has worked in it (`Env.workedMs`); where that is so already it has a turn of its own. What transactions leave to be
 *     done in the index counts (tending.ts).
 * (6) Where nothing is written each is told at once, and no groups are made.
 * (7) A transaction that cannot be written is refused by itself, before anything is written, and takes no other with it. Neither what
 *     waits nor a group grows without bound.
 */

import type { Env } from '../base/env.ts'
import { YoreError } from '../base/errors.ts'
import { newList } from '../base/list.ts'
import type { Db } from '../db/db.ts'
import type { LoggedTransaction } from '../db/log-record.ts'
import type { TxResult } from '../transact/transact.ts'
import { Done, Ran, Request } from './ran.ts'
import type { Run } from './ran.ts'
import { Tending } from './tending.ts'

export type { Run } from './ran.ts'

/** What became of a group. */
export type Outcome =
  | { readonly kind: 'written' }
  /** It is not there. It may be tried again. */
  | { readonly kind: 'failed'; readonly error: YoreError }
  /** Nobody knows. `settle` asks again. */
  | { readonly kind: 'unknown'; readonly error: YoreError; readonly settle: () => Promise<Outcome> }
  /** Somebody else writes this database now. */
  | { readonly kind: 'lost'; readonly error: YoreError }

export interface QueueOptions {
  readonly env: Env
  readonly db: Db
  /** A result as it is written; throws when it cannot be. */
  readonly encode: (result: TxResult) => LoggedTransaction
  /** Makes a group durable; null when everything is at once. */
  readonly write: ((group: readonly LoggedTransaction[]) => Promise<Outcome>) | null
  /** What is durable now: called in the order of the transactions, just before each caller is told. */
  readonly committed: (result: TxResult, logged: LoggedTransaction) => void
  /** No more bytes go into one group. `encode` refuses a transaction that has more. */
  readonly groupBytesMax: number
  /** How many milliseconds to wait before each slice; Infinity: ask again a little later. An error refuses what waits. */
  readonly pressure: (head: Db) => number
  /** Does other long work of the same thread go on in turns of the event loop? Then slices take turns with it. */
  readonly isShared?: () => boolean
  /** So many transactions may wait. */
  readonly waitingMax?: number
}

/** What has been run and is not durable yet. */
export interface Ahead {
  readonly results: readonly TxResult[]
  /** How many times what had been run was taken back. */
  readonly takenBack: number
}

interface Unsettled {
  readonly group: readonly Ran[]
  readonly settle: () => Promise<Outcome>
}

const now = Promise.resolve()
/** Nothing begins in a turn of the event loop that has worked for longer. */
const sliceMs = 3
/** Where other work was before no transaction does, which may be large. */
const sharedMs = 1
const askAgainMs = 20
/** When more datoms or bytes are ready for the next group, nothing more is run. */
const readyDatomsMax = 20_000
const readyBytesMax = 4 * 2 ** 20
/** What a transaction takes in a group beside its body. */
const headBytes = 24
/** About a kilobyte each. Beyond, somebody gives them without ever waiting for one. */
const waitingMaxDefault = 250_000

export class CommitQueue {
  readonly #options: QueueOptions
  #waiting: Request[] = []
  /** Where in `#waiting` they begin. */
  #next = 0
  /** Run, and not being written. */
  #ready: Ran[] = []
  #readyDatoms = 0
  #readyBytes = 0
  #writing: readonly Ran[] = []
  #unsettled: Unsettled | null = null
  /** The last database that is durable, and the one after all that was run. */
  #durable: Db
  #head: Db
  #lost: YoreError | null = null
  #full: YoreError | null = null
  #takenBack = 0
  #scheduled = false
  #isBusy = false
  #hasPaused = false
  readonly #tending = new Tending()
  /** Nothing is run now. */
  #isHeld = false
  #idle: (() => void)[] = []
  #quiet: (() => void)[] = []

  constructor(options: QueueOptions) {
    this.#options = options
    this.#durable = options.db
    this.#head = options.db
  }

  /** The newest database that is durable. */
  get db(): Db {
    return this.#durable
  }

  /** Why nothing is accepted any more, or null. */
  get lost(): YoreError | null {
    return this.#lost
  }

  /** Throws at once when too many wait. */
  submit(run: Run): Promise<TxResult> {
    if (this.#lost !== null) return Promise.reject(this.#lost)
    const { waitingMax = waitingMaxDefault } = this.#options
    if (this.#waitingCount >= waitingMax) {
      // one for all: who gives a million at once shall not need memory for a million errors
      throw (this.#full ??= full(waitingMax))
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push(new Request(run, resolve, reject))
      this.#schedule()
    })
  }

  /** Resolved when everything that was submitted before is settled. */
  idle(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  /**
   * Holds transactions up: what was run before is settled when the promise resolves, and nothing runs until the function that it gives is
   * called.
   */
  async hold(): Promise<() => void> {
    this.#isHeld = true
    if (!this.#isQuiet()) {
      const quiet = new Promise<void>((resolve) => this.#quiet.push(resolve))
      this.#goOn()
      await quiet
    }
    return () => {
      this.#isHeld = false
      this.#goOn()
    }
  }

  #goOnHeld(): void {
    if (this.#isQuiet()) {
      const quiet = this.#quiet
      this.#quiet = []
      for (const resolve of quiet) resolve()
    } else if (this.#unsettled !== null && !this.#scheduled) {
      // what nobody knows is found out first
      this.#scheduled = true
      void this.#options.env.turn().then(() => this.#slice())
    }
  }

  #isQuiet(): boolean {
    return this.#ready.length + this.#writing.length === 0 && this.#unsettled === null
  }

  get ahead(): Ahead {
    const results = this.#ran().flatMap(({ done }) => (done === null ? [] : [done.result]))
    return { results, takenBack: this.#takenBack }
  }

  /** In the order of running. */
  #ran(): readonly Ran[] {
    return this.#unsettled?.group ?? [...this.#writing, ...this.#ready]
  }

  /** The databases get a new index: `rebased` gives, for each transaction that is not durable yet, the database after it. */
  replaceDurable(db: Db, rebased: (result: TxResult) => Db): void {
    this.#durable = db
    this.#head = db
    let after = db
    for (const ran of this.#ran()) {
      if (ran.done !== null) after = rebased(ran.done.result)
      ran.after = after
    }
    if (this.#unsettled === null) this.#head = after
  }

  get #waitingCount(): number {
    return this.#waiting.length - this.#next
  }

  get #isReadyFull(): boolean {
    return this.#readyDatoms >= readyDatomsMax || this.#readyBytes >= readyBytesMax
  }

  #isIdle(): boolean {
    return this.#waitingCount === 0 && this.#ready.length === 0 && this.#writing.length === 0
  }

  #schedule(): void {
    if (this.#scheduled || this.#isBusy) return
    this.#scheduled = true
    const { env, isShared } = this.#options
    if (isShared?.() === true) void env.turn().then(this.#sliceInTurn)
    else void now.then(this.#sliceNow)
  }

  // one for all, and no `queueMicrotask`, which in Node makes more than it does
  readonly #sliceInTurn = (): void => this.#slice()

  // In the turn of who has given the transaction.
  readonly #sliceNow = (): void => {
    const { env, write } = this.#options
    if (write === null || env.workedMs() < sharedMs) this.#slice(sharedMs)
    else void env.turn().then(this.#sliceInTurn)
  }

  #slice(ms = sliceMs): void {
    this.#scheduled = false
    if (this.#isBusy || this.#lost !== null) return
    if (this.#unsettled !== null) return void this.#settleUnknown(this.#unsettled)
    if (this.#isHeld) return
    let waitMs = 0
    try {
      waitMs = this.#options.pressure(this.#head)
    } catch (error) {
      return this.#refuseWaiting(error)
    }
    if (this.#waitingCount > 0 && (waitMs === Infinity || (waitMs > 0 && !this.#hasPaused))) {
      return this.#pause(Math.min(waitMs, askAgainMs))
    }
    this.#hasPaused = false
    if (this.#options.write === null) this.#runAll()
    else this.#runSome(ms)
    this.#shorten()
    this.#startWrite()
    this.#goOn()
  }

  /** Runs what waits and does what is left to be done, for as long as a slice may take. */
  #runSome(ms: number): void {
    const { env } = this.#options
    let most = ms
    for (let worked = env.workedMs(); worked < ms; worked = env.workedMs()) {
      if (this.#tending.some(this.#head)) {
        most = sharedMs
        continue
      }
      if (this.#waitingCount === 0 || this.#isReadyFull || worked >= most) break
      this.#run(this.#waiting[this.#next++] as Request)
    }
  }

  /** The same where nothing is written. */
  #runAll(): void {
    const { env } = this.#options
    // who runs one only needs no clock
    let end = this.#waitingCount > 1 ? env.monotonicMs() + sliceMs : Infinity
    while (this.#waitingCount > 0) {
      this.#runAtOnce(this.#waiting[this.#next++] as Request)
      if (this.#waitingCount === 0) break
      if (end === Infinity) end = env.monotonicMs() + sliceMs
      else if (env.monotonicMs() >= end) break
    }
  }

  // Only when half of it is done: however many wait, each is moved but once or twice.
  #shorten(): void {
    const waiting = this.#waiting
    if (waiting.length === 1 && this.#next === 1) {
      // keeps its room
      waiting.pop()
      this.#next = 0
    } else if (this.#next * 2 >= waiting.length) {
      this.#waiting = waiting.slice(this.#next)
      this.#next = 0
    }
  }

  #runAtOnce(request: Request): void {
    let result: TxResult
    let logged: LoggedTransaction
    try {
      result = request.run(this.#head)
      logged = this.#options.encode(result)
    } catch (error) {
      request.reject(error)
      return
    }
    this.#durable = this.#head = result.dbAfter
    this.#options.committed(result, logged)
    request.settle(result)
  }

  #run(request: Request): void {
    let done: Done | null = null
    let error: unknown = null
    try {
      const result = request.run(this.#head)
      const logged = this.#options.encode(result)
      this.#head = result.dbAfter
      this.#tending.note(result.txData.length)
      done = new Done(result, logged)
      this.#countReady(done, 1)
    } catch (thrown) {
      error = thrown
    }
    this.#ready.push(new Ran(request, done, error, this.#head))
  }

  #countReady({ result, logged }: Done, sign: 1 | -1): void {
    this.#readyDatoms += sign * (result.txData.length + 1)
    this.#readyBytes += sign * (logged.body.length + headBytes)
  }

  /** What is ready, or as much of it as goes into one group. */
  #takeGroup(): Ran[] {
    const group = this.#ready
    if (this.#readyBytes <= this.#options.groupBytesMax) {
      this.#emptyReady()
      return group
    }
    let bytes = 0
    let n = 0
    for (const { done } of group) {
      bytes += done === null ? 0 : done.logged.body.length + headBytes
      if (n > 0 && bytes > this.#options.groupBytesMax) break
      if (done !== null) this.#countReady(done, -1)
      n++
    }
    this.#ready = group.splice(n)
    return group
  }

  #startWrite(): void {
    const { write } = this.#options
    while (this.#writing.length === 0 && this.#ready.length > 0) {
      const group = this.#takeGroup()
      // mostly one: `flatMap` would take longer than the rest of this
      const logged: LoggedTransaction[] = newList()
      for (const { done } of group) if (done !== null) logged.push(done.logged)
      if (logged.length === 0 || write === null) this.#acknowledge(group)
      else {
        this.#writing = group
        void write(logged).then((outcome) => this.#written(group, outcome))
      }
    }
  }

  #written(group: readonly Ran[], outcome: Outcome): void {
    // what those do who are told now belongs to this turn
    this.#options.env.workedMs()
    this.#writing = []
    switch (outcome.kind) {
      case 'written':
        this.#acknowledge(group)
        break
      case 'failed':
        this.#takeBack()
        this.#fail(group, outcome.error)
        break
      case 'unknown':
        this.#takeBack()
        this.#unsettled = { group, settle: outcome.settle }
        this.#fail(group, outcome.error)
        break
      default:
        this.#lose(group, outcome.error)
    }
    this.#startWrite()
    this.#goOn()
  }

  #acknowledge(group: readonly Ran[]): void {
    for (const ran of group) {
      const { request, done, error, after } = ran
      if (done === null) request.reject(error)
      else {
        this.#durable = after
        this.#options.committed(done.result, done.logged)
        request.settle(done.result, ran)
      }
    }
  }

  #emptyReady(): void {
    this.#ready = newList()
    this.#readyDatoms = 0
    this.#readyBytes = 0
  }

  /** What was run on top of a group that is not there runs again. */
  #takeBack(): void {
    this.#takenBack++
    const again = this.#ready.map((ran) => ran.request)
    this.#waiting = again.concat(this.#takeWaiting())
    this.#emptyReady()
    this.#head = this.#durable
  }

  #fail(group: readonly Ran[], error: YoreError): void {
    for (const { request } of group) request.reject(error)
  }

  #lose(group: readonly Ran[], error: YoreError): void {
    this.#lost = error
    this.#takeBack()
    this.#fail(group, error)
    this.#refuseWaiting(error)
  }

  #refuseWaiting(error: unknown): void {
    for (const { reject } of this.#takeWaiting()) reject(error)
    this.#goOn()
  }

  #takeWaiting(): Request[] {
    const waiting = this.#next === 0 ? this.#waiting : this.#waiting.slice(this.#next)
    this.#waiting = []
    this.#next = 0
    return waiting
  }

  async #settleUnknown({ group, settle }: Unsettled): Promise<void> {
    this.#isBusy = true
    const outcome = await settle()
    this.#isBusy = false
    if (outcome.kind === 'unknown') return this.#refuseWaiting(outcome.error)
    this.#unsettled = null
    if (outcome.kind !== 'written') this.#takenBack++
    if (outcome.kind === 'lost') return this.#lose([], outcome.error)
    if (outcome.kind === 'written') {
      for (const { done, after } of group) {
        if (done === null) continue
        this.#durable = after
        this.#options.committed(done.result, done.logged)
      }
      this.#head = this.#durable
    }
    this.#goOn()
  }

  #pause(ms: number): void {
    this.#isBusy = true
    this.#options.env.after(ms, () => {
      this.#isBusy = false
      this.#hasPaused = true
      this.#goOn()
    })
    // what has been run before is written meanwhile
    this.#startWrite()
  }

  #goOn(): void {
    if (this.#isBusy) return
    if (this.#isHeld) this.#goOnHeld()
    if (this.#isIdle()) {
      const idle = this.#idle
      this.#idle = []
      for (const resolve of idle) resolve()
    }
    if (this.#isHeld || this.#scheduled) return
    const isOpen = this.#waitingCount > 0 && !this.#isReadyFull
    if (!isOpen && !this.#tending.isDue) return
    // a turn of the event loop between slices
    this.#scheduled = true
    void this.#options.env.turn().then(this.#sliceInTurn)
  }
}

/** The error of a queue whose database another process has taken over. */
export function lostError(t: number, cause?: unknown): YoreError {
  return new YoreError(
    ':yore/writer-replaced',
    `another process has written transaction ${t} of this database: nothing of what waited here was committed; connect again`,
    { t },
    cause === undefined ? {} : { cause },
  )
}

const full = (waitingMax: number): YoreError =>
  new YoreError(
    ':yore/queue-full',
    `${waitingMax} transactions wait already: wait for some of them (await) before giving more`,
    { waitingMax },
  )
