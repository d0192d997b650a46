/** What the corpus cannot show: JS data, public results, limits, errors by code, time-outs, the program's functions. */

import { beforeAll, describe, expect, test } from 'vitest'
import { after, attribute, failureOf, freshDb, identity } from '../../../../test/oracle/tx.ts'
import { readEdn } from '../data/edn/read.ts'
import { fromPublic } from '../data/public.ts'
import { Opaque } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import type { Db } from '../db/db.ts'
import { history } from '../db/views.ts'
import { query } from './query.ts'
import type { QueryOptions } from './query.ts'

let db: Db

beforeAll(() => {
  db = after(
    freshDb(),
    `[${attribute(':p/name', 'string', identity)} ${attribute(':p/age', 'long', ':db/index true')}
      ${attribute(':p/price', 'double')} ${attribute(':p/key', 'uuid', identity)}
      ${attribute(':p/kind', 'keyword')} ${attribute(':p/friend', 'ref*')}]`,
    `[{:db/id "a" :p/name "Ann" :p/age 30 :p/price 3.0 :p/key #uuid "00000000-0000-4000-8000-00000000000a" :p/kind :k/x}
      {:db/id "b" :p/name "Bob" :p/age 40 :p/friend ["a"]}
      {:db/id "c" :p/name "Cid" :p/age 50 :p/friend ["a" "b"]}]`,
  )
})

const exact: QueryOptions = { numbers: 'exact', functionOf: () => null }
const js: QueryOptions = { numbers: 'js', functionOf: () => null }
const source = (): Value => new Opaque('db', db)

const ask = (form: unknown, inputs: readonly unknown[] = [], options = exact): unknown =>
  query(form, [source(), ...inputs.map(fromPublic)], options).value
const codeOf = (form: unknown, inputs: readonly unknown[] = []): string =>
  failureOf(() => ask(form, inputs)).code
const sorted = (rows: unknown): unknown[] =>
  [...(rows as unknown[])].sort((a, b) => (String(a) < String(b) ? -1 : 1))

