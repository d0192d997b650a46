/**
 * Grows a database and shows the bound of index jobs: `node --expose-gc bench/growth.mjs [--datoms N] [--only random|append] [--file]`.
 *
 * Two databases, N datoms each (10 million by default): one with uniformly random unique keys and random entities, so that every order but
 * one's log is written all over; one that only appends. For every job: M live entries, N stored rows, the rows rewritten of the order that
 * had most, beside 2·sqrt(M·N), the time, and the rate of import since the last job (thousand datoms in a second of work); at the end the rate of import of the last tenth against the second tenth. Times are those of
 * the thread's work, jobs in pieces on it, so that what else runs on the machine does not count.
 * Drives the index itself, over a storage in memory, or with --file over one in a directory of its own under the system's temporary one.
 */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'

// Of this thread: others may be at work on the machine.
function schedule() {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6
  } catch {
    // not Linux
    return null
  }
}

const now = () => Number(process.hrtime.bigint()) / 1e6
// Milliseconds of its work, in steps of some milliseconds.
const worked = () => schedule() ?? now()

const argument = (name, usual) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? usual : process.argv[at + 1]
}
const total = Number(argument('datoms', 10_000_000))
const only = argument('only', '')
const perTransaction = Number(argument('transaction', 1000))
const threshold = Number(argument('threshold-mb', 32)) * 2 ** 20
const cacheBytes = Number(argument('cache-mb', 256)) * 2 ** 20

const root = new URL('..', import.meta.url).pathname
const outfile = join(root, 'node_modules/.cache/yore-growth.mjs')
await build({
  stdin: {
    contents: `
      export { carryOver } from './packages/yore/src/indexes/jobs/carry.ts'
      export { createFactIndex } from './packages/yore/src/indexes/create.ts'
      export { indexJob, liveBytesOf } from './packages/yore/src/indexes/jobs/job.ts'
      export { SegmentSource } from './packages/yore/src/indexes/stored/segment-source.ts'
      export { memoryStorage } from './packages/yore/src/storage/drivers/memory.ts'
      export { openFileStorage } from './packages/yore/src/storage/drivers/file.ts'`,
    resolveDir: root,
  },
  bundle: true,
  conditions: ['yore-source'],
  format: 'esm',
  platform: 'node',
  external: ['lmdb'],
  outfile,
})
const {
  carryOver,
  createFactIndex,
  indexJob,
  liveBytesOf,
  SegmentSource,
  memoryStorage,
  openFileStorage,
} = await import(outfile)
const inFile = process.argv.includes('--file')

const user = 4 * 2 ** 42
const [key, tag, number] = [72, 73, 74]
const placements = new Map([
  [key, { avet: true, vaet: false, column: 'value' }],
  [tag, { avet: true, vaet: false, column: 'long' }],
  [number, { avet: true, vaet: false, column: 'long' }],
])
const placementOf = (a) => placements.get(a)

let seed = 42
const random = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return seed / 2 ** 32
}
const hex = () =>
  Math.floor(random() * 2 ** 32)
    .toString(16)
    .padStart(8, '0')

// Datoms of one transaction: half of them new entities with a key, half of them a number.
const makers = {
  random(t, count, add) {
    for (let i = 0; i < count; i += 2) {
      const entities = (t - 1000) * (perTransaction / 2) + i / 2
      add(user + entities, key, hex() + hex())
      add(user + Math.floor(random() * entities), tag, Math.floor(random() * 1e9))
    }
  },
  append(t, count, add) {
    for (let i = 0; i < count; i += 2) {
      const entity = (t - 1000) * (perTransaction / 2) + i / 2
      add(user + entity, key, `key-${String(entity).padStart(12, '0')}`)
      add(user + entity, number, entity)
    }
  },
}

const never = Infinity
const million = (n) => (n / 1e6).toFixed(2).padStart(7)

