/** What texts mean and which ones are refused, as Clojure 1.11's edn reader answered for each of them unless noted otherwise. */

import { describe, expect, test } from 'vitest'
import { BigDecimal } from '../big-decimal.ts'
import { equalValues, ValueMap, ValueSet } from '../equal.ts'
import {
  Char,
  Double,
  Float,
  Instant,
  keyword,
  List,
  list,
  symbol,
  Tagged,
  Uri,
  Uuid,
} from '../values.ts'
import type { Sym, Value } from '../values.ts'
import { printEdn } from './print.ts'
import { readAllEdn, readEdn } from './read.ts'

const k = keyword
const s = symbol
const map = (...xs: Value[]): ValueMap => {
  const out = new ValueMap()
  for (let i = 0; i < xs.length; i += 2) out.set(xs[i] as Value, xs[i + 1] as Value)
  return out
}

const forms: [string, Value][] = [
  ['nil', null],
  ['true', true],
  ['false', false],
  // whole numbers
  ['0', 0],
  ['-0', 0],
  ['+0', 0],
  ['00', 0],
  ['42', 42],
  ['+1', 1],
  ['-17', -17],
  ['999999999999999', 999999999999999],
  ['9007199254740991', 9007199254740991],
  ['-9007199254740991', -9007199254740991],
  ['9007199254740992', 9007199254740992n],
  ['9007199254740993', 9007199254740993n],
  ['9223372036854775807', 9223372036854775807n],
  ['-9223372036854775808', -9223372036854775808n],
  ['9223372036854775808', 9223372036854775808n],
  ['123456789012345678901234567890', 123456789012345678901234567890n],
  ['0N', 0n],
  ['42N', 42n],
  ['-42N', -42n],
  ['0x10', 16],
  ['0XfFN', 255n],
  ['-0x10', -16],
  ['017', 15],
  ['007', 7],
  ['2r101', 5],
  ['-2R101', -5],
  ['36rZz', 1295],
  ['36rzzzzzzzzzzzzz', BigInt(36) ** 13n - 1n],
  ['36r1N', 59], // N is a digit there
  ['4/2', 2],
  ['-0/5', 0],
  // doubles
  ['3.0', new Double(3)],
  ['1.', new Double(1)],
  ['-0.0', new Double(-0)],
  ['1e3', new Double(1000)],
  ['1E-3', 0.001],
  ['+1.5e+2', new Double(150)],
  ['3.14', 3.14],
  ['09.5', 9.5],
  ['1e999', Infinity],
  ['1e-400', new Double(0)],
  ['##Inf', Infinity],
  ['##-Inf', -Infinity],
  ['## Inf', Infinity],
  // decimals
  ['1M', BigDecimal.of(1)],
  ['1.50M', new BigDecimal(150n, 2)],
  ['-1.5e3M', new BigDecimal(-15n, -2)],
  // strings and characters
  ['""', ''],
  ['"a b;c#{"', 'a b;c#{'],
  ['"\\t\\r\\n\\\\\\"\\b\\f"', '\t\r\n\\"\b\f'],
  ['"a\nb"', 'a\nb'],
  ['"\\u00e9\\uD83D\\uDE00 \\uD800"', 'é😀 \ud800'],
  ['"\\0\\7 \\101\\377"', '\0\x07 A\xff'],
  ['"\\1012"', 'A2'],
  ['\\a', new Char('a')],
  ['\\newline', new Char('\n')],
  ['\\space', new Char(' ')],
  ['\\tab', new Char('\t')],
  ['\\return', new Char('\r')],
  ['\\backspace', new Char('\b')],
  ['\\formfeed', new Char('\f')],
  ['\\u00e9', new Char('é')],
  ['\\o377', new Char('\xff')],
  ['\\u', new Char('u')],
  ['\\o', new Char('o')],
  ['\\\\', new Char('\\')],
  ['\\(', new Char('(')],
  ['\\ ', new Char(' ')],
  ['\\,', new Char(',')],
  ['\\@', new Char('@')],
  ['\\ud800', new Char('\ud800')], // ours: Clojure has no such character
  // keywords and symbols
  [':a', k('a')],
  [':a/b', k('a/b')],
  [':a.b/c.d', k('a.b/c.d')],
  [':nil', k('nil')],
  [':a:b', k('a:b')],
  [':1', k('1')],
  [':1/a', k('1/a')],
  [':/', k('/')],
  [':a#b', k('a#b')],
  [":a'", k("a'")],
  [':!*_?$%&=<>|+-.', k('!*_?$%&=<>|+-.')],
  [':größe/länge', k('größe/länge')],
  ['a', s('a')],
  ['a/b', s('a/b')],
  ['a/b/c', s('a/b/c')],
  ['/', s('/')],
  ['.', s('.')],
  ['...', s('...')],
  ['->', s('->')],
  ['+', s('+')],
  ['-', s('-')],
  ['-a', s('-a')],
  ['.5', s('.5')],
  ['clojure.core//', s('clojure.core//')],
  ["'a", s("'a")],
  ['a#_b', s('a#_b')],
  ['?x', s('?x')],
  ['$', s('$')],
  ['%', s('%')],
  ['nil?', s('nil?')],
  ['trueish', s('trueish')],
  ['\u00a0a', s('\u00a0a')],
  // collections
  ['()', list([])],
  ['[]', []],
  ['(1 [2 (3)])', list<Value>([1, [2, list([3])]])],
  ['{}', map()],
  ['{:a 1, :b {:c [2]}}', map(k('a'), 1, k('b'), map(k('c'), [2]))],
  ['{[1] a nil nil}', map([1], s('a'), null, null)],
  ['#{}', new ValueSet()],
  ['#{1 1.0 :a}', ValueSet.of([1, new Double(1), k('a')])],
  ['[a"b":c\\d(e)1]', [s('a'), 'b', k('c'), new Char('d'), list([s('e')]), 1]],
  // namespaced maps
  ['#:a{:x 1}', map(k('a/x'), 1)],
  ['#:a {x 1 :_/y 2 :b/z 3 "s" 4}', map(s('a/x'), 1, k('y'), 2, k('b/z'), 3, 's', 4)],
  // what is dropped
  ['; hello\n1 ; bye', 1],
  ['; hello\r1', 1],
  [' \t\n\r,\f\u001c\u2028\u30001\u2000', 1],
  ['\ufeff1', 1], // ours: a byte order mark
  ['#_a 1', 1],
  ['1 #_a', 1],
  ['#_ #_ a b c', s('c')],
  ['[1 #_2 #_[3 4] 5 #_6]', [1, 5]],
  ['{:a #_x 1 #_:b}', map(k('a'), 1)],
  ['#_#foo/bar 1 2', 2],
  ['1#_2', 1],
  ['^:k [1]', [1]],
  ['^{:a 1} ^String ^"x" a', s('a')],
  ['#^:k {}', map()],
  ['^:a #_x []', []],
  // tags
  [
    '#uuid "F81D4FAE-7dec-11d0-a765-00a0c91e6bf6"',
    new Uuid('f81d4fae-7dec-11d0-a765-00a0c91e6bf6'),
  ],
  ['#inst "2014"', new Instant(Date.UTC(2014))],
  ['#foo 1', new Tagged(s('foo'), 1)],
  ['#foo.bar/baz[1]', new Tagged(s('foo.bar/baz'), [1])],
  ['#a #b c', new Tagged(s('a'), new Tagged(s('b'), s('c')))],
  ['#a #_ b c', new Tagged(s('a'), s('c'))],
  ['#db/id[:db.part/user -1]', new Tagged(s('db/id'), [k('db.part/user'), -1])],
  ['#bag [1 1]', new Tagged(s('bag'), [1, 1])],
  // ours
  ['#float 1.5', new Float(1.5)],
  ['#float 2', new Float(2)],
  ['#uri "http://a"', new Uri('http://a')],
  ['#bytes "00fF"', Uint8Array.of(0, 255)],
  ['#keyword "a b"', k('a b')],
  ['#symbol "1"', s('1')],
]

