/** Fulltext search: what the original finds for some two hundred searches, with scores; views; hostile searches. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NaiveIndex } from '../../../../../test/oracle/naive-index.ts'
import { YoreError } from '../../base/errors.ts'
import { presentView } from '../../indexes/fact-index.ts'
import type { View } from '../../indexes/fact-index.ts'
import { never } from '../../indexes/facts/fact.ts'
import type { Fact } from '../../indexes/facts/fact.ts'
import type { Db } from '../../db/db.ts'
import type { Attribute } from '../../db/schema.ts'
import { fulltextSearch } from './search.ts'

const attribute = (fulltext: boolean): Attribute => ({ id: 72, fulltext }) as unknown as Attribute
const dbOf = (facts: readonly Fact[], view: View = presentView): Db =>
  ({
    facts: new NaiveIndex(facts, () => ({ avet: false, vaet: false, column: 'value' })),
    view,
  }) as unknown as Db
const fact = (e: number, v: string, t = 1001, end = never): Fact => ({ e, a: 72, v, t, end })

const texts: Readonly<Record<number, string>> = {
  1: 'apple',
  2: 'apple pear',
  3: 'apple pear plum fig',
  4: 'pear plum',
  5: 'the quick brown fox and the lazy dog',
  6: 'quick lazy',
  7: 'abcdefghij',
  8: 'apple apple apple cherry',
  9: 'cherry pear apple',
  10: 'zebra:crossing x.y',
  11: 'ABCD abce',
  12: 'foo-bar baz',
}
const facts = Object.entries(texts).map(([e, v]) => fact(Number(e), v))
const db = dbOf(facts)

function found(search: string, on: Db = db): string {
  try {
    return fulltextSearch(on, attribute(true), search)
      .map(({ e, score }) => `${e}:${Number(Number(score).toFixed(4))}`)
      .join(' ')
  } catch (error) {
    if (error instanceof YoreError) return 'error'
    throw error
  }
}

// Each row: the search, then entity:score of all that the original finds (four digits).
test.each([
  ['abcdefWXYZ~', '7:1'],
  ['abcdeVWXYZ~', ''],
  ['abcdefghXX~0.9', ''],
  ['abcd~0.8', '11:1'],
  ['abcd~1', 'error'],
  ['abcd~2', 'error'],
  ['abcd~0', '11:1'],
  ['abcf~', '11:1'],
  ['acbd~', ''],
  ['abdc~0.6', ''],
  ['apple~^2 pear', '1:0.4958 2:1 3:0.8 4:0.1901 8:0.4294 9:0.8'],
  ['apple pear', '1:0.3592 2:1 3:0.8 4:0.2755 8:0.3111 9:0.8'],
  ['apple pear plum', '1:0.1582 2:0.4405 3:1 4:0.6355 8:0.137 9:0.3524'],
  ['apple^2 pear', '1:0.4958 2:1 3:0.8 4:0.1901 8:0.4294 9:0.8'],
  ['apple AND pear', '2:1 3:0.8 9:0.8'],
  ['+apple pear', '1:0.3592 2:1 3:0.8 8:0.3111 9:0.8'],
  ['(apple pear) plum', '1:0.1187 2:0.3303 3:1 4:0.7713 8:0.1028 9:0.2643'],
  ['apple OR (pear AND plum)', '1:0.2373 2:0.1483 3:1 4:0.4767 8:0.2055 9:0.1187'],
  ['"apple pear"', '2:1 3:0.8'],
  ['"apple pear"~1', '2:1 3:0.8'],
  ['"pear apple"~2', '2:0.7217 3:0.5774 9:1'],
  ['"pear apple"~1', '9:1'],
  ['"brown dog"~10', '5:1'],
  ['"quick dog"~3', ''],
  ['"quick dog"~4', ''],
  ['"quick dog"~5', '5:1'],
  ['"quick dog"~6', '5:1'],
  ['fox AND NOT pear', '5:1'],
  ['app* pear', '1:0.1563 2:1 3:0.8625 4:0.3437 8:0.1563 9:0.8625'],
  ['a?ple pear', '1:0.1563 2:1 3:0.8625 4:0.3437 8:0.1563 9:0.8625'],
  ['[apple TO apple] pear', '1:0.1563 2:1 3:0.8625 4:0.3437 8:0.1563 9:0.8625'],
  ['[apple TO b}', 'error'],
  ['{apple TO pear]', 'error'],
  ['[* TO b]', '1:1 2:1 3:1 7:1 8:1 9:1 11:1'],
  ['[a TO *]', ''],
  ['["apple" TO "b"]', '1:1 2:1 3:1 8:1 9:1'],
  ['[apple b]', '1:1 2:1 3:1 8:1 9:1'],
  ['[APPLE TO FIG]', '1:1 2:1 3:1 5:1 8:1 9:1 12:1'],
  ['{apple TO *}', ''],
  ['[pear TO apple]', ''],
  ['*:*', '1:1 2:1 3:1 4:1 5:1 6:1 7:1 8:1 9:1 10:1 11:1 12:1'],
  ['*:* -apple', '4:1 5:1 6:1 7:1 10:1 11:1 12:1'],
  ['apple:pear', ''],
  ['text:apple', ''],
  ['d/text:apple', ''],
  ['v:apple', '1:1 2:0.625 3:0.5 8:0.866 9:0.5'],
  ['apple\\ pear', '1:0.3592 2:1 3:0.8 4:0.2755 8:0.3111 9:0.8'],
  ['appl\\e', '1:1 2:0.625 3:0.5 8:0.866 9:0.5'],
  ['zebra\\:crossing', '10:1'],
  ['zebra:crossing', ''],
  ['"zebra:crossing"', '10:1'],
  ['x.y', '10:1'],
  ['X.Y', '10:1'],
  ['foo-bar', '12:1'],
  ['+foo-quux', '12:1'],
  ['foo\\-bar', '12:1'],
  ['foo -bar', ''],
  ['foo - bar', ''],
  ['- bar', ''],
  ['+ bar', '12:1'],
  ['a + b', ''],
  ['foo +', 'error'],
  ['foo -', 'error'],
  ['!bar foo', ''],
  ['! bar foo', ''],
  ['NOT NOT foo', 'error'],
  ['+-foo', 'error'],
  ['foo AND AND bar', 'error'],
  ['foo OR', 'error'],
  ['OR foo', 'error'],
  ['AND', 'error'],
  ['OR', 'error'],
  ['NOT', 'error'],
  ['foo AND OR bar', 'error'],
  ['and', ''],
  ['foo and bar', '12:1'],
  ['()', 'error'],
  ['(foo', 'error'],
  ['foo)', 'error'],
  ['((foo))', '12:1'],
  ['(foo)^2', '12:1'],
  ['foo^', 'error'],
  ['foo^x', 'error'],
  ['foo^-1', 'error'],
  ['foo^2.5', '12:1'],
  ['foo^2^3', 'error'],
  ['"foo bar"^2', '12:1'],
  ['foo~^2', '5:0.2917 12:1'],
  ['foo^2~', '5:0.2917 12:1'],
  ['foo~2^2', 'error'],
  ['"foo"~x', '12:1'],
  ['foo*bar*', ''],
  ['foo**', '12:1'],
  ['foo*?', ''],
  ['?oo', 'error'],
  ['*', 'error'],
  ['**', 'error'],
  ['foo?', ''],
  ['fo\\*', ''],
  ['"foo*"', '12:1'],
  ['foo/bar', '12:1'],
  ['/foo/', '12:1'],
  ['foo"bar"baz', '12:1'],
  ['foo:', 'error'],
  ['foo::bar', 'error'],
  [':foo', 'error'],
  ['foo&&bar', '12:1'],
  ['foo && bar', '12:1'],
  ['foo&bar', '12:1'],
  ['foo||bar', '12:1'],
  ['foo | bar', '12:1'],
  ['&& foo', 'error'],
  ['foo ||', 'error'],
  ['\\', 'error'],
  ['foo\\', 'error'],
  ['"foo\\"bar"', '12:1'],
  ['[foo TO bar', 'error'],
  ['[foo TO]', 'error'],
  ['{}', 'error'],
  ['[]', 'error'],
  ['^', 'error'],
  ['~', 'error'],
  ['~2', 'error'],
  ['foo ~2', 'error'],
  ['foo ^2', '12:1'],
  ['the', ''],
  ['the AND apple', '1:1 2:0.625 3:0.5 8:0.866 9:0.5'],
  ['+the', ''],
  ['+the +apple', '1:1 2:0.625 3:0.5 8:0.866 9:0.5'],
  ['-the apple', '1:1 2:0.625 3:0.5 8:0.866 9:0.5'],
  ['"the"', ''],
  ['"the quick"', '5:0.7 6:1'],
  ['"quick the fox"', '5:1'],
  ['"quick ? fox"', ''],
  ['"and the lazy"', '5:0.7 6:1'],
  ['"fox lazy"', ''],
  ['"fox lazy"~1', ''],
  ['"fox lazy"~2', '5:1'],
  ['"fox the the lazy"', '5:1'],
  ['app*^2 cherry', '1:0.2063 2:0.2063 3:0.2063 8:1 9:1'],
  ['apple apple', '1:1 2:0.625 3:0.5 8:0.866 9:0.5'],
  ['apple apple pear', '1:0.6611 2:1 3:0.8 4:0.1267 8:0.5725 9:0.8'],
  ['cherry^0 apple', '1:0.5774 2:0.3608 3:0.2887 8:1 9:0.5774'],
  ['+cherry^0', ''],
  ['f*', '3:1 5:1 12:1'],
  ['APPLE', '1:1 2:0.625 3:0.5 8:0.866 9:0.5'],
  ['Apple', '1:1 2:0.625 3:0.5 8:0.866 9:0.5'],
  ['tO', ''],
  ['[a TO b] TO', '1:1 2:1 3:1 7:1 8:1 9:1 11:1'],
  ['TO', ''],
  ['apple\u3000pear', '1:0.3592 2:1 3:0.8 4:0.2755 8:0.3111 9:0.8'],
  ['apple\u00a0pear', '1:0.3592 2:1 3:0.8 4:0.2755 8:0.3111 9:0.8'],
  ['apple\npear', '1:0.3592 2:1 3:0.8 4:0.2755 8:0.3111 9:0.8'],
  ['apple\tpear', '1:0.3592 2:1 3:0.8 4:0.2755 8:0.3111 9:0.8'],
  ['apple,pear', '1:0.3592 2:1 3:0.8 4:0.2755 8:0.3111 9:0.8'],
  ['apple.', '1:1 2:0.625 3:0.5 8:0.866 9:0.5'],
  ['apple;pear', '1:0.3592 2:1 3:0.8 4:0.2755 8:0.3111 9:0.8'],
  ["'apple'", '1:1 2:0.625 3:0.5 8:0.866 9:0.5'],
  ['<apple>', '1:1 2:0.625 3:0.5 8:0.866 9:0.5'],
  ['apple=pear', '1:0.3592 2:1 3:0.8 4:0.2755 8:0.3111 9:0.8'],
  ['@apple', '1:1 2:0.625 3:0.5 8:0.866 9:0.5'],
  ['$apple', '1:1 2:0.625 3:0.5 8:0.866 9:0.5'],
  ['#apple', '1:1 2:0.625 3:0.5 8:0.866 9:0.5'],
  ['%apple', '1:1 2:0.625 3:0.5 8:0.866 9:0.5'],
  ['apple{', 'error'],
  ['apple}', 'error'],
  ['apple]', 'error'],
  ['日本', ''],
  ['-apple pear', '4:1'],
  ['-apple -pear', ''],
  ['NOT apple', ''],
  ['(-apple) pear', '2:1 3:0.8 4:1 9:0.8'],
  ['(-apple)', ''],
  ['+(-apple) +pear', ''],
  ['apple NOT (pear OR plum)', '1:1 8:0.866'],
  ['-(apple pear) cherry quick', '5:0.7 6:1'],
  ['pear -"apple pear"', '4:1 9:0.8'],
  ['fig~0.3', '3:1 5:0.0833 12:0.0476'],
  ['f~', ''],
  ['fi~', ''],
  ['pea~0.4', '2:1 3:0.8 4:1 9:0.8'],
  ['pea~0.5', '2:1 3:0.8 4:1 9:0.8'],
  ['pea~0.6', '2:1 3:0.8 4:1 9:0.8'],
  ['pea~0.7', ''],
  ['pea~0.8', ''],
  ['*:apple', ''],
  ['app*le', '1:1 2:1 3:1 8:1 9:1'],
  ['a*e pear', '1:0.1563 2:1 3:0.8625 4:0.3437 8:0.1563 9:0.8625 11:0.1563'],
])('%j finds %s', (search, wanted) => {
  expect(found(search)).toBe(wanted)
})

test('an error says what is wrong and where', () => {
  const error = (() => {
    try {
      fulltextSearch(db, attribute(true), 'foo AND')
    } catch (e) {
      return e as YoreError
    }
    throw new Error('no error')
  })()
  expect(error.code).toBe(':yore/invalid-argument')
  expect(error.message).toContain("it ends too early (at 7 of 'foo AND')")
  expect(error.data).toEqual({ search: 'foo AND', at: 7 })
})

test('an attribute without fulltext has no rows, but its searches are checked', () => {
  expect(fulltextSearch(db, attribute(false), 'apple')).toEqual([])
  expect(() => fulltextSearch(db, attribute(false), '(')).toThrow(YoreError)
})

describe('views', () => {
  // "alpha beta" is true, then not, then again; "gamma" comes between
  const history = [
    fact(1, 'alpha beta', 1001, 1003),
    fact(1, 'gamma', 1003, 1005),
    fact(1, 'alpha beta', 1005),
    fact(2, 'alpha', 1001, 1007),
    fact(3, 'beta beta', 1001),
  ]
  const rows = (search: string, view: Partial<View>): string =>
    fulltextSearch(dbOf(history, { ...presentView, ...view }), attribute(true), search)
      .map(({ e, v, t }) => `${e} ${v} ${t}`)
      .join(', ')

  test('the present', () => {
    expect(rows('alpha', {})).toBe('1 alpha beta 1005')
    expect(rows('gamma', {})).toBe('')
    expect(rows('alpha OR beta', {})).toBe('1 alpha beta 1005, 3 beta beta 1001')
  })
  test('as of', () => {
    expect(rows('alpha', { asOf: 1001 })).toBe('1 alpha beta 1001, 2 alpha 1001')
    expect(rows('alpha', { asOf: 1004 })).toBe('2 alpha 1001')
    expect(rows('gamma', { asOf: 1004 })).toBe('1 gamma 1003')
    expect(rows('alpha', { asOf: 1000 })).toBe('')
  })
  test('since', () => {
    expect(rows('alpha OR beta', { since: 1001 })).toBe('1 alpha beta 1005')
  })
  test('history has the retractions too', () => {
    expect(rows('alpha', { history: true })).toBe(
      '1 alpha beta 1005, 1 alpha beta 1003, 1 alpha beta 1001, 2 alpha 1007, 2 alpha 1001',
    )
  })
  test('filters', () => {
    expect(rows('alpha OR beta', { keep: (d) => d.e !== 1 })).toBe('3 beta beta 1001')
    // without the retraction it is still true
    expect(rows('alpha', { keep: (d) => d.t !== 1007 })).toBe('1 alpha beta 1005, 2 alpha 1001')
  })
})

test('every value is found by each of its words, whatever they are', () => {
  const words = fc.string({ unit: fc.constantFrom('q', 'z', 'x', '7'), minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(
      fc.array(fc.array(words, { maxLength: 6 }), { minLength: 1, maxLength: 6 }),
      words,
      (docs, word) => {
        const on = dbOf(docs.map((d, i) => fact(i + 1, d.join(' '))).filter((f) => f.v !== ''))
        const wanted = docs.flatMap((d, i) => (d.includes(word) ? [i + 1] : []))
        const es = (search: string): number[] =>
          [...new Set(fulltextSearch(on, attribute(true), search).map((r) => r.e))].sort(
            (a, b) => a - b,
          )
        expect(es(word)).toEqual(wanted)
        expect(es(`+${word}`)).toEqual(wanted)
        expect(es(`[${word} TO ${word}]`)).toEqual(wanted)
        const starting = docs.flatMap((d, i) => (d.some((x) => x.startsWith(word)) ? [i + 1] : []))
        expect(es(`${word}*`)).toEqual(starting)
        expect(es(`*:* -${word}`)).toEqual(
          docs.flatMap((d, i) => (d.length > 0 && !d.includes(word) ? [i + 1] : [])),
        )
      },
    ),
    { numRuns: 300 },
  )
})

test('any search is answered or refused', () => {
  const hostile = fc.oneof(
    fc.string({
      unit: fc.constantFrom(...Array.from('ap le*?~"()[]{}+-!&|^:\\0.AND OR TO')),
      maxLength: 30,
    }),
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc
      .array(
        fc.constantFrom(
          'apple',
          'AND',
          'OR',
          'NOT',
          '(',
          ')',
          '"',
          'pe*',
          'x~',
          '^2',
          '[a TO b]',
          '-',
          '+',
        ),
        { maxLength: 12 },
      )
      .map((xs) => xs.join(' ')),
  )
  fc.assert(
    fc.property(hostile, (search) => {
      for (const { score } of search === '' ? [] : tolerant(search)) {
        expect(Number(score)).toBeGreaterThan(0)
        expect(Number(score)).toBeLessThanOrEqual(1)
      }
    }),
    { numRuns: 5000 },
  )
})

function tolerant(search: string): readonly { score: unknown }[] {
  try {
    return fulltextSearch(db, attribute(true), search)
  } catch (error) {
    if (error instanceof YoreError) return []
    throw error
  }
}

test.each([
  ['parentheses', '('.repeat(5000)],
  ['closed parentheses', `${'('.repeat(3000)}a${')'.repeat(3000)}`],
  ['words', 'a1 '.repeat(3000)],
  ['prefixes', 'a* '.repeat(3000)],
  ['fuzzy words', 'abcd~ '.repeat(1600)],
  ['length', 'a'.repeat(20_000)],
  ['signs', '+'.repeat(9000)],
  ['quotes', '"'.repeat(9001)],
])('too many %s are refused', (_what, search) => {
  expect(found(search)).toBe('error')
})

test('wildcards do not go back and forth for ever', () => {
  const on = dbOf([fact(1, 'a'.repeat(250))])
  expect(found(`${'a*'.repeat(100)}b`, on)).toBe('')
  expect(found(`${'a*'.repeat(100)}`, on)).toBe('1:1')
})
