/**
 * What each kind of step does and what it answers: one function a kind. Answers are public data, or exact values where the inner
 * functions give those; compare.ts takes either.
 */

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import * as indexes from '../../packages/yore/src/db/datoms.ts'
import * as entities from '../../packages/yore/src/db/entity.ts'
import * as logs from '../../packages/yore/src/db/log.ts'
import * as lookup from '../../packages/yore/src/db/lookup.ts'
import * as partitions from '../../packages/yore/src/db/partitions.ts'
import * as stats from '../../packages/yore/src/db/stats.ts'
import * as views from '../../packages/yore/src/db/views.ts'
import * as patterns from '../../packages/yore/src/pull/parse.ts'
import * as pulls from '../../packages/yore/src/pull/run.ts'
import * as queries from '../../packages/yore/src/query/query.ts'
import * as indexPulls from '../../packages/yore/src/pull/index-pull.ts'
import { printEdn } from '../../packages/yore/src/data/edn/print.ts'
import { readAllEdn } from '../../packages/yore/src/data/edn/read.ts'
import { ValueMap } from '../../packages/yore/src/data/equal.ts'
import { Keyword, Opaque, keyword } from '../../packages/yore/src/data/values.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'
import type { Db } from '../../packages/yore/src/db/db.ts'
import type { Entity } from '../../packages/yore/src/db/entity.ts'
import type { LogEntry } from '../../packages/yore/src/db/log.ts'
import type { Attribute } from '../../packages/yore/src/db/schema.ts'
import type { Datom } from '../../packages/yore/src/indexes/facts/fact.ts'
import {
  counterOf,
  firstUserT,
  fromPublicId,
  partOf,
  toPublicId,
  tToTx,
} from '../../packages/yore/src/indexes/facts/ids.ts'
import { Raw, answerNode, nodeText } from './compare.ts'
import type { Config, Contents } from './place.ts'
import type { World } from './world.ts'

type Args = readonly Value[]
type Run = (world: World, args: Args) => unknown

const nameOf = (x: Value | undefined): string =>
  x instanceof Keyword ? x.name : printEdn(x ?? null)

function take<T>(n: number, items: Iterable<T>): T[] {
  const out: T[] = []
  if (n === 0) return out
  for (const x of items) {
    out.push(x)
    if (out.length === n) break
  }
  return out
}

const idOrNull = (id: number | null): number | bigint | null =>
  id === null ? null : toPublicId(id)

function rows(world: World, datoms: Iterable<Datom>): unknown[] {
  return Array.from(datoms, (d) => world.datomRow(d))
}

async function tx(world: World, [name, data]: Args): Promise<unknown> {
  const result = await world.commit(world.resolve(data as Value))
  world.note(name as Keyword, result)
  const tempids = new Map<string, number | bigint>()
  for (const [k, id] of result.tempids) if (typeof k === 'string') tempids.set(k, toPublicId(id))
  return new Map<string, unknown>([
    [':t', result.t],
    [':tempids', new Raw(tempids)],
    [':tx-data', new Set(rows(world, result.txData))],
  ])
}

function withData(world: World, [name, data, db]: Args): unknown {
  const result = world.transact(world.dbOf(db), world.resolve(data as Value))
  world.note(name as Keyword, result)
  return { ':tx-data': new Set(rows(world, result.txData)) }
}

function q(world: World, [query, ...inputs]: Args): unknown {
  const resolved = inputs.map((x) => world.resolve(x))
  if (inputs.length === 0) resolved.push(new Opaque('db', world.db))
  const answer = queries.query(query as Value, resolved, {
    numbers: 'exact',
    functionOf: () => null,
  })
  return withEntities(answer.value)
}

/** Entities in the rows of a query show their id and attributes. */
function withEntities(x: unknown): unknown {
  if (Array.isArray(x)) return x.map((item) => withEntities(item))
  return entities.isEntity(x) ? { ...x, ':db/id': x[':db/id'] } : x
}

function pull(world: World, [pattern, id, db]: Args): unknown {
  return pulls.pull(
    world.dbOf(db),
    patterns.parsePattern(pattern as Value),
    world.resolve(id as Value),
  )
}

function pullMany(world: World, [pattern, ids, db]: Args): unknown {
  const resolved = world.resolve(ids as Value) as readonly Value[]
  return pulls.pullMany(world.dbOf(db), patterns.parsePattern(pattern as Value), resolved)
}

