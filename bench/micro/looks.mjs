/**
 * `npm run build && node --expose-gc bench/micro/looks.mjs [part of a name]`: how long queries and other reads work between two looks at the clock. Each runs
 * four times with a time-out; shown is the longest gap of the run where it was shortest, without collections of garbage and the
 * time that the process waited for a processor, and where it began.
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

// Collections of garbage, which are no work of the read's: they are told a turn later.
let collections = []
new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries()) collections.push([startTime, duration])
}).observe({ entryTypes: ['gc'] })
const collected = (from, to) => {
  let ms = 0
  for (const [start, length] of collections) {
    ms += Math.max(0, Math.min(to, start + length) - Math.max(from, start))
  }
  return ms
}

const stat = openSync('/proc/self/schedstat', 'r')
const buffer = Buffer.alloc(96)
const waited = () =>
  Number(buffer.latin1Slice(0, readSync(stat, buffer, 0, 96, 0)).split(' ')[1]) / 1e6
const clock = performance.now.bind(performance)

let watching = false
let last = { at: 0, waited: 0, where: '' }
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
  if (ms > 1) gaps.push({ ms, from: last.at, to: now.at, where: last.where })
  last = { ...now, where: place() }
  last.at = clock()
}

performance.now = () => {
  if (watching) look()
  return clock()
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
  const now = conn.db()
  const ids = Array.from(now.datoms('aevt', ':p/id'), (d) => d.e)
  return { now, past: now.asOf(middle), history: now.history(), log: conn.log(), ids }
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

// -------------------------------------------------------------------------------------------- other reads

const options = { timeout: 600_000 }
const walked = (all) => {
  let n = 0
  for (const _ of all) n++
  return n
}
const reads = {
  'pull, recursion': ({ now }) => now.pull('[:p/name {:p/_friend ...}]', [':p/id', 0], options),
  'pull, wildcard': ({ now, ids }) => now.pullMany('[* {:p/friend [*]}]', ids, options),
  'pull, as-of': ({ past, ids }) => past.pullMany('[* {:p/friend [:p/name]}]', ids, options),
  'pull, many values': ({ now }) => now.pull('[(:p/_friend :limit nil)]', [':p/id', 0], options),
  'pull, filtered': ({ now, ids }) =>
    now.filter((_, d) => d.e % 2 === 0).pullMany('[*]', ids, options),
  'index-pull': ({ now }) =>
    walked(now.indexPull({ index: ':avet', selector: '[*]', start: [':p/age'], ...options })),
  'datoms, eavt': ({ now }) => walked(now.datoms({ index: 'eavt', ...options })),
  'datoms, aevt': ({ now }) =>
    walked(now.datoms({ index: 'aevt', components: [':p/name'], ...options })),
  'datoms, nothing passes': ({ now }) =>
    walked(now.filter(() => false).datoms({ index: 'eavt', ...options })),
  'datoms, history': ({ history }) => walked(history.datoms({ index: 'aevt', ...options })),
  'datoms, as-of': ({ past }) => walked(past.datoms({ index: 'aevt', ...options })),
  'datoms, since': ({ now }) => walked(now.since(now.basisT).datoms({ index: 'aevt', ...options })),
  'datoms, backwards': ({ now }) => walked(now.rseekDatoms({ index: 'avet', ...options })),
  log: ({ log }) => log.txRange(null, null, options),
  'entity, all of it': ({ now, ids }) =>
    ids.slice(0, 2000).map((e) => ({ ...now.entity(e, options) })),
  'entity, backwards': ({ now }) => now.entity([':p/id', 0], options)[':p/_friend'],
  'query with pulls': ({ now }) =>
    query({
      query: '[:find (pull ?e [* {:p/friend [:p/name]}]) :where [?e :p/id]]',
      args: [now],
      ...options,
    }),
  'query with dates': ({ now }) =>
    query({
      query: '[:find ?e ?b ?n :where [?e :p/born ?b] [?e :p/name ?n]]',
      args: [now],
      ...options,
    }),
}

const dbs = await filled()
const asked = [
  ...Object.entries(queries).map(([name, x]) => {
    const [view, text] = Array.isArray(x) ? x : ['now', x]
    const args = text.includes('%') ? [dbs[view], rules] : [dbs[view]]
    return [name, () => query({ query: text, args, timeout: 600_000 })]
  }),
  ...Object.entries(reads).map(([name, read]) => [name, () => read(dbs)]),
]
for (const [name, run] of asked) {
  if (!name.includes(process.argv[2] ?? '')) continue
  let least = null
  let ms = 0
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.()
    gaps = []
    collections = []
    last = { at: clock(), waited: waited(), where: 'the beginning' }
    const start = clock()
    watching = true
    run()
    look()
    watching = false
    ms = clock() - start
    await new Promise((resolve) => setTimeout(resolve, 5))
    const longest = { ms: 0, where: '' }
    for (const gap of gaps) {
      const own = gap.ms - collected(gap.from, gap.to)
      if (own > longest.ms) Object.assign(longest, { ms: own, where: gap.where })
    }
    if (least === null || longest.ms < least.ms) least = longest
  }
  process.stdout.write(
    `${name.padEnd(24)} ${ms.toFixed(0).padStart(6)} ms, longest ${least.ms.toFixed(1).padStart(5)} ms  ${least.where}\n`,
  )
}
process.exit(0)
