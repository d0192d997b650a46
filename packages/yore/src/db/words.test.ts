/** Keys of words: what they say, how they sort, and that they stay what they are. */

import { expect, test } from 'vitest'
import { parseKey, rangeOfWord, textMark, wordKeys } from './words.ts'

test('a key says the word, how often and among how many, and which text', () => {
  const keys = wordKeys('One two, one! Three.')
  expect(keys.map(parseKey)).toEqual([
    { word: 'one', count: 2, words: 4, mark: textMark('One two, one! Three.') },
    { word: 'two', count: 1, words: 4, mark: textMark('One two, one! Three.') },
    { word: 'three', count: 1, words: 4, mark: textMark('One two, one! Three.') },
  ])
  expect(wordKeys('the of and')).toEqual([])
  expect(wordKeys(5)).toEqual([])
  expect(parseKey(wordKeys('x.y')[0] as string).word).toBe('x.y')
})

test('keys stay what they are on disks', () => {
  expect(wordKeys('One two one')).toEqual(['one\u00002.3.8oxnI', 'two\u00001.3.8oxnI'])
  expect(wordKeys('日本')).toEqual(['日\u00001.2.nkHRF', '本\u00001.2.nkHRF'])
})

test('the keys of a word, and no others, stand in its range', () => {
  const words = ['app', 'apple', 'apple pie', 'applé', 'ap', 'app app app', 'b']
  const keys = words.flatMap(wordKeys).sort((x, y) => (x < y ? -1 : 1))
  for (const word of ['app', 'apple', 'pie', 'ap', 'nothing']) {
    const [low, high] = rangeOfWord(word)
    const found = keys.filter((key) => key >= low && key < high)
    expect(found).toEqual(keys.filter((key) => parseKey(key).word === word))
  }
})

test('texts that differ a little have other marks', () => {
  const marks = new Set(Array.from({ length: 20_000 }, (_, i) => textMark(`text ${i}`)))
  expect(marks.size).toBeGreaterThan(19_990)
})
