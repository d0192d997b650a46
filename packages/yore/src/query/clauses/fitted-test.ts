/** A program's constant beside values of attributes that are not known: it is taken as each of them needs it. */

import { fitValue } from '../../db/lookup.ts'
import type { Value } from '../../data/values.ts'
import type { Column } from '../../indexes/fact-index.ts'
import type { DbPattern } from '../prepare/pattern.ts'

type Test = (i: number) => boolean

/** `as` makes the test for one value, `attributes` says of which attribute each datom is. */
export function fittedTest(
  { db }: DbPattern,
  value: Value,
  attributes: Column,
  as: (value: Value) => Test,
): Test {
  const tests = new Map<number, Test>()
  const data = attributes.data as Float64Array
  return (i) => {
    const id = data[i] as number
    let test = tests.get(id)
    if (test === undefined) {
      const attribute = db.schema.attributes.get(id)
      tests.set(id, (test = as(attribute === undefined ? value : fitValue(db, attribute, value))))
    }
    return test(i)
  }
}
