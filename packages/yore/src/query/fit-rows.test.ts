/**
 * Values from a program beside attributes that it has no values for: in tuples of a source and as constants beside attributes that are not
 * known. What they find is what they find as inputs, whichever clause comes first; text finds what is equal.
 */

import { beforeAll, describe, expect, test } from 'vitest'
import { after, attribute, freshDb } from '../../../../test/oracle/tx.ts'
import { canonical } from '../../../../test/oracle/canonical.ts'
import { permutations } from '../../../../test/oracle/forced.ts'
import { Instant, Opaque, Uuid, keyword } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import { query } from './query.ts'
import type { QueryOptions } from './query.ts'

const uuid = (i: number): string => `00000000-0000-4000-8000-0000000000${10 + i}`
const types = 'long string instant keyword double float bigint uuid uri symbol boolean'.split(' ')
const forms: Readonly<Record<string, (i: number) => string>> = {
  long: String,
  string: (i) => `"s${i}"`,
  instant: (i) => `#inst "2020-01-${10 + i}"`,
  keyword: (i) => `:k/n${i}`,
  double: (i) => `${i}.0`,
  float: (i) => `#float ${i}.0`,
  bigint: (i) => `${i}N`,
  uuid: (i) => `#uuid "${uuid(i)}"`,
  uri: (i) => `#uri "http://a/${i}"`,
  symbol: (i) => `#symbol "s${i}"`,
  boolean: (i) => String(i % 2 === 0),
}
/** As a program has them. */
const values: Readonly<Record<string, (i: number) => Value>> = {
  long: (i) => i,
  string: (i) => `s${i}`,
  instant: (i) => new Instant(Date.UTC(2020, 0, 10 + i)),
  keyword: (i) => `:k/n${i}`,
  double: (i) => i,
  float: (i) => i,
  bigint: (i) => BigInt(i),
  uuid: (i) => uuid(i).toUpperCase(),
  uri: (i) => `http://a/${i}`,
  symbol: (i) => `s${i}`,
  boolean: (i) => i % 2 === 0,
}
const js: QueryOptions = { numbers: 'js', functionOf: () => null }
const exact: QueryOptions = { numbers: 'exact', functionOf: () => null }
let db: Db

beforeAll(() => {
  const attributes = types.map((type) => attribute(`:x/${type}`, type))
  const indexed = types.map((type) => attribute(`:i/${type}`, type, ':db/index true'))
  const data = Array.from({ length: 12 }, (_, i) => {
    const of = types.map((type) => {
      const value = (forms[type] as (i: number) => string)(i)
      return `:x/${type} ${value} :i/${type} ${value}`
    })
    return `{:db/id "e${i}" :n/id ${i} ${of.join(' ')} :n/of ${i % 2 === 0 ? ':kind/a' : ':kind/b'}}`
  })
  db = after(
    freshDb(),
    `[${attribute(':n/id', 'long', ':db/unique :db.unique/identity')} ${attribute(':n/of', 'ref')}
      ${[...attributes, ...indexed].join(' ')} {:db/ident :kind/a} {:db/ident :kind/b}]`,
    `[${data.join(' ')}]`,
  )
})

function ask(text: string, inputs: readonly Value[], options: QueryOptions = js): string {
  const found = query(text, [new Opaque('db', db), ...inputs], options).value as unknown[]
  return found.map(canonical).sort().join(' ')
}

const rows = (type: string): Value =>
  [3, 5, 7].map((i) => [(values[type] as (i: number) => Value)(i), i * 100])

/** The clauses in all orders. */
const inAllOrders = (clauses: readonly string[]): string[] =>
  [...permutations(clauses.length)].map((p) => p.map((i) => clauses[i]).join(' '))