describe('forms', () => {
  test.each(forms)('%s', (text, value) => {
    const read = readEdn(text)
    expect(printEdn(read)).toBe(printEdn(value))
    expect(equalValues(read, value)).toBe(true)
    expect(read?.constructor).toBe(value?.constructor)
  })
  test('##NaN', () => {
    expect(readEdn('##NaN')).toBeNaN()
  })
  test('-0 is a long, -0.0 a double with its sign', () => {
    expect(Object.is(readEdn('-0'), 0)).toBe(true)
    expect(Object.is((readEdn('-0.0') as Double).value, -0)).toBe(true)
  })
  test('lists are List, vectors are not', () => {
    expect(readEdn('(1)')).toBeInstanceOf(List)
    expect(readEdn('[1]')).not.toBeInstanceOf(List)
  })
  test('keywords and symbols are interned, and have their parts', () => {
    expect(readEdn(':a/b')).toBe(keyword(':a/b'))
    expect(readEdn('clojure.core//')).toBe(symbol('clojure.core//'))
    const sym = readEdn('a/b/c') as Sym
    expect([sym.ns, sym.name]).toEqual(['a', 'b/c'])
    const core = readEdn('clojure.core//') as Sym
    expect([core.ns, core.name]).toEqual(['clojure.core', '/'])
  })
})

