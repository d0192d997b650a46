/**
 * Transactions as bytes: records, one after another, which make up slots of the log, its segments, and the log of a database in memory.
 *
 *   record  = t and instant, as differences from the record before; the length of the body; the body
 *   body    = nextT, nextElement, number of datoms, datoms
 *   datom   = a byte of flags, then entity, attribute, value, and for a retraction when the fact had been asserted
 *
 * (1) A body is complete in itself: it can be copied as it is, skipped, and read alone.
 * (2) What is read is what was written: datoms in their order with exact values, and for every retraction the very fact it ended.
 * (3) About 13 bytes a datom, or 6 when compressed.
 */

import { ByteReader, corrupt } from '../data/codec/reader.ts'
import { readValue, writeValue } from '../data/codec/values.ts'
import { ByteWriter } from '../data/codec/writer.ts'
import { equalValues } from '../data/equal.ts'
import { Instant } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import type { Change } from '../indexes/fact-index.ts'
import { never } from '../indexes/facts/fact.ts'
import type { Began, Datom, Fact } from '../indexes/facts/fact.ts'
import type { Recorded } from '../indexes/waiting.ts'
import { makeId, partUser, tToTx } from '../indexes/facts/ids.ts'
import type { LogEntry } from './log.ts'

/** A transaction, with everything that makes the next database of the one before. */
export interface Transaction extends LogEntry {
  readonly nextT: number
  readonly nextElement: number
  /** The facts that the retractions of `data` end, in their order. */
  readonly ended: readonly Began[]
}

/** Where a row of records begins: what its first record is different from. */
export interface RecordBase {
  readonly t: number
  readonly instant: number
}

export const firstBase: RecordBase = { t: 0, instant: 0 }

// The byte of flags.
const added = 1
/** The entity: that of the datom before, the transaction, one near the entity before, a wide one. */
const entitySame = 0
const entityTx = 2
const entityNear = 4
const entityWide = 6
const entityMask = 6
/** The attribute is the one after that of the datom before. */
const attributeNext = 8
const valueAny = 0
const valueLong = 16
/** A number near the entity: most likely a reference. */
const valueNear = 32
const valueText = 48
/** The instant of the transaction. */
const valueInstant = 64
const valueMask = 112
/** The fact that a retraction ends has the value in another form. */
const otherForm = 128

const longMax = 2 ** 52 - 1
/** Below, a number is shorter as it is. */
const nearMin = 2 ** 28

const isSafe = (x: number): boolean => x <= longMax && x >= -longMax

/** Writes records, one after another. */
export class RecordWriter {
  readonly out: ByteWriter
  #body: ByteWriter | null = null
  #t: number
  #instant: number

  constructor(base: RecordBase, out: ByteWriter = new ByteWriter()) {
    this.out = out
    this.#t = base.t
    this.#instant = base.instant
  }

