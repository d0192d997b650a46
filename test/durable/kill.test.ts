/** Processes are killed while they back up, index, collect and excise; `npm run crash` does it for longer. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { careRounds } from './care-rounds.ts'

let directory = ''
afterEach(() => rmSync(directory, { recursive: true, force: true }))

test('backups, index jobs, collections and excisions', { timeout: 240_000 }, async () => {
  directory = mkdtempSync(join(tmpdir(), 'yore-care-'))
  const counts = await careRounds({ directory, rounds: 8, lifeMs: 700, random: Math.random })
  expect(counts.tx).toBeGreaterThan(30)
  for (const what of ['backup', 'excised', 'gc', 'index'])
    expect(counts[what], what).toBeGreaterThan(0)
})
