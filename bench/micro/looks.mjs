/**
 * `npm run build && node --expose-gc bench/micro/looks.mjs [part of a name]`: how long queries work between two looks at the clock. Each query runs
 * four times with a time-out; shown is the longest gap of the run where it was shortest, without the time that the process waited for a processor
 * and that of collections of garbage, and where it began; and how long the longest was with these.
 */

import { openSync, readSync } from 'node:fs'
import { PerformanceObserver } from 'node:perf_hooks'
import { createDatabase, connect, query } from 'yore'
import { rng } from '../durable-data.mjs'
import { attribute, indexed, unique } from '../schema.mjs'

const people = 150_000
const random = rng(5)
const pick = (n) => Math.floor(random() * n)

// -------------------------------------------------------------------------------------------- the clock

const stat = openSync('/proc/self/schedstat', 'r')
const buffer = Buffer.alloc(96)
const waited = () =>
  Number(buffer.latin1Slice(0, readSync(stat, buffer, 0, 96, 0)).split(' ')[1]) / 1e6
const clock = performance.now.bind(performance)

let watching = false
let last = { at: 0, waited: 0, where: '' }
/** Gaps worth looking at: shorter ones are none of the longest. */
const gapMin = 1
let gaps = []

const place = () => {
  const lines = new Error().stack
    .split('\n')
    .filter((x) => /dist\/(?!base)/.test(x) && !/guard/.test(x))
  return lines
    .slice(0, 2)
    .map((x) => x.replace(/^\s+at /, '').replace(/ .*\/(\w+\/[\w-]+\.js:\d+).*/, ' $1'))
    .join(' < ')
}

function look() {
  const now = { at: clock(), waited: waited() }
  const ms = now.at - last.at - (now.waited - last.waited)
  if (ms > gapMin) gaps.push({ ms, where: last.where, from: last.at, to: now.at })
  last = { ...now, where: place() }
  last.at = clock()
}

performance.now = () => {
  if (watching) look()
  return clock()
}

let collections = []
new PerformanceObserver((list) => collections.push(...list.getEntries())).observe({
  entryTypes: ['gc'],
})
// what is observed is told some turns later
const turn = () => new Promise((resolve) => setTimeout(resolve, 20))

const collecting = ({ from, to }) =>
  collections.reduce(
    (sum, x) =>
      sum + Math.max(0, Math.min(to, x.startTime + x.duration) - Math.max(from, x.startTime)),
    0,
  )

/** The longest gap without collections, and the longest with them. */
function longestOf(all) {
  let longest = { ms: 0, where: '' }
  let whole = 0
  for (const gap of all) {
    const ms = Math.max(0, gap.ms - collecting(gap))
    if (ms > longest.ms) longest = { ms, where: gap.where }
    whole = Math.max(whole, gap.ms)
  }
  return { ...longest, whole }
}

// -------------------------------------------------------------------------------------------- the data

async function filled() {
  await createDatabase('yore:mem://looks')
  const conn = await connect('yore:mem://looks')
  await conn.transact([
    attribute('p/id', 'long', unique),
    attribute('p/name', 'string'),
    attribute('p/nick', 'string', indexed),
    attribute('p/age', 'long', indexed),
    attribute('p/salary', 'double'),
    attribute('p/born', 'instant'),
    attribute('p/friend', 'ref'),
  ])
  for (let from = 0; from < people; from += 5000) {
    const person = (_, k) => ({
      ':db/id': `p${from + k}`,
      ':p/id': from + k,
      ':p/name': `name ${pick(20_000)}`,
      ':p/nick': `nick ${pick(100_000)}`,
      ':p/age': pick(90),
      ':p/salary': pick(100_000) / 4,
      ':p/born': new Date(pick(1e9) * 1000),
      ':p/friend': `p${from + (k === 0 ? 0 : pick(k))}`,
    })
    await conn.transact(Array.from({ length: 5000 }, person))
  }
  let middle = 0
  for (let v = 0; v < 8; v++) {
    const raised = Array.from({ length: 40_000 }, (_, i) => ({
      ':p/id': i,
      ':p/salary': pick(100_000) / 4,
    }))
    const { dbAfter } = await conn.transact(raised)
    if (v === 4) middle = dbAfter.basisT
  }
  return { now: conn.db(), past: conn.db().asOf(middle), history: conn.db().history() }
}

const rules = '[[(below ?x ?y) [?x :p/friend ?y]] [(below ?x ?y) [?x :p/friend ?z] (below ?z ?y)]]'
const queries = {
  'different rows': '[:find ?n ?a :where [?e :p/name ?n] [?e :p/age ?a]]',
  'groups of texts':
    '[:find ?n (avg ?s) (count-distinct ?a) :where [?e :p/name ?n] [?e :p/age ?a] [?e :p/salary ?s]]',
  median: '[:find (median ?s) (variance ?s) :with ?e :where [?e :p/salary ?s]]',
  'aggregates of values':
    '[:find (distinct ?n) (max 5 ?s) (min ?n) :where [?e :p/name ?n] [?e :p/salary ?s]]',
  instants: '[:find ?e ?b :where [?e :p/born ?b]]',
  function: '[:find ?e ?m :where [?e :p/salary ?s] [(* ?s 2) ?m]]',
  'join by texts': '[:find ?e ?f :where [?e :p/nick ?n] [?f :p/nick ?n]]',
  'two steps': '[:find ?a ?c :where [?a :p/friend ?b] [?b :p/friend ?c]]',
  order: '[:find ?s ?n ?e :where [?e :p/name ?n] [?e :p/salary ?s] :order-by [[?s :desc] ?n]]',
  'any attribute': '[:find ?a (count ?e) :where [?e ?a] [?e :p/name]]',
  closure: '[:find ?x ?y :in $ % :where (below ?x ?y)]',
  'as-of': ['past', '[:find ?e ?s ?n :where [?e :p/salary ?s] [?e :p/name ?n]]'],
  history: ['history', '[:find ?e ?s ?t ?op :where [?e :p/salary ?s ?t ?op]]'],
  'history joined': ['history', '[:find ?e ?s ?n :where [?e :p/salary ?s] [?e :p/name ?n]]'],
}

const dbs = await filled()
for (const [name, x] of Object.entries(queries)) {
  if (!name.includes(process.argv[2] ?? '')) continue
  const [view, text] = Array.isArray(x) ? x : ['now', x]
  const args = text.includes('%') ? [dbs[view], rules] : [dbs[view]]
  let least = null
  let ms = 0
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.()
    await turn()
    gaps = []
    collections = []
    last = { at: clock(), waited: waited(), where: 'the beginning' }
    const start = clock()
    watching = true
    query({ query: text, args, timeout: 600_000 })
    look()
    watching = false
    ms = clock() - start
    await turn()
    const longest = longestOf(gaps)
    if (least === null || longest.ms < least.ms) least = longest
  }
  process.stdout.write(
    `${name.padEnd(24)} ${ms.toFixed(0).padStart(6)} ms, longest ${least.ms.toFixed(1).padStart(5)} ms, with collections ${least.whole.toFixed(1).padStart(5)} ms  ${least.where}\n`,
  )
}
process.exit(0)
