/**
 * What a transaction of a dump must be like to come next in a database: everything that the index and the log rely on.
 *
 * (1) Times and counters go on from where the database stands; every value is of its attribute's type; every retraction ends a fact that
 *     is current. Rules of transactions that the index does not rely on (uniqueness, predicates) are not checked: they held once.
 */

import { raise } from '../base/errors.ts'
import { BigDecimal } from '../data/big-decimal.ts'
import { Double, Float, Instant, Keyword, List, Sym, Tagged, Uri, Uuid } from '../data/values.ts'
import type { Value, ValueType } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import type { Transaction } from '../db/log-record.ts'
import { boot } from '../db/schema.ts'
import type { Attribute } from '../db/schema.ts'
import { presentView } from '../indexes/fact-index.ts'
import { rangeOf } from '../indexes/facts/fact.ts'
import type { Datom, Fact } from '../indexes/facts/fact.ts'
import { isId, tToTx } from '../indexes/facts/ids.ts'
import { ednOfValue } from './dump-values.ts'

/** Throws `:yore/invalid-dump` when the transaction cannot be the next one of the database. */
export function checkTransaction(db: Db, tx: Transaction, line: number): void {
  const fail: Fail = (why) =>
    raise(':yore/invalid-dump', `line ${line} of the dump cannot be imported: ${why}`, {
      line,
      t: tx.t,
    })
  const { t, instant, nextT, nextElement, data, ended } = tx
  if (t !== db.nextT) fail(`its t is ${t}, but the next one is ${db.nextT}`)
  if (nextT <= t || nextT > Number.MAX_SAFE_INTEGER / 8) fail(`${nextT} cannot come after t ${t}`)
  if (nextElement < db.nextElement) fail(`next-element ${nextElement} goes back`)
  if (!Number.isSafeInteger(instant) || instant < db.lastInstant) fail('its instant goes back')
  const own = new Set<string>()
  checkTwice(data, fail)
  let n = 0
  let isDated = false
  for (const datom of data) {
    checkDatom(db, datom, fail)
    const { e, a, v, added } = datom
    if (a === boot.txInstant && e === tToTx(t) && added) {
      isDated = v instanceof Instant && v.ms === instant
    }
    if (!added) checkEnded(db, ended[n++] as Fact, own, fail)
  }
  if (!isDated) fail('it does not say when it took place')
}

type Fail = (why: string) => never

/** No fact is asserted twice. */
function checkTwice(data: readonly Datom[], fail: Fail): void {
  if (isOnceEach(data)) return
  const only = new Map<string, Value>()
  const texts = new Set<string>()
  for (const { e, a, v, added } of data) {
    if (!added) continue
    const place = `${e} ${a}`
    const before = only.get(place)
    // most places have one value, whose text nobody needs
    if (before === undefined) only.set(place, v)
    else {
      texts.add(`${place} ${ednOfValue(before)}`)
      const text = `${place} ${ednOfValue(v)}`
      if (texts.has(text)) fail('it asserts a fact twice')
      texts.add(text)
    }
  }
}

/** Most transactions have the datoms of an entity side by side, few, and of different attributes or plain values: that is seen at once. */
function isOnceEach(data: readonly Datom[]): boolean {
  const seen = new Set<number>()
  for (let from = 0, to = 0; from < data.length; from = to) {
    const { e } = data[from] as Datom
    if (seen.has(e)) return false
    seen.add(e)
    for (; to < data.length && (data[to] as Datom).e === e; to++) {
      if (to - from >= besideMax) return false
      for (let i = from; i < to; i++) {
        if (!isOther(data[i] as Datom, data[to] as Datom)) return false
      }
    }
  }
  return true
}

const besideMax = 16

// Of values that are no objects those are other facts that are not the same.
function isOther(x: Datom, y: Datom): boolean {
  return x.a !== y.a || (typeof x.v !== 'object' && typeof y.v !== 'object' && x.v !== y.v)
}

function checkDatom({ schema, facts }: Db, { e, a, v, added }: Datom, fail: Fail): void {
  if (!isId(e)) fail('an entity id is none')
  const attribute = schema.attributes.get(a)
  if (attribute === undefined) return fail(`${a} is no attribute`)
  // all values of an attribute are of one type, for ever
  if (a === boot.valueType || a === boot.fressianTag) {
    const known = facts.cursor('eavt', rangeOf({ e, a }), presentView)
    if (!added || known.next()) fail(`it changes ${attribute.ident.text}`)
  }
  if (!fits(v, attribute.valueType, attribute)) {
    fail(`a value of ${attribute.ident.text} is no ${attribute.valueType}`)
  }
}

function checkEnded(db: Db, { e, a, v, t }: Fact, seen: Set<string>, fail: Fail): void {
  const name = db.schema.attributes.get(a)?.ident.text
  const text = ednOfValue(v)
  const cursor = db.facts.cursor('eavt', rangeOf({ e, a, v, t }), presentView)
  // 1.0M and 1.00M stand in one place, and are two values
  let isThere = false
  while (!isThere && cursor.next()) isThere = ednOfValue(cursor.v) === text
  if (!isThere) fail(`it retracts a ${name} of ${e} that was not asserted at t ${t}`)
  const key = `${e} ${a} ${t} ${text}`
  if (seen.has(key)) fail(`it retracts a ${name} of ${e} twice`)
  seen.add(key)
}

/** Is it a value that an attribute of that type can have? */
function fits(v: Value, type: ValueType, attribute: Attribute): boolean {
  switch (type) {
    case 'string':
      return typeof v === 'string'
    case 'boolean':
      return typeof v === 'boolean'
    case 'long':
      return typeof v === 'number' ? Number.isSafeInteger(v) : typeof v === 'bigint'
    case 'ref':
      return isId(v)
    case 'double':
      return typeof v === 'number' ? !Number.isInteger(v) : v instanceof Double
    case 'float':
      return v instanceof Float
    case 'bigint':
      return typeof v === 'bigint'
    case 'bigdec':
      return v instanceof BigDecimal
    case 'instant':
      return v instanceof Instant && Number.isFinite(v.ms)
    case 'keyword':
      return v instanceof Keyword
    case 'symbol':
      return v instanceof Sym
    case 'uuid':
      return v instanceof Uuid
    case 'uri':
      return v instanceof Uri
    case 'bytes':
      return v instanceof Uint8Array
    case 'fn':
      return v instanceof Tagged
    case 'tuple':
      return isTuple(v, attribute)
  }
}

const slotsMax = 100

function isTuple(v: Value, attribute: Attribute): boolean {
  if (!Array.isArray(v) || v instanceof List || v.length > slotsMax) return false
  const { tupleTypes, tupleType } = attribute
  return (v as readonly Value[]).every((slot, i) => {
    if (slot === null) return true
    const type = tupleTypes?.[i] ?? tupleType
    return type === null ? !Array.isArray(slot) : fits(slot, type, attribute)
  })
}
