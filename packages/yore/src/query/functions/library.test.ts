/** What of the library differs from Clojure (as the original does), names, errors, and limits. */

import { expect, test } from 'vitest'
import { call, callText } from '../../../../../test/oracle/call-text.ts'
import { YoreError } from '../../base/errors.ts'
import { Double, Opaque, keyword, list } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { functionValue } from './callable.ts'
import { groups, libraryFunction, libraryNames } from './library.ts'

function codeOf(body: () => unknown): string {
  try {
    body()
  } catch (error) {
    return error instanceof YoreError ? error.code : `not a YoreError: ${String(error)}`
  }
  return 'no error'
}

const run = (name: string, ...args: Value[]): Value => {
  const f = libraryFunction(name)
  if (f === null) throw new Error(`no function ${name}`)
  return f.run(args)
}

test('every example of the tables is true', () => {
  const wrong = groups.flatMap(([, rows]) =>
    rows.flatMap(({ example: [text, wanted] }) => {
      const got = callText(text)
      return got === wanted ? [] : [`${text}: ${got}, not ${wanted}`]
    }),
  )
  expect(wrong.join('\n')).toBe('')
})

test('no name stands twice', () => {
  const names = groups.flatMap(([, rows]) => rows.flatMap((r) => [r.name, ...(r.aliases ?? [])]))
  expect(names.length).toBe(new Set(names).size)
  expect(libraryNames().length).toBeGreaterThan(250)
})

// Observed on the original.
test.each([
  ['(/ 7 2)', '3'],
  ['(/ -7 2)', '-3'],
  ['(/ 7.0 2)', '3.5'],
  ['(/ 7M 2)', '3.5M'],
  ['(/ 10.00M 4)', '2.50M'],
  ['(/ 7.5M 2.0)', '3.75'],
  ['(/ -7N 2)', '-3N'],
  ['(< "a" "b")', 'true'],
  ['(< nil 0)', 'true'],
  ['(< [1] {:a 1})', 'true'],
  ['(<= 1.0 1)', 'true'],
  ['(< ##NaN 1)', 'false'],
  ['(> ##NaN 1)', 'false'],
  ['(<= ##NaN ##NaN)', 'true'],
  ['(= ##NaN ##NaN)', 'false'],
  ['(compare ##NaN 1)', '0'],
  ['(compare 1 "a")', '-1'],
  ['(compare :a "a")', '-7'],
  ['(compare "a" :a)', '7'],
  ['(compare :z :a)', '25'],
  ['(compare :a/b :c/d)', '-2'],
  ['(compare [1 2 3] [3])', '-1'],
  ['(compare [1 2] [1 2 3])', '-1'],
  ['(compare {:a 1} #{1})', '-1'],
  ['(compare "abc" "ab")', '1'],
  ['(!= 1 1.0)', 'true'],
  ['(clojure.core/inc 3)', '4'],
  ['(java.lang.Math/abs -3)', '3'],
  ['(clojure.core// 7 2)', '3'],
  ['(:a {:a 4})', '4'],
  ['(:a {:b 4} 5)', '5'],
  ['(:a nil)', 'nil'],
  ['(abs -9223372036854775808)', '-9223372036854775808'],
  ['(quot -9223372036854775808 -1)', '-9223372036854775808'],
])('%s is %s', (text, wanted) => {
  expect(callText(text)).toBe(wanted)
})

test('names that are none', () => {
  expect(libraryFunction('nosuch')).toBeNull()
  expect(libraryFunction('clojure.core/nosuch')).toBeNull()
  expect(libraryFunction('')).toBeNull()
  expect(libraryFunction(':')).toBeNull()
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty', '.__proto__']) {
    expect(libraryFunction(name)).toBeNull()
  }
})

test.each(['eval', 'clojure.core/eval', 'load-string', 'slurp', 'read-string', 'System/exit'])(
  '%s is refused',
  (name) => {
    expect(codeOf(() => libraryFunction(name))).toBe(':yore/forbidden-function')
  },
)

test('an error names the function and the argument', () => {
  const error = (body: () => unknown): YoreError => {
    try {
      body()
    } catch (e) {
      return e as YoreError
    }
    throw new Error('no error')
  }
  const type = error(() => run('subs', 'abc', 'x'))
  expect(type.code).toBe(':yore/invalid-function-call')
  expect(type.data).toEqual({ function: 'subs', argument: 2 })
  expect(type.message).toContain('subs: argument 2: must be a whole number, not a string')
  const arity = error(() => run('subs', 'abc'))
  expect(arity.data).toEqual({ function: 'subs', arguments: 1 })
  expect(arity.message).toContain('(subs s start [end]) takes 2 to 3 arguments')
  expect(error(() => run('clojure.core/inc')).message).toContain('takes 1 argument,')
})

test('kinds of numbers stay what they are', () => {
  expect(run('+', 1.5, 1.5)).toEqual(new Double(3))
  expect(run('+', 1, 2)).toBe(3)
  expect(run('+', 2 ** 53 - 1, 1)).toBe(2n ** 53n)
  expect(run('dec', 2n ** 53n)).toBe(2 ** 53 - 1)
  expect(run('+', 1n, 1)).toBe(2n)
  expect(Object.is(run('-', 0), 0)).toBe(true)
  expect(Object.is(run('*', 0, -1), 0)).toBe(true)
  expect(Object.is(run('rem', -4, 2), 0)).toBe(true)
})

