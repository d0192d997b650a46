/**
 * Resolving: the entity and the value of a statement become ids, values of the right type, or tempids.
 *
 * (1) Idents are those of the basis; lookup refs are looked up in the database before, through its view.
 * (2) As the value of a reference any id goes.
 * (3) The references in a written tuple are resolved as elsewhere; those in a composite tuple are not.
 */

import { Keyword } from '../data/values.ts'
import type { Value, ValueType } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import { entid, fitIdentifier, requireAttribute } from '../db/lookup.ts'
import type { Attribute } from '../db/schema.ts'
import { isId } from '../indexes/facts/ids.ts'
import { located, noEntity } from './problems.ts'
import type { Tempids } from './tempids.ts'
import { Claim, TupleTerm, Tempid } from './terms.ts'
import type { Statement, Term } from './terms.ts'
import { coerced, compositeSlots, noNil, slotTypes, tupleSlots, wrongType } from './values.ts'
import type { Strictness } from './values.ts'

export class Resolver {
  readonly db: Db
  readonly tempids: Tempids
  readonly strictness: Strictness
  #slotTypes: Map<number, readonly ValueType[] | ValueType> | null = null

  constructor(db: Db, tempids: Tempids, strictness: Strictness) {
    this.db = db
    this.tempids = tempids
    this.strictness = strictness
  }

  /** The id that an identifier means, or null. */
  identify(x: Value): number | null {
    const id = entid(this.db, this.strictness === 'js' ? fitIdentifier(this.db, x) : x)
    return id !== null && isId(id) ? id : null
  }

  /** The attribute that a key or the third element of a list form means. */
  attribute(x: Value): Attribute {
    if (x instanceof Keyword) {
      const id = this.db.schema.identToId.get(x)
      const known = id === undefined ? undefined : this.db.schema.attributes.get(id)
      if (known !== undefined) return known
    }
    return requireAttribute(this.db, x)
  }

  /** What stands in entity position. Whether an id was ever given out is asked later. */
  entity(x: Value | Tempid): Term {
    if (x instanceof Tempid) return x
    if (typeof x === 'number' && x >= 0 && Number.isInteger(x)) return x
    return this.tempids.termOf(x) ?? this.identify(x) ?? noEntity(this.db, x)
  }

  /** What stands as the value of a reference. */
  #reference(attribute: Attribute, x: Value | Tempid): Term {
    if (x instanceof Tempid) return x
    if (x === null) return noNil(attribute)
    return this.tempids.termOf(x) ?? this.identify(x) ?? noEntity(this.db, x)
  }

  /** What a statement claims. */
  claim({ added, e, attribute, v, source }: Statement): Claim {
    try {
      return new Claim(added, this.entity(e), attribute, this.#value(attribute, v), source)
    } catch (error) {
      throw located(error, source, attribute.ident)
    }
  }

  #value(attribute: Attribute, v: Value | Tempid): Value | Tempid | TupleTerm {
    if (attribute.valueType === 'ref') return this.#reference(attribute, v)
    // a reverse key of an attribute that is no reference
    if (v instanceof Tempid) return wrongType(attribute, v.label)
    if (attribute.valueType === 'tuple') return this.#tuple(attribute, v)
    return coerced(attribute, v, this.strictness)
  }

  #tuple(attribute: Attribute, v: Value): Value | TupleTerm {
    const { tupleAttrs } = attribute
    if (tupleAttrs !== null) return compositeSlots(attribute, tupleAttrs.length, v)
    this.#slotTypes ??= new Map()
    let types = this.#slotTypes.get(attribute.id)
    if (types === undefined) {
      types = slotTypes(attribute)
      this.#slotTypes.set(attribute.id, types)
    }
    let open = false
    const slots = tupleSlots<Term>(attribute, types, v, this.strictness, (slot) => {
      const term = this.#reference(attribute, slot)
      if (term instanceof Tempid) open = true
      return term
    })
    return open ? new TupleTerm(slots) : (slots as Value[])
  }
}
