/**
 * Predicates: of attributes, for every value that is asserted, and of entities, for what `:db/ensure` asks.
 *
 * (1) Only `true` passes.
 * (2) Which predicates apply is read from the database before; those of entities are called with the database after.
 */

import { YoreError, raise } from '../base/errors.ts'
import { reasonOf } from '../base/told.ts'
import { Keyword, Opaque, Sym } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import { firstValue, valuesOf } from '../db/read.ts'
import { boot } from '../db/schema.ts'
import { located, shown } from './problems.ts'
import type { Judged, TxContext } from './terms.ts'

/** Calls the predicates of the attributes whose values are asserted. */
export function checkAttributePredicates(judged: readonly Judged[], context: TxContext): void {
  for (const { added, attribute, v, e, source } of judged) {
    if (!added || attribute.preds.length === 0) continue
    try {
      for (const name of attribute.preds) {
        const returned = call(name, [v], context)
        if (returned === true) continue
        raise(
          ':db.error/attr-pred',
          `${shown(v)} is refused for ${attribute.ident.text} of ${e} by its predicate ${name.text}`,
          { entity: e, attribute: attribute.ident.text, value: v, predicate: name.text, returned },
        )
      }
    } catch (error) {
      throw located(error, source, attribute.ident)
    }
  }
}

/** Checks what `:db/ensure` asks for. */
export function checkEnsured(
  ensures: readonly Judged[],
  before: Db,
  after: Db,
  context: TxContext,
): void {
  for (const { e, v, source } of ensures) {
    try {
      const spec = v as number
      checkRequired(e, spec, before, after)
      for (const name of valuesOf(before, spec, boot.entityPreds)) {
        if (!(name instanceof Sym)) continue
        const returned = call(name, [new Opaque('db', after), e], context)
        if (returned === true) continue
        raise(
          ':db.error/entity-pred',
          `the entity ${e} is refused by the predicate ${name.text} of ${nameIn(before, spec)}`,
          { entity: e, spec: nameIn(before, spec), predicate: name.text, returned },
        )
      }
    } catch (error) {
      throw located(error, source)
    }
  }
}

function checkRequired(e: number, spec: number, before: Db, after: Db): void {
  const missing: string[] = []
  for (const name of valuesOf(before, spec, boot.entityAttrs)) {
    if (!(name instanceof Keyword)) continue
    const a = after.schema.identToId.get(name)
    if (a === undefined || firstValue(after, e, a) === undefined) missing.push(name.text)
  }
  if (missing.length === 0) return
  raise(
    ':db.error/entity-attr',
    `the entity ${e} lacks ${missing.join(', ')}, which ${nameIn(before, spec)} requires`,
    { entity: e, spec: nameIn(before, spec), missing },
  )
}

const nameIn = (db: Db, id: number): string => db.schema.idToIdent.get(id)?.text ?? String(id)

function call(name: Sym, args: readonly Value[], context: TxContext): Value {
  const predicate = context.predicateOf(name)
  if (predicate === null) {
    return raise(':yore/unknown-name', `the predicate ${name.text} is not known here`, {
      predicate: name.text,
    })
  }
  try {
    return predicate(args)
  } catch (error) {
    if (error instanceof YoreError) throw error
    return raise(
      ':yore/function-failed',
      `the predicate ${name.text} failed: ${reasonOf(error)}`,
      { predicate: name.text },
      { cause: error },
    )
  }
}
