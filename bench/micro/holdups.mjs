/**
 * How long index jobs hold up the event loop: `npm run build && node bench/micro/holdups.mjs [--datoms N] [--jobs auto|worker|pieces] [--in-flight N]`.
 *
 * A program imports into a database in a directory, with random unique keys, while a probe notes how long each turn of the event loop takes,
 * apart for the time in which a job runs and the time in which none does; and how long each transaction takes. Time for which this thread
 * waited for a processor is taken off: others may be at work on the machine.
 */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
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

// Milliseconds of processor time of this thread: others may be at work on the machine. Without Linux, of the clock.
function clock() {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6
  } catch {
    return performance.now()
  }
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
let gcMs = 0
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) gcMs += duration
}).observe({ entryTypes: ['gc'] })
const collected = []
const turns = { job: [], idle: [] }
const commits = { job: [], idle: [] }
let isJob = false
let isOver = false
function probe() {
  let last = clock()
  const turn = () => {
    const now = clock()
    ;(isJob ? turns.job : turns.idle).push(now - last)
    if (now - last > 8) collected.push([now - last, gcMs, isJob])
    gcMs = 0
    last = now
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
console.log(`resident ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MB`)
await conn.release()
rmSync(directory, { recursive: true })
