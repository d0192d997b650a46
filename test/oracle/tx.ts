/** Transactions for tests: a fresh database, a context with a standing clock, tx-data as EDN text. */

import { expect } from 'vitest'
import { YoreError } from '../../packages/yore/src/base/errors.ts'
import { readEdn } from '../../packages/yore/src/data/edn/read.ts'
import { Keyword, Sym } from '../../packages/yore/src/data/values.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'
import { emptyDb } from '../../packages/yore/src/db/bootstrap.ts'
import type { Db } from '../../packages/yore/src/db/db.ts'
import { createFactIndex } from '../../packages/yore/src/indexes/create.ts'
import { toPublicId } from '../../packages/yore/src/indexes/facts/ids.ts'
import { transact } from '../../packages/yore/src/transact/transact.ts'
import type { TxContext, TxFunction, TxResult } from '../../packages/yore/src/transact/transact.ts'

/** Noon of the first of January 2020. */
export const noon = Date.UTC(2020, 0, 1, 12)

export interface Functions {
  readonly [name: string]: TxFunction
}

export interface Predicates {
  readonly [name: string]: (args: readonly Value[]) => Value
}

export function contextOf(
  functions: Functions = {},
  predicates: Predicates = {},
  numbers: 'exact' | 'js' = 'exact',
): TxContext {
  const own = <T>(from: { readonly [name: string]: T }, name: string): T | null =>
    Object.hasOwn(from, name) ? (from[name] as T) : null
  return {
    now: noon,
    numbers,
    functionOf: (name: Keyword | Sym) => own(functions, name.text),
    predicateOf: (name: Sym) => own(predicates, name.text),
  }
}

export const freshDb = (): Db => emptyDb('test', createFactIndex)

/** Transacts EDN text. */
export function tx(db: Db, text: string, context: TxContext = contextOf()): TxResult {
  return transact(db, readEdn(text), context)
}

/** The database after several transactions. */
export function after(db: Db, ...texts: string[]): Db {
  return texts.reduce((at, text) => tx(at, text).dbAfter, db)
}

/** The report's datoms without the instant, attributes by name, ids as the original shows them. */
export function rowsOf({ txData, dbAfter, t }: TxResult): unknown[][] {
  const name = (id: number): string => dbAfter.schema.idToIdent.get(id)?.text ?? String(id)
  return txData
    .filter((d) => !(d.a === 50 && d.e === 3 * 2 ** 42 + t))
    .map((d) => [toPublicId(d.e), name(d.a), plain(d.v), d.added])
}

function plain(v: Value): unknown {
  return v instanceof Keyword || v instanceof Sym ? v.text : v
}

/** What goes wrong: the error itself. */
export function failureOf(f: () => unknown): YoreError {
  try {
    f()
  } catch (error) {
    expect(error).toBeInstanceOf(YoreError)
    return error as YoreError
  }
  return expect.unreachable('it should have failed')
}

/** An attribute's definition as text. */
export function attribute(name: string, type: string, more = ''): string {
  const [kind, many] = type.split('*')
  return `{:db/ident ${name} :db/valueType :db.type/${kind} :db/cardinality :db.cardinality/${
    many === undefined ? 'one' : 'many'
  } ${more}}`
}

export const identity = ':db/unique :db.unique/identity'
export const uniqueValue = ':db/unique :db.unique/value'