describe('queries as JS data', () => {
  test('arrays and objects mean what the text means', () => {
    const text = '[:find ?n :in $ ?min :where [?e :p/age ?a] [(> ?a ?min)] [?e :p/name ?n]]'
    const where = [['?e', ':p/age', '?a'], [['>', '?a', '?min']], ['?e', ':p/name', '?n']]
    const list = [':find', '?n', ':in', '$', '?min', ':where', ...where]
    const map = {
      find: ['?n'],
      in: ['$', '?min'],
      where: [['?e', ':p/age', '?a'], [['>', '?a', '?min']], ['?e', ':p/name', '?n']],
    }
    for (const form of [text, list, map]) {
      expect(sorted(ask(form, [35], js))).toEqual([['Bob'], ['Cid']])
    }
  })

  test('find specs, aggregates, pulls, not, or and rules', () => {
    const where = ['?e', ':p/age', '?a']
    expect(sorted(ask([':find', ['?a', '...'], ':where', where]))).toEqual([30, 40, 50])
    expect(ask([':find', ['sum', '?a'], '.', ':where', where])).toBe(120)
    expect(
      ask([':find', ['pull', '?e', [':p/name']], '.', ':where', ['?e', ':p/age', 30]]),
    ).toEqual({
      ':p/name': 'Ann',
    })
    expect(
      ask(
        [':find', ['pull', '?e', 'what'], '.', ':in', '$', 'what', ':where', ['?e', ':p/age', 30]],
        ['[:p/age]'],
      ),
    ).toEqual({
      ':p/age': 30,
    })
    const not = [
      ':find',
      ['?n', '...'],
      ':where',
      ['?e', ':p/name', '?n'],
      ['not', ['?e', ':p/friend']],
    ]
    expect(ask(not)).toEqual(['Ann'])
    const or = [
      ':find',
      ['?n', '...'],
      ':where',
      ['or', ['?e', ':p/age', 30], ['and', ['?e', ':p/age', 40]]],
      ['?e', ':p/name', '?n'],
    ]
    expect(sorted(ask(or))).toEqual(['Ann', 'Bob'])
    const rules = [
      [
        ['knows', '?a', '?b'],
        ['?a', ':p/friend', '?b'],
      ],
    ]
    const call = [
      ':find',
      ['?n', '...'],
      ':in',
      '$',
      '%',
      ':where',
      ['knows', '?x', '?y'],
      ['?x', ':p/age', 40],
      ['?y', ':p/name', '?n'],
    ]
    expect(ask(call, [rules])).toEqual(['Ann'])
  })

  test('a string constant is a string, a lookup ref a lookup ref', () => {
    expect(
      ask([':find', '?a', '.', ':where', ['?e', ':p/name', 'Bob'], ['?e', ':p/age', '?a']]),
    ).toBe(40)
    expect(
      ask([
        ':find',
        '?n',
        '.',
        ':where',
        ['?e', ':p/friend', [':p/name', 'Bob']],
        ['?e', ':p/name', '?n'],
      ]),
    ).toBe('Cid')
    expect(ask([':find', '?e', ':where', ['?e', ':p/kind', ':k/x']])).toHaveLength(1)
  })

  test('JS numbers match doubles, JS strings uuids; text does not', () => {
    const byPrice = '[:find ?n . :in $ ?p :where [?e :p/price ?p] [?e :p/name ?n]]'
    expect(ask(byPrice, [3], js)).toBe('Ann')
    expect(ask(byPrice, [3], exact)).toBe(null)
    const byKey = '[:find ?n . :in $ ?k :where [?e :p/key ?k] [?e :p/name ?n]]'
    expect(ask(byKey, ['00000000-0000-4000-8000-00000000000a'], js)).toBe('Ann')
    expect(ask(byKey, ['00000000-0000-4000-8000-00000000000a'], exact)).toBe(null)
    const byRef = '[:find ?n . :in $ ?e :where [?e :p/name ?n]]'
    expect(ask(byRef, [[':p/key', '00000000-0000-4000-8000-00000000000a']], js)).toBe('Ann')
    const many = '[:find ?n . :in $ [?p ...] :where [?e :p/price ?p] [?e :p/name ?n]]'
    expect(ask(many, [[2, 3]], js)).toBe('Ann')
    expect(ask([':find', '?e', ':where', ['?e', ':p/price', 3]], [])).toHaveLength(1)
  })

  test.each([
    ['=', 'Ann', null],
    ['!=', null, 'Ann'],
    ['not=', null, 'Ann'],
  ])('JS numbers are compared by %s as doubles, too; text does not', (name, given, text) => {
    const one = `[:find ?n . :in $ ?p :where [?e :p/price ?x] [(${name} ?x ?p)] [?e :p/name ?n]]`
    const turned = `[:find ?n . :in $ ?p :where [(${name} ?p ?x)] [?e :p/name ?n] [?e :p/price ?x]]`
    for (const form of [one, turned]) {
      expect(ask(form, [3], js)).toBe(given)
      expect(ask(form, [3], exact)).toBe(text)
      expect(ask(form, [4], js)).toBe(name === '=' ? null : 'Ann')
    }
    const many = `[:find ?n . :in $ [?p ...] :where [?e :p/price ?x] [(${name} ?x ?p)] [?e :p/name ?n]]`
    expect(ask(many, [[3]], js)).toBe(given)
    expect(ask(many, [[3]], exact)).toBe(text)
    const list = [':find', '?e', ':where', ['?e', ':p/price', '?x'], [[name, '?x', 3]]]
    expect(ask(list, [])).toHaveLength(name === '=' ? 1 : 0)
  })
})

