/** The matcher against JavaScript's, where the two mean the same; and patterns that would hang a backtracking matcher. What Java answers stands in test/oracle/clojure-calls.txt. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { YoreError } from '../../../base/errors.ts'
import { find, findAll, matches, newBudget, regexOf } from './match.ts'

// Bodies of loops match at least one character: on empty ones Java and JavaScript differ.
const { node } = fc.letrec<{ node: string; solid: string }>((tie) => ({
  solid: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\w', '\\d', '\\u0061'),
    fc.tuple(tie('solid'), tie('node')).map(([x, y]) => `${x}${y}`),
    fc.tuple(tie('solid'), tie('solid')).map(([x, y]) => `(?:${x}|${y})`),
  ),
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('solid'),
    fc.constantFrom('^', '$', '\\b', '\\B', ''),
    fc
      .tuple(
        tie('solid'),
        fc.constantFrom('*', '+', '?', '*?', '+?', '??', '{1,2}', '{2}', '{0,3}?'),
      )
      .map(([x, q]) => `(?:${x})${q}`),
    fc.tuple(tie('node'), tie('node')).map(([x, y]) => `(${x}|${y})`),
    fc.tuple(tie('node'), tie('node')).map(([x, y]) => `${x}${y}`),
    fc.tuple(fc.constantFrom('=', '!', '<=', '<!'), tie('solid')).map(([k, x]) => `(?${k}${x})`),
  ),
}))
const texts = fc.string({ unit: fc.constantFrom('a', 'b', '1', ' ', '_'), maxLength: 10 })

test('the same matches as JavaScript finds', () => {
  fc.assert(
    fc.property(node, texts, (source, text) => {
      // look-behind of any length is JavaScript's alone; it goes backwards
      fc.pre(!/\(\?<[=!](?!a\)|b\)|\.\)|\[ab\]\))/.test(source))
      const wanted = [...text.matchAll(new RegExp(source, 'g'))].map((m) => [
        m.index,
        m.index + m[0].length,
      ])
      const got = [...findAll(regexOf(source), text, newBudget())].map((m) => [m[0], m[1]])
      expect(got).toEqual(wanted)
    }),
    { numRuns: 3000 },
  )
})

test('any text is a regular expression or a YoreError', () => {
  const hostile = fc.oneof(
    fc.string({
      unit: fc.constantFrom(...Array.from('ab([{}])|*+?\\^$.-,&<>=!:ixQEkpPdu0129')),
      maxLength: 24,
    }),
    fc.string({ unit: 'binary', maxLength: 12 }),
  )
  fc.assert(
    fc.property(hostile, texts, (source, text) => {
      try {
        find(regexOf(source), text, 0, newBudget())
        matches(regexOf(source), text, newBudget())
      } catch (error) {
        // `refuse` is turned into a YoreError by the function that is called
        const name = (error as Error).constructor.name
        expect(
          error instanceof YoreError || name === 'BadArgument',
          String((error as Error).stack),
        ).toBe(true)
      }
    }),
    { numRuns: 5000 },
  )
})

test.each([
  ['(a+)+$', `${'a'.repeat(40)}b`],
  ['(a|aa)+$', `${'a'.repeat(60)}b`],
  ['(.*)*x', 'y'.repeat(60)],
  ['(?:a?){40}a{40}b', 'a'.repeat(60)],
  ['(x+x+)+y', 'x'.repeat(40)],
  ['(?=(a+)+b)', 'a'.repeat(40)],
  ['.*.*.*.*.*x', 'a'.repeat(3000)],
])('%s is stopped', (source, text) => {
  const budget = { steps: 200_000 }
  expect(() => find(regexOf(source), text, 0, budget)).toThrow(/too many steps/)
})

test('long texts are matched in linear time where the pattern allows it', () => {
  const text = `${'a'.repeat(200_000)}b`
  expect(find(regexOf('a*b'), text, 0, newBudget())?.[1]).toBe(200_001)
  expect(find(regexOf('b'), text, 0, newBudget())?.[0]).toBe(200_000)
  expect(matches(regexOf('(?:a|b)*'), text, newBudget())?.[1]).toBe(200_001)
})

test('deep nesting is refused', () => {
  for (const source of [
    '('.repeat(50_000),
    '['.repeat(9000),
    '(?:'.repeat(3000),
    `${'('.repeat(200)}${')'.repeat(200)}`,
  ]) {
    expect(() => regexOf(source)).toThrow(/nested deeper|not longer|may not/)
  }
})
