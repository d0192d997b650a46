/**
 * What the tests of the storage contract are written with: places, and a few comparisons that throw.
 */

import { YoreError } from '../base/errors.ts'
import type { ErrorCode } from '../base/errors.ts'
import type { Slot, Storage } from '../storage/storage.ts'

/** Where storages of one kind live: opened, closed and opened again it has the same contents. */
export interface StoragePlace {
  /** A handle. Several may be open at a time, of one process. */
  open(): Promise<Storage>
  /** Does it keep its contents while no handle is open? */
  readonly persistent: boolean
  /** Takes it away, handles or not. */
  dispose(): Promise<void>
}

export type MakePlace = () => Promise<StoragePlace>

export interface StorageTest {
  readonly name: string
  /** Runs the test on a new place; rejects when the contract is broken. */
  run(make: MakePlace): Promise<void>
}

/** A test of the suite: it is given a new place and one handle on it. */
export function storageTest(
  name: string,
  body: (storage: Storage, place: StoragePlace) => Promise<void>,
): StorageTest {
  return {
    name,
    run: async (make) => {
      const place = await make()
      try {
        const storage = await place.open()
        await body(storage, place)
        await storage.close()
      } finally {
        await place.dispose()
      }
    },
  }
}

function shown(x: unknown): string {
  if (x instanceof Uint8Array) return `bytes[${x.length}] ${[...x.subarray(0, 20)].join(' ')}`
  if (Array.isArray(x)) return `[${x.map(shown).join(', ')}]`
  if (x instanceof Error) return x.message
  return typeof x === 'object' && x !== null
    ? `{${Object.entries(x)
        .map(([k, v]) => `${k}: ${shown(v)}`)
        .join(', ')}}`
    : String(x)
}

function alike(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    if (!(a instanceof Uint8Array && b instanceof Uint8Array)) return false
    return a.length === b.length && a.every((x, i) => x === b[i])
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const keys = Object.keys(a)
  return (
    Array.isArray(a) === Array.isArray(b) &&
    keys.length === Object.keys(b).length &&
    keys.every((k) => alike((a as Record<string, unknown>)[k], (b as Record<string, unknown>)[k]))
  )
}

/** Throws unless the two are alike: bytes by content, arrays and objects by their parts. */
export function expectSame(what: string, found: unknown, expected: unknown): void {
  if (!alike(found, expected)) {
    throw new Error(`${what}: found ${shown(found)}, expected ${shown(expected)}`)
  }
}

/** Throws unless the call rejects with that code. */
export async function expectError(
  what: string,
  code: ErrorCode,
  run: () => Promise<unknown>,
): Promise<void> {
  let result: unknown
  try {
    result = await run()
  } catch (error) {
    if (error instanceof YoreError && error.code === code) return
    throw new Error(`${what}: expected ${code}, but it failed with ${shown(error)}`, {
      cause: error,
    })
  }
  throw new Error(`${what}: expected ${code}, found ${shown(result)}`)
}

/** n bytes that depend on the seed. */
export function bytesOf(n: number, seed = 1): Uint8Array {
  const out = new Uint8Array(n)
  let x = (seed * 2_654_435_761) >>> 0 || 1
  for (let i = 0; i < n; i++) {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    out[i] = x
  }
  return out
}

/** All slots from a t on, call after call, as a follower reads them. */
export async function allSlots(
  storage: Storage,
  database: string,
  from = 0,
  limit?: number,
): Promise<Slot[]> {
  const out: Slot[] = []
  let next = from
  for (;;) {
    const slots = await storage.readSlots(database, { from: next, limit })
    const last = slots[slots.length - 1]
    if (last === undefined) return out
    out.push(...slots)
    next = last.t + 1
  }
}

/** Reads by both ways, where there are two, and demands that they agree. */
export async function getBlobs(
  storage: Storage,
  database: string,
  ids: readonly string[],
): Promise<(Uint8Array | null)[]> {
  const blobs = await storage.getBlobs(database, ids)
  if (storage.sync !== null) {
    expectSame('the blobs that are read at once', storage.sync.getBlobs(database, ids), blobs)
  }
  return blobs
}

/** The same for a root. */
export async function readRoot(storage: Storage, name: string): Promise<Uint8Array | null> {
  const root = await storage.readRoot(name)
  if (storage.sync !== null) {
    expectSame('the root that is read at once', storage.sync.readRoot(name), root)
  }
  return root
}
