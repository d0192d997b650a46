/** What the corpus cannot show: public results, limits on depth and size, cycles, hostile names, the program's functions. */

import { beforeAll, describe, expect, test, vi } from 'vitest'
import { Budget } from '../base/budget.ts'
import { YoreError } from '../base/errors.ts'
import { BigDecimal } from '../data/big-decimal.ts'
import { readEdn } from '../data/edn/read.ts'
import { ValueMap } from '../data/equal.ts'
import { fromPublic } from '../data/public.ts'
import { Float, Instant, Uuid, double, keyword } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import { emptyDb } from '../db/bootstrap.ts'
import type { Db } from '../db/db.ts'
import { history } from '../db/views.ts'
import { createFactIndex } from '../indexes/create.ts'
import { transact } from '../transact/transact.ts'
import { indexPull } from './index-pull.ts'
import { parsePattern } from './parse.ts'
import { pull, pullExact, pullMany } from './run.ts'
import { xformNamed } from './xform.ts'

let now = 1_600_000_000_000

function after(db: Db, data: string | Value): Db {
  return transact(db, typeof data === 'string' ? readEdn(data) : data, {
    now: (now += 1000),
    numbers: 'exact',
    functionOf: () => null,
    predicateOf: () => null,
  }).dbAfter
}

const schema = `[
  {:db/ident :p/name :db/valueType :db.type/string :db/cardinality :db.cardinality/one :db/unique :db.unique/identity}
  {:db/ident :p/age :db/valueType :db.type/long :db/cardinality :db.cardinality/one :db/index true}
  {:db/ident :p/tags :db/valueType :db.type/keyword :db/cardinality :db.cardinality/many}
  {:db/ident :p/born :db/valueType :db.type/instant :db/cardinality :db.cardinality/one}
  {:db/ident :p/next :db/valueType :db.type/ref :db/cardinality :db.cardinality/one}
  {:db/ident :p/friends :db/valueType :db.type/ref :db/cardinality :db.cardinality/many}
  {:db/ident :p/parts :db/valueType :db.type/ref :db/cardinality :db.cardinality/many :db/isComponent true}]`

let db: Db
const ann = ':id/ann'

beforeAll(() => {
  db = after(emptyDb('pull', createFactIndex), schema)
  db = after(
    db,
    `[{:db/id "ann" :db/ident :id/ann :p/name "Ann" :p/age 30 :p/tags [:b :a] :p/born #inst "2001-02-03"
       :p/next "bob" :p/friends ["bob" "cid"] :p/parts [{:p/name "leg" :p/parts [{:p/name "foot"}]}]}
      {:db/id "bob" :p/name "Bob" :p/age 5} {:db/id "cid" :p/name "Cid" :p/friends ["ann"]}]`,
  )
})

const at = (pattern: string, id: Value = ann): unknown => pull(db, parsePattern(pattern), id)

/** The error's code, or what came instead of one. */
function codeOf(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error instanceof YoreError ? error.code : error
  }
}

describe('public results', () => {
  test('keys stand in the order of the pattern, after the id', () => {
    expect(Object.keys(at('[:p/next :p/age :p/name :db/id]') as object)).toEqual([
      ':db/id',
      ':p/next',
      ':p/age',
      ':p/name',
    ])
  })

  test('values are plain: keywords and idents are text, instants fresh Dates', () => {
    const first = at('[:p/tags :p/born]') as Record<string, unknown>
    expect(first).toEqual({ ':p/tags': [':a', ':b'], ':p/born': new Date('2001-02-03') })
    ;(first[':p/born'] as Date).setTime(0)
    ;(first[':p/tags'] as unknown[]).length = 0
    expect(at('[:p/tags :p/born]')).toEqual({
      ':p/tags': [':a', ':b'],
      ':p/born': new Date('2001-02-03'),
    })
  })

  test('a default is a fresh copy each time', () => {
    const pattern = parsePattern('[[:p/none :default [1 {:a 2}]]]')
    const first = pull(db, pattern, ann) as { ':p/none': unknown[] }
    first[':p/none'].pop()
    expect(pull(db, pattern, ann)).toEqual({ ':p/none': [1, { ':a': 2 }] })
  })

  test('no key reaches a prototype', () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const found = at(`[[:p/name :as "${name}"] [:p/age :as :${name}]]`) as object
      expect(Object.getPrototypeOf(found)).toBe(Object.prototype)
      expect(Object.getOwnPropertyDescriptor(found, name)?.value).toBe('Ann')
      expect(Object.hasOwn(found, `:${name}`)).toBe(true)
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
    expect(at('[:__proto__ :constructor :p/__proto__]')).toBeNull()
  })

  test('the first of two steps with one key wins, and the wildcard before both', () => {
    expect(at('[[:p/name :as :k] [:p/age :as :k]]')).toEqual({ ':k': 'Ann' })
    expect(at('[[:p/none :as :k] [:p/age :as :k]]')).toEqual({ ':k': 30 })
    expect(at('[:db/id [:p/name :as :db/id]]')).toEqual({ ':db/id': expect.any(Number) })
    expect(at('[* [:p/name :as :p/age]]')).toMatchObject({ ':p/age': 30 })
  })

  test('exact results are maps of exact values', () => {
    const found = pullExact(db, parsePattern('[:p/tags {:p/next [:p/age]}]'), ann) as ValueMap
    expect(found.get(keyword(':p/tags'))).toEqual([keyword(':a'), keyword(':b')])
    expect((found.get(keyword(':p/next')) as ValueMap).get(keyword(':p/age'))).toBe(5)
  })
})

