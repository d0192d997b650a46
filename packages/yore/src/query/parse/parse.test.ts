/** The parser by table: which form is which clause, find element, binding, input; and that forms of one query agree. */

import { describe, expect, test } from 'vitest'
import { failureOf } from '../../../../../test/oracle/tx.ts'
import { readEdn } from '../../data/edn/read.ts'
import { parseQuery, parseRules } from './parse.ts'
import type { Clause, Query } from './syntax.ts'

const one = (clause: string, more = ''): Clause =>
  parseQuery(`[:find ?e :in $ $s ?e :where ${clause} ${more}]`).where[0] as Clause

/** A clause in short: its kind and the names in it. */
function brief(c: Clause): string {
  const source = c.source === null ? '' : `${c.source} `
  switch (c.kind) {
    case 'pattern':
      return `${source}pattern ${c.terms.map((t) => (t.kind === 'variable' ? t.name : t.kind)).join(' ')}`
    case 'call':
      return `${source}call ${c.name} ${c.args.length}`
    case 'expression':
      return `expression ${c.name} ${c.args.map((a) => a.kind).join(' ')} -> ${c.binding?.kind ?? 'none'}`
    case 'not':
      return `${source}not [${c.variables.join(' ')}] ${c.clauses.map(brief).join(', ')}`
    case 'or':
      return `${source}or [${c.variables.join(' ')}] ${c.branches.map((b) => b.map(brief).join(' & ')).join(' | ')}`
  }
}

describe('clauses', () => {
  const table: readonly (readonly [form: string, expected: string])[] = [
    ['[?e :a ?v]', 'pattern ?e constant ?v'],
    ['(?e :a ?v)', 'pattern ?e constant ?v'],
    ['[$s ?e :a _ ?tx]', '$s pattern ?e constant blank ?tx'],
    ['[?e]', 'pattern ?e'],
    ['[_ :a]', 'pattern blank constant'],
    ['["Paris" ?n]', 'pattern constant ?n'],
    ['(rule ?e 1)', 'call rule 2'],
    ['($s rule ?e)', '$s call rule 1'],
    ['[(f ?e)]', 'expression f variable -> none'],
    ['[[f ?e] ?x]', 'expression f variable -> scalar'],
    [
      '[(f $ ?e :a + 1) [?x ...]]',
      'expression f source variable constant function constant -> collection',
    ],
    ['[(f) [?x ?y]]', 'expression f  -> tuple'],
    ['[(f) [[?x _]]]', 'expression f  -> relation'],
    ['[(f) [[?x] ...]]', 'expression f  -> relation'],
    ['[(:k ?e)]', 'expression :k variable -> none'],
    ['[(q (quote [:find ?x]) $)]', 'expression q constant source -> none'],
    ['(not [?e :a ?v])', 'not [?e ?v] pattern ?e constant ?v'],
    ['[not [?e :a 1]]', 'not [?e] pattern ?e constant constant'],
    ['($s not [?e :a 1])', '$s not [?e] pattern ?e constant constant'],
    ['(not-join [?e] [?e :a ?v])', 'not [?e] pattern ?e constant ?v~1'],
    [
      '(or [?e :a 1] (and [?e :b 2] [(f ?e)]))',
      'or [?e] pattern ?e constant constant | pattern ?e constant constant & expression f variable -> none',
    ],
    ['(or-join [[?e] ?x] [?e :a ?x])', 'or [?e ?x] pattern ?e constant ?x'],
  ]
  test.each(table)('%s', (form, expected) => {
    expect(brief(one(form))).toBe(expected)
  })

  test('private variables of different clauses are different', () => {
    const query = parseQuery(
      '[:find ?e :where [?e :a ?v] (not-join [?e] [?e :b ?v]) (or-join [?e] [?e :c ?v] [?e :d ?v])]',
    )
    const names = query.where.flatMap((c) => brief(c).match(/\?v\S*/g) ?? [])
    expect(new Set(names).size).toBe(names.length)
  })

  test.each([
    '?e',
    ':a',
    '5',
    '"x"',
    '{:a 1}',
    '(and [?e :a 1])',
    '(not)',
    '(or)',
    '(or-join [?e])',
    '(not-join ?e [?e :a 1])',
    '[(f ?e) ?x ?y]',
    '[(?f ?e)]',
    '([?e :a 1])',
    '(or [?e :a ?x] [?e :a ?y])',
    '[(f (g ?e)) ?x]',
    '[(ground ?e) ?x]',
  ])('%s is no clause', (form) => {
    expect(failureOf(() => one(form)).code).toMatch(
      /^:yore\/invalid|^:db.error\/not-a-binding-form/,
    )
  })
})

