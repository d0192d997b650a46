/**
 * The parts of Yore that scenarios are run on. Exact values are needed, so these are the inner functions, not the public names.
 *
 * (1) Each module is loaded on its own: one that is missing or does not load fails only the steps that use it.
 */

import type * as bootstrap from '../../packages/yore/src/db/bootstrap.ts'
import type * as create from '../../packages/yore/src/indexes/create.ts'
import type * as lookup from '../../packages/yore/src/db/lookup.ts'
import type * as read from '../../packages/yore/src/db/read.ts'
import type * as views from '../../packages/yore/src/db/views.ts'
import type * as datoms from '../../packages/yore/src/db/datoms.ts'
import type * as log from '../../packages/yore/src/db/log.ts'
import type * as entity from '../../packages/yore/src/db/entity.ts'
import type * as partitions from '../../packages/yore/src/db/partitions.ts'
import type * as stats from '../../packages/yore/src/db/stats.ts'
import type * as transact from '../../packages/yore/src/transact/transact.ts'
import type * as query from '../../packages/yore/src/query/query.ts'
import type * as functions from '../../packages/yore/src/query/functions/library.ts'
import type * as parsePull from '../../packages/yore/src/pull/parse.ts'
import type * as pull from '../../packages/yore/src/pull/run.ts'
import type * as indexPull from '../../packages/yore/src/pull/index-pull.ts'

export interface Engine {
  readonly bootstrap: typeof bootstrap
  readonly create: typeof create
  readonly lookup: typeof lookup
  readonly read: typeof read
  readonly views: typeof views
  readonly datoms: typeof datoms
  readonly partitions: typeof partitions
  readonly log: typeof log
  readonly entity: typeof entity
  readonly stats: typeof stats
  readonly transact: typeof transact
  readonly query: typeof query
  readonly functions: typeof functions
  readonly parsePull: typeof parsePull
  readonly pull: typeof pull
  readonly indexPull: typeof indexPull
}

/** A module that could not be loaded. */
export class MissingModule extends Error {}

async function load<T extends object>(name: string, importModule: () => Promise<T>): Promise<T> {
  try {
    return await importModule()
  } catch (error) {
    const why = String(error).split('\n')[0]
    const handler = {
      get: (_: object, key: string | symbol) =>
        key === 'then'
          ? undefined
          : () => {
              throw new MissingModule(`${name} does not load: ${why}`)
            },
    }
    return new Proxy({}, handler) as T
  }
}

export async function loadEngine(): Promise<Engine> {
  return {
    bootstrap: await load('db/bootstrap', () => import('../../packages/yore/src/db/bootstrap.ts')),
    create: await load('indexes/create', () => import('../../packages/yore/src/indexes/create.ts')),
    lookup: await load('db/lookup', () => import('../../packages/yore/src/db/lookup.ts')),
    read: await load('db/read', () => import('../../packages/yore/src/db/read.ts')),
    views: await load('db/views', () => import('../../packages/yore/src/db/views.ts')),
    datoms: await load('db/datoms', () => import('../../packages/yore/src/db/datoms.ts')),
    partitions: await load(
      'db/partitions',
      () => import('../../packages/yore/src/db/partitions.ts'),
    ),
    log: await load('db/log', () => import('../../packages/yore/src/db/log.ts')),
    entity: await load('db/entity', () => import('../../packages/yore/src/db/entity.ts')),
    stats: await load('db/stats', () => import('../../packages/yore/src/db/stats.ts')),
    transact: await load(
      'transact/transact',
      () => import('../../packages/yore/src/transact/transact.ts'),
    ),
    query: await load('query/query', () => import('../../packages/yore/src/query/query.ts')),
    functions: await load(
      'query/functions/library',
      () => import('../../packages/yore/src/query/functions/library.ts'),
    ),
    parsePull: await load('pull/parse', () => import('../../packages/yore/src/pull/parse.ts')),
    pull: await load('pull/run', () => import('../../packages/yore/src/pull/run.ts')),
    indexPull: await load(
      'pull/index-pull',
      () => import('../../packages/yore/src/pull/index-pull.ts'),
    ),
  }
}
