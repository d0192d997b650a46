/** Writes docs/query-functions.md: `npm run query-functions`. */

import { writeFileSync } from 'node:fs'
import { queryFunctionsPage } from './query-functions-page.ts'

writeFileSync(new URL('../docs/query-functions.md', import.meta.url), queryFunctionsPage())
