/** The library gives what Clojure gives: a table of calls and answers, asked of Clojure itself. */

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { callText } from '../../../../../test/oracle/call-text.ts'

const text = readFileSync(
  new URL('../../../../../test/oracle/clojure-calls.txt', import.meta.url),
  'utf8',
)
const rows = text
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith(';'))
  .map((line) => line.split(' => ') as [call: string, answer: string])

function answer(call: string): string {
  try {
    return callText(call)
  } catch (error) {
    // anything but a YoreError is a failure of ours
    if ((error as Error).name === 'YoreError') return 'error'
    throw error
  }
}

test('every call of the table', () => {
  expect(rows.length).toBeGreaterThan(700)
  const wrong = rows.flatMap(([call, wanted]) => {
    const got = answer(call)
    return got === wanted ? [] : [`${call}: ${got}, not ${wanted}`]
  })
  expect(wrong.join('\n')).toBe('')
})
