/**
 * The functions of the query language itself: those that need a database, a log or the engine. All others are in functions/.
 *
 * (1) Entities and attributes are given by any identifier (QR-50). An entity that does not resolve has no values.
 * (2) `batch`, where it is given, does a whole column at once and agrees with `run`.
 */

import { raise } from '../base/errors.ts'
import type { Value } from '../data/values.ts'
import { Opaque } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import { entity, touch } from '../db/entity.ts'
import { entid, identOf, requireAttribute } from '../db/lookup.ts'
import { txData, txIds } from '../db/log.ts'
import type { Log } from '../db/log.ts'
import { asOf, history, since } from '../db/views.ts'
import { firstValue } from '../db/read.ts'
import type { Attribute } from '../db/schema.ts'
import { counterOf, tToTx } from '../indexes/facts/ids.ts'
import type { Callable } from './context.ts'
import { dbOf } from './context.ts'
import { show } from './parse/form.ts'
import { fulltextSearch } from './fulltext/search.ts'
import { weighed } from './functions/weight.ts'

export interface Builtin {
  readonly arity: readonly [min: number, max: number]
  readonly run: Callable
}

const wrong = (name: string, why: string, data: Record<string, unknown> = {}): never =>
  raise(':yore/invalid-function-call', `${name}: ${why}`, { function: name, ...data })

function dbArg(name: string, args: readonly Value[]): Db {
  return dbOf(args[0]) ?? wrong(name, `the first argument is a database, not ${show(args[0])}`)
}

function logArg(name: string, args: readonly Value[]): Log {
  const x = args[0]
  return x instanceof Opaque && x.kind === 'log'
    ? (x.value as Log)
    : wrong(name, `the first argument is a log, not ${show(x)}`)
}

/** An attribute of cardinality one. */
export function oneAttribute(name: string, db: Db, x: Value): Attribute {
  const attribute = requireAttribute(db, x)
  if (attribute.many) {
    wrong(name, `${attribute.ident.text} has cardinality many, which is not supported here`, {
      attribute: attribute.ident.text,
    })
  }
  return attribute
}

/** The default of a get-else; nil is none. */
export function defaultOf(x: Value): Value {
  return x === null ? wrong('get-else', 'the default may not be nil') : x
}

function entityOf(db: Db, x: Value): number | null {
  return x === null ? null : entid(db, x)
}

function getElse(args: readonly Value[]): Value {
  const db = dbArg('get-else', args)
  const [, e, a, otherwise] = args as [Value, Value, Value, Value]
  const attribute = oneAttribute('get-else', db, a)
  defaultOf(otherwise)
  const id = entityOf(db, e)
  return id === null ? otherwise : (firstValue(db, id, attribute.id) ?? otherwise)
}

function getSome(args: readonly Value[]): Value {
  const db = dbArg('get-some', args)
  const attributes = args.slice(2).map((a) => oneAttribute('get-some', db, a))
  const id = entityOf(db, args[1] as Value)
  if (id === null) return null
  for (const a of attributes) {
    const v = firstValue(db, id, a.id)
    if (v !== undefined) return [a.id, v]
  }
  return null
}

function isMissing(args: readonly Value[]): Value {
  const db = dbArg('missing?', args)
  const a = entityOf(db, args[2] as Value)
  const e = entityOf(db, args[1] as Value)
  return a === null || e === null || firstValue(db, e, a) === undefined
}

function fulltext(args: readonly Value[]): Value {
  const db = dbArg('fulltext', args)
  const search = args[2]
  if (typeof search !== 'string') return wrong('fulltext', 'the search is a string')
  const id = entityOf(db, args[1] as Value)
  const attribute = id === null ? undefined : db.schema.attributes.get(id)
  if (attribute === undefined) return []
  return fulltextSearch(db, attribute, search).map((hit) => [hit.e, hit.v, hit.t, hit.score])
}

function transactionData(args: readonly Value[]): Value {
  const point = args[1] as Value
  if (typeof point !== 'number' && !(point !== null && typeof point === 'object')) {
    wrong('tx-data', `a transaction is given by its t or id, not ${show(point)}`)
  }
  return txData(logArg('tx-data', args), point).map((d) => [d.e, d.a, d.v, tToTx(d.t), d.added])
}

const table: Readonly<Record<string, Builtin>> = {
  ground: { arity: [1, 1], run: (args) => args[0] as Value },
  tuple: { arity: [1, Infinity], run: (args) => weighed([...args]) },
  untuple: { arity: [1, 1], run: (args) => args[0] as Value },
  'get-else': { arity: [4, 4], run: getElse },
  'get-some': { arity: [3, Infinity], run: getSome },
  'missing?': { arity: [3, 3], run: isMissing },
  fulltext: { arity: [3, 3], run: fulltext },
  'tx-ids': {
    arity: [3, 3],
    run: (args) =>
      txIds(logArg('tx-ids', args), args[1] as Value, args[2] as Value).map((t) => tToTx(t)),
  },
  'tx-data': { arity: [2, 2], run: transactionData },
  'datomic.api/entity': {
    arity: [2, 2],
    run: (args) => {
      const found = entity(dbArg('entity', args), args[1] as Value)
      return found === null ? null : new Opaque('entity', found)
    },
  },
  'datomic.api/touch': {
    arity: [1, 1],
    run: (args) => {
      const x = args[0]
      return x instanceof Opaque && x.kind === 'entity'
        ? new Opaque('entity', touch(x.value as never))
        : wrong('touch', 'the argument is an entity')
    },
  },
  'datomic.api/entid': {
    arity: [2, 2],
    run: (args) => entid(dbArg('entid', args), args[1] as Value),
  },
  'datomic.api/ident': {
    arity: [2, 2],
    run: (args) => {
      const db = dbArg('ident', args)
      const id = entityOf(db, args[1] as Value)
      return id === null ? null : identOf(db, id)
    },
  },
  'datomic.api/tx->t': { arity: [1, 1], run: (args) => counterOf(idArg('tx->t', args)) },
  'datomic.api/t->tx': {
    arity: [1, 1],
    run: (args) => tToTx(counterOf(idArg('t->tx', args))),
  },
  'datomic.api/as-of': {
    arity: [2, 2],
    run: (args) => view(asOf(dbArg('as-of', args), args[1] as Value)),
  },
  'datomic.api/since': {
    arity: [2, 2],
    run: (args) => view(since(dbArg('since', args), args[1] as Value)),
  },
  'datomic.api/history': { arity: [1, 1], run: (args) => view(history(dbArg('history', args))) },
  'datomic.api/basis-t': { arity: [1, 1], run: (args) => dbArg('basis-t', args).basisT },
}

const view = (db: Db): Value => new Opaque('db', db)

function idArg(name: string, args: readonly Value[]): number {
  const x = args[0]
  return typeof x === 'number' && Number.isInteger(x) && x >= 0
    ? x
    : wrong(name, `the argument is an id, not ${show(x)}`)
}

/** The function of the query language that has this name, or null. */
export function builtin(name: string): Builtin | null {
  const own = name.startsWith('yore/') ? `datomic.api/${name.slice(5)}` : name
  return Object.hasOwn(table, own) ? (table[own] as Builtin) : null
}
