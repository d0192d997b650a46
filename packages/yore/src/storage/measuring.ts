/**
 * A storage that counts: how often each operation was called, for how many things, how many bytes went in and out, how long it took.
 */

import type { Slot, Storage } from './storage.ts'
import { operations, wrapStorage } from './wrapping.ts'
import type { Call, Operation } from './wrapping.ts'

export interface OperationCounts {
  readonly calls: number
  readonly failures: number
  readonly items: number
  readonly bytesIn: number
  readonly bytesOut: number
  /** Milliseconds, summed over calls; 0 without a clock. */
  readonly ms: number
}

export type StorageCounts = Readonly<Record<Operation, OperationCounts>>

const zero: OperationCounts = { calls: 0, failures: 0, items: 0, bytesIn: 0, bytesOut: 0, ms: 0 }

/** Bytes in what an operation gave back. */
function bytesIn(result: unknown): number {
  if (result instanceof Uint8Array) return result.length
  if (!Array.isArray(result)) return 0
  let sum = 0
  for (const x of result as readonly (Uint8Array | Slot | string | null)[]) {
    if (x instanceof Uint8Array) sum += x.length
    else if (x !== null && typeof x === 'object') sum += x.bytes.length
  }
  return sum
}

/** Collects the counts of one or several storages. */
export class StorageMeter {
  readonly #counts = new Map<Operation, OperationCounts>()
  readonly #now: () => number

  constructor(monotonicMs: () => number = () => 0) {
    this.#now = monotonicMs
  }

  /** The counts so far. */
  counts(): StorageCounts {
    const entries = operations.map((op) => [op, this.#counts.get(op) ?? zero] as const)
    return Object.fromEntries(entries) as Record<Operation, OperationCounts>
  }

  /** Begins anew at zero. */
  reset(): void {
    this.#counts.clear()
  }

  #add({ operation, items, bytes }: Call, start: number, result: unknown, failed: boolean): void {
    const old = this.#counts.get(operation) ?? zero
    this.#counts.set(operation, {
      calls: old.calls + 1,
      failures: old.failures + (failed ? 1 : 0),
      items: old.items + items,
      bytesIn: old.bytesIn + bytes,
      bytesOut: old.bytesOut + bytesIn(result),
      ms: old.ms + (this.#now() - start),
    })
  }

  async async<T>(call: Call, run: () => Promise<T>): Promise<T> {
    const start = this.#now()
    let result: T | undefined
    let failed = true
    try {
      result = await run()
      failed = false
      return result
    } finally {
      this.#add(call, start, result, failed)
    }
  }

  sync<T>(call: Call, run: () => T): T {
    const start = this.#now()
    let result: T | undefined
    let failed = true
    try {
      result = run()
      failed = false
      return result
    } finally {
      this.#add(call, start, result, failed)
    }
  }
}

/**
 * The storage with its operations counted by the meter.
 *
 *     const meter = new StorageMeter(env.monotonicMs)
 *     const storage = measuringStorage(memoryStorage(), meter)
 *     meter.counts().getBlobs.calls   // 0
 */
export function measuringStorage(inner: Storage, meter: StorageMeter): Storage {
  return wrapStorage(inner, meter)
}