function done(steps) {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

async function grow(name) {
  console.log(
    `\n${name}: ${million(total).trim()} million datoms, transactions of ${perTransaction}`,
  )
  console.log(
    '  datoms M   live M   stored N  rewritten  2·sqrt(MN)   share   blobs   MB written  job s  import',
  )
  const directory = inFile ? mkdtempSync(join(tmpdir(), 'yore-growth-')) : null
  const storage = inFile ? await openFileStorage({ directory }) : memoryStorage()
  const segments = new SegmentSource((ids) => storage.sync.getBlobs(name, ids), {
    name,
    bytesMax: cacheBytes,
  })
  const sizes = new Map()
  let names = 0
  const newId = () => `b${String(++names).padStart(9, '0')}`
  let index = createFactIndex([], placementOf, { jobs: 'caller', source: segments })
  let job = null
  let basisT = 0
  let jobMs = 0
  let worst = 0
  let jobsMs = 0
  const tenths = []
  // less the work of jobs
  const tenthsLess = []
  // where the last job ended
  let countedAt = { n: 0, ms: worked() }
  let began = worked()
  let t = 1000
  let roots = null

  const finish = async (n) => {
    const { index: next, replaced, work, ...rest } = job.result()
    roots = rest.roots
    await storage.deleteBlobs(name, replaced)
    for (const id of replaced) sizes.delete(id)
    index = done(carryOver(index, next, basisT))
    job = null
    const rate = (n - countedAt.n) / (worked() - countedAt.ms)
    countedAt = { n, ms: worked() }
    const rows = work.map((w) => ({ ...w, rewritten: w.mid + w.main - w.live }))
    const bound = (w) => 2 * Math.sqrt(w.live * w.stored)
    const most = rows.reduce((x, y) => (y.rewritten > x.rewritten ? y : x))
    // appended rows and halves of blocks at the edge are not in the bound
    const share = bound(most) === 0 ? 0 : most.rewritten / bound(most)
    if (most.stored > 1e6) worst = Math.max(worst, share)
    console.log(
      `${million(n)}   ${million(most.live)}  ${million(most.stored)}   ${million(most.rewritten)}     ${million(bound(most))} ` +
        `${(share * 100).toFixed(0).padStart(6)}% ${String(work.reduce((s, w) => s + w.blobs, 0)).padStart(7)} ` +
        `${(work.reduce((s, w) => s + w.bytes, 0) / 2 ** 20).toFixed(1).padStart(11)} ` +
        `${(jobMs / 1000).toFixed(2).padStart(6)} ${rate.toFixed(0).padStart(6)}   ${most.name}${most.past ? ' past' : ''}`,
    )
  }

  const step = async (budget) => {
    const start = worked()
    const done = job.step(budget, now)
    const made = job.take()
    for (const { id, bytes } of made) sizes.set(id, bytes.length)
    // durable before the root would name them: here it is enough at the end
    if (made.length > 0) await storage.putBlobs(name, made, { relaxed: !done })
    jobMs += worked() - start
    jobsMs += worked() - start
    return done
  }

  for (let n = 0; n < total; n += perTransaction) {
    const changes = []
    makers[name](t, perTransaction, (e, a, v) =>
      changes.push({ kind: 'assert', fact: { e, a, v, t, end: never } }),
    )
    index = index.apply(changes)
    t++
    if (job !== null) {
      if (await step(10)) await finish(n)
    } else if (liveBytesOf(index) > threshold) {
      job = indexJob(index, { newId })
      basisT = t - 1
      jobMs = 0
    }
    if ((n + perTransaction) % (total / 10) < perTransaction) {
      const end = worked()
      tenths.push(total / 10 / (end - began))
      tenthsLess.push(total / 10 / (end - began - jobsMs))
      jobsMs = 0
      began = end
    }
  }
  console.log(
    `  rates of each tenth, thousand datoms in a second of work: ${tenths.map((x) => x.toFixed(0)).join(' ')}`,
  )
  console.log(
    `  the same less the work of jobs: ${tenthsLess.map((x) => x.toFixed(0)).join(' ')}; ` +
      `last / second: ${((100 * tenthsLess.at(-1)) / tenthsLess[1]).toFixed(0)} %`,
  )
  console.log(
    `  last tenth / second tenth: ${((100 * tenths.at(-1)) / tenths[1]).toFixed(0)} %; ` +
      `most of the bound (N over a million): ${(worst * 100).toFixed(0)} %`,
  )
  const bytes = [...sizes.values()].reduce((sum, x) => sum + x, 0)
  const rows = roots.trees.reduce(
    (sum, x) => sum + [...x.main, ...x.mid].reduce((s, c) => s + c.facts, 0),
    0,
  )
  console.log(
    `  ${sizes.size} blobs, ${(bytes / 2 ** 20).toFixed(0)} MB: ${(bytes / rows).toFixed(1)} bytes a row of an order; ` +
      `resident ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MB; cache ${JSON.stringify(segments.counts())}`,
  )
  await storage.close()
  if (directory !== null) rmSync(directory, { recursive: true })
}

for (const name of Object.keys(makers)) if (name.includes(only)) await grow(name)