const instants: [string, string | null][] = [
  ['2014', '2014-01-01T00:00:00.000Z'],
  ['2014-08', '2014-08-01T00:00:00.000Z'],
  ['2014-08-19', '2014-08-19T00:00:00.000Z'],
  ['2014-08-19T10', '2014-08-19T10:00:00.000Z'],
  ['2014-08-19T10:11', '2014-08-19T10:11:00.000Z'],
  ['2014-08-19T10:11:12', '2014-08-19T10:11:12.000Z'],
  ['2014-08-19T10:11:12.3', '2014-08-19T10:11:12.300Z'],
  ['2014-08-19T10:11:12.345678912Z', '2014-08-19T10:11:12.345Z'],
  ['2014-08-19T10:11:12.345-00:00', '2014-08-19T10:11:12.345Z'],
  ['2014-08-19T10:11:12.345+02:30', '2014-08-19T07:41:12.345Z'],
  ['2014-08-19T10:11:12.345-02:30', '2014-08-19T12:41:12.345Z'],
  ['2014-01-01T00:00:00+23:59', '2013-12-31T00:01:00.000Z'],
  ['2014Z', '2014-01-01T00:00:00.000Z'],
  ['2014+01:00', '2013-12-31T23:00:00.000Z'],
  ['2016-02-29', '2016-02-29T00:00:00.000Z'],
  ['2000-02-29', '2000-02-29T00:00:00.000Z'],
  ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
  ['0001-01-01', '0001-01-01T00:00:00.000Z'],
  ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ['-000001-01-01', '-000001-01-01T00:00:00.000Z'],
  ['+275760-09-13', '+275760-09-13T00:00:00.000Z'],
  ['+275760-09-14', null],
  ['2014-00-01', null],
  ['2014-13', null],
  ['2014-01-00', null],
  ['2014-04-31', null],
  ['2014-02-29', null],
  ['1900-02-29', null],
  ['2014-01-01T24:00', null],
  ['2014-01-01T00:60', null],
  ['2014-01-01T00:00:60', null],
  ['2016-12-31T23:58:60Z', null],
  ['2014-01-01T00:00:00+24:00', null],
  ['2014-01-01T00:00:00+00:60', null],
  ['2014-01-01t00:00z', null],
  ['2014-1-1', null],
  ['14', null],
  ['', null],
  ['2014-01-01 00:00', null],
  ['2014-01-01T00:00:00.', null],
  ['2014-01-01T00:00:00.000+0100', null],
  ['x2014', null],
  ['2014\n', null],
]

describe('#inst', () => {
  test.each(instants)('%s', (text, iso) => {
    const form = `#inst ${JSON.stringify(text)}`
    if (iso === null) expect(() => readEdn(form)).toThrow(':yore/invalid-edn')
    else expect((readEdn(form) as Instant).ms).toBe(Date.parse(iso))
  })
})

const raiseTypeError = (): never => {
  throw new TypeError('no')
}

describe('options', () => {
  test('tags of the program win, see the value, and do not run in what is discarded', () => {
    const calls: Value[] = []
    const tags = new Map([
      ['my/point', (v: Value) => (calls.push(v), 'point')],
      ['inst', () => 'mine'],
    ])
    const text = '[#my/point [1 2] #inst "x" #_ #my/point 3 #_[#my/point 4]]'
    expect(readEdn(text, { tags })).toEqual(['point', 'mine'])
    expect(calls).toEqual([[1, 2]])
  })
  test('what a tag of the program throws is told with the place, its own YoreError as it is', () => {
    const tags = new Map<string, (v: Value) => Value>([
      ['bad', () => raiseTypeError()],
      ['yore', (v) => readEdn(v as string)],
    ])
    expect(() => readEdn('\n #bad 1', { tags })).toThrow(/reader of #bad failed.*line 2, column 2/)
    expect(() => readEdn('#yore "("', { tags })).toThrow(/ends within the list/)
  })
  test('quote reads as Clojure does', () => {
    expect(printEdn(readEdn("'[a 'b]", { quote: true }))).toBe('(quote [a (quote b)])')
    expect(printEdn(readAllEdn("'[a]"))).toBe("[' [a]]")
  })
  test('readAllEdn', () => {
    expect(readAllEdn(' 1 ;x\n [2] #_3 ')).toEqual([1, [2]])
    expect(readAllEdn('')).toEqual([])
    expect(readAllEdn('#_x ; y')).toEqual([])
  })
  test('depthMax', () => {
    expect(readEdn('[[[]]]', { depthMax: 3 })).toEqual([[[]]])
    expect(() => readEdn('[[[]]]', { depthMax: 2 })).toThrow(/deeper than 2 \(line 1, column 3\)/)
  })
})
