import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  after,
  attribute,
  contextOf,
  freshDb,
  identity,
  uniqueValue,
} from '../../../../test/oracle/tx.ts'
import { YoreError } from '../base/errors.ts'
import { BigDecimal } from '../data/big-decimal.ts'
import { compareValues } from '../data/compare.ts'
import { readEdn } from '../data/edn/read.ts'
import { printEdn } from '../data/edn/print.ts'
import { ValueMap, ValueSet } from '../data/equal.ts'
import {
  Char,
  Double,
  Float,
  Instant,
  Opaque,
  Tagged,
  Uri,
  Uuid,
  keyword,
  list,
  symbol,
} from '../data/values.ts'
import type { Value } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import { withoutView } from '../db/views.ts'
import { presentView } from '../indexes/fact-index.ts'
import type { Datom } from '../indexes/facts/fact.ts'
import { nextSchema, schemaOf } from '../db/schema-of.ts'
import { transact } from './transact.ts'
import type { TxResult } from './transact.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
const runs = Number(process.env['RUNS'] ?? 100)
const parameters = { seed, numRuns: runs }

const base = after(
  freshDb(),
  `[${[
    attribute(':p/name', 'string', identity),
    attribute(':p/n', 'long'),
    attribute(':p/key', 'keyword*', identity),
    attribute(':p/ref', 'ref'),
    attribute(':p/refs', 'ref*'),
    attribute(':p/part', 'ref*', ':db/isComponent true'),
    attribute(':p/badge', 'long', uniqueValue),
    attribute(':p/double', 'double'),
    attribute(':p/dec', 'bigdec*'),
    attribute(':p/user', 'ref', identity),
    attribute(':p/a', 'long'),
    attribute(':p/b', 'string'),
    attribute(':p/a+b', 'tuple', `:db/tupleAttrs [:p/a :p/b] ${identity}`),
    attribute(':p/pair', 'tuple', ':db/tupleTypes [:db.type/ref :db.type/long]'),
  ].join(' ')} {:db/ident :part/x :db.install/_partition :db.part/db}]`,
  `[{:p/name "a" :p/n 1 :p/part [{:p/a 1 :p/b "x"}]} {:p/name "b" :p/badge 1 :p/key [:k/a :k/b]}
    {:db/ident :e/one} {:db/ident :e/spec :db.entity/attrs [:p/n]}]`,
)

// ---- hostile data ----

const names = [
  ':db/add', ':db/retract', ':db/cas', ':db/retractEntity', ':db/id', ':db/ident', ':db/doc', ':db/valueType', ':db/index',
  ':db/cardinality', ':db/unique', ':db/ensure', ':db/txInstant', ':db/force-partition', ':db/match-partition',
  ':db.install/partition', ':db.install/_attribute', ':db.type/long', ':db.cardinality/many', ':db.part/db', ':db.part/tx',
  ':p/name', ':p/n', ':p/key', ':p/ref', ':p/refs', ':p/part', ':p/badge', ':p/double', ':p/dec', ':p/user', ':p/a', ':p/b',
  ':p/a+b', ':p/pair', ':p/_ref', ':p/_part', ':e/one', ':e/spec', ':part/x', ':no/such', ':my/f',
] // prettier-ignore
const ids = [0, 3, 4, 10, 72, 74, 99, 1001, -1, -2, 2 ** 44 + 1002, 2 ** 44 + 1003, 2 ** 44 + 9999]

const scalar: fc.Arbitrary<Value> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...names.map((n) => keyword(n))) },
  { weight: 3, arbitrary: fc.constantFrom('x', 'y', 'z', 'datomic.tx', 'a', 'b', '', ...names) },
  { weight: 3, arbitrary: fc.constantFrom<Value>(...ids) },
  fc.constantFrom<Value>(
    null,
    true,
    false,
    Number.NaN,
    Infinity,
    -0,
    1.5,
    2 ** 53,
    2 ** 61,
    -(2 ** 70),
  ),
  fc.constantFrom<Value>(5n, -1n, 2n ** 61n, 2n ** 62n, -(2n ** 63n), 2n ** 80n),
  fc.constantFrom<Value>(
    symbol('x'),
    symbol('db/add'),
    new Double(1),
    new Double(-0),
    new Float(0.5),
  ),
  fc.constantFrom<Value>(new Instant(0), new Instant(Number.NaN), new Instant(1e14), new Char('c')),
  fc.constantFrom<Value>(new Uuid('00000000-0000-0000-0000-000000000001'), new Uri('http://x')),
  fc.constantFrom<Value>(BigDecimal.parse('1.0'), BigDecimal.parse('1.00'), new Uint8Array([1])),
  fc.constantFrom<Value>(new Opaque('object', {}), new Opaque('db', base)),
)

