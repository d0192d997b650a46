/** Hostile patterns and identifiers: whatever comes, there is an answer or a YoreError. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { YoreError } from '../base/errors.ts'
import { ValueMap, ValueSet } from '../data/equal.ts'
import { keyword, list, symbol } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import { emptyDb } from '../db/bootstrap.ts'
import { createFactIndex } from '../indexes/create.ts'
import { indexPull } from './index-pull.ts'
import { parsePattern } from './parse.ts'
import { pull, pullMany } from './run.ts'

const db = emptyDb('hostile', createFactIndex)

const names = [
  ':db/ident',
  ':db/valueType',
  ':db/_valueType',
  ':db.install/attribute',
  ':db.install/_attribute',
  ':db/id',
  ':as',
  ':limit',
  ':default',
  ':xform',
  ':__proto__',
  ':_',
  ':a/_',
  ':',
  ':*',
]

const atom: fc.Arbitrary<Value> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...names).map((x): Value => keyword(x)) },
  fc.constantFrom(...names, '*', '...', '', 'limit', '[:db/id]', '__proto__'),
  fc.constantFrom('*', '...', 'limit', 'default', 'str', 'name').map((x): Value => symbol(x)),
  fc.constantFrom<Value>(null, true, 0, 1, 2, -1, 1.5, 3n, 1n << 70n, NaN, Infinity),
)

const { form } = fc.letrec<{ form: Value }>((tie) => ({
  form: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    atom,
    fc.array(tie('form'), { maxLength: 5 }),
    fc.array(tie('form'), { maxLength: 4 }).map((xs): Value => list(xs)),
    fc.array(tie('form'), { maxLength: 3 }).map((xs): Value => ValueSet.of(xs)),
    fc
      .array(fc.tuple(tie('form'), tie('form')), { maxLength: 3 })
      .map((xs): Value => ValueMap.of(xs)),
  ),
}))

function answersOrRefuses(run: () => unknown): void {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(YoreError)
  }
}

test('any pattern and any identifier', () => {
  fc.assert(
    fc.property(fc.array(form, { maxLength: 5 }), form, (pattern, id) => {
      answersOrRefuses(() => pull(db, parsePattern(pattern), id))
      answersOrRefuses(() => pull(db, parsePattern(pattern), 0))
      answersOrRefuses(() => pullMany(db, parsePattern(pattern), [id, 10]))
    }),
    { numRuns: 400 },
  )
})

test('any form as pattern, and any arguments of index-pull', () => {
  fc.assert(
    fc.property(form, form, fc.array(form, { maxLength: 4 }), (selector, index, start) => {
      answersOrRefuses(() => parsePattern(selector))
      const args = new ValueMap()
        .set(keyword(':index'), index)
        .set(keyword(':selector'), selector)
        .set(keyword(':start'), start)
      answersOrRefuses(() => [...indexPull(db, args)])
      args.set(keyword(':index'), keyword(':avet')).set(keyword(':selector'), [keyword(':db/id')])
      answersOrRefuses(() => [...indexPull(db, args)])
      args.set(keyword(':start'), [keyword(':db/ident'), ...start])
      answersOrRefuses(() => [...indexPull(db, args)])
    }),
    { numRuns: 400 },
  )
})

test('a pattern nested deeper than any reader would allow', () => {
  let pattern: Value = [keyword(':db/id')]
  for (let i = 0; i < 100_000; i++)
    pattern = [new ValueMap().set(keyword(':db/valueType'), pattern)]
  expect(() => parsePattern(pattern)).toThrow(YoreError)
})