describe('answers', () => {
  test('return maps with prototype names are harmless', () => {
    const rows = ask(
      '[:find ?n ?a :strs __proto__ constructor :where [?e :p/name ?n] [?e :p/age ?a] [(= ?a 30)]]',
    )
    const [row] = rows as [object]
    expect(Object.keys(row)).toEqual(['__proto__', 'constructor'])
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype)
  })

  test('limit and offset cut relations and collections', () => {
    const all = ask('[:find [?n ...] :where [_ :p/name ?n]]') as string[]
    const cut = (limit: number, offset: number): unknown =>
      ask('[:find [?n ...] :where [_ :p/name ?n]]', [], { ...exact, limit, offset })
    expect(cut(2, 0)).toEqual(all.slice(0, 2))
    expect(cut(2, 2)).toEqual(all.slice(2))
    expect(cut(-1, 1)).toEqual(all.slice(1))
    expect(cut(0, 0)).toEqual([])
    expect(cut(5, 9)).toEqual([])
  })

  test('a disconnected group that matches nothing empties the answer, in any order', () => {
    for (const where of [
      '[?x :p/age 99] [?e :p/name ?n]',
      '[?e :p/name ?n] [?x :p/age 99]',
      '[?e :p/name ?n] [(> 1 2)]',
      '[(ground []) [?v ...]] [?e :p/name ?n]',
    ]) {
      expect(ask(`[:find ?n :where ${where}]`)).toEqual([])
    }
  })

  test('a form that was changed is parsed again', () => {
    const where: unknown[] = [['?e', ':p/name', '?n']]
    const map = { find: ['?n'], where }
    expect(ask(map)).toHaveLength(3)
    where.push(['?e', ':p/age', 40])
    expect(ask(map)).toEqual([['Bob']])
    const list: unknown[] = [':find', '?n', ':where', ...where]
    expect(ask(list)).toEqual([['Bob']])
    list.pop()
    expect(ask(list)).toHaveLength(3)
  })
})

describe('limits', () => {
  const clock = (): (() => number) => {
    let t = 0
    return () => (t += 5)
  }

  test('a timeout stops a product, a recursion, a generator', () => {
    const slow = '[:find (count ?x) . :in $ [?x ...] [?y ...] [?z ...] :where [(< ?x ?y ?z)]]'
    const numbers = Array.from({ length: 400 }, (_, i) => i)
    const options = { ...exact, timeoutMs: 20, monotonicMs: clock() }
    const product =
      '[:find (count ?x) . :with ?y ?z :in $ [?x ...] [?y ...] [?z ...] :where [(str ?x ?y ?z) ?s]]'
    expect(failureOf(() => ask(product, [numbers, numbers, numbers], options)).code).toBe(
      ':yore/timeout',
    )
    const endless = '[[(up ?a ?b) [(inc ?a) ?b]] [(up ?a ?b) [(inc ?a) ?c] (up ?c ?b)]]'
    expect(
      failureOf(() =>
        ask('[:find (max ?b) . :in $ % :where (up 0 ?b)]', [endless], {
          ...options,
          monotonicMs: clock(),
        }),
      ).code,
    ).toBe(':yore/timeout')
    expect(failureOf(() => ask(slow, [numbers, numbers, numbers], options)).code).toMatch(/^:yore/)
  })

  test(':timeout in the query counts when none is given', () => {
    const text =
      '[:find (count ?x) . :with ?y :in $ [?x ...] [?y ...] :timeout 1 :where [(str ?x ?y) ?s]]'
    const numbers = Array.from({ length: 2000 }, (_, i) => i)
    expect(
      failureOf(() => ask(text, [numbers, numbers], { ...exact, monotonicMs: clock() })).code,
    ).toBe(':yore/timeout')
  })

  test('an aborted signal cancels', () => {
    const signal = AbortSignal.abort('enough')
    const error = failureOf(() => ask('[:find ?e :where [?e :p/name]]', [], { ...exact, signal }))
    expect(error.code).toBe(':yore/cancelled')
    expect(error.cause).toBe('enough')
  })

  test('products that memory cannot hold are refused', () => {
    const numbers = Array.from({ length: 1000 }, (_, i) => i)
    const text = '[:find ?x ?y ?z :in $ [?x ...] [?y ...] [?z ...]]'
    expect(failureOf(() => ask(text, [numbers, numbers, numbers])).code).toBe(
      ':yore/limit-exceeded',
    )
  })

  test('deep nesting is refused, not overflown', () => {
    const deep = '(not '.repeat(5000) + '[?e :p/age 1]' + ')'.repeat(5000)
    expect(failureOf(() => ask(`[:find ?e :where [?e :p/name] ${deep}]`)).code).toMatch(/^:yore/)
  })
})

