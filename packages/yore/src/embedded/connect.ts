/**
 * Creating, naming, deleting and connecting to databases: both halves of Yore, peer and transactor, in this process.
 *
 * (1) The same URI in one process gives the same connection, until it is released; who connects meanwhile waits for that.
 * (2) Deleting a database releases its connections; renaming does not.
 */

import { systemEnv } from '../base/env-system.ts'
import type { Env } from '../base/env.ts'
import { raise } from '../base/errors.ts'
import { told } from '../base/told.ts'
import type { Connection } from '../peer/connection.ts'
import { checkedEnv, checkedOptions } from '../peer/context.ts'
import type { OptionNames } from '../peer/context.ts'
import type { FunctionTable } from '../peer/types.ts'
import { openStorage } from '../storage/open.ts'
import { defaults } from '../transactor/transactor.ts'
import { checkName, parseUri } from '../peer/uri.ts'
import type { DatabaseUri } from '../peer/uri.ts'
import {
  connectInMemory,
  createInMemory,
  deleteInMemory,
  namesInMemory,
  renameInMemory,
} from './memory.ts'
import {
  connectStored,
  createStored,
  deleteStored,
  namesStored,
  notFound,
  renameStored,
} from './stored.ts'
import type { OpenStorage, Tuning } from './stored.ts'

/** How to connect. What concerns the disk is ignored in memory; what differs from an earlier connect that still holds is ignored too. */
export interface ConnectOptions {
  /**
   * Functions by qualified name, for transactions, queries, predicates and pulls. A later connect to the same database adds to them.
   *
   * ```ts
   * await connect(uri, {
   *   functions: {
   *     'my.app/increment': (db: Database, id: number, by: number) => [
   *       [':db/add', id, ':item/count', Number(db.entity(id)?.[':item/count']) + by],
   *     ],
   *   },
   * })
   * await conn.transact([[':my.app/increment', id, 1]])
   * ```
   */
  readonly functions?: FunctionTable
  /** Only read, and see what another process transacts a moment later. One process writes, any number read. */
  readonly readOnly?: boolean
  /**
   * `'durable'` (usual): a transaction is on disk before it is acknowledged. `'relaxed'`: it is acknowledged at once and on disk a few
   * milliseconds later; if the process or the machine ends in between, the last acknowledged transactions are lost. Faster where many small
   * transactions wait for each other.
   */
  readonly durability?: 'durable' | 'relaxed'
  /** How many bytes of index segments stay in memory; 256 MB. */
  readonly cacheBytes?: number
  /** An index job starts when transactions since the last one take more bytes of memory; 32 MB. */
  readonly memoryIndexThreshold?: number
  /** The most bytes that transactions since the last index job may take; from half of it on new ones are slowed down. 512 MB. */
  readonly memoryIndexMax?: number
  /**
   * Where index jobs run: `'auto'` (usual), large ones in a worker thread where the runtime has one, small ones in pieces of a few milliseconds
   * between other work; `'worker'`, all of them there; `'pieces'`, none.
   */
  readonly indexing?: 'auto' | 'worker' | 'pieces'
  /** The most datoms in a segment of the index; 4096. */
  readonly segmentSize?: number
  /**
   * How what is written from now on is packed: `'lz4'` (usual), on every runtime; `'deflate-raw'`, smaller and slower, on Node only; `'none'`.
   * What is there already is read whichever way it is packed.
   *
   * ```ts
   * await connect(uri, { compression: 'deflate-raw' })
   * ```
   */
  readonly compression?: 'lz4' | 'deflate-raw' | 'none'
  /** The clock and the random source, for tests. */
  readonly env?: Env
}

const connectOptions: OptionNames<ConnectOptions> = {
  functions: true,
  readOnly: true,
  durability: true,
  cacheBytes: true,
  memoryIndexThreshold: true,
  memoryIndexMax: true,
  indexing: true,
  segmentSize: true,
  compression: true,
  env: true,
}

/**
 * Makes a new, empty database. False if there is one of that name.
 *
 * ```ts
 * await createDatabase('yore:mem://inventory')
 * await createDatabase('yore:file://./data/inventory') // in the directory ./data
 * ```
 */
export async function createDatabase(
  uri: string,
  options: { readonly env?: Env } = {},
): Promise<boolean> {
  const { protocol, name, location } = named(uri)
  const env = checkedEnv(checkedOptions(options, { env: true }).env ?? systemEnv)
  return protocol === 'mem' ? createInMemory(name, env) : createStored(opener(location), name, env)
}

/** Deletes a database with all its history. False if there is none. Connections to it are released. */
export async function deleteDatabase(uri: string): Promise<boolean> {
  const { protocol, name, location } = named(uri)
  return protocol === 'mem' ? deleteInMemory(name) : deleteStored(opener(location), name)
}