describe('patterns as JavaScript data', () => {
  test('texts are keywords and symbols', () => {
    const pattern = fromPublic([
      ':db/id',
      [':p/name', ':as', 'name'],
      { ':p/friends': [':p/name'] },
      [':p/tags', ':limit', 1],
      [':p/age', ':xform', 'str'],
      { ':p/next': '...' },
    ])
    expect(pull(db, parsePattern(pattern), ann)).toEqual({
      ':db/id': expect.any(Number),
      name: 'Ann',
      ':p/friends': [{ ':p/name': 'Bob' }, { ':p/name': 'Cid' }],
      ':p/tags': [':a'],
      ':p/age': '30',
      ':p/next': { ':db/id': expect.any(Number), name: 'Bob', ':p/age': '5' },
    })
    expect(pull(db, parsePattern(fromPublic(['*'])), ann)).toEqual(at('[*]'))
  })

  test('an attribute stands once, in whatever form', () => {
    expect(codeOf(() => parsePattern(fromPublic([':a/b', [':a/b', ':as', 'x']])))).toBe(
      ':pull/duplicate-attribute',
    )
  })
})

describe('faults', () => {
  test.each([
    ['[{:p/next 0}]', ':db.error/invalid-recur-limit'],
    ['[{:p/next #{:p/name}}]', ':db.error/invalid-recur-limit'],
    ['[:p/name :p/name]', ':pull/duplicate-attribute'],
    ['[{:p/next [:p/name :p/name]}]', ':pull/duplicate-attribute'],
    ['[[:p/name :as]]', ':db.error/invalid-attr-spec'],
    ['[name]', ':db.error/invalid-attr-spec'],
    ['[nil]', ':db.error/invalid-attr-spec'],
    ['[[]]', ':db.error/invalid-attr-spec'],
    ['[(limit)]', ':db.error/invalid-attr-spec'],
    ['[(limit :p/tags 1.5)]', ':db.error/invalid-limit'],
    ['[[:p/tags :limit :all]]', ':db.error/invalid-limit'],
    ['[("limit" :p/tags 1)]', ':db.error/not-a-keyword'],
    ['[[3 :as :x]]', ':db.error/not-a-keyword'],
    ['[[:p/name :xform 3]]', ':yore/forbidden-function'],
    ['{:p/next [:p/name]}', ':yore/invalid-argument'],
    [':p/name', ':yore/invalid-argument'],
    ['[:p/name', ':yore/invalid-edn'],
  ])('%s is refused, even for no entity', (pattern, code) => {
    expect(codeOf(() => pullMany(db, parsePattern(pattern), []))).toBe(code)
  })

  test.each([
    ['[[:p/name :xform inc]]', ':yore/forbidden-function'],
    ['[{:p/next [[:p/name :xform my/fun]]}]', ':yore/unknown-function'],
    ['[[:p/age :xform name]]', ':yore/function-failed'],
    ['[[:p/name :xform clojure.edn/read-string] [:p/none :xform name]]', ':yore/function-failed'],
    ['[{:p/name [:db/id]}]', ':db.error/not-a-keyword'],
  ])('%s is refused', (pattern, code) => {
    expect(codeOf(() => at(pattern))).toBe(code)
  })

  test('a history is refused', () => {
    expect(codeOf(() => pull(history(db), parsePattern('[*]'), ann))).toBe(
      ':yore/history-not-allowed',
    )
  })

  test('the entities of pull-many are a list', () => {
    for (const ids of [3, ':id/ann', new ValueMap()]) {
      expect(codeOf(() => pullMany(db, parsePattern('[*]'), ids))).toBe(':yore/invalid-argument')
    }
    expect(pullMany(db, parsePattern('[*]'), null)).toEqual([])
  })
})

