/**
 * The program's functions, by name: what transactions, predicates, queries, aggregates and pulls call. One table for each connection.
 *
 * (1) Names are qualified, so that they never hide one of the query language; a leading colon does not matter.
 * (2) A function is called with public values and gives one; what it throws comes out as a YoreError with the cause.
 * (3) A function that gives a promise is refused: a database calls only what answers at once.
 */

import { YoreError, raise } from '../base/errors.ts'
import { reasonOf } from '../base/told.ts'
import { unreadable } from '../data/public.ts'
import type { Value } from '../data/values.ts'
import type { DatabaseFunction, FunctionTable } from './types.ts'

/** A function as the inner parts call it. */
export type InnerFunction = (args: readonly Value[]) => Value

/** How values become public and back; given by database.ts, which knows how a database looks from outside. */
export interface Conversion {
  readonly publish: (value: Value, functions: Functions) => unknown
  readonly accept: (x: unknown) => Value
}

export class Functions {
  readonly #given = new Map<string, DatabaseFunction>()
  readonly #inner = new Map<string, InnerFunction>()
  readonly #conversion: Conversion

  constructor(conversion: Conversion) {
    this.#conversion = conversion
  }

  /** Adds functions; a name that is there gets the new one. */
  add(table: FunctionTable): void {
    for (const [name, f] of entriesOf(table)) {
      const bare = bareName(name)
      const slash = bare.indexOf('/')
      if (slash <= 0 || slash === bare.length - 1) {
        raise(
          ':yore/invalid-argument',
          `the function name '${name.slice(0, 80)}' must be qualified, like 'my.app/${bare.slice(0, 40)}'`,
          { name },
        )
      }
      if (typeof f !== 'function') {
        raise(':yore/invalid-argument', `'${name.slice(0, 80)}' is no function`, { name })
      }
      this.#given.set(bare, f)
      this.#inner.delete(bare)
    }
  }

  /** The function as it was given, or null. */
  given(name: string): DatabaseFunction | null {
    return typeof name === 'string' ? (this.#given.get(bareName(name)) ?? null) : null
  }

  /** The function over exact values, or null. */
  inner(name: string): InnerFunction | null {
    const bare = bareName(name)
    let found = this.#inner.get(bare)
    if (found !== undefined) return found
    const f = this.#given.get(bare)
    if (f === undefined) return null
    const { publish, accept } = this.#conversion
    found = (args) => {
      const publicArgs = args.map((x) => publish(x, this))
      return guarded(bare, () => accept(refusePromise(callWith(f, publicArgs))))
    }
    this.#inner.set(bare, found)
    return found
  }
}

/** Calls a program's function with these arguments. */
export function callWith(f: DatabaseFunction, args: readonly unknown[]): unknown {
  return (f as (...all: readonly unknown[]) => unknown)(...args)
}

/** Runs what a program gave; whatever it throws becomes a YoreError that names it. */
export function guarded<T>(name: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    if (cause instanceof YoreError) throw cause
    return raise(
      ':yore/function-failed',
      `the function ${name.slice(0, 80)} failed: ${reasonOf(cause)}`,
      { function: name },
      { cause },
    )
  }
}

function entriesOf(table: FunctionTable): [string, DatabaseFunction][] {
  if (typeof table !== 'object' || table === null) {
    raise(':yore/invalid-argument', "functions are an object: {'my.app/name': function}")
  }
  try {
    return Object.entries(table)
  } catch (error) {
    return unreadable(error)
  }
}

/** Refuses a promise; gives anything else. */
export function refusePromise<T>(x: T): T {
  if (x instanceof Promise) {
    x.catch(() => {})
    raise(
      ':yore/function-failed',
      'the function gave a promise, but a database calls functions synchronously',
    )
  }
  return x
}

function bareName(name: string): string {
  return name.startsWith(':') ? name.slice(1) : name
}
