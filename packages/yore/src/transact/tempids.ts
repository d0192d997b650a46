/**
 * The tempids of one transaction: strings, negative numbers, `#db/id[partition n]`, the transaction itself.
 *
 * (1) The same name is the same tempid throughout the transaction: the same text, or the same partition and number.
 * (2) "datomic.tx" and every tempid of :db.part/tx stand for the current transaction (which a unique identity may yet turn into an
 *     earlier one, as for any tempid).
 * (3) `#db/id[partition n]` with n >= 0 is the id itself; without n it is a tempid of its own each time it is written.
 */

import { raise } from '../base/errors.ts'
import { newList } from '../base/list.ts'
import { Tagged, symbol } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import { entid } from '../db/lookup.ts'
import type { Db } from '../db/db.ts'
import { fieldOfPart, makeId, partTx } from '../indexes/facts/ids.ts'
import { partitionField } from './partitions.ts'
import { shown } from './problems.ts'
import { Tempid } from './terms.ts'
import type { Term } from './terms.ts'

const dbId = symbol('db/id')
const fieldMask = 0xfffffn
const counterMask = (1n << 42n) - 1n
const numberMin = -(2n ** 63n)

const none: readonly Tempid[] = []

/** The name of the current transaction. */
export const txName = 'datomic.tx'

/**
 * The key in `TxResult.tempids` of a structural tempid, `#db/id[partition n]`, n < 0.
 *
 *     result.tempids.get(tempidKey(4, -1))   // what #db/id[:db.part/user -1] became
 */
export function tempidKey(partition: number, n: number): number {
  return -makeId(fieldOfPart(partition), -n)
}

export class Tempids {
  readonly #db: Db
  // made when first needed: most transactions need one of them, or none
  #named: Map<string, Tempid> | null = null
  #numbered: Map<string, Tempid> | null = null
  #unnumbered: Map<Tagged, Tempid> | null = null
  #keyed: Tempid[] | null = null

  constructor(db: Db) {
    this.#db = db
  }

  /** Those that the report may show. */
  get keyed(): readonly Tempid[] {
    return this.#keyed ?? none
  }

  /** The tempid (or the id, rule 3) that a value is the name of; null if it is none. Text with a leading colon is a keyword. */
  termOf(x: Value): Term | null {
    if (typeof x === 'string') return x.charCodeAt(0) === 58 ? null : this.#ofText(x)
    if (typeof x === 'number') return x < 0 && Number.isInteger(x) ? this.#ofNumber(x) : null
    if (typeof x === 'bigint') return x < 0n ? this.#ofNumber(x) : null
    return x instanceof Tagged && x.tag === dbId ? this.#ofTagged(x) : null
  }

  /** The tempid of a map without :db/id. */
  anonymous(): Tempid {
    return new Tempid(null, 'a map without :db/id')
  }

  #keep(tempid: Tempid): Tempid {
    this.#keyed ??= newList()
    this.#keyed.push(tempid)
    return tempid
  }

  #ofText(text: string): Tempid {
    this.#named ??= new Map()
    let tempid = this.#named.get(text)
    if (tempid === undefined) {
      tempid = this.#keep(new Tempid(text, shown(text), -1, text === txName))
      this.#named.set(text, tempid)
    }
    return tempid
  }

  #ofNumber(x: number | bigint): Term {
    const n = BigInt(x)
    if (n < numberMin) {
      return raise(':db.error/not-an-entity', `${shown(x)} is no entity id`, { entity: shown(x) })
    }
    const field = Number((n >> 42n) & fieldMask)
    const key = Number(n)
    const label = String(x)
    return this.#structural(field, n & counterMask, Number.isSafeInteger(key) ? key : label, label)
  }

  #structural(field: number, low: bigint, key: number | string, label: string): Tempid {
    const name = `${field}:${low}`
    this.#numbered ??= new Map()
    let tempid = this.#numbered.get(name)
    if (tempid === undefined) {
      if (!isField(this.#db, field)) {
        raise(':db.error/not-a-partition', `the tempid ${label} is not in a valid partition`, {
          tempid: label,
        })
      }
      tempid = this.#keep(new Tempid(key, label, field, field === partTx))
      this.#numbered.set(name, tempid)
    }
    return tempid
  }

  #ofTagged(x: Tagged): Term {
    const parts = Array.isArray(x.value) ? (x.value as readonly Value[]) : []
    const [part, n] = parts
    if (part === undefined || parts.length > 2) return invalidDbId(x)
    const id = part === null ? null : entid(this.#db, part)
    if (id === null) return invalidDbId(x)
    const field = partitionField(this.#db, id)
    if (n === undefined) {
      this.#unnumbered ??= new Map()
      let tempid = this.#unnumbered.get(x)
      if (tempid === undefined) {
        tempid = new Tempid(null, shown(x), field, field === partTx)
        this.#unnumbered.set(x, tempid)
      }
      return tempid
    }
    if (typeof n !== 'number' || !Number.isSafeInteger(n)) return invalidDbId(x)
    if (n >= 0) return makeId(field, n)
    return this.#structural(field, BigInt(n) & counterMask, -makeId(field, -n), shown(x))
  }
}

function isField(db: Db, field: number): boolean {
  return field >= 2 ** 19 || db.schema.partitions.has(field)
}

function invalidDbId(x: Value): never {
  return raise(
    ':db.error/not-a-db-id',
    `${shown(x)} is no tempid: write #db/id[partition] or #db/id[partition n] with a known partition`,
    { tempid: shown(x) },
  )
}