describe('find, inputs, sections', () => {
  const shape = (find: string): string => {
    const q = parseQuery(`[:find ${find} :in [?x ...] ?y p $]`)
    return `${q.shape} ${q.find.map((e) => e.kind).join(' ')}`
  }
  test.each([
    ['?x ?y', 'relation variable variable'],
    ['[?x ...]', 'collection variable'],
    ['(?x ...)', 'collection variable'],
    ['[?x ?y]', 'tuple variable variable'],
    ['[?x]', 'tuple variable'],
    ['?x .', 'scalar variable'],
    ['(count ?x)', 'relation aggregate'],
    ['[(count ?x)]', 'tuple aggregate'],
    ['[(min 2 ?x) ...]', 'collection aggregate'],
    ['(pull ?x [*]) .', 'scalar pull'],
    ['(pull $ ?x p) (max ?y)', 'relation pull aggregate'],
  ])(':find %s', (find, expected) => {
    expect(shape(find)).toBe(expected)
  })

  test.each([
    'x',
    '$',
    '_',
    '"x"',
    '5',
    ':x',
    '.',
    '?x ?y .',
    '[?x ?y ...]',
    '[?x ...] ?y',
    '[]',
    '(count)',
    '?ns/x',
  ])(':find %s is refused', (find) => {
    expect(failureOf(() => shape(find)).code).toBe(':yore/invalid-query')
  })

  test('inputs by kind', () => {
    const kinds = parseQuery('[:find ?x :in $ $s % p _ ?x [?y ...] [?a _] [[?b]]]').inputs.map(
      (i) => (i.kind === 'binding' ? i.binding.kind : i.kind),
    )
    expect(kinds).toEqual([
      'source',
      'source',
      'rules',
      'pattern',
      'scalar',
      'scalar',
      'collection',
      'tuple',
      'relation',
    ])
  })

  test('list, map, text, vectors and lists, JS data: one query', () => {
    const text =
      '[:find ?n (count ?e) :keys n c :with ?a :in $ ?a :where [?e :p/age ?a] (not [?e :p/x 1]) [?e :p/name ?n]]'
    const forms: unknown[] = [
      text,
      readEdn(text),
      readEdn(
        '{:find [?n (count ?e)] :keys [n c] :with [?a] :in [$ ?a] :where [[?e :p/age ?a] (not [?e :p/x 1]) [?e :p/name ?n]]}',
      ),
      readEdn(
        '[:where (?e :p/age ?a) [not (?e :p/x 1)] [?e :p/name ?n] :in $ ?a :with ?a :keys n c :find ?n [count ?e]]',
      ),
      {
        find: ['?n', ['count', '?e']],
        keys: ['n', 'c'],
        with: ['?a'],
        in: ['$', '?a'],
        where: [
          ['?e', ':p/age', '?a'],
          ['not', ['?e', ':p/x', 1]],
          ['?e', ':p/name', '?n'],
        ],
      },
    ]
    const plain = (q: Query): string =>
      JSON.stringify(q, (key, value: unknown) =>
        key === 'form' || key === 'loose' ? undefined : value,
      )
    const [first, ...others] = forms.map((form) => plain(parseQuery(form)))
    for (const other of others) expect(other).toBe(first)
  })
})

describe('rules', () => {
  test('by name, with required parameters first', () => {
    const rules = parseRules('[[(r [?a] ?b) [?a :x ?b]] [(r ?c ?d) [?d :x ?c]] [[s ?a] (r ?a 1)]]')
    expect([...rules.keys()]).toEqual(['r', 's'])
    expect(rules.get('r')?.map((x) => [x.parameters.length, x.required])).toEqual([
      [2, 1],
      [2, 0],
    ])
  })

  test('as JS data', () => {
    const rules = parseRules([
      [
        ['r', ['?a'], '?b'],
        ['?a', ':x', '?b'],
      ],
    ])
    expect(rules.get('r')?.[0]?.required).toBe(1)
  })

  test.each([
    '5',
    '[5]',
    '[[5]]',
    '[[(r ?x)]]',
    '[[r [?x :a 1]]]',
    '[(r ?x) [?x :a 1]]',
    '[[(r ?a [?b]) [?a :x ?b]]]',
    '[[(r ?a ?a) [?a :x]]]',
    '[[(r ?x) [?x :a]] [(r ?x ?y) [?x :a ?y]]]',
  ])('%s are none', (form) => {
    expect(failureOf(() => parseRules(form)).code).toMatch(/^:yore\/invalid/)
  })
})
