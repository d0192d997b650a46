/**
 * Transaction functions: those built in (`:db/cas`, `:db/retractEntity`, the retraction without a value) and the program's.
 *
 * (1) They see the database before the transaction through its view, never the rest of the transaction.
 * (2) What a program's function returns is tx-data again and expands in place; how deep and how often is bounded.
 */

import { YoreError, raise } from '../base/errors.ts'
import { reasonOf } from '../base/told.ts'
import { BigDecimal } from '../data/big-decimal.ts'
import { ValueMap, ValueSet, equalValues } from '../data/equal.ts'
import { Double, Float, Keyword, Sym, Tagged, keyword, symbol } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import { keywordOf } from '../db/lookup.ts'
import { boot } from '../db/schema.ts'
import type { Attribute } from '../db/schema.ts'
import { factsOfEntity, factsReferring } from '../db/single.ts'
import { presentView } from '../indexes/fact-index.ts'
import type { Began } from '../indexes/facts/fact.ts'
import type { Expansion } from './expand.ts'
import { elementsOf } from './form.ts'
import { noEntity, shown } from './problems.ts'
import type { Resolver } from './resolve.ts'
import { Claim, Source, Statement, Tempid } from './terms.ts'
import type { TxContext, TxFunction } from './terms.ts'
import { fitForCompare } from './values.ts'

const depthMax = 100
const callsMax = 1_000_000

/** How many facts were retracted as they were found, for tests. */
export const retractionsKnown = { times: 0 }

const addSymbol = symbol('db/add')
const retractSymbol = symbol('db/retract')

export class Functions {
  readonly #resolver: Resolver
  readonly #context: TxContext
  readonly #out: Expansion
  #calls = 0

  constructor(resolver: Resolver, context: TxContext, out: Expansion) {
    this.#resolver = resolver
    this.#context = context
    this.#out = out
  }

  /** A list form that begins with anything but :db/add and :db/retract. */
  call(op: Value, items: readonly Value[], source: Source, depth: number): void {
    const own = this.#ownFunction(op)
    if (own !== null) return this.#run(own, shown(op), items.slice(1), source, depth)
    const id = this.#resolver.identify(operationName(op))
    switch (id) {
      case boot.add:
        return this.#out.add(items, source)
      case boot.retract:
        return this.#out.retract(items, source)
      case boot.cas:
        return this.#cas(items, source)
      case boot.retractEntity:
        return this.#retractEntity(items, source)
      default:
    }
    const ident = id === null ? undefined : this.#resolver.db.schema.idToIdent.get(id)
    const named = ident === undefined ? null : this.#context.functionOf(ident)
    if (named === null) return noFunction(op)
    this.#run(named, shown(ident), items.slice(1), source, depth)
  }

  // A program's data have no symbols: there a text without a colon may name a function.
  #ownFunction(op: Value): TxFunction | null {
    if (op instanceof Keyword || op instanceof Sym) return this.#context.functionOf(op)
    if (typeof op !== 'string') return null
    if (op.charCodeAt(0) === 58 && op.length > 1) return this.#context.functionOf(keyword(op))
    if (this.#context.numbers === 'exact' || op === '') return null
    return this.#context.functionOf(symbol(op))
  }

  #run(f: TxFunction, name: string, args: readonly Value[], source: Source, depth: number): void {
    if (depth >= depthMax || ++this.#calls > callsMax) {
      raise(
        ':yore/limit-exceeded',
        `transaction functions may call each other ${depthMax} deep and ${callsMax} times, no more; ${name} went beyond`,
        { function: name, depthMax, callsMax },
      )
    }
    let returned: Value
    try {
      returned = f(this.#resolver.db, args)
    } catch (error) {
      if (error instanceof YoreError) throw error
      return raise(
        ':yore/function-failed',
        `the transaction function ${name} failed: ${reasonOf(error)}`,
        { function: name },
        { cause: error },
      )
    }
    const elements = elementsOf(returned ?? null)
    this.#out.elements(elements, new Source(source, name), depth + 1)
  }

  // ---- built in ----

  /** [:db/retract e a]: every value that the database before has. */
  retractValues(e: Value, attribute: Attribute, source: Source): void {
    const id = this.#existing(e)
    if (id === null) return noEntity(this.#resolver.db, e)
    if (id === undefined) return
    const { db } = this.#resolver
    for (const fact of factsOfEntity(db, id, attribute.id)) this.#retract(fact, attribute, source)
  }

  /** [:db/retractEntity e]: its facts, the references to it, and the same for its components. */
  #retractEntity(items: readonly Value[], source: Source): void {
    const [, e] = items
    if (e === undefined || items.length !== 2) {
      return wrongArity('[:db/retractEntity entity]', items)
    }
    const first = this.#existing(e)
    if (first === null || first === undefined) return
    const { db } = this.#resolver
    const components = this.#retractAll(db, first, source)
    if (components === null) return
    const seen = new Set([first, ...components])
    for (const id of seen) {
      if (id === first) continue
      // a set may grow while it is walked
      for (const component of this.#retractAll(db, id, source) ?? []) seen.add(component)
    }
  }

  /** The entity's facts and those that refer to it; gives its components. */
  #retractAll(db: Db, id: number, source: Source): readonly number[] | null {
    let components: number[] | null = null
    for (const fact of factsOfEntity(db, id)) {
      const attribute = db.schema.attributes.get(fact.a)
      if (attribute === undefined) continue
      this.#retract(fact, attribute, source)
      if (attribute.isComponent && attribute.valueType === 'ref') {
        components ??= []
        components.push(fact.v as number)
      }
    }
    for (const fact of factsReferring(db, id)) {
      const attribute = db.schema.attributes.get(fact.a)
      if (attribute !== undefined) this.#retract(fact, attribute, source)
    }
    return components
  }

