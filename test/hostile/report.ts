/** What a suite of hostile cases tells about itself: which case it is at, and what came out wrong. */

import { openSync, writeSync } from 'node:fs'
import { inspect } from 'node:util'
import { YoreError, touch } from 'yore'

const textMax = 300
const faultsMax = 40

/** A value for a message, whatever it is. */
export function told(x: unknown): string {
  try {
    const text =
      typeof x === 'string'
        ? JSON.stringify(x.slice(0, textMax))
        : inspect(x, {
            depth: 4,
            maxArrayLength: 12,
            maxStringLength: 80,
            breakLength: Infinity,
            getters: false,
          })
    return text.slice(0, textMax)
  } catch {
    return `something of type ${typeof x}`
  }
}

/** Walks an answer as far as a program might, so that what is lazy is done too. */
function walk(x: unknown, depth: number, left: { n: number }): void {
  if (left.n-- < 0 || typeof x !== 'object' || x === null || depth > 8) return
  if (x instanceof Date || x instanceof Uint8Array) return
  if (Symbol.iterator in x) {
    for (const item of x as Iterable<unknown>) {
      walk(item, depth + 1, left)
      if (left.n < 0) return
    }
  } else if ((x as { [Symbol.toStringTag]?: string })[Symbol.toStringTag] === 'Entity') {
    touch(x as never)
    JSON.stringify(x)
  } else
    for (const key of Object.keys(x)) walk((x as Record<string, unknown>)[key], depth + 1, left)
}

export class Report {
  readonly #file: number
  readonly faults: string[] = []
  readonly #kinds = new Set<string>()
  #since = performance.now()
  #last = ''
  cases = 0

  constructor(progress: string) {
    this.#file = openSync(progress, 'w')
  }

  /** Begins a case. With HOSTILE_TIMES the ones that take long are told. */
  at(name: string): void {
    const now = performance.now()
    const took = now - this.#since
    if (process.env['HOSTILE_TIMES'] !== undefined && took > 200) {
      process.stderr.write(`${Math.round(took)} ms ${this.#last}\n`)
    }
    this.#since = now
    this.#last = name.slice(0, 100)
    const line = `${this.cases++} ${name.replaceAll('\n', ' ').slice(0, 900)}`
    writeSync(this.#file, `${line.padEnd(1000)}\n`, 0)
  }

  /** What came out wrong; of one `kind` only the first is told. */
  fault(text: string, kind: string = text): void {
    if (this.#kinds.has(kind) || this.faults.length >= faultsMax) return
    this.#kinds.add(kind)
    this.faults.push(text)
  }

  /** One case: an answer (or a promise of one), or a YoreError. Gives the answer, or the error. */
  call(name: string, f: () => unknown): unknown {
    this.at(name)
    try {
      const answer = f()
      walk(answer, 0, { n: 20_000 })
      return answer
    } catch (error) {
      return this.judge(name, error)
    }
  }

  /** The same of what gives a promise; one that is thrown and not rejected is a fault too. */
  async later(name: string, f: () => unknown): Promise<unknown> {
    this.at(name)
    let promise: unknown
    try {
      promise = f()
    } catch (error) {
      this.fault(`${name}: thrown, not rejected: ${String(error).slice(0, textMax)}`)
      return error
    }
    try {
      return await promise
    } catch (error) {
      return this.judge(name, error)
    }
  }

  judge(name: string, error: unknown): unknown {
    if (!(error instanceof YoreError)) {
      const text = error instanceof Error ? (error.stack ?? '').slice(0, 900) : told(error)
      const frames = text.split('\n').slice(1, 3).join()
      this.fault(`${name}: ${text}`, frames)
    } else if (error.message.length > 2000) {
      this.fault(
        `${name}: a message of ${error.message.length} characters: ${error.message.slice(0, 100)}`,
      )
    } else if (typeof error.data !== 'object' || error.code.length === 0) {
      this.fault(`${name}: an error without code or data`)
    }
    return error
  }

  /** A case whose answer is known. */
  same(name: string, f: () => unknown, expected: unknown): void {
    const answer = this.call(name, f)
    const got = answer instanceof YoreError ? answer.code : answer
    if (inspect(got, { depth: 9 }) !== inspect(expected, { depth: 9 })) {
      this.fault(
        `${name}: ${told(got)}, not ${told(expected)}${answer instanceof YoreError ? ` (${answer.message.slice(0, 200)})` : ''}`,
      )
    }
  }
}