const { value } = fc.letrec<{ value: Value; item: Value }>((tie) => ({
  item: fc.oneof({ depthSize: 'small', withCrossShrink: true }, scalar, tie('value')),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('item'), { maxLength: 5 }),
    fc.array(tie('item'), { maxLength: 3 }).map((xs) => list(xs)),
    fc.array(fc.tuple(scalar, tie('item')), { maxLength: 5 }).map((es) => ValueMap.of(es)),
    fc.array(tie('item'), { maxLength: 3 }).map((xs) => ValueSet.of(xs)),
    tie('item').map((x) => new Tagged(symbol('db/id'), x)),
    fc.tuple(scalar, scalar).map((xs) => new Tagged(symbol('db/id'), xs)),
  ),
}))

const attributeName = fc.constantFrom(
  ...names.filter((n) => /^:(p|db)\//.test(n)).map((n) => keyword(n)),
)
const entity: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom<Value>('x', 'y', 'z', 'datomic.tx', ...ids),
  fc.tuple(attributeName, scalar),
  scalar,
)
const form: fc.Arbitrary<Value> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constant(keyword('db/add')), entity, attributeName, value) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constant(keyword('db/retract')), entity, attributeName, value),
  },
  fc.tuple(fc.constant(keyword('db/retract')), entity, attributeName),
  fc.tuple(fc.constant(keyword('db/retractEntity')), entity),
  fc.tuple(fc.constant(keyword('db/cas')), entity, attributeName, value, value),
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.option(entity), fc.array(fc.tuple(attributeName, value), { maxLength: 4 }))
      .map(([id, es]) => ValueMap.of([[keyword('db/id'), id], ...es])),
  },
  value,
)
const txData = fc.array(form, { maxLength: 5 })

const contexts = (['exact', 'js'] as const).map((numbers) =>
  contextOf(
    { ':my/f': (_, args) => args },
    { 'clojure.core/pos?': ([x]) => (x as number) > 0 },
    numbers,
  ),
)

function attempt(db: Db, data: Value, n: number): TxResult | null {
  try {
    return transact(db, data, contexts[n % 2] as (typeof contexts)[number])
  } catch (error) {
    if (error instanceof YoreError) return null
    throw error
  }
}

test(`whatever the data, a result or a YoreError, and the database is as it was (seed ${seed})`, () => {
  const before = datomsOf(base)
  fc.assert(
    fc.property(fc.oneof(txData, value), fc.nat(1), (data, n) => {
      const result = attempt(base, data, n)
      if (result !== null) checkResult(result)
    }),
    { ...parameters, numRuns: runs * 10 },
  )
  expect(datomsOf(base)).toEqual(before)
})

// ---- data that mostly succeed ----

const tempid = fc.constantFrom<Value>('x', 'y', 'z', 'w')
const ident = fc.constantFrom<Value>(
  'x',
  'y',
  'z',
  2 ** 44 + 1002,
  2 ** 44 + 1004,
  keyword('e/one'),
)
const small = fc.integer({ min: 0, max: 3 })
const text = fc.constantFrom('a', 'b', 'c', 'd')
const pairs: fc.Arbitrary<readonly [Value, Value]> = fc.oneof(
  text.map((v) => [keyword('p/name'), v] as const),
  small.map((v) => [keyword('p/n'), v] as const),
  fc.constantFrom('k/a', 'k/b', 'k/c').map((v) => [keyword('p/key'), keyword(v)] as const),
  ident.map((v) => [keyword('p/ref'), v] as const),
  fc.array(ident, { maxLength: 3 }).map((v) => [keyword('p/refs'), v] as const),
  small.map((v) => [keyword('p/part'), ValueMap.of([[keyword('p/a'), v]])] as const),
  small.map((v) => [keyword('p/badge'), v] as const),
  fc
    .constantFrom('1.0', '1.00', '2.0')
    .map((v) => [keyword('p/dec'), BigDecimal.parse(v)] as const),
  ident.map((v) => [keyword('p/user'), v] as const),
  small.map((v) => [keyword('p/a'), v] as const),
  text.map((v) => [keyword('p/b'), v] as const),
  fc.tuple(small, text).map((v) => [keyword('p/a+b'), v] as const),
  fc.tuple(ident, small).map((v) => [keyword('p/pair'), v] as const),
)
const likely: fc.Arbitrary<Value> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(fc.option(tempid), fc.array(pairs, { minLength: 1, maxLength: 3 }))
      .map(([id, es]) => ValueMap.of([[keyword('db/id'), id], ...es])),
  },
  fc
    .tuple(fc.boolean(), ident, pairs)
    .map(([add, e, [a, v]]) => [
      keyword(add ? 'db/add' : 'db/retract'),
      e,
      a,
      v instanceof ValueMap ? 'x' : Array.isArray(v) && a === keyword('p/refs') ? 'y' : v,
    ]),
  ident.filter((e) => typeof e !== 'string').map((e): Value => [keyword('db/retractEntity'), e]),
)
const history = fc.array(fc.array(likely, { minLength: 1, maxLength: 4 }), { maxLength: 12 })

