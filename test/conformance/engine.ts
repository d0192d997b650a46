/**
 * The parts of Yore that scenarios are run on. Exact values are needed, so these are the inner functions, not the public names.
 *
 * (1) Each module is loaded on its own: one that is missing or does not load fails only the steps that use it.
 */

type Modules = {
  readonly bootstrap: typeof import('../../packages/yore/src/db/bootstrap.ts')
  readonly create: typeof import('../../packages/yore/src/indexes/create.ts')
  readonly lookup: typeof import('../../packages/yore/src/db/lookup.ts')
  readonly read: typeof import('../../packages/yore/src/db/read.ts')
  readonly views: typeof import('../../packages/yore/src/db/views.ts')
  readonly datoms: typeof import('../../packages/yore/src/db/datoms.ts')
  readonly log: typeof import('../../packages/yore/src/db/log.ts')
  readonly entity: typeof import('../../packages/yore/src/db/entity.ts')
  readonly stats: typeof import('../../packages/yore/src/db/stats.ts')
  readonly transact: typeof import('../../packages/yore/src/transact/transact.ts')
  readonly query: typeof import('../../packages/yore/src/query/query.ts')
  readonly functions: typeof import('../../packages/yore/src/query/functions/library.ts')
  readonly parsePull: typeof import('../../packages/yore/src/pull/parse.ts')
  readonly pull: typeof import('../../packages/yore/src/pull/run.ts')
  readonly indexPull: typeof import('../../packages/yore/src/pull/index-pull.ts')
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

export async function loadEngine(): Promise<Modules> {
  return {
    bootstrap: await load('db/bootstrap', () => import('../../packages/yore/src/db/bootstrap.ts')),
    create: await load('indexes/create', () => import('../../packages/yore/src/indexes/create.ts')),
    lookup: await load('db/lookup', () => import('../../packages/yore/src/db/lookup.ts')),
    read: await load('db/read', () => import('../../packages/yore/src/db/read.ts')),
    views: await load('db/views', () => import('../../packages/yore/src/db/views.ts')),
    datoms: await load('db/datoms', () => import('../../packages/yore/src/db/datoms.ts')),
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

export type Engine = Modules
