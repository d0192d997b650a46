/**
 * Any order of clauses: for each query of the bench and of the corpus over MusicBrainz, 24 random orders (rules' bodies too): the datoms
 * visited and the time, most against fewest.
 *
 *   node --conditions=yore-source --import ./scripts/ts.mjs bench/micro/orders.mjs [part of a name] [--all]
 */

import { Opaque } from '../../packages/yore/src/data/values.ts'
import { query } from '../../packages/yore/src/query/query.ts'
import * as sets from '../../test/oracle/bench-sets.ts'
import { answerOf, inOtherOrder } from '../../test/oracle/orders.ts'
import { Random } from '../../test/oracle/random.ts'

const [part = ''] = process.argv.slice(2).filter((x) => !x.startsWith('--'))
const all = process.argv.includes('--all')
const orders = Number(process.env.ORDERS ?? 24)
const milliseconds = Number(process.env.BENCH_MS ?? 3000)
const options = { numbers: 'exact', functionOf: () => null }

// One version after the other, again and again, the least of each: the machine is not ours alone, and code warms up. Short ones
// run so often that the clock does not matter.
function timeAll(db, rows) {
  const end = clock() + milliseconds
  let times = 1
  for (let round = 0; round < 2 || (round < 50 && clock() < end); round++) {
    let sum = 0
    for (const row of rows) {
      const args = [new Opaque('db', db), ...row.version.inputs]
      const start = clock()
      for (let k = 0; k < times; k++) query(row.version.query, args, options)
      const ms = Math.max(0, clock() - start) / times
      sum += ms
      if (round > 0) row.ms = Math.min(row.ms, ms)
    }
    if (round === 0) times = Math.max(1, Math.min(200, Math.ceil((2 * rows.length) / sum)))
  }
}

// What the process has computed, in ms: the machine has others to serve.
function clock() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

const digits = (x) => x.toPrecision(3)

function measure(db, asked) {
  if (!asked.name.includes(part)) return
  const random = new Random(1)
  const rows = []
  const versions = [asked]
  while (versions.length < orders) versions.push(inOtherOrder(asked, random))
  const expected = answerOf(db, asked).text
  for (const version of versions) {
    const { text, datoms } = answerOf(db, version)
    if (text !== expected) console.log(`${asked.name}: ANOTHER ANSWER`)
    rows.push({ datoms, ms: Infinity, version })
  }
  timeAll(db, rows)
  const times = rows.map((r) => r.ms)
  const counts = rows.map((r) => r.datoms)
  const [fast, slow] = [Math.min(...times), Math.max(...times)]
  const [few, many] = [Math.min(...counts), Math.max(...counts)]
  const bad = slow > fast * 1.5 || many > few * 2
  if (!bad && !all) return
  console.log(
    `${asked.name.padEnd(26)} ${digits(fast)} to ${digits(slow)} ms (${digits(slow / fast)}); ${few} to ${many} datoms (${digits(many / few)})`,
  )
}

let people, genealogy, indexed
let plain
const sample = () => (plain ??= sets.mbrainz())
for (const asked of sets.peopleQueries) measure((people ??= sets.people(20_000)), asked)
for (const asked of sets.genealogyQueries(19_097, 185)) {
  measure((genealogy ??= sets.genealogy(20, 1000)), asked)
}
for (const asked of sets.mbrainzQueries) measure((indexed ??= sets.withIndexes(sample())), asked)
for (const asked of sets.corpusQueries()) measure(sample(), asked)
