/**
 * Reads what a node's plan asks of its entity: one walk over its datoms for all attributes, one for each reverse attribute.
 *
 * (1) No more is read than limits allow: a long stretch that nobody wants is jumped over.
 * (2) A step whose attribute the entity has gets its values, be they cut to none by a limit; the others get nothing.
 */

import type { Value } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import type { Gap } from '../indexes/fact.ts'
import { rangeOf } from '../indexes/fact.ts'
import type { Node } from './node.ts'
import type { Step } from './plan.ts'

export type Place = (node: Node, step: Step, values: readonly Value[]) => void
/** Is told of datoms that have been read; it may throw. */
export type Took = (datoms: number) => void

/** So many unwanted datoms are passed one by one before the walk seeks anew. */
const patience = 16
/** So many datoms are read before that is told. */
const portion = 64

const nothing: readonly Step[] = []

/** Gives every step of the node's plan its values. */
export function readNode(db: Db, node: Node, place: Place, took: Took): void {
  if (node.e < 0) return
  const { wildcard, forward, reverse } = node.plan
  if (wildcard) readForward(db, node, { e: node.e }, { e: node.e }, place, took)
  else if (forward.length > 0) {
    const first = forward[0]?.attribute?.id
    const last = forward[forward.length - 1]?.attribute?.id
    readForward(db, node, { e: node.e, a: first }, { e: node.e, a: last }, place, took)
  }
  for (const step of reverse) readReverse(db, node, step, place, took)
}

function readForward(
  db: Db,
  node: Node,
  first: Gap['prefix'],
  last: Gap['prefix'],
  place: Place,
  took: Took,
): void {
  const { facts, view } = db
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
      took(n)
      n = 0
    }
    if (!more || cursor.a !== a) {
      for (const step of steps) place(node, step, values)
      if (!more) {
        took(n)
        return
      }
      a = cursor.a
      steps = node.plan.stepsOf(a)
      room = roomOf(steps)
      values = []
    }
    if (values.length < room) {
      values.push(cursor.v)
      idle = 0
    } else if (++idle > patience) {
      for (const step of steps) place(node, step, values)
      const low = nextPlace(node, a)
      if (low === null) return
      cursor = facts.cursor('eavt', { low, high }, view)
      a = -1
      steps = nothing
      idle = 0
    }
  }
}

function roomOf(steps: readonly Step[]): number {
  let room = 0
  for (const s of steps) if (s.limit > room) room = s.limit
  return room
}

/** Where the next wanted attribute begins. */
function nextPlace(node: Node, a: number): Gap | null {
  if (node.plan.wildcard) return { prefix: { e: node.e, a }, after: true }
  for (const step of node.plan.forward) {
    const id = step.attribute?.id ?? -1
    if (id > a) return { prefix: { e: node.e, a: id }, after: false }
  }
  return null
}

function readReverse(db: Db, node: Node, step: Step, place: Place, took: Took): void {
  const range = rangeOf({ v: node.e, a: step.attribute?.id })
  const cursor = db.facts.cursor('vaet', range, db.view)
  const values: Value[] = []
  while (values.length < step.limit && cursor.next()) {
    values.push(cursor.e)
    if (values.length % portion === 0) took(portion)
  }
  took(values.length % portion)
  if (values.length > 0) place(node, step, values)
}
