/** docs/query-functions.md is what the tables of the library say. (library.test.ts and aggregates.test.ts run its examples.) */

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { queryFunctionsPage } from '../../scripts/query-functions-page.ts'

test('the page is up to date (npm run query-functions)', () => {
  const page = readFileSync(new URL('../../docs/query-functions.md', import.meta.url), 'utf8')
  expect(page).toBe(queryFunctionsPage())
})
