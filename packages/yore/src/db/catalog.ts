/**
 * The catalog of a storage: the names of its databases, in one record that changes by compare-and-set.
 *
 * (1) Making, renaming and deleting a database are one change of the record each: done or not done, never half.
 * (2) A database that was deleted stands in `deleted` until everything that belongs to it is gone from the storage.
 */

import { YoreError, raise } from '../base/errors.ts'
import { telling } from '../data/codec/damage.ts'
import { frame, unframe } from '../data/codec/frame.ts'
import { ByteReader } from '../data/codec/reader.ts'
import { ByteWriter } from '../data/codec/writer.ts'

export interface Catalog {
  readonly revision: number
  /** Name to id. */
  readonly databases: ReadonlyMap<string, string>
  /** Ids of databases whose data are still to be deleted. */
  readonly deleted: readonly string[]
}

/** What the catalog needs of a storage. */
export interface CatalogStorage {
  readonly name: string
  readRoot(name: string): Promise<Uint8Array | null>
  replaceRoot(name: string, expected: Uint8Array | null, next: Uint8Array | null): Promise<boolean>
}

const rootOfCatalog = 'catalog'
/** Whoever loses a race reads again; nobody loses for ever. */
const attempts = 100

export const emptyCatalog: Catalog = { revision: 0, databases: new Map(), deleted: [] }

export function encodeCatalog({ revision, databases, deleted }: Catalog): Uint8Array {
  const out = new ByteWriter()
  out.varint(revision)
  out.varint(databases.size)
  for (const [name, id] of databases) {
    out.string(name)
    out.string(id)
  }
  out.varint(deleted.length)
  for (const id of deleted) out.string(id)
  return frame('name', out.peek(), { codec: 'lz4', name: rootOfCatalog })
}

export function decodeCatalog(bytes: Uint8Array): Catalog {
  const from = new ByteReader(unframe(bytes, 'name', rootOfCatalog).content)
  const revision = from.varint()
  const databases = new Map<string, string>()
  for (let n = from.count(); n > 0; n--) databases.set(from.string(), from.string())
  const deleted = Array.from({ length: from.count() }, () => from.string())
  return { revision, databases, deleted }
}

export async function readCatalog(storage: CatalogStorage): Promise<Catalog> {
  const bytes = await storage.readRoot(rootOfCatalog)
  return catalogOf(bytes, storage)
}

const whatOf = ({ name }: CatalogStorage): string => `the catalog of databases of ${name}`

function catalogOf(bytes: Uint8Array | null, storage: CatalogStorage): Catalog {
  if (bytes === null) return emptyCatalog
  return telling(
    () => decodeCatalog(bytes),
    () => ({
      what: whatOf(storage),
      affected:
        'No database in it can be found by its name, nor made: restore them from backups, into another directory',
      data: { root: rootOfCatalog },
    }),
  )
}

/** Changes the catalog; null leaves it as it is. False when it was left. */
export async function changeCatalog(
  storage: CatalogStorage,
  change: (catalog: Catalog) => Omit<Catalog, 'revision'> | null,
): Promise<boolean> {
  for (let n = 0; n < attempts; n++) {
    const before = await storage.readRoot(rootOfCatalog)
    const catalog = catalogOf(before, storage)
    const next = change(catalog)
    if (next === null) return false
    const bytes = encodeCatalog({ ...next, revision: catalog.revision + 1 })
    if (await isReplaced(storage, before, bytes)) return true
  }
  return raise(':yore/storage-unavailable', `${whatOf(storage)} changes all the time`)
}

/** Replaces the record; what became of it when the storage failed, the record says. */
async function isReplaced(
  storage: CatalogStorage,
  before: Uint8Array | null,
  next: Uint8Array,
): Promise<boolean> {
  try {
    return await storage.replaceRoot(rootOfCatalog, before, next)
  } catch (error) {
    if (!(error instanceof YoreError) || error.category !== 'unavailable') throw error
    const found = await storage.readRoot(rootOfCatalog)
    if (found?.length === next.length && found.every((b, i) => b === next[i])) return true
    throw error
  }
}