function indexPull(world: World, [db, args]: Args): unknown {
  const resolved = world.resolve(args as Value) as ValueMap
  return [...indexPulls.indexPull(world.dbOf(db), resolved)]
}

// ---- entities ----

function entityOf(world: World, id: Value | undefined, db: Value | undefined): Entity | null {
  return entities.entity(world.dbOf(db), world.resolve(id as Value))
}

/** Entities within an answer: only their ids. */
function shortened(x: unknown): unknown {
  if (Array.isArray(x)) return x.map((item) => shortened(item))
  return entities.isEntity(x) ? { ':db/id': x[':db/id'] } : x
}

function entity(world: World, [id, db]: Args): unknown {
  const found = entityOf(world, id, db)
  if (found === null) return null
  const touched = entities.touch(found)
  const keys = [':db/id', ...Object.keys(touched)] as `:${string}`[]
  return Object.fromEntries(keys.map((k) => [k, shortened(touched[k])]))
}

function entityKeys(world: World, [id, db]: Args): unknown {
  const found = entityOf(world, id, db)
  const keys = found === null ? [] : Object.keys(found)
  // keys of nothing are nil in the original
  return keys.length === 0 ? null : new Set(keys)
}

/** Follows one key; of several entities, from each of them. */
function follow(from: unknown, key: Value): unknown {
  if (Array.isArray(from)) return from.map((x) => follow(x, key))
  if (!entities.isEntity(from)) return null
  const text = key instanceof Keyword ? key.text : key
  if (typeof text === 'string' && text.startsWith(':')) return from[text as `:${string}`] ?? null
  const { db, id } = entities.originOf(from)
  return entities.entityGet(db, id, key)
}

/** What a set made of these would hold. */
function distinct(world: World, items: readonly unknown[]): unknown[] {
  const textOf = (x: unknown): string => nodeText(answerNode(shortened(x), world))
  return [...new Map(items.map((x) => [textOf(x), x])).values()]
}

function nav(world: World, [id, path, db]: Args): unknown {
  let at: unknown = entityOf(world, id, db)
  for (const key of path as readonly Value[]) {
    const next = follow(at, key)
    at = Array.isArray(at) ? distinct(world, next as readonly unknown[]) : next
  }
  return shortened(at)
}

// ---- indexes and log ----

function datoms(world: World, [db, index, ...components]: Args): unknown {
  const resolved = components.map((x) => world.resolve(x))
  return rows(world, indexes.datoms(world.dbOf(db), nameOf(index), resolved))
}

function seek(world: World, [db, n, index, ...components]: Args): unknown {
  const resolved = components.map((x) => world.resolve(x))
  const found = indexes.seekDatoms(world.dbOf(db), nameOf(index), resolved)
  return rows(world, take(n as number, found))
}

function rseek(world: World, [db, n, index, ...components]: Args): unknown {
  const resolved = components.map((x) => world.resolve(x))
  const found = indexes.rseekDatoms(world.dbOf(db), nameOf(index), resolved)
  return rows(world, take(n as number, found))
}

function indexRange(world: World, [db, attribute, start, end]: Args): unknown {
  const [a, low, high] = [attribute, start, end].map((x) => world.resolve(x as Value))
  return rows(world, indexes.indexRange(world.dbOf(db), a as Value, low ?? null, high ?? null))
}

function txRange(world: World, [start, end]: Args): unknown {
  const found = logs.txRange(world.log, world.resolve(start as Value), world.resolve(end as Value))
  return Array.from(found, ({ t, data }: LogEntry) => ({
    ':t': tToTx(t),
    ':data': new Set(rows(world, data)),
  }))
}

// ---- names and numbers ----

function entid(world: World, [db, x]: Args): unknown {
  return idOrNull(lookup.entid(world.dbOf(db), world.resolve(x as Value)))
}

function ident(world: World, [db, x]: Args): unknown {
  return lookup.ident(world.dbOf(db), world.resolve(x as Value))
}

function attribute(world: World, [db, x]: Args): unknown {
  const found: Attribute | null = lookup.attributeOf(world.dbOf(db), world.resolve(x as Value))
  if (found === null) return null
  return {
    ':ident': found.ident,
    ':cardinality': keyword(`:db.cardinality/${found.many ? 'many' : 'one'}`),
    ':value-type': lookup.identOf(world.dbOf(db), found.typeId),
    ':unique': found.unique === null ? null : keyword(`:db.unique/${found.unique}`),
    ':indexed': found.indexed,
    ':has-avet': found.hasAvet,
    ':no-history': found.noHistory,
    ':is-component': found.isComponent,
    ':fulltext': found.fulltext,
  }
}

