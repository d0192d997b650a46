/**
 * The command: `npm run crash [-- ROUNDS]`. Two hundred rounds of writing, killing, verifying; then a quarter as many of backing up,
 * collecting and excising, killed as well. Prints each.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { careRounds } from '../durable/care-rounds.ts'
import { crashRounds } from './rounds.ts'

const rounds = Number(process.argv[2] ?? 200)
const perDatabase = 20
let done = 0
let inJobs = 0
for (let n = 0; n < rounds; n += perDatabase) {
  const directory = mkdtempSync(join(tmpdir(), 'yore-crash-'))
  const { transactions, jobs } = await crashRounds({
    directory,
    rounds: Math.min(perDatabase, rounds - n),
    toldMax: 800,
    durability: n % (4 * perDatabase) === 0 ? 'relaxed' : 'durable',
    random: Math.random,
    tell: (line) => process.stdout.write(`${line}\n`),
  })
  done += transactions
  inJobs += jobs
  // a database with which something is wrong stays for a look
  rmSync(directory, { recursive: true, force: true })
}
process.stdout.write(
  `${rounds} rounds, ${inJobs} of them killed in an index job; ${done} transactions acknowledged, all there\n`,
)

const tell = (line: string): boolean => process.stdout.write(`care ${line}\n`)
const careTotal = Math.ceil(rounds / 4)
const counted: Record<string, number> = {}
for (let n = 0; n < careTotal; n += perDatabase) {
  const directory = mkdtempSync(join(tmpdir(), 'yore-care-'))
  const some = { directory, rounds: Math.min(perDatabase, careTotal - n), lifeMs: 1200 }
  const counts = await careRounds({ ...some, random: Math.random, tell })
  for (const [what, k] of Object.entries(counts)) counted[what] = (counted[what] ?? 0) + k
  rmSync(directory, { recursive: true, force: true })
}
process.stdout.write(`${careTotal} rounds of care: ${JSON.stringify(counted)}\n`)
