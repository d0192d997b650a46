/** Texts that are refused: with which words, and where they say it is; and texts made to do harm. */

import { describe, expect, test } from 'vitest'
import { YoreError } from '../../base/errors.ts'
import type { Value } from '../values.ts'
import { printEdn } from './print.ts'
import { readAllEdn, readEdn } from './read.ts'

function failure(text: string): YoreError {
  try {
    readEdn(text)
  } catch (e) {
    if (e instanceof YoreError) return e
    throw e
  }
  throw new Error(`no error for ${text.slice(0, 100)}`)
}

// text, line, column, words of the message
const table: [string, number, number, RegExp][] = [
  ['', 1, 1, /no form/],
  [' ; x', 1, 5, /no form/],
  ['#_a', 1, 4, /no form/],
  ['1 2', 1, 3, /one form only/],
  ['[]\n ; x\n []', 3, 2, /one form only/],
  [']', 1, 1, /'\]' closes nothing/],
  ['[1 2', 1, 5, /ends within the vector that begins at line 1, column 1/],
  ['[\n {:a\n  (b', 3, 5, /ends within the list that begins at line 3, column 3/],
  [
    '(]',
    1,
    2,
    /'\]' where '\)' or a form is expected, in the list that begins at line 1, column 1/,
  ],
  ['[#_]', 1, 4, /'\]' where a form is expected, in the discarded form \(#_\)/],
  ['[#foo]', 1, 6, /in the tagged form/],
  ['[^:a]', 1, 5, /in the form with metadata/],
  ['#_', 1, 3, /ends within the discarded form/],
  ['#foo', 1, 5, /ends within the tagged form/],
  ['#', 1, 2, /ends within a form/],
  ['\\', 1, 2, /ends within a character/],
  ['"abc', 1, 5, /ends within the string that begins at line 1, column 1/],
  ['"abc\\', 1, 6, /ends within the string/],
  ['"\\u12', 1, 6, /ends within the string/],
  ['\r\n\r"abc\n', 4, 1, /ends within the string that begins at line 3, column 1/],
  ['"\\q"', 1, 2, /'\\q' is no escape/],
  ['"\\400"', 1, 2, /octal/],
  ['"\\8"', 1, 2, /octal/],
  ['"\\78"', 1, 2, /octal/],
  ['"a\\u12"', 1, 3, /four hexadecimal digits/],
  ['"\\u00zz"', 1, 2, /four hexadecimal digits/],
  ['\\newlin', 1, 1, /'\\newlin' is no character/],
  ['\\o400', 1, 1, /octal/],
  ['\\u12', 1, 1, /no character/],
  ['\\a@', 1, 1, /no character/],
  ['\\😀', 1, 1, /no character/],
  ['@a', 1, 1, /'@' means nothing/],
  ['[a a@b]', 1, 5, /'@' means nothing/],
  ['`a', 1, 1, /'`' means nothing/],
  ['~a', 1, 1, /'~' means nothing/],
  ['#"x"', 1, 1, /'#"' means nothing/],
  ["#'a", 1, 1, /'#'' means nothing/],
  ['#(a)', 1, 1, /'#\(' means nothing/],
  ['#<a>', 1, 1, /'#<' means nothing/],
  ['#!a', 1, 1, /'#!' means nothing/],
  ['# a', 1, 1, /'# ' means nothing/],
  ['#1', 1, 1, /'#1' means nothing/],
  ['#a/ 1', 1, 1, /tag must be a symbol/],
  ['##Foo', 1, 1, /'Inf', '-Inf' and 'NaN'/],
  [':', 1, 1, /':' is no valid keyword/],
  ['::a', 1, 1, /'::a' is no valid keyword/],
  [':a:', 1, 1, /no valid keyword/],
  [':a/', 1, 1, /no valid keyword/],
  [':a/1', 1, 1, /no valid keyword/],
  [':/a', 1, 1, /no valid keyword/],
  ['a:', 1, 1, /no valid symbol/],
  ['a::b', 1, 1, /no valid symbol/],
  ['a:/b', 1, 1, /no valid symbol/],
  ['/a', 1, 1, /no valid symbol/],
  ['//', 1, 1, /no valid symbol/],
  ['nil:', 1, 1, /no valid symbol/],
  ['true/', 1, 1, /no valid symbol/],
  ['09', 1, 1, /'09'.*octal/],
  ['0x', 1, 1, /no number/],
  ['0xg', 1, 1, /no number/],
  ['1a', 1, 1, /no number/],
  ["1'2", 1, 1, /no number/],
  ['1@2', 1, 1, /no number/],
  ['-1a', 1, 1, /no number/],
  ['1.5N', 1, 1, /no number/],
  ['1..2', 1, 1, /no number/],
  ['1e', 1, 1, /no number/],
  ['1r1', 1, 1, /radix/],
  ['37r1', 1, 1, /radix/],
  ['2r12', 1, 1, /no digit of radix 2/],
  ['1/2', 1, 1, /no ratios/],
  ['1/0', 1, 1, /zero/],
  ['1e100001M', 1, 1, /exponent/],
  ['{:a}', 1, 4, /map at line 1, column 1 has a key without a value/],
  ['{:a 1 :b #_2}', 1, 13, /key without a value/],
  ['[{:a 1 :a 2}]', 1, 2, /key stands twice/],
  ['{1 a 1N b}', 1, 1, /key stands twice/],
  ['{[1] a (1) b}', 1, 1, /key stands twice/],
  ['#:a{:x 1 :a/x 2}', 1, 1, /key stands twice/],
  ['#{1 1N}', 1, 1, /value stands twice/],
  ['#{[1 {2 3}] (1 {2 3})}', 1, 1, /value stands twice/],
  ['#{0.0 -0.0}', 1, 1, /value stands twice/],
  ['#{##NaN ##NaN}', 1, 1, /value stands twice/],
  ['#::{:a 1}', 1, 1, /must be followed by a namespace/],
  ['#: a{:x 1}', 1, 1, /must be followed by a namespace/],
  ['#:a/b{:x 1}', 1, 1, /must be followed by a namespace/],
  ['#:0a{}', 1, 1, /must be followed by a namespace/],
  ['#:#a{}', 1, 1, /must be followed by a namespace/],
  ['#:a', 1, 4, /ends within the namespaced map/],
  ['#:a [1]', 1, 5, /a map must follow '#:a'/],
  ['^:a 1', 1, 1, /metadata can stand only before/],
  ['^[a] b', 1, 1, /metadata must be/],
  ['^:a', 1, 4, /ends within the form with metadata/],
  ['#inst 5', 1, 1, /#inst must be followed by a string/],
  ['#inst "x"', 1, 1, /an instant is written like/],
  ['#inst "2014-02-29"', 1, 1, /day of an instant is 1 to 28, not 29/],
  ['#uuid "1-1-1-1-1"', 1, 1, /#uuid must be/],
  ['#uuid 1', 1, 1, /#uuid must be/],
  ['#bytes "0"', 1, 1, /#bytes must be/],
  ['#bytes "0g"', 1, 1, /#bytes must be/],
  ['#uri 1', 1, 1, /#uri must be/],
  ['#float "1"', 1, 1, /#float must be/],
]

describe('errors', () => {
  test.each(table)('%j at %i:%i', (text, line, column, words) => {
    const e = failure(text)
    expect(e.code).toBe(':yore/invalid-edn')
    expect(e.message).toMatch(words)
    expect([e.data['line'], e.data['column']]).toEqual([line, column])
    expect(e.message).toContain(`(line ${line}, column ${column})`)
  })
  test('what is open is data, too', () => {
    expect(failure('\n [(').data).toMatchObject({ opened: { line: 2, column: 3 } })
  })
  test('no text at all', () => {
    for (const x of [undefined, null, 5, {}]) {
      expect(() => readEdn(x as unknown as string)).toThrow(':yore/invalid-edn')
    }
  })
})

const sample = `#:a{:x [1 -2.5 "s\\n\\u00e9\\101" \\newline \\u0041] ; c
  y (nil true #inst "2014-01-02T03:04:05.678-01:00" #uuid "f81d4fae-7dec-11d0-a765-00a0c91e6bf6")
  :z #{#_ #_ 1 2 ##Inf 0x1F 2r1 1.5M 3N} ^{:m 1} v #my/tag ^:k [#float 1.5 #bytes "00ff"]}`

const depth = 100_000
const many = 1_000_000

describe('hostile texts', () => {
  test('cut off anywhere, a text is refused as unfinished or reads as something smaller', () => {
    for (let i = 0; i < sample.length; i++) {
      const e = failure(sample.slice(0, i))
      expect(e.code).toBe(':yore/invalid-edn')
    }
    expect(printEdn(readEdn(sample))).toContain(':a/x')
  })
  test('any one character changed gives values or a YoreError', () => {
    for (const c of [
      '"',
      '\\',
      '#',
      '(',
      ']',
      '}',
      '^',
      ' ',
      ':',
      '/',
      '\u0000',
      '\ud800',
      '9',
      ';',
    ]) {
      for (let i = 0; i < sample.length; i++) {
        const text = sample.slice(0, i) + c + sample.slice(i + 1)
        let values: Value[] | null = null
        try {
          values = readAllEdn(text)
        } catch (e) {
          if (!(e instanceof YoreError)) throw e
        }
        if (values !== null)
          expect(printEdn(readAllEdn(values.map(printEdn).join(' ')))).toBe(printEdn(values))
      }
    }
  })
  test.each([
    '[',
    '(',
    '{',
    '{1 ',
    '#{',
    '#_',
    '#a ',
    '^:a ',
    '^',
    '#:a{:x ',
    '[#_ ',
    '^{',
    '{[',
    '\\',
  ])('endless %j', (opener) => {
    for (const n of [600, depth]) {
      const e = failure(opener.repeat(n))
      expect(e.code).toBe(':yore/invalid-edn')
    }
  })
  test('depth is no limit of the engine', () => {
    const text = '['.repeat(depth) + ']'.repeat(depth)
    const value = readEdn(text, { depthMax: depth })
    expect(printEdn(value)).toBe(text)
  })
  test('sets in sets have a limit of their own', () => {
    const nest = (n: number): string => '#{'.repeat(n) + '}'.repeat(n)
    expect(printEdn(readEdn(nest(30)))).toBe(nest(30))
    expect(failure(nest(40)).message).toMatch(/nested deeper than 32/)
    expect(failure('{{'.repeat(40)).message).toMatch(/nested deeper than 32/)
    const values = `${'{1 '.repeat(100)}2${'}'.repeat(100)}`
    expect(printEdn(readEdn(values))).toBe(values)
  })
  test('huge tokens', () => {
    expect((readEdn(`"${'x'.repeat(many)}"`) as string).length).toBe(many)
    expect(printEdn(readEdn(`:${'x'.repeat(many)}`)).length).toBe(many + 1)
    expect(printEdn(readEdn('a/'.repeat(many / 2) + 'b')).length).toBe(many + 1)
    expect(failure('a/'.repeat(many / 2)).message.length).toBeLessThan(300)
    expect(failure('9'.repeat(many)).message).toMatch(/100000 digits/)
    expect(failure(`0x${'f'.repeat(many)}`).message).toMatch(/100000 digits/)
    expect(failure(`1.${'9'.repeat(many)}`).message).toMatch(/100000 digits/)
    expect(failure(`\\${'x'.repeat(many)}`).message.length).toBeLessThan(300)
    expect(failure(`#inst "${'2'.repeat(many)}"`).message.length).toBeLessThan(300)
    expect(failure(`#bytes "${'0'.repeat(many)}x"`).message).toMatch(/#bytes/)
    expect(failure(`36r${'z'.repeat(90_000)}_`).message).toMatch(/no number/)
    expect(typeof readEdn(`36r${'z'.repeat(50_000)}`)).toBe('bigint')
    expect((readEdn(`"${'\\n'.repeat(many)}"`) as string).length).toBe(many)
  })
  test('many small things', () => {
    expect(readAllEdn('"" '.repeat(many)).length).toBe(many)
    expect(readAllEdn('"\\n" "" '.repeat(many / 10)).length).toBe(many / 5)
    expect(readAllEdn('#_a '.repeat(many / 10)).length).toBe(0)
    expect(readAllEdn(';\n'.repeat(many)).length).toBe(0)
    expect((readEdn(`[${'1 '.repeat(many)}]`) as Value[]).length).toBe(many)
  })
  test('names of prototypes are names like others', () => {
    const text =
      '{:__proto__ 1, "__proto__" 2, :constructor 3, toString 4, __proto__ 5, hasOwnProperty 6}'
    expect(printEdn(readEdn(text))).toBe(text)
    expect(({} as Record<string, unknown>)['1']).toBeUndefined()
    expect(printEdn(readEdn('#__proto__ 1'.replace('__proto__', 'constructor')))).toBe(
      '#constructor 1',
    )
    expect(failure('\\constructor').message).toMatch(/no character/)
    expect(failure('"\\constructor"').message).toMatch(/no escape/)
  })
})