test(`after any transactions the data keep their promises (seed ${seed})`, () => {
  let succeeded = 0
  fc.assert(
    fc.property(history, (transactions) => {
      let db = base
      for (const data of transactions) {
        const result = attempt(db, data, 0)
        if (result === null) continue
        succeeded++
        checkResult(result)
        db = result.dbAfter
      }
    }),
    parameters,
  )
  expect(succeeded).toBeGreaterThan(runs / 2)
})

// ---- what must hold ----

function datomsOf(db: Db): Datom[] {
  const out: Datom[] = []
  const c = db.facts.cursor('eavt', {}, { ...presentView, history: true })
  while (c.next()) out.push({ e: c.e, a: c.a, v: c.v, t: c.t, added: c.added })
  return out
}

const textOf = ({ e, a, v, t, added }: Datom): string =>
  `${e} ${a} ${typeof v === 'object' && v instanceof Opaque ? 'opaque' : printEdn(v)} ${t} ${added}`

function checkResult(result: TxResult): void {
  const { dbBefore, dbAfter, txData: data, tempids, t } = result
  const whole = withoutView(dbAfter)
  expect(whole.basisT).toBe(t)
  expect(whole.nextT).toBeGreaterThan(t)
  expect(t).toBe(dbBefore.nextT)
  expect(new Set(data.map(textOf)).size).toBe(data.length)
  for (const id of tempids.values()) expect(id).toBeGreaterThanOrEqual(0)
  const all = datomsOf(whole).map(textOf)
  const expected = [...datomsOf(dbBefore), ...data].map(textOf)
  expect(all.toSorted()).toEqual(expected.toSorted())
  checkPresent(whole)
  const fromScratch = schemaOf(whole.facts)
  expect([...whole.schema.attributes]).toEqual([...fromScratch.attributes])
  expect(nextSchema(whole.schema, [], whole.facts, Infinity)).toBe(whole.schema)
}

/** One value of an attribute of cardinality one, one entity for a unique value, composites equal to their members. */
function checkPresent(db: Db): void {
  for (const attr of db.schema.attributes.values()) {
    if (attr.id < 72) continue
    const c = db.facts.cursor('aevt', { low: { prefix: { a: attr.id }, after: false }, high: { prefix: { a: attr.id }, after: true } }, presentView) // prettier-ignore
    const found: { e: number; v: Value }[] = []
    while (c.next()) found.push({ e: c.e, v: c.v })
    if (!attr.many) expect(new Set(found.map((f) => f.e)).size).toBe(found.length)
    if (attr.unique !== null) {
      const sorted = found.toSorted((x, y) => compareValues(x.v, y.v))
      for (let i = 1; i < sorted.length; i++) {
        const [x, y] = [
          sorted[i - 1] as { e: number; v: Value },
          sorted[i] as { e: number; v: Value },
        ]
        expect(compareValues(x.v, y.v) !== 0 || x.e === y.e).toBe(true)
      }
    }
    if (attr.tupleAttrs === null) continue
    for (const { e, v } of found) {
      const members = attr.tupleAttrs.map((m) => {
        const at = { e, a: m }
        const member = db.facts.cursor('eavt', { low: { prefix: at, after: false }, high: { prefix: at, after: true } }, presentView) // prettier-ignore
        return member.next() ? member.v : null
      })
      expect(members).toEqual(v)
    }
  }
}

test('the checks above see what breaks them', () => {
  const { dbAfter, ...rest } = transact(base, readEdn('[{:p/n 5}]'), contextOf())
  expect(() => checkResult({ ...rest, dbAfter: base })).toThrow()
  expect(() => checkResult({ ...rest, dbAfter, txData: [] })).toThrow()
})
