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
import { toPublicId } from '../indexes/ids.ts'
import { libraryFunction } from '../query/functions/library.ts'
import { transact } from '../transact/transact.ts'
import type { TxContext, TxFunction, TxResult } from '../transact/transact.ts'
import type { PeerContext } from './context.ts'
import type { TxObserver } from './tx-stats.ts'
import type { EntityId } from './types.ts'

/** Transaction data, read. */
export interface PreparedTxData {
  readonly data: Value
  readonly numbers: 'exact' | 'js'
}

export function prepareTxData(txData: unknown): PreparedTxData {
  if (typeof txData === 'string') return { data: readEdn(txData), numbers: 'exact' }
  if (typeof txData !== 'object' || txData === null) {
    raise(
      ':yore/invalid-argument',
      'transaction data is EDN text or an array of maps and operations',
      {},
    )
  }
  return { data: fromPublic(txData), numbers: 'js' }
}

/** Runs the pure transaction, with the program's functions and the clock, which never goes back. */
export function runTransaction(
  db: Db,
  tx: PreparedTxData,
  context: PeerContext,
  observer: TxObserver | null = null,
): TxResult {
  if (observer === null) return transact(db, tx.data, txContextOf(db, tx, context))
  return observer.run(db, (counting, stage) =>
    transact(counting, tx.data, { ...txContextOf(db, tx, context), stage }),
  )
}

function txContextOf(db: Db, tx: PreparedTxData, context: PeerContext): TxContext {
  const { functions, env } = context
  return {
    now: Math.max(env.now(), db.lastInstant),
    numbers: tx.numbers,
    functionOf: (name: Keyword | Sym): TxFunction | null => {
      const f = functions.inner(name.text)
      return f === null ? null : (onDb, args) => f([new Opaque('db', onDb), ...args])
    },
    predicateOf: (name: Sym) => {
      const own = functions.inner(name.text)
      if (own !== null) return own
      const known = libraryFunction(name.text)
      return known === null ? null : (args: readonly Value[]) => known.run(args)
    },
  }
}

/** The tempids of a result as a plain object. */
export function publicTempids(result: TxResult): Record<string, EntityId> {
  const out: Record<string, unknown> = {}
  for (const [name, id] of result.tempids) setOwn(out, String(name), toPublicId(id))
  return out as Record<string, EntityId>
}
