/**
 * A storage in memory that can lose power: what was written and not yet made durable may be lost, or torn.
 *
 * (1) A write that was acknowledged, and not relaxed, survives every crash.
 * (2) Others survive as a beginning of their sequence (`order: 'prefix'`, as a journal does it), or any of them (`'any'`, as loose files
 *     do), but never a durable write without the relaxed ones before it.
 * (3) The last survivor may be torn when `torn` is set: its bytes end early, or end in zeros. Roots are never torn.
 * (4) A crash ends all handles: what is under way fails, unless it was durable just before. `open` gives a new one on what survived.
 */

import { YoreError } from '../base/errors.ts'
import { MemoryStore, memoryStorage } from '../storage/drivers/memory.ts'
import type { Storage, WriteOptions } from '../storage/storage.ts'

export interface CrashOptions {
  /** A whole number from 0, below n. */
  readonly random: (n: number) => number
  readonly order?: 'prefix' | 'any' | undefined
  readonly torn?: boolean | undefined
}

/** A change that may still be lost: how it is made on the disk, whole or torn. */
interface Change {
  readonly relaxed: boolean
  apply(disk: MemoryStore, tear: (bytes: Uint8Array) => Uint8Array): void
}

const whole = (bytes: Uint8Array): Uint8Array => bytes

/**
 * The machine whose power fails.
 *
 *     const place = new CrashablePlace()
 *     const storage = place.open()
 *     await storage.writeSlot('db', 1000, bytes)
 *     place.crash({ random })
 *     await place.open().readSlots('db', { from: 0 })   // slot 1000 is there
 */
export class CrashablePlace {
  #disk = new MemoryStore()
  /** What handles see: the disk and all changes. */
  #seen = new MemoryStore()
  #changes: Change[] = []
  #life = 0
  readonly #syncTurns: number

  /** `syncTurns`: how many turns of the microtask queue pass before a write is durable. */
  constructor(syncTurns = 3) {
    this.#syncTurns = syncTurns
  }

  /** How many changes a crash could take now. */
  get atRisk(): number {
    return this.#changes.length
  }

  crash(options: CrashOptions): void {
    const { random, order = 'prefix', torn = false } = options
    const changes = this.#changes
    this.#changes = []
    this.#life++
    const kept =
      order === 'prefix'
        ? changes.slice(0, random(changes.length + 1))
        : withRelaxed(changes, () => random(2) === 1)
    const tear = (bytes: Uint8Array): Uint8Array => tornBytes(bytes, random)
    kept.forEach((change, i) => {
      const last = i === kept.length - 1
      change.apply(this.#disk, torn && last && random(2) === 1 ? tear : whole)
    })
    this.#seen = this.#disk.clone()
  }

  open(): Storage {
    const life = this.#life
    return makeHandle(this.#seen, {
      life,
      alive: (x) => x === this.#life,
      // a write that was under way when the power failed never comes to the disk later
      change: (change) => {
        if (life === this.#life) this.#changes.push(change)
      },
      sync: () => this.#sync(),
    })
  }

  async #sync(): Promise<void> {
    const life = this.#life
    for (let i = 0; i < this.#syncTurns; i++) await Promise.resolve()
    if (life !== this.#life) return
    // all that is written at this moment becomes durable together
    for (const change of this.#changes) change.apply(this.#disk, whole)
    this.#changes = []
  }
}

/** The changes that are chosen, and every relaxed one that stands before a durable one of them. */
function withRelaxed(changes: readonly Change[], choose: (change: Change) => boolean): Change[] {
  const chosen = new Set(changes.filter(choose))
  const last = changes.findLastIndex((change) => chosen.has(change) && !change.relaxed)
  return changes.filter((change, i) => chosen.has(change) || (change.relaxed && i < last))
}

function tornBytes(bytes: Uint8Array, random: (n: number) => number): Uint8Array {
  const end = random(bytes.length + 1)
  if (random(2) === 1) return bytes.slice(0, end)
  const out = new Uint8Array(bytes.length)
  out.set(bytes.subarray(0, end))
  return out
}

interface Power {
  readonly life: number
  alive(life: number): boolean
  change(change: Change): void
  sync(): Promise<void>
}

const gone = (): YoreError =>
  new YoreError(':yore/storage-unavailable', 'the machine of this storage lost its power')

function makeHandle(seen: MemoryStore, power: Power): Storage {
  const inner = memoryStorage(seen)
  const check = (): void => {
    if (!power.alive(power.life)) throw gone()
  }
  const live = async <T>(run: () => Promise<T>): Promise<T> => {
    check()
    const result = await run()
    check()
    return result
  }
  const durable = (options?: WriteOptions): Promise<void> =>
    options?.relaxed === true ? Promise.resolve() : power.sync()
  const { sync } = inner
  return {
    name: 'memory that may lose its power',
    limits: inner.limits,
    readOnly: false,
    watch: inner.watch,
    sync: sync && {
      getBlobs: (database, ids) => (check(), sync.getBlobs(database, ids)),
      readSlots: (database, range) => (check(), sync.readSlots(database, range)),
      readRoot: (name) => (check(), sync.readRoot(name)),
    },
    getBlobs: (database, ids) => live(() => inner.getBlobs(database, ids)),
    listBlobs: (database, range) => live(() => inner.listBlobs(database, range)),
    readSlots: (database, range) => live(() => inner.readSlots(database, range)),
    readRoot: (name) => live(() => inner.readRoot(name)),
    listRoots: (prefix) => live(() => inner.listRoots(prefix)),
    putBlobs: (database, blobs, options) =>
      live(async () => {
        await inner.putBlobs(database, blobs)
        for (const { id, bytes } of blobs) {
          const copy = bytes.slice()
          power.change({
            relaxed: options?.relaxed === true,
            apply: (disk, tear) => disk.of(database).blobs.set(id, tear(copy)),
          })
        }
        await durable(options)
      }),
    deleteBlobs: (database, ids) =>
      live(async () => {
        await inner.deleteBlobs(database, ids)
        for (const id of ids) {
          power.change({ relaxed: false, apply: (disk) => disk.of(database).blobs.delete(id) })
        }
        await power.sync()
      }),
    writeSlot: (database, t, bytes, options) =>
      live(async () => {
        if (!(await inner.writeSlot(database, t, bytes))) return false
        const copy = bytes.slice()
        power.change({
          relaxed: options?.relaxed === true,
          apply: (disk, tear) => disk.putSlot(database, t, tear(copy)),
        })
        await durable(options)
        return true
      }),
    deleteSlots: (database, from, to) =>
      live(async () => {
        await inner.deleteSlots(database, from, to)
        power.change({ relaxed: false, apply: (disk) => disk.deleteSlots(database, from, to) })
        await power.sync()
      }),
    replaceRoot: (name, expected, next) =>
      live(async () => {
        if (!(await inner.replaceRoot(name, expected, next))) return false
        const copy = next?.slice()
        power.change({
          relaxed: false,
          apply: ({ roots }) => (copy === undefined ? roots.delete(name) : roots.set(name, copy)),
        })
        await power.sync()
        return true
      }),
    flush: () => live(() => inner.flush().then(() => power.sync())),
    close: () => inner.close(),
  }
}
