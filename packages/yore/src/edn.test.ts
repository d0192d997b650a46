/** The door of yore/edn: what its header promises. */

import { expect, test } from 'vitest'
import * as edn from './edn.ts'
import { double, fromJs, keyword, printEdn, readAllEdn, readEdn, toJs, ValueMap } from './edn.ts'

test('text, exact values, plain JavaScript', () => {
  const text = '{:artist/name "Ali", :scores [1 1.0 1.50M]}'
  const value = readEdn(text)
  expect(printEdn(value)).toBe(text)
  expect(JSON.stringify(toJs(value))).toBe('{":artist/name":"Ali",":scores":[1,1,"1.50"]}')
  expect(printEdn(fromJs([{ a: new Date(0) }]))).toBe(
    '[{"a" #inst "1970-01-01T00:00:00.000-00:00"}]',
  )
  expect(printEdn([keyword(':a'), double(1), null])).toBe('[:a 1.0 nil]')
  expect(printEdn(ValueMap.of([[keyword('a'), 'b']]))).toBe('{:a "b"}')
  expect(readAllEdn('{:a 1} {:a 2} ; two maps').length).toBe(2)
})

test('a failure is a YoreError of this door, too', () => {
  try {
    readEdn('[1')
    expect.unreachable()
  } catch (e) {
    expect(e).toBeInstanceOf(edn.YoreError)
  }
})
