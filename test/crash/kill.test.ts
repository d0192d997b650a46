/** Processes are killed while they write: twenty rounds; `npm run crash` runs two hundred. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { crashRounds } from './rounds.ts'

let directory = ''
afterEach(() => rmSync(directory, { recursive: true, force: true }))

// relaxed, the first hundreds are told before anything is written, and before the first index job
test.each([
  { durability: 'durable', rounds: 15, toldMax: 250 },
  { durability: 'relaxed', rounds: 5, toldMax: 4000 },
] as const)('$durability', { timeout: 120_000 }, async ({ durability, rounds, toldMax }) => {
  let transactions = 0
  let jobs = 0
  // where the moments happened to miss every index job, more rounds follow: the question is what a job that was cut leaves
  for (let attempt = 0; attempt < 6 && jobs === 0; attempt++) {
    directory = mkdtempSync(join(tmpdir(), 'yore-crash-'))
    const done = await crashRounds({
      directory,
      rounds,
      toldMax,
      durability,
      random: Math.random,
    })
    transactions += done.transactions
    jobs += done.jobs
    rmSync(directory, { recursive: true, force: true })
  }
  expect(transactions).toBeGreaterThan(50)
  expect(jobs, 'killed in a job').toBeGreaterThan(0)
})