describe.each(types)('%s', (type) => {
  test.each(['x', 'i'])('tuples find what inputs find, in any order (:%s)', (space) => {
    const clauses = [`[?e :${space}/${type} ?v]`, '[?e :n/id ?id]']
    const input = `[:find ?id ?n :in $ [[?v ?n]] :where ${clauses.join(' ')}]`
    const expected = ask(input, [rows(type)])
    expect(expected).not.toBe('')
    for (const where of inAllOrders([...clauses, '[$r ?v ?n]'])) {
      const found = ask(`[:find ?id ?n :in $ $r :where ${where}]`, [rows(type)])
      expect(found, where).toBe(expected)
    }
  })

  test('in alternatives and negations too', () => {
    const input = `[:find ?n :in $ [[?v ?n]] :where (or [_ :x/${type} ?v] [_ :i/${type} ?v])]`
    for (const where of inAllOrders(['[$r ?v ?n]', `(or [_ :x/${type} ?v] [_ :i/${type} ?v])`])) {
      expect(ask(`[:find ?n :in $ $r :where ${where}]`, [rows(type)])).toBe(
        ask(input, [rows(type)]),
      )
    }
    const none = `[:find ?n :in $ $r :where [$r ?v ?n] (not [_ :x/${type} ?v])]`
    expect(ask(none, [rows(type)])).toBe('')
  })

  test('a constant beside attributes that are not known', () => {
    const value = (values[type] as (i: number) => Value)(3)
    const where = ['[?e ?a ?v]', '[?e :n/id 3]', '[?a :db/ident ?i]']
    const expected = ask(`[:find ?i :in $ ?v :where [?e :n/id 3] [?e ?a ?v] [?a :db/ident ?i]]`, [
      value,
    ])
    expect(expected).toContain(`:x/${type}`)
    expect(expected).toContain(`:i/${type}`)
    for (const w of inAllOrders(where)) {
      expect(ask(`[:find ?i :in $ ?v :where ${w}]`, [value])).toBe(expected)
    }
    for (const w of inAllOrders(['[?e ?a ?v]', '[?e :n/id 3]', `[?a :db/ident :x/${type}]`])) {
      expect(ask(`[:find ?e :in $ ?v :where ${w}]`, [value])).not.toBe('')
    }
  })
})

test('values of a collection or a source beside attributes that are not known, in any order', () => {
  for (const type of types) {
    const given = rows(type) as readonly (readonly Value[])[]
    const clauses = ['[?e ?a ?v]', '[?a :db/ident ?i]']
    const asked = (where: string): string[] => [
      ask(`[:find ?i ?v ?n :in $ [[?v ?n]] :where ${where}]`, [given]),
      ask(`[:find ?i ?v ?n :in $ $r :where [$r ?v ?n] ${where}]`, [given]),
      ask(`[:find ?i ?v ?n :in $ $r :where ${where} [$r ?v ?n]]`, [given]),
    ]
    for (const more of ['[?e :n/id 3]', `[?a :db/ident :x/${type}]`, '[?e :n/id ?id]']) {
      const [expected] = asked([more, ...clauses].join(' '))
      expect(expected).toContain(`:x/${type}`)
      for (const where of inAllOrders([...clauses, more])) {
        expect(asked(where), `${type} ${where}`).toEqual([expected, expected, expected])
      }
    }
  }
})

test('among many tuples, those that are of two types too', () => {
  const many = Array.from({ length: 3000 }, (_, i) => [i, i * 10])
  const clauses = ['[$r ?v ?n]', '[?e :x/long ?v]', '[?e :x/double ?v]', '[?e :n/id 3]']
  for (const where of inAllOrders(clauses)) {
    expect(ask(`[:find ?v ?n :in $ $r :where ${where}]`, [many])).toBe('[3 30]')
  }
  for (const where of inAllOrders([
    '[$r ?v ?n]',
    '[?e ?a ?v]',
    '[?e :n/id 3]',
    '[?e :x/double ?v]',
  ])) {
    const found = ask(`[:find ?a ?n :in $ $r :where ${where}]`, [many]).split('] [')
    // long, double, float and bigint, with an index and without, and the key
    expect(found).toHaveLength(9)
  }
})

test('text is exact', () => {
  const text = '[:find ?n :in $ $r :where [$r ?v ?n] [?e :x/double ?v]]'
  expect(ask(text, [[[3, 1]]], exact)).toBe('')
  expect(ask(text, [[[3, 1]]])).toBe('[1]')
  const ids = '[:find ?n :in $ $r :where [$r ?v ?n] [?e :x/uuid ?v]]'
  expect(ask(ids, [[[uuid(3), 1]]], exact)).toBe('')
  expect(ask(ids, [[[new Uuid(uuid(3)), 1]]], exact)).toBe('[1]')
})

test('what is a value of two types, or of an input too, is left as it is', () => {
  const both = '[:find ?n :in $ $r :where [$r ?v ?n] [?e :x/uuid ?v] [?f :x/string ?w]]'
  expect(ask(both, [[[uuid(3), 1]]])).toBe('[1]')
  const given = '[:find ?n :in $ $r [?v ...] :where [$r ?v ?n] [?e :x/uuid ?v]]'
  expect(ask(given, [[[uuid(3), 1]], [uuid(3)]])).toBe('[1]')
  const two = '[:find ?n :in $ $r :where [$r ?v ?n] [?e :x/double ?v] [?f :x/long ?v]]'
  expect(ask(two, [[[3, 1]]])).toBe('[1]')
})

test('a reference is found by its name, and shown as it was given', () => {
  const text = '[:find ?v (count ?e) :in $ $r :where [$r ?v] [?e :n/of ?v]]'
  expect(ask(text, [[[':kind/a']]])).toBe('[":kind/a" 6]')
  expect(ask(text, [[[keyword(':kind/a')]]])).toContain('6')
})