  /** A body that was written before. */
  copy(t: number, instant: number, body: Uint8Array): void {
    const { out } = this
    out.varint(t - this.#t)
    out.zigzag(instant - this.#instant)
    out.bytes(body)
    this.#t = t
    this.#instant = instant
  }

  write(tx: Transaction): void {
    const { t, instant } = tx
    if (tx instanceof LoggedTransaction) return this.copy(t, instant, tx.body)
    const body = (this.#body ??= new ByteWriter())
    body.reset()
    writeBody(body, tx)
    this.copy(t, instant, body.peek())
  }
}

function writeBody(body: ByteWriter, tx: Transaction): void {
  const { t, data, ended } = tx
  body.varint(tx.nextT - t)
  body.varint(tx.nextElement)
  body.varint(data.length)
  let e = makeId(partUser, t)
  let a = 0
  let n = 0
  for (const datom of data) {
    const fact = datom.added ? null : (ended[n++] as Began)
    writeDatom(body, datom, fact, tx, e, a)
    a = datom.a
    if (isSafe(datom.e)) e = datom.e
  }
}

/** Room that is used again and again, but not kept when it has become large. */
let room = new ByteWriter(1024)
const roomMax = 2 ** 20

/**
 * The transaction as the log keeps it, its body written already. Throws when it has a value that is not stored: a program's own
 * object, a number or nesting beyond all bounds.
 */
export function encodeTransaction(tx: Transaction): LoggedTransaction {
  room.reset()
  try {
    writeBody(room, tx)
    return new LoggedTransaction(tx.t, tx.instant, room.finish())
  } finally {
    if (room.length > roomMax) room = new ByteWriter(1024)
  }
}

function writeDatom(
  out: ByteWriter,
  datom: Datom,
  fact: Began | null,
  { t, instant }: Transaction,
  lastE: number,
  lastA: number,
): void {
  const { e, a, v } = datom
  const entity =
    e === lastE ? entitySame : e === tToTx(t) ? entityTx : isSafe(e) ? entityNear : entityWide
  const value = formOf(v, e, instant)
  const isOther = fact !== null && !isSameForm(fact.v, v)
  out.u8(
    (datom.added ? added : 0) |
      entity |
      (a === lastA + 1 ? attributeNext : 0) |
      value |
      (isOther ? otherForm : 0),
  )
  if (entity === entityNear) out.zigzag(e - lastE)
  else if (entity === entityWide) out.f64(e)
  if (a !== lastA + 1) out.varint(a)
  if (value === valueLong) out.zigzag(v as number)
  else if (value === valueNear) out.zigzag((v as number) - e)
  else if (value === valueText) out.string(v as string)
  else if (value === valueAny) writeValue(out, v)
  if (fact === null) return
  out.varint(t - fact.t)
  if (isOther) writeValue(out, fact.v)
}

function formOf(v: Value, e: number, instant: number): number {
  if (typeof v === 'number') {
    if (!Number.isInteger(v) || !isSafe(v)) return valueAny
    return v >= nearMin && isSafe(e) ? valueNear : valueLong
  }
  if (typeof v === 'string') return valueText
  return v instanceof Instant && v.ms === instant ? valueInstant : valueAny
}

/** Are the two the same to the last bit? A retraction may be given in another form than the fact it ends: 1.0M for 1.00M. */
export function isSameForm(x: Value, y: Value): boolean {
  if (x === y || typeof x === 'string' || typeof x === 'boolean') return x === y
  if (typeof x === 'number' || typeof y === 'number') return Object.is(x, y)
  if (x instanceof Instant) return equalValues(x, y)
  const [one, other] = [new ByteWriter(32), new ByteWriter(32)]
  writeValue(one, x)
  writeValue(other, y)
  if (one.length !== other.length) return false
  const there = other.peek()
  return one.peek().every((b, i) => b === there[i])
}

// ---- reading ----

/** A transaction of the log, its data made when they are first asked for. */
export class LoggedTransaction implements Transaction {
  readonly t: number
  readonly instant: number
  readonly body: Uint8Array
  #read: Body | null = null

  constructor(t: number, instant: number, body: Uint8Array) {
    this.t = t
    this.instant = instant
    this.body = body
  }

  get data(): readonly Datom[] {
    return this.#parts().data
  }
  get ended(): readonly Fact[] {
    return this.#parts().ended
  }
  /** Read by itself: who only moves transactions need not read their data. */
  get nextT(): number {
    return this.t + new ByteReader(this.body).varint()
  }
  get nextElement(): number {
    const from = new ByteReader(this.body)
    from.varint()
    return from.varint()
  }

  /** What the index has to do; made anew at each call, so that a long stretch of the log leaves little behind. */
  changes(): Change[] {
    const { t } = this
    const changes: Change[] = []
    readBody(this.body, t, this.instant, (e, a, v, since, ended) => {
      changes.push(
        since === null
          ? { kind: 'assert', fact: { e, a, v, t, end: never } }
          : { kind: 'retract', fact: { e, a, v: ended, t: since, end: never }, t },
      )
    })
    return changes
  }

  /** Nothing is kept of it: a transaction may be larger than what memory is to hold. */
  walk(take: (datom: Datom) => void): void {
    const { t } = this
    readBody(this.body, t, this.instant, (e, a, v, since) => {
      take({ e, a, v, t, added: since === null })
    })
  }

  #parts(): Body {
    if (this.#read !== null) return this.#read
    const { t } = this
    const data: Datom[] = []
    const ended: Fact[] = []
    readBody(this.body, t, this.instant, (e, a, v, since, before) => {
      data.push({ e, a, v, t, added: since === null })
      if (since !== null) ended.push({ e, a, v: before, t: since, end: never })
    })
    this.#read = { data, ended }
    return this.#read
  }
}

interface Body {
  readonly data: readonly Datom[]
  readonly ended: readonly Fact[]
}

/** The records in these bytes, one after another; their data are read only when asked for. */
export function* readRecords(bytes: Uint8Array, base: RecordBase): Generator<LoggedTransaction> {
  const from = new ByteReader(bytes)
  let { t, instant } = base
  while (from.left > 0) {
    t += from.varint()
    instant += from.zigzag()
    if (!Number.isSafeInteger(t)) corrupt('the t of a transaction')
    yield new LoggedTransaction(t, instant, from.view(from.varint()))
  }
}

/** A datom as it is read: of a retraction, when the fact that it ends was asserted and that fact's value; else null. */
type TakeDatom = (e: number, a: number, v: Value, since: number | null, ended: Value) => void

function readBody(bytes: Uint8Array, t: number, instant: number, take: TakeDatom): void {
  const from = new ByteReader(bytes)
  // nextT and nextElement
  from.varint()
  from.varint()
  let e = makeId(partUser, t)
  let a = 0
  for (let n = from.count(); n > 0; n--) {
    const flags = from.u8()
    const own = readEntity(from, flags, e, t)
    a = (flags & attributeNext) !== 0 ? a + 1 : from.varint()
    const v = readDatomValue(from, flags, own, instant)
    if ((flags & added) !== 0) take(own, a, v, null, null)
    else {
      const since = t - from.varint()
      take(own, a, v, since, (flags & otherForm) !== 0 ? readValue(from) : v)
    }
    if (isSafe(own)) e = own
  }
  if (from.left > 0) corrupt('a transaction')
}

function readEntity(from: ByteReader, flags: number, last: number, t: number): number {
  switch (flags & entityMask) {
    case entitySame:
      return last
    case entityTx:
      return tToTx(t)
    case entityNear:
      return last + from.zigzag()
    default:
      return from.f64()
  }
}

function readDatomValue(from: ByteReader, flags: number, e: number, instant: number): Value {
  switch (flags & valueMask) {
    case valueAny:
      return readValue(from)
    case valueLong:
      return from.zigzag()
    case valueNear:
      return e + from.zigzag()
    case valueText:
      return from.string()
    case valueInstant:
      return new Instant(instant)
    default:
      return corrupt('a form of value that nobody knows')
  }
}

// ---- between transactions and changes ----

/** The changes of a transaction of the log. */
export function changesOf(tx: Recorded): Change[] {
  if (tx instanceof LoggedTransaction) return tx.changes()
  const { data, ended, t } = tx
  let n = 0
  return data.map((datom): Change => {
    const { e, a, v, t: since } = datom.added ? datom : (ended[n++] as Began)
    const fact: Fact = { e, a, v, t: since, end: never }
    return datom.added ? { kind: 'assert', fact } : { kind: 'retract', fact, t }
  })
}