function entidAt(world: World, db: Db, [part, point]: Args): unknown {
  const id = partitions.entidAt(db, part as Value, point as Value)
  return toPublicId(id)
}

function call(world: World, [name, form, ...rest]: Args): unknown {
  const db = world.dbOf(form)
  const args = rest.map((x) => world.resolve(x))
  const arg = args[0] as number | bigint
  const txOf = (t: number | null): number | null =>
    t === null ? null : tToTx(t < 0 ? t + 2 ** 42 : t)
  switch (nameOf(name)) {
    case 'basis-t':
      return tToTx(db.basisT)
    case 'next-t':
      return db.nextT
    case 'as-of-t':
      return txOf(views.asOfT(db))
    case 'since-t':
      return txOf(views.sinceT(db))
    case 'is-history':
      return views.isHistory(db)
    case 'is-filtered':
      return views.isFiltered(db)
    case 'part':
      return toPublicId(partOf(fromPublicId(arg)))
    case 'entid-at':
      return entidAt(world, db, args)
    case 't->tx':
      return tToTx(counterOf(fromPublicId(arg)))
    case 'tx->t':
      return counterOf(fromPublicId(arg))
    case 'db-stats': {
      const { datoms: count, attrs } = stats.dbStats(db)
      const counted = [...attrs].map(([k, n]) => [k, { ':count': n }] as const)
      return { ':datoms': count, ':attrs': new Map(counted) }
    }
    default:
      throw new Error(`unknown call: ${nameOf(name)}`)
  }
}

// ---- data files ----

const dataRoot = new URL('../../data/', import.meta.url)
interface Loaded {
  readonly db: Db
  readonly entries: readonly LogEntry[]
  readonly contents: Contents | null
  readonly datoms: number
}
const loaded = new WeakMap<Config, Map<string, Loaded>>()

function readData(file: string): Value[] {
  const packed = file.startsWith('mbrainz/')
  const bytes = readFileSync(new URL(packed ? `${file}.gz` : file, dataRoot))
  return readAllEdn((packed ? gunzipSync(bytes) : bytes).toString('utf8'))
}

/** Loads once for all scenarios that begin with the same files: a database is a value, and a place can be copied. */
async function load(world: World, files: Args): Promise<unknown> {
  const { config, place } = world
  const key = world.db.nextT === firstUserT ? files.map(String).join(' ') : undefined
  if (!loaded.has(config)) loaded.set(config, new Map())
  const known = key === undefined ? undefined : loaded.get(config)?.get(key)
  if (known !== undefined) {
    const { db, entries, contents, datoms: count } = known
    if (contents !== null) await world.move(contents)
    else [world.db, world.entries] = [db, entries]
    return { ':datoms': count }
  }
  let count = 0
  for (const file of files) {
    for (const form of readData(file as string)) {
      const data = form instanceof ValueMap ? form.get(keyword(':data')) : form
      const { txData } = await world.commit(data as Value)
      count += txData.length
    }
  }
  if (key !== undefined) {
    const contents = place === null ? null : await place.copy()
    if (place !== null) world.db = place.db
    loaded.get(config)?.set(key, { db: world.db, entries: world.entries, contents, datoms: count })
  }
  return { ':datoms': count }
}

async function requestIndex(world: World): Promise<unknown> {
  await world.place?.index()
  if (world.place !== null) world.db = world.place.db
  return true
}

const runs: ReadonlyMap<string, Run> = new Map<string, Run>([
  ['tx', tx],
  ['with', withData],
  ['q', q],
  ['qseq', q],
  ['pull', pull],
  ['pull-many', pullMany],
  ['index-pull', indexPull],
  ['entity', entity],
  ['entity-keys', entityKeys],
  ['nav', nav],
  ['datoms', datoms],
  ['seek', seek],
  ['rseek', rseek],
  ['index-range', indexRange],
  ['tx-range', txRange],
  ['entid', entid],
  ['ident', ident],
  ['attribute', attribute],
  ['call', call],
  ['request-index', requestIndex],
  ['load', load],
])

/** Runs one step; its answer (some have to be waited for), or what the engine throws. */
export function runStep(world: World, [op, ...args]: Args): unknown {
  const run = runs.get(nameOf(op))
  if (run === undefined) throw new Error(`unknown step: ${printEdn(op as Value)}`)
  return run(world, args)
}