describe('numbers that are no entities', () => {
  test.each([
    ['-5', -5],
    ['17592186099999', 17592186099999],
    ['9223372036854775807', 9223372036854775807n],
    ['1.5', null],
    ['72.0', null],
    ['true', null],
    ['sym', null],
    ['{:a 1}', null],
    ['nil', null],
    [':no/ident', null],
  ])('[*] of %s shows %s', (id, shown) => {
    expect(pull(db, parsePattern('[*]'), readEdn(id))).toEqual({ ':db/id': shown })
    expect(pull(db, parsePattern('[:p/name]'), readEdn(id))).toBeNull()
  })

  test('a number beyond 64 bits is refused', () => {
    expect(codeOf(() => pull(db, parsePattern('[*]'), 1n << 63n))).toBe(':yore/invalid-argument')
  })
})

describe('functions', () => {
  const functionOf = (name: string) =>
    name === 'my/twice' ? ([x]: readonly Value[]): Value => [x as Value, x as Value] : null

  test("the program's functions get exact values", () => {
    const pattern = parsePattern(
      '[[:p/tags :xform my/twice] {[:p/next :xform my/twice] [:p/name]}]',
    )
    expect(pull(db, pattern, ann, { functionOf })).toEqual({
      ':p/tags': [
        [':a', ':b'],
        [':a', ':b'],
      ],
      ':p/next': [{ ':p/name': 'Bob' }, { ':p/name': 'Bob' }],
    })
  })

  test('str writes values as Clojure does', () => {
    const text = (value: Value): unknown => {
      const functionOf = (): ((args: readonly Value[]) => Value) => () => value
      const inner = parsePattern('[{[:p/next :xform str] [[:p/name :xform my/value]]}]')
      const found = pull(db, inner, ann, { functionOf }) as Record<string, string>
      return (found[':p/next'] as string).slice('{:p/name '.length, -1)
    }
    expect(text([1, double(1), 'a', null])).toBe('[1 1.0 "a" nil]')
    for (const [value, shown] of [
      ['text', 'text'],
      [null, ''],
      [double(2), '2.0'],
      [0.1, '0.1'],
      [NaN, 'NaN'],
      [new Float(0.1), '0.1'],
      [new Float(3), '3.0'],
      [12345678901234567890n, '12345678901234567890'],
      [BigDecimal.parse('1.50'), '1.50'],
      [new Instant(1580608922333), 'Sun Feb 02 02:02:02 UTC 2020'],
      [keyword(':a/b'), ':a/b'],
      [new Uuid('00000000-0000-0000-0000-000000000001'), '00000000-0000-0000-0000-000000000001'],
    ] as const) {
      expect(xformNamed('str', undefined)(value)).toBe(shown)
    }
  })

  test('whatever a function throws is a YoreError', () => {
    const pattern = parsePattern('[[:p/age :xform my/bad]]')
    const bad = (): never => {
      throw 'no error object'
    }
    expect(codeOf(() => pull(db, pattern, ann, { functionOf: () => bad }))).toBe(
      ':yore/function-failed',
    )
  })
})