  // What the whole present has need not be looked for again; through a view it may be something else.
  #retract(fact: Began, attribute: Attribute, source: Source): void {
    const known = this.#resolver.db.view === presentView ? fact : null
    if (known !== null) retractionsKnown.times++
    this.#out.claim(new Claim(false, fact.e, attribute, fact.v, source, known))
  }

  /**
   * The id of an entity that a function looks at: null for what does not resolve, undefined for a tempid, which has no facts. Text
   * is never a tempid here.
   */
  #existing(x: Value): number | null | undefined {
    if (typeof x === 'string') return this.#resolver.identify(keywordOf(x))
    const term = this.#resolver.tempids.termOf(x)
    if (term instanceof Tempid) return undefined
    return term ?? this.#resolver.identify(x)
  }

  /** [:db/cas e a old new]: asserts new if the present value is old (nil for none). */
  #cas(items: readonly Value[], source: Source): void {
    const [, e, a, old, next] = items
    if (e === undefined || a === undefined || old === undefined || next === undefined) {
      return wrongArity('[:db/cas entity attribute old-value new-value]', items)
    }
    if (items.length !== 5)
      return wrongArity('[:db/cas entity attribute old-value new-value]', items)
    const attribute = this.#resolver.attribute(a)
    if (attribute.many) {
      raise(
        ':db.error/invalid-cas-many',
        `:db/cas compares one value, but ${attribute.ident.text} has cardinality many`,
        { attribute: attribute.ident.text },
      )
    }
    if (next === null) {
      raise(':db.error/invalid-cas', 'the new value of :db/cas must not be nil', {
        attribute: attribute.ident.text,
      })
    }
    const id = this.#existing(e)
    const { db, strictness } = this.#resolver
    const present =
      id === null || id === undefined ? null : (factsOfEntity(db, id, attribute.id)[0]?.v ?? null)
    const expected = strictness === 'js' ? fitForCompare(attribute, old) : old
    if (present === null ? expected !== null : !casEqual(expected, present)) {
      raise(
        ':db.error/cas-failed',
        `${attribute.ident.text} of ${shown(e)} is ${shown(present)}, not ${shown(old)}`,
        { entity: e, attribute: attribute.ident.text, expected: old, actual: present },
      )
    }
    this.#out.state(new Statement(true, e, attribute, next, source))
  }
}

/** Clojure's `=`: integers of any kind, floating numbers of any kind, bigdecs of any scale; the rest by value. */
function casEqual(x: Value, y: Value): boolean {
  if (x instanceof BigDecimal && y instanceof BigDecimal) return x.compare(y) === 0
  const floating = floatingOf(x)
  if (floating !== null) return floating === floatingOf(y)
  if (!Array.isArray(y)) return isPlain(x) && equalValues(x, y)
  if (!Array.isArray(x) || x.length !== y.length) return false
  return (y as readonly Value[]).every((slot, i) => {
    const other = (x as readonly Value[])[i] ?? null
    return !Array.isArray(other) && casEqual(other, slot)
  })
}

// What can be a value at all; the rest may be of any depth and is equal to none.
function isPlain(x: Value): boolean {
  return !(
    Array.isArray(x) ||
    x instanceof ValueMap ||
    x instanceof ValueSet ||
    x instanceof Tagged
  )
}

function floatingOf(x: Value): number | null {
  if (x instanceof Double || x instanceof Float) return x.value
  return typeof x === 'number' && !Number.isInteger(x) ? x : null
}

/** What a first element may name: the id of a built-in function by any of its names. Nothing else resolves. */
function operationName(op: Value): Value {
  if (typeof op === 'string') return keywordOf(op)
  if (typeof op === 'number' || op instanceof Keyword || Array.isArray(op)) return op
  // of the built-in ones, symbols name the two operations only
  if (op === addSymbol || op === retractSymbol) return op
  return noFunction(op)
}

function noFunction(op: Value): never {
  return raise(
    ':db.error/not-a-data-function',
    `${shown(op)} is neither :db/add or :db/retract nor a known transaction function`,
    { function: shown(op) },
  )
}

function wrongArity(want: string, items: readonly Value[]): never {
  return raise(
    ':yore/invalid-function-call',
    `${want} is wanted, but it has ${items.length} elements`,
    { want, elements: items.length },
  )
}
