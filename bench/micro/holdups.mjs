/**
 * How long index jobs hold up the event loop: `npm run build && node bench/micro/holdups.mjs [--datoms N] [--jobs auto|worker|pieces] [--in-flight N]`.
 *
 * A program imports into a database in a directory, with random unique keys, while a probe notes how long each turn of the event loop takes,
 * apart for the time in which a job runs and the time in which none does; how much of the longest turns the collection of garbage took, which
 * interrupts whatever runs (steps of marking, up to 15 ms where the heap is large, are told by no event, and count as the program's); and how
 * long each transaction takes. A turn counts by what this thread ran on a processor: others may be at work on the machine.
 */

import { mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createDatabase } from '../../packages/yore/dist/main.js'

const argument = (name, usual) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? usual : process.argv[at + 1]
}
const total = Number(argument('datoms', 1_500_000))
const jobs = argument('jobs', 'auto')
const inFlight = Number(argument('in-flight', 8))
const perTransaction = Number(argument('transaction', 100))
const pauseMs = Number(argument('pause', 0))

// Milliseconds of processor time of this thread. To ask for that of the process brings the thread's up to date, which otherwise is told every
// four milliseconds only. Without Linux, of the clock.
const schedstat = (() => {
  try {
    return openSync('/proc/thread-self/schedstat', 'r')
  } catch {
    return -1
  }
})()
const buffer = Buffer.alloc(96)
function clock() {
  if (schedstat < 0) return performance.now()
  process.cpuUsage()
  return Number(buffer.latin1Slice(0, readSync(schedstat, buffer, 0, 96, 0)).split(' ')[0]) / 1e6
}

let seed = 42
const random = (n) => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return Math.floor((seed / 2 ** 32) * n)
}

const directory = mkdtempSync(join(tmpdir(), 'yore-holdups-'))
const uri = `yore:file://${directory}/holdups`
await createDatabase(uri)
const conn = await connect(uri, {
  indexing: jobs,
  memoryIndexThreshold: 2 ** 30,
  memoryIndexMax: 2 ** 32,
  ...(process.argv.includes('--relaxed') && { durability: 'relaxed' }),
})
const attribute = (ident, type, more = {}) => ({
  ':db/ident': ident,
  ':db/valueType': type,
  ':db/cardinality': ':db.cardinality/one',
  ...more,
})
await conn.transact([
  attribute(':x/key', ':db.type/string', { ':db/unique': ':db.unique/identity' }),
  attribute(':x/number', ':db.type/long', { ':db/index': true }),
])

// ---- the probe ----
const collections = []
new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries()) collections.push([startTime, duration])
}).observe({ entryTypes: ['gc'] })
const long = []
const longMs = 6
const turns = { job: [], idle: [] }
const commits = { job: [], idle: [] }
let isJob = false
let isOver = false
function probe() {
  let last = clock()
  let from = performance.now()
  const turn = () => {
    // a collection may interrupt the probe itself
    const before = performance.now()
    const [now, to] = [clock(), performance.now()]
    const ms = now - last
    ;(isJob ? turns.job : turns.idle).push(ms)
    if (ms > longMs) long.push({ ms, from, to, isJob })
    last = now
    from = before
    if (!isOver) setImmediate(turn)
  }
  setImmediate(turn)
}

// a job runs from when it is asked for until it is done
const jobMs = []
async function watchJobs() {
  while (!isOver) {
    await new Promise((resolve) => setTimeout(resolve, 1500))
    if (isOver) return
    isJob = true
    const start = performance.now()
    await conn.syncIndex?.(conn.db().basisT)
    jobMs.push(performance.now() - start)
    isJob = false
  }
}

probe()
const watched = watchJobs()
const began = performance.now()
let made = 0
async function importer() {
  while (made < total) {
    const data = []
    for (let i = 0; i < perTransaction; i += 2) {
      made += 2
      data.push({ ':x/key': `${random(2 ** 32).toString(16)}-${made}`, ':x/number': random(1e9) })
    }
    const start = performance.now()
    await conn.transact(data)
    ;(isJob ? commits.job : commits.idle).push(performance.now() - start)
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}
await Promise.all(Array.from({ length: inFlight }, importer))
isOver = true
await watched
const seconds = (performance.now() - began) / 1000

const at = (xs, q) => xs[Math.min(xs.length - 1, Math.floor(xs.length * q))] ?? NaN
const line = (note, xs) => {
  xs.sort((x, y) => x - y)
  const cells = [0.5, 0.99, 0.999].map((q) => at(xs, q).toFixed(2).padStart(8))
  const longest = xs
    .slice(-4)
    .reverse()
    .map((x) => x.toFixed(1))
  console.log(
    `${note.padEnd(28)} ${String(xs.length).padStart(8)} ${cells.join(' ')}   ${longest.join(' ')}`,
  )
}
console.log(
  `${total} datoms, ${(total / seconds).toFixed(0)} a second; jobs: ${jobMs.map((x) => x.toFixed(0)).join(' ')} ms`,
)
console.log('ms'.padEnd(28) + '        n      p50      p99    p99.9   longest')
line('turn while a job runs', turns.job)
line('turn while none runs', turns.idle)
line('transaction, a job runs', commits.job)
line('transaction, none runs', commits.idle)
// what a collection took while others had the processor is part of it
const collectedIn = ({ from, to, ms }) =>
  Math.min(
    ms,
    collections.reduce((sum, [at, n]) => sum + (at >= from && at < to ? n : 0), 0),
  )
const tell = (note, list) => {
  const own = list.map((x) => x.ms - collectedIn(x)).sort((x, y) => y - x)
  const all = list.sort((x, y) => y.ms - x.ms).slice(0, 6)
  const cells = all.map((x) => `${x.ms.toFixed(1)} (${collectedIn(x).toFixed(1)})`)
  const without = own.slice(0, 4).map((x) => x.toFixed(1))
  console.log(
    `${note} (garbage among it): ${cells.join(' ')}; without garbage ${without.join(' ')}`,
  )
}
tell(
  'longest turns while a job runs',
  long.filter((x) => x.isJob),
)
tell(
  'longest turns while none runs',
  long.filter((x) => !x.isJob),
)
console.log(`resident ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MB`)
await conn.release()
rmSync(directory, { recursive: true })
