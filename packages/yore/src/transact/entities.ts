/**
 * The claims of a transaction by entity: finds repetitions and contradictions in constant time each, however many there are.
 *
 * (1) `add` answers false for a repetition and refuses a contradiction: the same fact asserted and retracted, or two values of a
 *     cardinality-one attribute asserted. Whether the facts are true already makes no difference.
 * (2) Few claims are compared one by one; from `indexedFrom` claims on an entity they are found by key.
 */

import { raise } from '../base/errors.ts'
import { newList } from '../base/list.ts'
import { compareValues } from '../data/compare.ts'
import type { Value } from '../data/values.ts'
import { shown } from './problems.ts'
import type { Judged } from './terms.ts'
import { orderKey } from './values.ts'

const indexedFrom = 16

interface OfAttribute {
  readonly byValue: Map<unknown, Judged>
  asserted: Judged | null
}

export class Entity {
  readonly e: number
  /** It had no id before the transaction, hence no facts. */
  readonly isNew: boolean
  readonly claims: Judged[] = newList()
  /** A claim other than :db/ensure was made about it. */
  counts = false
  /** The data touch its definition as an attribute. */
  isDefined = false
  #index: Map<number, OfAttribute> | null = null

  constructor(e: number, isNew: boolean) {
    this.e = e
    this.isNew = isNew
  }

  /** Takes a claim, unless it is there already. */
  add(claim: Judged): boolean {
    const same = this.#index === null ? this.#among(claim) : this.#found(claim, this.#index)
    if (same !== null) {
      if (same.added !== claim.added) conflict(same, claim)
      return false
    }
    this.push(claim)
    return true
  }

  /** Takes a claim that is known to agree with the others. */
  push(claim: Judged): void {
    this.claims.push(claim)
    if (this.#index !== null) note(this.#index, claim)
    else if (this.claims.length >= indexedFrom) {
      this.#index = new Map()
      for (const c of this.claims) note(this.#index, c)
    }
  }

  #among(claim: Judged): Judged | null {
    const { attribute, added, v } = claim
    for (const c of this.claims) {
      if (c.attribute.id !== attribute.id) continue
      if (compareValues(c.v, v) === 0) return c
      if (added && c.added && !attribute.many) conflict(c, claim)
    }
    return null
  }

  #found(claim: Judged, index: Map<number, OfAttribute>): Judged | null {
    const { attribute, added, v } = claim
    const known = index.get(attribute.id)
    if (known === undefined) return null
    const same = known.byValue.get(orderKey(v))
    if (same !== undefined) return same
    if (added && known.asserted !== null && !attribute.many) conflict(known.asserted, claim)
    return null
  }

  /** The claims about an attribute. */
  of(a: number): Iterable<Judged> {
    if (this.#index !== null) return this.#index.get(a)?.byValue.values() ?? []
    return this.claims.filter((c) => c.attribute.id === a)
  }

  /** The claim about a value of an attribute, equal in order. */
  about(a: number, v: Value): Judged | undefined {
    if (this.#index !== null) return this.#index.get(a)?.byValue.get(orderKey(v))
    return this.claims.find((c) => c.attribute.id === a && compareValues(c.v, v) === 0)
  }
}

/** The entities of a transaction, in the order of their first claims. Most have one. */
export class Entities {
  #one: Entity | null = null
  #all: Map<number, Entity> | null = null

  get(e: number): Entity | undefined {
    if (this.#all !== null) return this.#all.get(e)
    return this.#one !== null && this.#one.e === e ? this.#one : undefined
  }

  /** One that is not there yet. */
  add(entity: Entity): void {
    if (this.#one === null) {
      this.#one = entity
      return
    }
    this.#all ??= new Map([[this.#one.e, this.#one]])
    this.#all.set(entity.e, entity)
  }

  [Symbol.iterator](): Iterator<Entity> {
    if (this.#all !== null) return this.#all.values()
    return (this.#one === null ? [] : [this.#one])[Symbol.iterator]()
  }
}

function note(index: Map<number, OfAttribute>, claim: Judged): void {
  let known = index.get(claim.attribute.id)
  if (known === undefined) {
    known = { byValue: new Map(), asserted: null }
    index.set(claim.attribute.id, known)
  }
  known.byValue.set(orderKey(claim.v), claim)
  if (claim.added) known.asserted = claim
}

/** Refuses two claims that cannot both hold. */
export function conflict(d1: Judged, d2: Judged): never {
  const why =
    d1.e !== d2.e
      ? `two entities claim one value of the unique ${d1.attribute.ident.text}`
      : d1.added !== d2.added
        ? 'one fact is asserted and retracted'
        : `two values are asserted of ${d1.attribute.ident.text}, which has cardinality one`
  return raise(
    ':db.error/datoms-conflict',
    `two datoms of the transaction conflict, ${rowText(d1)} and ${rowText(d2)}: ${why}`,
    { d1: rowOf(d1), d2: rowOf(d2), attribute: d1.attribute.ident.text },
  )
}

function rowOf({ e, attribute, v, added }: Judged): readonly unknown[] {
  return [e, attribute.ident.text, v, added]
}

function rowText({ e, attribute, v, added }: Judged): string {
  return `[${e} ${attribute.ident.text} ${shown(v)} ${added}]`
}
