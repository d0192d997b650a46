/** The order of URIs, group after group, as java.net.URI compares them (Java 17); those of one group are equal there. */

import { expect, test } from 'vitest'
import { compareUriTexts, uriKey } from './uri.ts'

const groups: readonly (readonly string[])[] = [
  [''],
  ['#f'],
  ['?q'],
  ['/a'],
  ['A'],
  ['a'],
  ['//h/a', '//H/a'],
  ['file:///x', 'file:/x'],
  ['http:///a', 'http:/a'],
  ['http://1.2.3.4/'],
  ['http://[::1]/'],
  ['http://h', 'HTTP://h'],
  ['http://h?q'],
  ['http://h/%3a', 'http://h/%3A'],
  ['http://h/A'],
  ['http://H/a', 'http://h/a', 'http://h:/a'],
  ['http://h/a#f'],
  ['http://h/a?B'],
  ['http://h/a?b'],
  ['http://h/a?b#f'],
  ['http://h:9/a'],
  ['http://h:80/a'],
  ['http://h:8080/a'],
  ['http://U@h/a'],
  ['http://u@h/a'],
  ['https://a'],
  ['mailto:A@b'],
  ['mailto:a@b', 'MAILTO:a@b'],
  ['mailto:a@b#f'],
  ['urn:a:b'],
]

test('every pair is ordered as in Java, and equal where it is there', () => {
  groups.forEach((group, i) => {
    groups.forEach((other, j) => {
      for (const a of group) {
        for (const b of other) {
          expect([a, b, Math.sign(compareUriTexts(a, b))]).toEqual([a, b, Math.sign(i - j)])
          expect([a, b, uriKey(a) === uriKey(b)]).toEqual([a, b, i === j])
        }
      }
    })
  })
})

test('what is no URI has its place', () => {
  const texts = [
    '',
    ' ',
    'a b',
    '://',
    ':',
    '//',
    '///',
    'http:',
    'http://',
    'http://a:b:c/',
    '%',
    '%zz',
    '\n',
    'é',
  ]
  for (const a of texts) {
    for (const b of texts) {
      expect(Math.sign(compareUriTexts(a, b)) + Math.sign(compareUriTexts(b, a))).toBe(0)
      expect(compareUriTexts(a, b) === 0).toBe(uriKey(a) === uriKey(b))
    }
  }
})
