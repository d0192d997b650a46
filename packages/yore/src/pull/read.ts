/**
 * Reads what a node's plan asks of its entity: one walk over its datoms for all attributes, one for each reverse attribute.
 *
 * (1) No more is read than limits allow: a long stretch that nobody wants is jumped over.
 * (2) A step whose attribute the entity has gets its values, be they cut to none by a limit; the others get nothing.
 * (3) Of the present the rows of an entity are read where they stand, if that is one segment (indexes/read/entity-rows.ts); else, and in
 *     other views, a cursor is asked. Both give the same.
 */

import type { Value } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import { entityRowsIn } from '../indexes/create.ts'
import type { EntityRows } from '../indexes/read/entity-rows.ts'
import type { Gap } from '../indexes/facts/fact.ts'
import { rangeOf } from '../indexes/facts/fact.ts'
import { upperNumber } from '../indexes/segments/numbers.ts'
import type { Segment } from '../indexes/segments/segment.ts'
import { plainValues } from '../indexes/segments/segment-values.ts'
import type { SegmentValues } from '../indexes/segments/segment-values.ts'
import type { Node } from './node.ts'
import type { Step } from './plan.ts'

/** Who takes what is read. */
export interface Taker {
  /** A step's values: rows [from, to) of a column. */
  rows(node: Node, step: Step, values: SegmentValues, from: number, to: number): void
  /** So many datoms have been read; it may throw. */
  took(datoms: number): void
}

/** So many unwanted datoms are passed one by one before the walk seeks anew. */
const patience = 16
/** So many datoms are read before that is told. */
const portion = 64

const nothing: readonly Step[] = []

export class NodeReader {
  readonly #db: Db
  readonly #taker: Taker
  readonly #rows: EntityRows | null

  constructor(db: Db, taker: Taker) {
    this.#db = db
    this.#taker = taker
    this.#rows = entityRowsIn(db.facts, db.view)
  }

  /** Gives every step of the node's plan its values. */
  read(node: Node): void {
    if (node.e < 0) return
    const { wildcard, forward, reverse } = node.context.plan
    if (wildcard || forward.length > 0) {
      const segment = this.#rows === null ? null : this.#rows.seek(node.e)
      if (segment !== null) this.#readRows(node, segment, this.#rows as EntityRows)
      else this.#readForward(node)
    }
    for (const step of reverse) this.#readReverse(node, step)
  }

  #readRows(node: Node, segment: Segment, { from, to }: EntityRows): void {
    const { first, last } = node.context.plan
    const codes = segment.mixed?.codes
    let n = 0
    for (let i = from; i < to;) {
      const a = segment.attributeAt(i)
      if (a > last) break
      let end = i + 1
      if (codes === undefined) end = to
      else if (end < to && codes.data[end] === codes.data[i]) {
        end = upperNumber(codes, codes.data[i] as number, end, to)
      }
      n += a < first ? 1 : this.#give(node, a, segment, i, end)
      i = end
    }
    this.#taker.took(n)
  }

  // The rows of an attribute to its steps; gives how many were read and not told yet.
  #give(node: Node, a: number, segment: Segment, from: number, to: number): number {
    const steps = node.context.plan.stepsOf(a)
    if (steps.length === 0) return 1
    const values = segment.partAt(from)
    const slot = segment.slotAt(from)
    const n = to - from === 1 ? 1 : Math.min(roomOf(steps), to - from)
    if (n > portion) this.#taker.took(n)
    for (let i = 0; i < steps.length; i++) {
      this.#taker.rows(node, steps[i] as Step, values, slot, slot + n)
    }
    return n > portion ? 0 : n
  }

  #readForward(node: Node): void {
    const { plan } = node.context
    const { facts, view } = this.#db
    const { e } = node
    const ends = plan.wildcard
      ? [{ e }, { e }]
      : [
          { e, a: plan.first },
          { e, a: plan.last },
        ]
    const [first, last] = ends as [Gap['prefix'], Gap['prefix']]
    const high = { prefix: last, after: true }
    let cursor = facts.cursor('eavt', { low: { prefix: first, after: false }, high }, view)
    let a = -1
    let steps = nothing
    let room = 0
    let values: Value[] = []
    let idle = 0
    let n = 0
    for (;;) {
      const more = cursor.next()
      if (more && ++n === portion) {
        this.#taker.took(n)
        n = 0
      }
      if (!more || cursor.a !== a) {
        this.#tell(node, steps, values)
        if (!more) {
          this.#taker.took(n)
          return
        }
        a = cursor.a
        steps = plan.stepsOf(a)
        room = roomOf(steps)
        values = []
      }
      if (values.length < room) {
        values.push(cursor.v)
        idle = 0
      } else if (++idle > patience) {
        this.#tell(node, steps, values)
        const low = nextPlace(node, a)
        if (low === null) return
        cursor = facts.cursor('eavt', { low, high }, view)
        a = -1
        steps = nothing
        idle = 0
      }
    }
  }

  #tell(node: Node, steps: readonly Step[], values: readonly Value[]): void {
    const rows = plainValues(values)
    for (const step of steps) this.#taker.rows(node, step, rows, 0, values.length)
  }

  #readReverse(node: Node, step: Step): void {
    const { facts, view } = this.#db
    const cursor = facts.cursor('vaet', rangeOf({ v: node.e, a: step.attribute?.id }), view)
    const values: Value[] = []
    while (values.length < step.limit && cursor.next()) {
      values.push(cursor.e)
      if (values.length % portion === 0) this.#taker.took(portion)
    }
    this.#taker.took(values.length % portion)
    if (values.length > 0) this.#tell(node, [step], values)
  }
}

function roomOf(steps: readonly Step[]): number {
  let room = 0
  for (const s of steps) if (s.limit > room) room = s.limit
  return room
}

/** Where the next wanted attribute begins. */
function nextPlace({ e, context: { plan } }: Node, a: number): Gap | null {
  if (plan.wildcard) return { prefix: { e, a }, after: true }
  for (const step of plan.forward) {
    const id = step.attribute?.id ?? -1
    if (id > a) return { prefix: { e, a: id }, after: false }
  }
  return null
}
