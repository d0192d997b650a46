/** The command `npm run api`: writes docs/api/*.d.ts from the built declarations. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { copyOf, entries, surfaceOf } from './api.ts'

for (const entry of entries) {
  const surface = surfaceOf(entry)
  if (surface === null) throw new Error('build first: npm run build')
  mkdirSync(dirname(copyOf(entry)), { recursive: true })
  writeFileSync(copyOf(entry), surface)
}