describe('deep and endless data', () => {
  function chain(n: number): Db {
    const forms: Value[] = []
    for (let i = 0; i < n; i++) {
      const e = new ValueMap().set(keyword(':db/id'), `n${i}`).set(keyword(':p/age'), i)
      forms.push(i + 1 < n ? e.set(keyword(':p/next'), `n${i + 1}`) : e)
    }
    return after(db, [...forms, readEdn('[:db/add "n0" :db/ident :id/first]')])
  }

  test('a chain of 5000 is pulled, one of 11000 is refused; neither overflows the stack', () => {
    const long = chain(5000)
    let found = pull(long, parsePattern('[:p/age {:p/next ...}]'), ':id/first') as Record<
      string,
      unknown
    >
    let n = 1
    for (; found[':p/next'] !== undefined; n++) found = found[':p/next'] as Record<string, unknown>
    expect([n, found[':p/age']]).toEqual([5000, 4999])
    const longer = chain(11_000)
    expect(codeOf(() => pull(longer, parsePattern('[{:p/next ...} :db/id]'), ':id/first'))).toBe(
      ':yore/limit-exceeded',
    )
    expect(pull(longer, parsePattern('[:p/age {:p/next 3}]'), ':id/first')).toMatchObject({
      ':p/next': { ':p/next': { ':p/next': { ':p/age': 3 } } },
    })
  })

  test('a ring of components shows the first owner again as an id', () => {
    const ring = after(
      db,
      `[{:db/id "x" :db/ident :id/x :p/name "x" :p/parts ["y"]} {:db/id "y" :p/name "y" :p/parts ["x" "y"]}]`,
    )
    const id = (name: string): unknown =>
      (pull(ring, parsePattern('[:db/id]'), [keyword(':p/name'), name]) as Record<string, unknown>)[
        ':db/id'
      ]
    expect(pull(ring, parsePattern('[*]'), ':id/x')).toEqual({
      ':db/id': id('x'),
      ':db/ident': ':id/x',
      ':p/name': 'x',
      ':p/parts': [
        {
          ':db/id': id('y'),
          ':p/name': 'y',
          ':p/parts': [{ ':db/id': id('x') }, { ':db/id': id('y') }],
        },
      ],
    })
    expect(pull(ring, parsePattern('[:p/parts]'), ':id/x')).toMatchObject({
      ':p/parts': [{ ':p/name': 'y' }],
    })
  })

  test('everybody a friend of everybody: an unbounded recursion ends with an error', () => {
    const names = Array.from({ length: 12 }, (_, i) => `n${i}`)
    const crowd = after(
      db,
      names.map((n) =>
        new ValueMap()
          .set(keyword(':db/id'), n)
          .set(keyword(':p/name'), n)
          .set(
            keyword(':p/friends'),
            names.filter((x) => x !== n),
          ),
      ),
    )
    const first: Value = [keyword(':p/name'), 'n0']
    const endless = parsePattern('[:p/name {:p/friends ...}]')
    expect(codeOf(() => pull(crowd, endless, first, { entitiesMax: 10_000 }))).toBe(
      ':yore/limit-exceeded',
    )
    expect(pull(crowd, parsePattern('[:p/name {:p/friends 2}]'), first)).toMatchObject({
      ':p/friends': expect.any(Array),
    })
  })
})

describe('index-pull', () => {
  const names = (args: string): unknown => [...indexPull(db, readEdn(args))]

  test('takes its arguments as a program gives them', () => {
    const args = fromPublic({ index: ':avet', selector: [':p/name'], start: [':p/age', 6] })
    expect([...indexPull(db, args)]).toEqual([{ ':p/name': 'Ann' }])
    expect(names('{:index "avet" :selector "[:p/name]" :start [":p/age"] :reverse true}')).toEqual([
      { ':p/name': 'Ann' },
      { ':p/name': 'Bob' },
    ])
  })

  test('can be walked more than once, and left early', () => {
    const all = indexPull(db, readEdn('{:index :avet :selector [:p/name] :start [:p/age]}'))
    expect([...all]).toEqual([...all])
    for (const x of all) {
      expect(x).toEqual({ ':p/name': 'Bob' })
      break
    }
  })

  test('checks everything at the call', () => {
    const call = (args: string): unknown => codeOf(() => indexPull(db, readEdn(args)))
    expect(call('{:index :avet :selector [:p/x :p/x] :start [:p/age]}')).toBe(
      ':pull/duplicate-attribute',
    )
    expect(call('{:index :avet :selector [[:p/x :xform inc]] :start [:p/age]}')).toBe(
      ':yore/forbidden-function',
    )
    expect(call('{:index :eavt :selector [] :start [17592186045418]}')).toBe(
      ':db.error/not-an-attribute',
    )
    expect(call('[:index :avet]')).toBe(':yore/invalid-argument')
  })
})

test('a budget hears of many entities as they are taken up, read and built', () => {
  const budget = new Budget({ timeoutMs: 0, monotonicMs: null, signal: null })
  const words: number[] = []
  vi.spyOn(budget, 'tick').mockImplementation((work) => void words.push(work))
  const n = 5000
  const found = pullMany(
    db,
    parsePattern(readEdn('[:p/age]')),
    Array.from({ length: n }, (_, i) => 10 ** 6 + i),
    { functionOf: () => null, budget },
  )
  expect(found.length).toBe(n)
  expect(Math.max(...words)).toBeLessThanOrEqual(4096)
  expect(words.filter((x) => x === 4096).length).toBeGreaterThanOrEqual(2 * Math.floor(n / 1024))
})