describe('functions of the program', () => {
  const functions: Record<string, (args: readonly Value[]) => Value> = {
    'my/double': ([x]) => (x as number) * 2,
    'my/fail': () => {
      throw new TypeError('no')
    },
  }
  const options: QueryOptions = { ...exact, functionOf: (name) => functions[name] ?? null }

  test('are called by name, also as values', () => {
    expect(ask('[:find ?y . :where [(my/double 4) ?y]]', [], options)).toBe(8)
    expect(ask('[:find ?y . :where [(mapv my/double [1 2]) ?y]]', [], options)).toEqual([2, 4])
  })

  test('what they throw is a YoreError with its cause', () => {
    const error = failureOf(() =>
      ask('[:find ?e :where [?e :p/name ?n] [(my/fail ?n)]]', [], options),
    )
    expect(error.code).toBe(':yore/function-failed')
    expect(error.cause).toBeInstanceOf(TypeError)
  })
})

describe('errors', () => {
  const cases: readonly (readonly [form: string, code: string])[] = [
    ['[:find ?x :where [?e :p/name ?n]]', ':db.error/unbound-query-variables'],
    ['[:find ?e :where [?e ?a ?v]]', ':db.error/insufficient-binding'],
    ['[:find ?e :where (not [?e :p/age 30])]', ':db.error/insufficient-binding'],
    ['[:find ?y :where [(inc ?x) ?y]]', ':db.error/insufficient-binding'],
    ['[:find ?e :where [?e :p/nope 1]]', ':db.error/not-an-entity'],
    ['[:find ?e :where [?e "p/age" 1]]', ':db.error/not-a-keyword'],
    ['[:find ?e :where [?e :p/age nil]]', ':db.error/invalid-clause'],
    ['[:find ?e :where [?e :p/friend [:p/age 30]]]', ':db.error/lookup-ref-attr-not-unique'],
    ['[:find ?e :where [?e :p/friend [:p/name]]]', ':db.error/invalid-lookup-ref'],
    ['[:find ?e :where [?e :p/name] (or-join [] [?e :p/age 1])]', ':db.error/or-binding-empty'],
    ['[:find ?e :where [?e :p/name ?n] [(count ?n) 5]]', ':db.error/not-a-binding-form'],
    ['[:find (nosuch ?e) :where [?e :p/name]]', ':db.error/invalid-aggregate'],
    ['[:find (pull ?e ?p) :in $ ?p :where [?e :p/name]]', ':db.error/invalid-pull'],
    ['[:find (pull ?e p) :where [?e :p/name]]', ':db.error/pattern-not-bound'],
    ['[:find ?e :in $ ?x :where [?e :p/age ?x]]', ':db.error/too-few-inputs'],
    ['[:find ?e :where [?e :p/name ?n] [(nosuch ?n)]]', ':yore/unknown-function'],
    ['[:find ?e :where [?e :p/name ?n] [(eval ?n)]]', ':yore/forbidden-function'],
    ['[:find ?e :where (nosuch ?e)]', ':yore/unknown-name'],
    ['[:find ?e :where]', ':yore/invalid-query'],
    ['[:find ?e :where [?e :p/name] (or [?e :p/age 1] [?f :p/age 2])]', ':yore/invalid-query'],
    ['[:find ?e :where', ':yore/invalid-edn'],
    ['[:find [?e ?e2 ...] :where [?e :p/friend ?e2]]', ':yore/invalid-query'],
  ]
  test.each(cases)('%s', (form, code) => {
    expect(codeOf(form)).toBe(code)
  })

  test('name the clause', () => {
    const error = failureOf(() => ask('[:find ?n :where [?e :p/name ?n] (not [?e :p/friend ?f])]'))
    expect(error.message).toContain('(not [?e :p/friend ?f])')
    expect(error.data).toMatchObject({ variables: ['?f'] })
    expect(failureOf(() => ask('[:find ?e :where [?e :p/nmae ?n]]')).message).toContain(':p/name')
    expect(
      failureOf(() => ask('[:find ?e :in $ % :where (knwos ?e)]', ['[[(knows ?x) [?x :p/age]]]']))
        .message,
    ).toContain('knows')
  })

  test('no source, or one that is none', () => {
    const at = (form: string, ...inputs: Value[]): string =>
      failureOf(() => query(form, inputs, exact)).code
    expect(at('[:find ?n :where [_ :p/name ?n]]', 5)).toBe(':db.error/invalid-data-source')
    expect(at('[:find ?n :in $ :where [_ :p/name ?n]]', null)).toBe(':db.error/invalid-data-source')
    expect(at('[:find (pull ?e [*]) . :in [?e ...]]', readEdn('[1]'))).toBe(
      ':db.error/invalid-data-source',
    )
  })

  test('pull from history is refused', () => {
    const past = new Opaque('db', history(db))
    expect(
      failureOf(() => query('[:find (pull ?e [*]) :where [?e :p/name]]', [past], exact)).code,
    ).toBe(':yore/history-not-allowed')
  })
})

