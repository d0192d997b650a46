/** What was parsed is kept: by text, by the list or map that a program keeps, and by what is written in one. */

import { expect, test } from 'vitest'
import { parsedQuery } from './parsed.ts'

test('the same query text is parsed once', () => {
  const text = '[:find ?n :where [_ :p/name ?n]]'
  expect(parsedQuery(text)).toBe(parsedQuery(text))
  const form = [':find', '?n', ':where', ['_', ':p/name', '?n']]
  expect(parsedQuery(form)).toBe(parsedQuery(form))
  const map = { find: ['?n'], where: [['_', ':p/name', '?n']] }
  expect(parsedQuery(map)).toBe(parsedQuery(map))
})

test('the same list, written anew, is parsed once; what looks like it is another', () => {
  const form = (...end: unknown[]): unknown[] => [
    ':find',
    '?n',
    ':where',
    ['_', ':p/name', '?n'],
    ...end,
  ]
  expect(parsedQuery(form())).toBe(parsedQuery(form()))
  const rest = [
    ['?e', ':p/age', 1],
    ['?e', ':p/age', '1'],
    ['?e', [':p/age', 1]],
    ['?e', ':p/age', true],
    ['?e', ':p/age', -0],
    ['?e', ':p/age', 0],
  ]
  const parsed = rest.map((clause) => {
    try {
      return parsedQuery(form(clause))
    } catch (error) {
      return error
    }
  })
  expect(new Set(parsed).size).toBe(rest.length)
  rest.forEach((clause, i) => {
    if (!(parsed[i] instanceof Error)) expect(parsedQuery(form(clause))).toBe(parsed[i])
  })
  expect(parsedQuery({ find: ['?n'], where: [['_', ':p/name', '?n']] })).toBe(
    parsedQuery({ find: ['?n'], where: [['_', ':p/name', '?n']] }),
  )
})
