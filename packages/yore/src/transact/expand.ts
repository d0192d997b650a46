/**
 * Expansion: forms become statements, and those of a form then claims, in the order of the data; a map is its entries in map order, a nested map stands right after
 * the statement that refers to it, functions expand in place.
 *
 * (1) Attributes are those of the database before: one that the transaction installs cannot be used in it.
 * (2) In a map, a set is always taken apart, a list or vector under a cardinality-many attribute too; under cardinality one, and in
 *     list forms, a vector is one value (a lookup ref or a tuple).
 * (3) Depth is bounded: of nested maps here, of functions that return functions in functions.ts.
 */

import { raise } from '../base/errors.ts'
import { newList } from '../base/list.ts'
import { ValueMap, ValueSet } from '../data/equal.ts'
import { Keyword, keyword } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import { keywordOf } from '../db/lookup.ts'
import type { Attribute } from '../db/schema.ts'
import { listOf } from './form.ts'
import { Functions } from './functions.ts'
import type { Partitions } from './partitions.ts'
import { located, shown } from './problems.ts'
import type { Resolver } from './resolve.ts'
import { Source, Statement, Tempid } from './terms.ts'
import type { Claim, Term, TxContext } from './terms.ts'
import { wrongType } from './values.ts'

const nestingMax = 400

const idKey = keyword('db/id')
const addOp = keyword('db/add')
const retractOp = keyword('db/retract')
const forceKey = keyword('db/force-partition')
const matchKey = keyword('db/match-partition')

export class Expansion {
  readonly claims: Claim[] = newList()
  /** For base/kept.ts. */
  lastStatement: Statement | null = null
  /** Those of the form at hand. */
  readonly #statements: Statement[] = newList()
  readonly #resolver: Resolver
  readonly #partitions: Partitions
  readonly #functions: Functions

  constructor(resolver: Resolver, partitions: Partitions, context: TxContext) {
    this.#resolver = resolver
    this.#partitions = partitions
    this.#functions = new Functions(resolver, context, this)
  }

  /** The elements of tx-data, of the whole transaction or of what a function returned. */
  elements(elements: readonly Value[], parent: Source | null, depth: number): void {
    for (let i = 0; i < elements.length; i++) {
      const source = new Source(parent, i)
      try {
        const element = elements[i] ?? null
        if (element instanceof ValueMap) this.#map(element, source)
        else this.#list(listOf(element), source, depth)
        this.#resolve()
      } catch (error) {
        throw located(error, source)
      }
    }
  }

  /** Takes a statement. */
  state(statement: Statement): void {
    this.lastStatement = statement
    this.#statements.push(statement)
  }

  /** Takes the claim that a fact, which a built-in function has found, is retracted. Whoever calls this has stated nothing for the form. */
  claim(claim: Claim): void {
    this.claims.push(claim)
  }

  #resolve(): void {
    for (const statement of this.#statements) {
      this.claims.push(this.#resolver.claim(statement))
    }
    this.#statements.length = 0
  }

  // ---- list forms ----