/** Gives a database another name. False if that name is taken; connections stay. */
export async function renameDatabase(uri: string, newName: string): Promise<boolean> {
  const { protocol, name, location } = named(uri)
  checkName(newName)
  const renamed =
    protocol === 'mem'
      ? renameInMemory(name, newName)
      : await renameStored(opener(location), name, newName)
  return renamed ?? notFound(uri, await namesIn(named(uri)))
}

/**
 * The names of all databases of a storage.
 *
 * ```ts
 * await getDatabaseNames('yore:mem://*') // ['inventory']
 * await getDatabaseNames('yore:file://./data/*')
 * ```
 */
export async function getDatabaseNames(uri: string): Promise<string[]> {
  const { protocol, name, location } = parseUri(uri)
  if (name !== '*') {
    raise(':yore/invalid-uri', `a * stands for the name: 'yore:mem://*', not ${told(uri)}`, { uri })
  }
  return namesIn({ protocol, location })
}

async function namesIn({
  protocol,
  location,
}: Pick<DatabaseUri, 'protocol' | 'location'>): Promise<string[]> {
  const names = protocol === 'mem' ? namesInMemory() : await namesStored(opener(location))
  return names.sort()
}

/**
 * Connects to a database that exists. The same URI in one process gives the same connection.
 *
 * ```ts
 * const conn = await connect('yore:mem://inventory')
 * const reader = await connect('yore:file://./data/inventory', { readOnly: true })
 * ```
 */
export async function connect(uri: string, options: ConnectOptions = {}): Promise<Connection> {
  const { protocol, name, location } = named(uri)
  const { env = systemEnv, functions = {}, ...more } = checkedOptions(options, connectOptions)
  const tuning = tuningOf(more)
  const asked = { env: checkedEnv(env), functions }
  const connection =
    protocol === 'mem'
      ? connectInMemory(name, asked)
      : connectStored(opener(location), name, asked, tuning)
  return (await connection) ?? notFound(uri, await namesIn(named(uri)))
}

function opener(directory: string): OpenStorage {
  return (readOnly) => openStorage('file', directory, { readOnly })
}

function named(uri: string): DatabaseUri {
  const parsed = parseUri(uri)
  if (parsed.name === '*') {
    raise(':yore/invalid-uri', `${told(uri)} names no database`, { uri })
  }
  return parsed
}

/** The threshold of index jobs stands below the maximum: where one of them is given, the other follows. */
function setLimits(given: Record<string, number>): void {
  const { memoryIndexThreshold: threshold, memoryIndexMax: max } = given
  if (threshold !== undefined && max !== undefined && max < threshold) {
    raise(':yore/invalid-argument', 'memoryIndexMax is not less than memoryIndexThreshold', {
      memoryIndexThreshold: threshold,
      memoryIndexMax: max,
    })
  }
  if (max === undefined && threshold !== undefined) {
    given['memoryIndexMax'] = Math.max(defaults.memoryIndexMax, 2 * threshold)
  } else if (threshold === undefined && max !== undefined) {
    given['memoryIndexThreshold'] = Math.min(defaults.memoryIndexThreshold, Math.floor(max / 2))
  }
}

const sizes = {
  cacheBytes: [0, 2 ** 40],
  memoryIndexThreshold: [0, 2 ** 40],
  memoryIndexMax: [1, 2 ** 40],
  segmentSize: [8, 65_535],
} as const

function tuningOf(options: ConnectOptions): Tuning {
  const { durability = 'durable', readOnly = false } = options
  if (durability !== 'durable' && durability !== 'relaxed') {
    raise(':yore/invalid-argument', `durability is 'durable' or 'relaxed'`, { durability })
  }
  if (typeof readOnly !== 'boolean') {
    raise(':yore/invalid-argument', 'readOnly is true or false', { readOnly })
  }
  const { indexing = 'auto' } = options
  if (indexing !== 'auto' && indexing !== 'worker' && indexing !== 'pieces') {
    raise(':yore/invalid-argument', `indexing is 'auto', 'worker' or 'pieces'`, { indexing })
  }
  const { compression = 'lz4' } = options
  if (compression !== 'lz4' && compression !== 'deflate-raw' && compression !== 'none') {
    raise(':yore/invalid-argument', `compression is 'lz4', 'deflate-raw' or 'none'`, {
      compression,
    })
  }
  const given: Record<string, number> = {}
  for (const [key, [min, max]] of Object.entries(sizes)) {
    const x = options[key as keyof typeof sizes]
    if (x === undefined) continue
    if (!Number.isInteger(x) || x < min || x > max) {
      raise(':yore/invalid-argument', `${key} is a whole number from ${min} to ${max}`, {
        [key]: x,
      })
    }
    given[key] = x
  }
  setLimits(given)
  return { ...given, relaxed: durability === 'relaxed', readOnly, indexing, compression }
}