test.each([
  ['(range 100000000000)'],
  ['(range)'],
  ['(range 0 1 1e-300)'],
  ['(repeat 9223372036854775807 1)'],
  ['(.repeat "ab" 100000000)'],
  [
    '(format "%999999d%999999d%999999d%999999d%999999d%999999d%999999d%999999d%999999d%999999d%999999d%999999d%999999d%999999d%999999d%999999d%999999d%999999d" 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1)',
  ],
  ['(re-find #"(a*)*b" "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")'],
  [
    '(re-matches #"^(([a-z])+.)+[A-Z]([a-z])+$" "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")',
  ],
  ['(re-pattern "((a{1000}){1000}){1000}")'],
  ['(re-pattern "(){1000000}")'],
  ['(bigdec 1e-400000M)'],
])('%s is stopped', (text) => {
  expect(['limit-exceeded', 'invalid-function-call', 'invalid-edn']).toContain(
    codeOf(() => call(text)).replace(':yore/', ''),
  )
})

test('values that would grow with every clause are stopped', () => {
  const grow = (start: Value, step: (x: Value) => Value): string =>
    codeOf(() => {
      let x = start
      for (let i = 0; i < 64; i++) x = step(x)
    })
  expect(grow('ab', (x) => run('str', x, x))).toBe(':yore/limit-exceeded')
  expect(grow([1, 2], (x) => run('into', x, x))).toBe(':yore/limit-exceeded')
  expect(grow([1, 2], (x) => run('concat', x, x))).toBe(':yore/limit-exceeded')
  expect(grow(7n, (x) => run('*', x, x))).toBe(':yore/limit-exceeded')
  expect(grow(call('1.5M') as Value, (x) => run('*', x, x))).toBe(':yore/limit-exceeded')
  expect(grow('ab', (x) => run('clojure.string/replace', x, '', 'ab'))).toBe(':yore/limit-exceeded')
  expect(grow([1, 2], (x) => run('interleave', x, x))).toBe(':yore/limit-exceeded')
})

test('what is doubled by every step is stopped', () => {
  for (const name of ['vector', 'list', 'hash-set', 'hash-map', 'conj', 'cons', 'zipmap']) {
    const code = codeOf(() => {
      let x: Value = [1, 2]
      for (let i = 0; i < 64; i++) {
        x = name === 'hash-set' ? run(name, [x, 1], [x, 2]) : run(name, x, x)
      }
    })
    if (name !== 'hash-set' && name !== 'hash-map' && name !== 'zipmap') {
      expect(code, name).toBe(':yore/limit-exceeded')
    }
  }
})

test('what is shared many times over is not printed without end', () => {
  let x: Value = [1]
  for (let i = 0; i < 60; i++) x = [x, x]
  expect(codeOf(() => run('str', x))).toBe(':yore/limit-exceeded')
  expect(codeOf(() => run('flatten', x))).toBe(':yore/limit-exceeded')
})

test('deep values are stopped, not the stack', () => {
  let x: Value = [1]
  let y: Value = [1]
  for (let i = 0; i < 100_000; i++) {
    x = [x]
    y = [y]
  }
  for (const name of ['str', 'flatten', 'pr-str']) {
    expect(codeOf(() => run(name, x))).toBe(':yore/limit-exceeded')
  }
  expect(codeOf(() => run('=', x, y))).toBe(':yore/limit-exceeded')
})

test('functions of functions do not multiply their work without end', () => {
  const compose = codeOf(() => {
    let f = call('(partial + 1)')
    for (let i = 0; i < 64; i++) f = run('comp', f, f)
    run('map', f, [1])
  })
  expect(compose).toBe(':yore/limit-exceeded')
  const many = call('(range 100000)')
  const nested = codeOf(() =>
    run(
      'map',
      run('partial', call('inc'), 1) && run('juxt', run('partial', call('reduce'), call('+'))),
      run('repeat', 100_000, many),
    ),
  )
  expect(nested).toBe(':yore/limit-exceeded')
})

test('functions as values', () => {
  const plus = functionValue(libraryFunction('+') ?? { name: '', run: () => null })
  expect(run('apply', plus, [1, 2, 3])).toBe(6)
  expect(run('map', keyword(':a'), list([]))).toEqual(list([]))
  expect(run('fn?', plus)).toBe(true)
  expect(JSON.stringify(plus)).toContain('+')
  expect(callText('(re-find #"a" "xab")')).toBe('"a"')
  // a regular expression of JavaScript's is read as Java's
  expect(run('re-find', new Opaque('regex', /a(b)/i), 'xAb')).toEqual(['Ab', 'b'])
  expect(String((run('re-pattern', 'a+') as Opaque).value)).toBe('a+')
  const js = new Opaque('object', (a: number) => a * 2)
  expect(run('map', js, [1, 2])).toEqual(list([2, 4]))
})
