/**
 * Pulls along an index: the entities of an attribute in order of their values (`:avet`), or the entities that it refers to in order
 * of the referrers (`:aevt`).
 *
 * (1) The arguments and the pattern are checked at the call; entities are pulled as the caller walks on.
 * (2) One result for each datom, in the index's sequence, within the one attribute.
 * (3) A missing component, be it nil or an identifier that resolves to nothing, ends the start: what follows it does not count.
 */

import { raise } from '../base/errors.ts'
import { ValueMap } from '../data/equal.ts'
import { Keyword } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import { requireAvet } from '../db/datoms.ts'
import { entid, fitIdentifier, fitValue, requireAttribute } from '../db/lookup.ts'
import type { Attribute } from '../db/schema.ts'
import type { Prefix, Range } from '../indexes/facts/fact.ts'
import { parsePattern } from './parse.ts'
import type { Pattern } from './pattern.ts'
import { pullMany } from './run.ts'
import type { PullOptions } from './run.ts'

export interface IndexPullOptions extends PullOptions {
  /** 'js' when the start comes from a program, where a uuid is a text and a whole number may be a double. */
  readonly numbers?: 'exact' | 'js' | undefined
}

const refusedHistory =
  'a history has no entities to pull from; pull from the database or an as-of view'
const atOnce = 64

/**
 * The pulled entities, lazily.
 *
 *     indexPull(db, readEdn('{:index :avet :selector [:person/name] :start [:person/age 30]}'))
 */
export function indexPull(db: Db, args: Value, options: IndexPullOptions = {}): Iterable<unknown> {
  if (!(args instanceof ValueMap)) {
    return raise(
      ':yore/invalid-argument',
      'index-pull takes a map of :index, :selector and :start',
      {
        args,
      },
    )
  }
  const index = argument(args, 'index')
  const selector = argument(args, 'selector')
  const start = argument(args, 'start')
  if (index === null || selector === null || !Array.isArray(start) || start.length === 0) {
    return raise(
      ':db.error/nil-input',
      'index-pull needs :index, :selector and a :start that begins with an attribute',
    )
  }
  const components = start as readonly Value[]
  if (db.view.history) raise(':yore/history-not-allowed', refusedHistory)
  const pattern = parsePattern(selector)
  const attribute = requireAttribute(db, components[0] ?? null)
  const order = orderOf(index)
  check(order, attribute, components)
  const prefix = prefixOf(db, order, attribute, components, options.numbers === 'js')
  const backwards = isTrue(argument(args, 'reverse'))
  const all = { a: attribute.id }
  const range = backwards
    ? { low: { prefix: all, after: false }, high: { prefix, after: true } }
    : { low: { prefix, after: false }, high: { prefix: all, after: true } }
  pullMany(db, pattern, [], options) // names an unknown function now
  return { [Symbol.iterator]: () => walk(db, order, range, backwards, pattern, options) }
}

function argument(args: ValueMap, name: string): Value {
  for (const [key, value] of args) {
    if (key instanceof Keyword ? key.text === `:${name}` : key === name || key === `:${name}`) {
      return value
    }
  }
  return null
}

const isTrue = (x: Value): boolean => x !== null && x !== false

type PullOrder = 'avet' | 'aevt'

function orderOf(index: Value): PullOrder {
  const name = index instanceof Keyword ? index.text.slice(1) : index
  if (name === 'avet' || name === ':avet') return 'avet'
  if (name === 'aevt' || name === ':aevt') return 'aevt'
  return raise(':db.error/invalid-pull', 'the :index of index-pull is :avet or :aevt', { index })
}

function check(order: PullOrder, attribute: Attribute, start: readonly Value[]): void {
  const name = attribute.ident.text
  if (order === 'avet') {
    requireAvet(attribute)
    if (attribute.many && start.length < 2) {
      raise(
        ':db.error/invalid-pull',
        `${name} has many values for an entity: give the value to start at in :start`,
        { attribute: name },
      )
    }
    return
  }
  if (!attribute.many || attribute.valueType !== 'ref') {
    raise(
      ':db.error/invalid-pull',
      `index-pull along :aevt pulls what an attribute refers to; ${name} is no reference of cardinality many`,
      { attribute: name },
    )
  }
}

function prefixOf(
  db: Db,
  order: PullOrder,
  attribute: Attribute,
  start: readonly Value[],
  isJs: boolean,
): Prefix {
  const entity = (x: Value): number | undefined =>
    x === null ? undefined : (entid(db, isJs ? fitIdentifier(db, x) : x) ?? undefined)
  const value = (x: Value): Value | undefined => {
    if (x === null) return undefined
    if (attribute.valueType === 'ref') return entity(x)
    return isJs ? fitValue(db, attribute, x) : x
  }
  const [, second = null, third = null] = start
  const a = attribute.id
  if (order === 'avet') {
    const v = value(second)
    return v === undefined ? { a } : { a, v, e: entity(third) }
  }
  const e = entity(second)
  return e === undefined ? { a } : { a, e, v: value(third) }
}

function* walk(
  db: Db,
  order: PullOrder,
  range: Range,
  backwards: boolean,
  pattern: Pattern,
  options: PullOptions,
): Generator<unknown, void, undefined> {
  const { budget } = options
  budget?.resume()
  const cursor = db.facts.cursor(order, range, db.view, backwards)
  for (let more = true; more;) {
    const ids: Value[] = []
    while (ids.length < atOnce && (more = cursor.next())) {
      ids.push(order === 'avet' ? cursor.e : cursor.v)
    }
    budget?.read(ids.length)
    const found = pullMany(db, pattern, ids, options)
    if (budget !== undefined) {
      // what has been given is no longer held, and the time until the next is the program's
      budget.kept = 0
      budget.pause()
    }
    yield* found
    budget?.resume()
  }
}
