/**
 * What a program lets a read cost: a time-out, a signal, limits of rows, datoms and bytes. One shape for all reads.
 *
 * (1) What is given is checked before anything is read.
 * (2) Where rows are given one after another, time counts while the engine works, not while the program does.
 */

import { Budget } from '../base/budget.ts'
import type { Limits } from '../base/budget.ts'
import type { Env } from '../base/env.ts'
import { raise } from '../base/errors.ts'
import { unreadable } from '../data/public.ts'
import type { Db } from '../db/db.ts'
import { watchedDb } from '../db/views.ts'

/**
 * What a read may cost. Past a limit it ends with a `YoreError`, whose data say how far it came: `rows`, `datoms`, `bytes`, `elapsedMs`.
 *
 * ```ts
 * db.pull('[*]', id, { timeout: 100, limits: { datoms: 10_000 } })
 * ```
 */
export interface ReadOptions {
  /** Milliseconds of work after which it fails with `:yore/timeout`. */
  readonly timeout?: number
  /** Ends it with `:yore/cancelled` once aborted. Reads are synchronous, so a signal cannot fire while one works: use `timeout` for that. */
  readonly signal?: AbortSignal
  /** Ends it with `:yore/limit-exceeded`. */
  readonly limits?: Limits
}

type Options = Partial<Record<keyof ReadOptions, unknown>>

/** The options that were given, each of the kind that it must be. */
export function checkedReadOptions(
  { timeout, signal, limits }: Options,
  what: string,
): ReadOptions {
  checkNumber(timeout, `the timeout of ${what}`, 0)
  if (
    signal !== undefined &&
    typeof (signal as AbortSignal | null | undefined)?.aborted !== 'boolean'
  ) {
    refuse(`the signal of ${what} is an AbortSignal`)
  }
  const checked = limits === undefined ? undefined : checkedLimits(limits, what)
  return {
    ...(timeout !== undefined && { timeout: timeout as number }),
    ...(signal !== undefined && { signal: signal as AbortSignal }),
    ...(checked !== undefined && { limits: checked }),
  }
}

const limitNames = ['rows', 'datoms', 'bytes'] as const

function checkedLimits(limits: unknown, what: string): Limits {
  if (typeof limits !== 'object' || limits === null) {
    return refuse(`the limits of ${what} are an object {rows, datoms, bytes}`)
  }
  const out: Record<string, number> = {}
  for (const [name, x] of Object.entries(limits)) {
    if (!(limitNames as readonly string[]).includes(name)) {
      refuse(`the limits of ${what} are rows, datoms and bytes, not ${name.slice(0, 80)}`)
    }
    checkNumber(x, `limits.${name} of ${what}`, 0)
    if (x !== undefined) out[name] = x as number
  }
  return out
}

/** A number from `min` on, or nothing. */
export function checkNumber(x: unknown, name: string, min: number): void {
  if (x === undefined || (typeof x === 'number' && x >= min)) return
  refuse(`${name} is a number from ${min} on`)
}

function refuse(message: string): never {
  return raise(':yore/invalid-argument', message)
}

/** The budget that options ask for; none when they ask for nothing. */
export function budgetOf(options: unknown, env: Env, what: string): Budget | undefined {
  if (options === undefined) return undefined
  if (typeof options !== 'object' || options === null) {
    return refuse(`the options of ${what} are an object {timeout, signal, limits}`)
  }
  let checked: ReadOptions
  try {
    checked = checkedReadOptions(options, what)
  } catch (error) {
    return unreadable(error)
  }
  const { timeout, signal, limits } = checked
  if (timeout === undefined && signal === undefined && limits === undefined) return undefined
  return new Budget({
    timeoutMs: timeout ?? 0,
    monotonicMs: env.monotonicMs,
    signal: signal ?? null,
    limits,
    heapBytes: env.heapBytes,
    what,
  })
}

/** The database whose reads are told to the budget where they may take long and give nothing: behind a filter. */
export function within(db: Db, budget: Budget | undefined): Db {
  return budget === undefined ? db : watchedDb(db, budget)
}

const portion = 64

/** The items of a read that costs, some of them read ahead. */
export function* rationed<T>(items: Iterable<T>, budget: Budget): Generator<T, void, undefined> {
  budget.resume()
  const all = items[Symbol.iterator]()
  for (let done = false; !done;) {
    const some: T[] = []
    while (some.length < portion) {
      const next = all.next()
      if (next.done === true) {
        done = true
        break
      }
      budget.read(1)
      some.push(next.value)
    }
    budget.pause()
    yield* some
    if (!done) budget.resume()
  }
}
