/** Processes are killed while they write: twenty rounds; `npm run crash` runs two hundred. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { crashRounds } from './rounds.ts'

let directory = ''
afterEach(() => rmSync(directory, { recursive: true, force: true }))

test.each([
  { durability: 'durable', rounds: 15 },
  { durability: 'relaxed', rounds: 5 },
] as const)('$durability', { timeout: 120_000 }, async ({ durability, rounds }) => {
  directory = mkdtempSync(join(tmpdir(), 'yore-crash-'))
  const { transactions, jobs } = await crashRounds({
    directory,
    rounds,
    toldMax: 250,
    durability,
    random: Math.random,
  })
  expect(transactions).toBeGreaterThan(50)
  expect(jobs, 'killed in a job').toBeGreaterThan(0)
})
