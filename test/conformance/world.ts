/**
 * The state of one running scenario: the database, its log, and what names stand for. It gives meaning to the forms `($id ..)`,
 * `($db ..)` and the like, and names to ids and instants in answers, both as the oracle does.
 *
 * (1) An id keeps the first name it was given; a transaction id takes the last one (`with` and a later transaction share it).
 * (2) Time is a clock of its own, which stands still but for two steps before every transaction: instants differ, nothing waits.
 */

import * as entities from '../../packages/yore/src/db/entity.ts'
import * as lookup from '../../packages/yore/src/db/lookup.ts'
import * as views from '../../packages/yore/src/db/views.ts'
import * as library from '../../packages/yore/src/query/functions/library.ts'
import * as transactions from '../../packages/yore/src/transact/transact.ts'
import { emptyDb } from '../../packages/yore/src/db/bootstrap.ts'
import { createFactIndex } from '../../packages/yore/src/indexes/create.ts'
import { ValueMap, ValueSet } from '../../packages/yore/src/data/equal.ts'
import {
  Float,
  Instant,
  Keyword,
  List,
  Opaque,
  Sym,
  Tagged,
  Uri,
  list,
} from '../../packages/yore/src/data/values.ts'
import { printEdn } from '../../packages/yore/src/data/edn/print.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'
import type { Db, DbFilter } from '../../packages/yore/src/db/db.ts'
import { LogList } from '../../packages/yore/src/db/log.ts'
import type { Log, LogEntry } from '../../packages/yore/src/db/log.ts'
import type { Datom } from '../../packages/yore/src/indexes/facts/fact.ts'
import { toPublicId, tToTx } from '../../packages/yore/src/indexes/facts/ids.ts'
import type { TxContext, TxResult } from '../../packages/yore/src/transact/transact.ts'
import { clockText, nameText } from './compare.ts'
import type { Names } from './compare.ts'
import { Place } from './place.ts'
import type { Config, Contents } from './place.ts'

interface Report {
  readonly dbBefore: Db
  readonly dbAfter: Db
  readonly t: number
  readonly instant: number
}

let clock = Date.now()

/** The next moment. */
export function tick(): number {
  clock += 2
  return clock
}

export class World implements Names {
  db: Db
  entries: readonly LogEntry[] = []
  readonly config: Config
  /** Where the database lies; null: it is only a value. */
  place: Place | null
  namingDb: Db
  readonly #ids = new Map<string, number | bigint>()
  readonly #names = new Map<number | bigint, string>()
  readonly #reports = new Map<string, Report>()
  readonly #instantNames = new Map<number, string>()
  readonly #began = clock

  private constructor(config: Config, place: Place | null) {
    this.config = config
    this.place = place
    this.db = place?.db ?? emptyDb('conformance', createFactIndex)
    this.namingDb = this.db
  }

  static async open(config: Config): Promise<World> {
    return new World(config, config.storage === 'value' ? null : await Place.open(config))
  }

  /** Goes on in a place with these contents. */
  async move(contents: Contents): Promise<void> {
    await this.place?.close()
    this.place = await Place.open(this.config, contents)
    this.db = this.place.db
  }

  async close(): Promise<void> {
    await this.place?.close()
  }

  ofId(id: number | bigint): string | undefined {
    return this.#names.get(id)
  }

  ofInstant(ms: number): string | undefined {
    return this.#instantNames.get(ms) ?? (ms > this.#began && ms <= clock ? clockText : undefined)
  }

  get log(): Log {
    return { source: this.place?.log ?? new LogList(this.entries), db: this.db }
  }

  // ---- transactions ----

  transact(db: Db, data: Value): TxResult {
    const context: TxContext = {
      now: tick(),
      numbers: 'exact',
      functionOf: () => null,
      predicateOf: (name) => {
        const found = library.libraryFunction(name.text)
        return found === null ? null : (args) => found.run(args)
      },
    }
    return transactions.transact(db, data, context)
  }

  /** Transacts for good. */
  async commit(data: Value): Promise<TxResult> {
    const { place } = this
    if (place !== null) {
      const committed = await place.transact((db) => this.transact(db, data))
      this.db = place.db
      return committed
    }
    const result = this.transact(this.db, data)
    this.db = result.dbAfter
    const { t, instant, txData } = result
    this.entries = [...this.entries, { t, instant, data: txData }]
    return result
  }

  /** After each step: what the place wants. */
  async step(): Promise<void> {
    if (this.place === null) return
    const wasNewest = this.namingDb === this.db
    await this.place.step()
    this.db = this.place.db
    if (wasNewest) this.namingDb = this.db
  }

