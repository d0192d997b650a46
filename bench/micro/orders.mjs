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
const milliseconds = Number(process.env.BENCH_MS ?? 1000)
const options = { numbers: 'exact', functionOf: () => null }

// One version after the other, again and again, the least of each: the machine is not ours alone, and code warms up.
function timeAll(db, rows) {
  const end = performance.now() + milliseconds
  for (let round = 0; round < 3 || (round < 50 && performance.now() < end); round++) {
    for (const row of rows) {
      const args = [new Opaque('db', db), ...row.version.inputs]
      const start = performance.now()
      for (let k = 0; k < 4; k++) query(row.version.query, args, options)
      row.ms = Math.min(row.ms, (performance.now() - start) / 4)
    }
  }
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

let people, genealogy, indexed, plain
for (const asked of sets.peopleQueries) measure((people ??= sets.people(20_000)), asked)
for (const asked of sets.genealogyQueries(19_097, 185)) {
  measure((genealogy ??= sets.genealogy(20, 1000)), asked)
}
for (const asked of sets.mbrainzQueries) measure((indexed ??= sets.mbrainz(true)), asked)
for (const asked of sets.corpusQueries()) measure((plain ??= sets.mbrainz(false)), asked)
