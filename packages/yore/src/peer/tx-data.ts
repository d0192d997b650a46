/**
 * Transaction data on its way in, and the report on its way out.
 *
 * (1) Data are read (or copied) at the call: what the program changes afterwards does not matter.
 * (2) Text is exact: 3 is a long and nothing else; a program's 3 also fits a double (`numbers: 'js'`).
 */

import { raise } from '../base/errors.ts'
import { readEdn } from '../data/edn/read.ts'
import { fromPublic, setOwn } from '../data/public.ts'
import { Opaque } from '../data/values.ts'
import type { Keyword, Sym, Value } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import { toPublicId } from '../indexes/facts/ids.ts'
import { libraryFunction } from '../query/functions/library.ts'
import { transact } from '../transact/transact.ts'
import type { Predicate, TxContext, TxFunction, TxResult, TxStage } from '../transact/transact.ts'
import type { PeerContext } from './context.ts'
import type { Functions } from './functions.ts'
import type { TxObserver } from './tx-stats.ts'
import type { EntityId } from './types.ts'

/** Transaction data, read. */
export class PreparedTxData {
  readonly data: Value
  readonly numbers: 'exact' | 'js'

  constructor(data: Value, numbers: 'exact' | 'js') {
    this.data = data
    this.numbers = numbers
  }
}

export function prepareTxData(txData: unknown): PreparedTxData {
  if (typeof txData === 'string') return new PreparedTxData(readEdn(txData), 'exact')
  if (typeof txData !== 'object' || txData === null) {
    raise(
      ':yore/invalid-argument',
      'transaction data is EDN text or an array of maps and operations',
      {},
    )
  }
  return new PreparedTxData(fromPublic(txData), 'js')
}

/** Runs the pure transaction, with the program's functions and the clock, which never goes back. */
export function runTransaction(
  db: Db,
  tx: PreparedTxData,
  context: PeerContext,
  observer: TxObserver | null = null,
): TxResult {
  if (observer === null) return transact(db, tx.data, new ProgramContext(db, tx, context))
  return observer.run(db, (counting, stage) =>
    transact(counting, tx.data, new ProgramContext(db, tx, context, stage)),
  )
}

class ProgramContext implements TxContext {
  readonly now: number
  readonly numbers: 'exact' | 'js'
  readonly stage?: (stage: TxStage) => void
  readonly #functions: Functions

  constructor(
    db: Db,
    { numbers }: PreparedTxData,
    { functions, env }: PeerContext,
    stage?: (stage: TxStage) => void,
  ) {
    this.now = Math.max(env.now(), db.lastInstant)
    this.numbers = numbers
    this.#functions = functions
    if (stage !== undefined) this.stage = stage
  }

  functionOf(name: Keyword | Sym): TxFunction | null {
    const f = this.#functions.inner(name.text)
    return f === null ? null : (onDb, args) => f([new Opaque('db', onDb), ...args])
  }

  predicateOf(name: Sym): Predicate | null {
    const own = this.#functions.inner(name.text)
    if (own !== null) return own
    const known = libraryFunction(name.text)
    return known === null ? null : (args) => known.run(args)
  }
}

/** The tempids of a result as a plain object. */
export function publicTempids(result: TxResult): Record<string, EntityId> {
  const out: Record<string, unknown> = {}
  for (const [name, id] of result.tempids) setOwn(out, String(name), toPublicId(id))
  return out as Record<string, EntityId>
}