  /** Gives names to what a transaction, or a speculative one, made. */
  note(name: Keyword, result: TxResult): void {
    const { dbAfter, t, instant } = result
    this.#reports.set(name.text, result)
    this.namingDb = dbAfter
    this.#names.set(tToTx(t), nameText('$tx', name))
    if (Math.abs(clock - instant) < 60_000) {
      this.#instantNames.set(instant, nameText('$inst', name))
    }
    const ids = [...result.tempids].filter(
      (entry): entry is [string, number] =>
        typeof entry[0] === 'string' && entry[0] !== 'datomic.tx',
    )
    ids.sort(([a], [b]) => (a < b ? -1 : 1))
    for (const [tempid, id] of ids) {
      const known = toPublicId(id)
      this.#ids.set(tempid, known)
      if (!this.#names.has(known)) this.#names.set(known, nameText('$id', tempid))
    }
  }

  #report(name: Value): Report {
    const report = name instanceof Keyword ? this.#reports.get(name.text) : undefined
    if (report === undefined) throw new Error(`no such transaction: ${printEdn(name)}`)
    return report
  }

  // ---- forms ----

  /** The form with its special lists put in. */
  resolve(form: Value): Value {
    if (form instanceof List) return this.#special(form) ?? list(form.map((x) => this.resolve(x)))
    if (Array.isArray(form)) return (form as readonly Value[]).map((x) => this.resolve(x))
    if (form instanceof ValueMap) {
      return ValueMap.of([...form].map(([k, v]) => [this.resolve(k), this.resolve(v)] as const))
    }
    if (form instanceof ValueSet) return ValueSet.of([...form].map((x) => this.resolve(x)))
    if (!(form instanceof Tagged)) return form
    switch (form.tag.text) {
      case 'bytes':
        return Uint8Array.from((form.value as string).match(/../g) ?? [], (x) => parseInt(x, 16))
      case 'uri':
        return new Uri(form.value as string)
      case 'float':
        return new Float(Number(form.value as number))
      default:
        return form
    }
  }

  #special(form: List): Value | undefined {
    const head = form[0]
    if (!(head instanceof Sym)) return undefined
    const arg = form[1] as Value
    switch (head.text) {
      case '$id': {
        const id = this.#ids.get(arg as string)
        if (id === undefined) throw new Error(`no such id: ${printEdn(arg)}`)
        return id
      }
      case '$tx':
        return tToTx(this.#report(arg).dbAfter.basisT)
      case '$t':
        return this.#report(arg).dbAfter.basisT
      case '$inst':
        return new Instant(this.#report(arg).instant)
      case '$db':
        return new Opaque('db', this.#makeDb(form.slice(1) as readonly Value[]))
      case '$log':
        return new Opaque('log', this.log)
      case '$tuples':
        return (this.resolve(arg) as readonly Value[]).map((x) => [...(x as readonly Value[])])
      default:
        return undefined
    }
  }

  /** The database that a form stands for: the newest one where there is no form. */
  dbOf(form: Value | undefined): Db {
    if (form === undefined || form === null) return this.db
    const value = this.resolve(form)
    if (value instanceof Opaque && value.kind === 'db') return value.value as Db
    throw new Error('a step needs a ($db ..) here')
  }

  #makeDb(mods: readonly Value[]): Db {
    return mods.reduce((db: Db, mod) => {
      const [op, ...rest] = mod as readonly Value[]
      const args = rest.map((x) => this.resolve(x))
      const arg = args[0] as Value
      switch ((op as Keyword).name) {
        case 'as-of':
          return views.asOf(db, arg)
        case 'since':
          return views.since(db, arg)
        case 'history':
          return views.history(db)
        case 'with':
          return this.transact(db, arg).dbAfter
        case 'before':
          return this.#report(arg).dbBefore
        case 'after':
          return this.#report(arg).dbAfter
        case 'filter':
          return views.filter(db, this.#filter(db, (arg as Keyword).name, args[1] as Value))
        default:
          throw new Error(`unknown modification of a database: ${printEdn(op as Value)}`)
      }
    }, this.db)
  }

  #filter(db: Db, kind: string, attribute: Value): DbFilter {
    if (kind === 'attr-not') {
      const id = lookup.entid(db, attribute)
      return (_: Db, datom: Datom) => datom.a !== id
    }
    if (kind !== 'tx-lacks') throw new Error(`unknown filter: ${kind}`)
    const key = (attribute as Keyword).text as `:${string}`
    return (seen, { t }) => entities.entity(seen, tToTx(t))?.[key] === undefined
  }

  // ---- answers ----

  /** A datom as the records have it: idents for the attribute and for a ref value that has one. */
  datomRow({ e, a, v, t, added }: Datom): readonly unknown[] {
    const db = this.namingDb
    const ref = db.schema.attributes.get(a)?.valueType === 'ref'
    const value = ref ? (lookup.identOf(db, v as number) ?? toPublicId(v as number)) : v
    return [toPublicId(e), lookup.identOf(db, a) ?? a, value, tToTx(t), added]
  }
}