describe('order, limit and offset', () => {
  const ages = '[:find ?n ?a :where [?e :p/name ?n] [?e :p/age ?a]'
  const rows = [
    ['Ann', 30],
    ['Bob', 40],
    ['Cid', 50],
  ]

  test.each([
    ['[?a]', rows],
    ['[?a :asc]', rows],
    ['[[?a]]', rows],
    ['[[?a :asc] [?n :desc]]', rows],
    ['[?a :desc]', rows.toReversed()],
    ['[[?n :desc] ?a]', rows.toReversed()],
    ['[1 :desc 0]', rows.toReversed()],
    ['[[1 :desc]]', rows.toReversed()],
  ])('%s', (by, wanted) => {
    expect(ask(`${ages} :order-by ${by}]`)).toEqual(wanted)
    expect(ask(`${ages} :order-by ${by} :limit 1 :offset 1]`)).toEqual([wanted[1]])
    const map = `{:find [?n ?a] :where [[?e :p/name ?n] [?e :p/age ?a]] :order-by ${by} :limit 2}`
    expect(ask(map)).toEqual(wanted.slice(0, 2))
  })

  test('as JS data', () => {
    const where = [
      ['?e', ':p/name', '?n'],
      ['?e', ':p/age', '?a'],
    ]
    const list = [
      ':find',
      '?n',
      '?a',
      ':where',
      ...where,
      ':order-by',
      ['?a', ':desc'],
      ':limit',
      2,
    ]
    expect(ask(list)).toEqual(rows.toReversed().slice(0, 2))
    const map = { find: ['?n', '?a'], where, 'order-by': [['?a', ':desc']], limit: 1, offset: 1 }
    expect(ask(map)).toEqual([rows[1]])
    expect(ask({ ...map, 'order-by': [1], offset: null })).toEqual([rows[0]])
  })

  test('of every shape, with aggregates, maps, pulls and :with', () => {
    expect(ask('[:find ?n . :where [?e :p/name ?n] :order-by [?n :desc]]')).toBe('Cid')
    expect(ask('[:find ?n . :where [?e :p/name ?n] :order-by [?n] :offset 1]')).toBe('Bob')
    expect(ask('[:find ?n . :where [?e :p/name ?n] :order-by [?n] :limit 0]')).toBe(null)
    expect(
      ask('[:find [?n ?a] :where [?e :p/name ?n] [?e :p/age ?a] :order-by [?a :desc]]'),
    ).toEqual(rows[2])
    expect(
      ask('[:find [?n ...] :with ?a :where [?e :p/name ?n] [?e :p/age ?a] :order-by [?a :desc]]'),
    ).toEqual(['Cid', 'Bob', 'Ann'])
    expect(
      ask('[:find ?f (count ?e) :where [?e :p/friend ?f] :order-by [(count ?e)] :limit 1]'),
    ).toHaveLength(1)
    expect(ask('[:find ?n :keys name :where [?e :p/name ?n] :order-by [?n] :limit 1]')).toEqual([
      { ':name': 'Ann' },
    ])
    expect(
      ask('[:find [(pull ?e [:p/name]) ...] :where [?e :p/name] :order-by [?e :desc] :limit 1]'),
    ).toEqual([{ ':p/name': 'Cid' }])
    expect(
      ask('[:find (count ?e) (min 2 ?a) :where [?e :p/age ?a] :order-by [(min 2 ?a) (count ?e)]]'),
    ).toEqual([[3, [30, 40]]])
  })

  test('values of any kinds, nil first, in the one order', () => {
    const mixed = [3, 'a', null, true, 1.5, ':k']
    const by = (x: string): unknown =>
      ask(`[:find [?x ...] :in $ [?x ...] :order-by [?x${x}]]`, [mixed])
    expect(by('')).toEqual([null, 1.5, 3, true, ':k', 'a'])
    expect(by(' :desc')).toEqual(['a', ':k', true, 3, 1.5, null])
  })

  test('the options cut what the query has left', () => {
    const options = { ...exact, offset: 1, limit: 5 }
    expect(ask(`${ages} :order-by [?a] :limit 2]`, [], options)).toEqual([rows[1]])
    expect(ask(`${ages} :order-by [?a] :offset 1]`, [], { ...exact, limit: 1 })).toEqual([rows[1]])
  })

  test('databases among the values have no order but where it is asked for', () => {
    const both = [source(), source()]
    const text = '[:find ?a ?d :in $ ?d :where [$ ?e :p/age ?a] :order-by [?a :desc] :limit 1]'
    expect((query(text, both, exact).value as unknown[][])[0]?.[0]).toBe(50)
  })

  test.each([
    [':order-by [?x]', ':yore/invalid-query'],
    [':order-by [?e]', ':yore/invalid-query'],
    [':order-by ?a', ':yore/invalid-query'],
    [':order-by ?a :desc', ':yore/invalid-query'],
    [':order-by []', ':yore/invalid-query'],
    [':order-by [?a :up]', ':yore/invalid-query'],
    [':order-by [:desc ?a]', ':yore/invalid-query'],
    [':order-by [2]', ':yore/invalid-query'],
    [':order-by [-1]', ':yore/invalid-query'],
    [':order-by [1.0]', ':yore/invalid-query'],
    [':order-by [(count ?a)]', ':yore/invalid-query'],
    [':order-by [[[?a]]]', ':yore/invalid-query'],
    [':order-by (count ?a)', ':yore/invalid-query'],
    [':limit -1', ':yore/invalid-query'],
    [':limit 1.5', ':yore/invalid-query'],
    [':limit 1 2', ':yore/invalid-query'],
    [':limit "1"', ':yore/invalid-query'],
    [':offset :all', ':yore/invalid-query'],
    [':limit 1 :limit 2', ':yore/invalid-query'],
  ])('%s is refused', (more, code) => {
    expect(codeOf(`${ages} ${more}]`)).toBe(code)
  })

  test('with aggregates, only what is grouped by', () => {
    const text = '[:find ?f (count ?e) :with ?n :where [?e :p/friend ?f] [?e :p/name ?n] :order-by'
    expect(codeOf(`${text} [?n]]`)).toBe(':yore/invalid-query')
    expect(codeOf(`${text} [?e]]`)).toBe(':yore/invalid-query')
    expect(codeOf(`${text} [(count ?n)]]`)).toBe(':yore/invalid-query')
    expect(ask(`${text} [1 :desc ?f]]`)).toHaveLength(2)
  })
})
