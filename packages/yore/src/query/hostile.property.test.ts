/** Hostile queries: whatever the form, text or inputs, there is an answer or a YoreError, soon. */

import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { after, attribute, freshDb, identity } from '../../../../test/oracle/tx.ts'
import { YoreError } from '../base/errors.ts'
import { printEdn } from '../data/edn/print.ts'
import { ValueMap } from '../data/equal.ts'
import { Opaque, double, keyword, list, symbol } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import { query } from './query.ts'
import type { QueryOptions } from './query.ts'

let db: Db
beforeAll(() => {
  db = after(
    freshDb(),
    `[${attribute(':p/name', 'string', identity)} ${attribute(':p/age', 'long', ':db/index true')} ${attribute(':p/friend', 'ref*')}]`,
    '[{:db/id "a" :p/name "Ann" :p/age 30} {:db/id "b" :p/name "Bob" :p/friend ["a"] :db/ident :id/bob}]',
  )
})

const options = (numbers: 'exact' | 'js'): QueryOptions => ({
  numbers,
  functionOf: () => null,
  timeoutMs: 2000,
  monotonicMs: () => performance.now(),
})

function answers(form: unknown, inputs: readonly Value[], numbers: 'exact' | 'js' = 'exact'): void {
  try {
    query(form, inputs, options(numbers))
  } catch (error) {
    if (error instanceof YoreError) {
      expect(error.code).not.toBe(':yore/timeout')
      expect(error.message.length).toBeLessThan(2000)
    } else throw error
  }
}

const words = [
  '?a',
  '?b',
  '?c',
  '$',
  '$x',
  '%',
  '_',
  '...',
  '.',
  'not',
  'or',
  'and',
  'not-join',
  'or-join',
  'r',
  'pull',
  'count',
  'inc',
  '<',
  '=',
  'q',
  'ground',
  'str',
  'missing?',
  'get-else',
  '*',
  'apply',
  '+',
  '__proto__',
  'constructor',
  'toString',
]
const keys = [
  ':find',
  ':where',
  ':in',
  ':with',
  ':keys',
  ':p/name',
  ':p/age',
  ':p/friend',
  ':db/ident',
  ':id/bob',
  ':a',
  ':as',
  ':limit',
]

const atoms: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom(...words.map((w) => symbol(w))),
  fc.constantFrom(...keys.map((k) => keyword(k))),
  fc.constantFrom<Value>(
    null,
    true,
    0,
    -1,
    30,
    1.5,
    double(2),
    'Ann',
    '',
    ':p/age',
    '?a',
    17592186045418,
    2n ** 70n,
  ),
)
const forms: fc.Arbitrary<Value> = fc.letrec<{ form: Value }>((tie) => ({
  form: fc.oneof(
    { depthSize: 'small' },
    atoms,
    fc.array(tie('form'), { maxLength: 5 }),
    fc.array(tie('form'), { maxLength: 4 }).map((xs): Value => list(xs)),
    fc.tuple(atoms, tie('form')).map(([k, v]): Value => ValueMap.of([[k, v]])),
  ),
})).form

const variable = fc.constantFrom<Value>(symbol('?a'), symbol('?b'), symbol('?c'))
const term = fc.oneof(variable, fc.constant<Value>(symbol('_')), atoms)
const clause: fc.Arbitrary<Value> = fc.letrec<{ clause: Value }>((tie) => ({
  clause: fc.oneof(
    fc.tuple(
      term,
      fc.constantFrom<Value>(keyword(':p/name'), keyword(':p/age'), keyword(':p/friend')),
      term,
    ),
    fc.array(term, { maxLength: 6 }),
    fc.tuple(
      fc.array(term, { maxLength: 4 }).map((xs): Value => list(xs)),
      term,
    ),
    fc.tuple(fc.array(term, { maxLength: 4 }).map((xs): Value => list(xs))),
    fc
      .tuple(
        fc.constantFrom('not', 'or', 'and', 'not-join', 'or-join', 'r'),
        fc.array(tie('clause'), { maxLength: 3 }),
      )
      .map(([head, xs]): Value => list<Value>([symbol(head), ...xs])),
  ),
})).clause
const rule = fc
  .tuple(fc.array(variable, { maxLength: 3 }), fc.array(clause, { maxLength: 3 }))
  .map(([xs, body]): Value => [list<Value>([symbol('r'), ...xs]), ...body])

const source = (): Value => new Opaque('db', db)

describe('hostile queries', () => {
  test('any form', () => {
    fc.assert(
      fc.property(forms, fc.array(forms, { maxLength: 2 }), (form, inputs) =>
        answers(form, [source(), ...inputs]),
      ),
      { numRuns: 1500 },
    )
  })

  test('queries of any clauses, with any rules and inputs', () => {
    const find = fc.array(fc.oneof(variable, forms), { minLength: 1, maxLength: 3 })
    const inputs = fc.array(forms, { minLength: 3, maxLength: 3 })
    fc.assert(
      fc.property(
        find,
        fc.array(clause, { maxLength: 5 }),
        fc.array(rule, { maxLength: 3 }),
        inputs,
        (f, where, rules, xs) => {
          const k = (name: string): Value => keyword(name)
          const sources: Value[] = [
            symbol('$'),
            symbol('%'),
            symbol('?a'),
            [symbol('?b'), symbol('...')],
            symbol('$x'),
          ]
          answers(
            [k(':find'), ...f, k(':in'), ...sources, k(':where'), ...where],
            [source(), rules, ...xs],
          )
          answers(
            [k(':find'), symbol('?a'), k(':in'), ...sources.slice(0, 2), k(':where'), ...where],
            [source(), rules],
          )
          answers([k(':find'), symbol('?a'), symbol('?b'), k(':where'), ...where], xs)
        },
      ),
      { numRuns: 1500 },
    )
  })

  test('as text, whole and cut', () => {
    fc.assert(
      fc.property(fc.array(clause, { maxLength: 3 }), fc.nat(200), (where, cut) => {
        const text = printEdn([keyword(':find'), symbol('?a'), keyword(':where'), ...where])
        answers(text, [source()])
        answers(text.slice(0, cut), [source()])
      }),
      { numRuns: 500 },
    )
  })

  test('as JS data', () => {
    const js = fc.letrec<{ x: unknown }>((tie) => ({
      x: fc.oneof(
        fc.constantFrom<unknown>(
          ...words,
          ...keys,
          1,
          1.5,
          null,
          true,
          undefined,
          'Ann',
          new Date(0),
          1n,
        ),
        fc.array(tie('x'), { maxLength: 4 }),
        fc.dictionary(fc.constantFrom(':find', 'where', '__proto__', 'in', 'x'), tie('x'), {
          maxKeys: 3,
        }),
        fc.constantFrom<unknown>(() => 1, Symbol('s'), new Map([[1, 2]])),
      ),
    })).x
    fc.assert(
      fc.property(js, fc.array(js, { maxLength: 4 }), (form, where) => {
        answers(form, [source()], 'js')
        answers([':find', '?a', ':where', ...where], [source()], 'js')
        answers({ find: ['?a'], in: ['$', '?b'], where }, [source(), 1], 'js')
      }),
      { numRuns: 1000 },
    )
  })
})