  #list(items: readonly Value[], source: Source, depth: number): void {
    const op = items[0]
    if (op === undefined) return tooShort('an operation or a function')
    if (op === addOp || op === addOp.text) return this.add(items, source)
    if (op === retractOp || op === retractOp.text) return this.retract(items, source)
    this.#functions.call(op, items, source, depth)
  }

  /** [:db/add e a v] */
  add(items: readonly Value[], source: Source): void {
    const [, e, a, v] = items
    if (e === undefined || a === undefined || v === undefined) {
      return tooShort('[:db/add entity attribute value]')
    }
    this.state(new Statement(true, e, this.#resolver.attribute(a), v, source))
  }

  /** [:db/retract e a v], or without v for all present values. */
  retract(items: readonly Value[], source: Source): void {
    const [, e, a, v] = items
    if (e === undefined || a === undefined) return tooShort('[:db/retract entity attribute value]')
    const attribute = this.#resolver.attribute(a)
    if (v === undefined) this.#functions.retractValues(e, attribute, source)
    else this.state(new Statement(false, e, attribute, v, source))
  }

  // ---- map forms ----

  #map(map: ValueMap, source: Source): void {
    this.#entries(map, this.#entityOf(map, null), source, 0)
  }

  /** The entity that a map is about. */
  #entityOf(map: ValueMap, outer: Term | null): Term {
    const given = idOf(map)
    const term = given === null ? this.#resolver.tempids.anonymous() : this.#resolver.entity(given)
    if (!(term instanceof Tempid) || outer === null) return term
    // the original lets a map be nested in itself at the very beginning, and only there
    const first = this.claims.length === 0 && this.#statements.length === 0
    this.#partitions.nest(term, term === outer && first ? null : outer)
    return term
  }

  #entries(map: ValueMap, e: Term, source: Source, depth: number): void {
    for (const [key, value] of map.entries()) {
      const name = typeof key === 'string' ? keywordOf(key) : key
      if (name === idKey) continue
      if (name === forceKey) this.#partitions.force(value, this.#resolver.tempids)
      else if (name === matchKey) this.#match(value)
      else if (name instanceof Keyword && name.name.charCodeAt(0) === 95 && name.name.length > 1) {
        this.#reverse(e, name, value, source)
      } else this.#entry(e, this.#resolver.attribute(name), value, source, depth)
    }
  }

  #match(directive: Value): void {
    const { tempids } = this.#resolver
    this.#partitions.match(directive, tempids, (x) => this.#resolver.identify(x))
  }

  /** A key such as :person/_child: its value is the entity, the map's entity the value. */
  #reverse(e: Term, key: Keyword, value: Value, source: Source): void {
    const name = key.name.slice(1)
    const attribute = this.#resolver.attribute(
      keyword(key.ns === null ? `:${name}` : `:${key.ns}/${name}`),
    )
    if (attribute.valueType !== 'ref') {
      return wrongType(attribute, e instanceof Tempid ? e.label : e)
    }
    this.state(new Statement(true, value, attribute, e, source))
  }

  #entry(e: Term, attribute: Attribute, value: Value, source: Source, depth: number): void {
    if (value instanceof ValueSet) {
      let i = 0
      for (const x of value) this.#single(e, attribute, x, source, i++, depth)
    } else if (attribute.many && Array.isArray(value)) {
      const values = value as readonly Value[]
      for (let i = 0; i < values.length; i++) {
        this.#single(e, attribute, values[i] ?? null, source, i, depth)
      }
    } else this.#single(e, attribute, value, source, null, depth)
  }

  #single(
    e: Term,
    attribute: Attribute,
    v: Value,
    source: Source,
    i: number | null,
    depth: number,
  ): void {
    if (v instanceof ValueMap && attribute.valueType === 'ref') {
      const at = new Source(source, attribute.ident.text)
      this.#nested(e, attribute, v, i === null ? at : new Source(at, i), depth)
    } else this.state(new Statement(true, e, attribute, v, source))
  }

  #nested(outer: Term, attribute: Attribute, map: ValueMap, source: Source, depth: number): void {
    if (depth >= nestingMax) {
      raise(':yore/limit-exceeded', `maps may be nested ${nestingMax} deep, no more`, {
        limit: nestingMax,
      })
    }
    try {
      if (!attribute.isComponent && idOf(map) === null && !this.#hasIdentity(map)) {
        refuseNested(attribute, map)
      }
      const e = this.#entityOf(map, outer)
      this.state(new Statement(true, outer, attribute, e, source))
      this.#entries(map, e, source, depth + 1)
    } catch (error) {
      throw located(error, source, attribute.ident)
    }
  }

  /** Does a map name an attribute whose values identify? Its keys are taken as attributes until one does. */
  #hasIdentity(map: ValueMap): boolean {
    for (const key of map.keys()) {
      const name = typeof key === 'string' ? keywordOf(key) : key
      if (name !== idKey && this.#resolver.attribute(name).unique === 'identity') return true
    }
    return false
  }
}

/** The value of :db/id, null for none. */
function idOf(map: ValueMap): Value {
  return map.get(idKey) ?? map.get(idKey.text) ?? null
}

function refuseNested(attribute: Attribute, map: ValueMap): never {
  return raise(
    ':db.error/invalid-nested-entity',
    `the map ${shown(map)} under ${attribute.ident.text} says nothing of which entity it is: give it a :db/id or a unique identity, or make ${attribute.ident.text} a component (:db/isComponent)`,
    { attribute: attribute.ident.text, value: shown(map) },
  )
}

function tooShort(want: string): never {
  return raise(':yore/invalid-argument', `a list form is too short: ${want} is wanted`, { want })
}
