/**
 * Measures one system in this process: `node --expose-gc measure.mjs FOLDER ADAPTER WORKLOAD...`, where FOLDER is that of the bench. Prints a JSON
 * line before each workload ({start}) and one after it.
 *
 * It is the shared bench's own measuring, and beside it: the 99th percentile of single runs, how much samples differ, bytes allocated by a run,
 * bytes written by the process, and what the system itself counts (`counts` of its adapter).
 */

import { openSync, readFileSync, readSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { PerformanceObserver } from 'node:perf_hooks'
import { pathToFileURL } from 'node:url'

const [folder, adapterPath, ...names] = process.argv.slice(2)
const load = (path) => import(pathToFileURL(resolve(path)).href)
const { readData } = await load(join(folder, 'data.mjs'))
const { WORKLOADS } = await load(join(folder, 'workloads.mjs'))
const { checksum } = await load(join(folder, 'measure.mjs'))

/** Measuring time for a workload, ms; half of it is warm-up. */
const budget = Number(process.env.BENCH_MS ?? 2000)

// ---- the clock: wall time less the time that the main thread waited for a processor, as others use the machine too ----

const schedstat = (() => {
  try {
    return openSync('/proc/self/schedstat', 'r')
  } catch {
    return -1
  }
})()
const buffer = Buffer.alloc(96)
const waited = () =>
  schedstat < 0
    ? 0
    : Number(buffer.latin1Slice(0, readSync(schedstat, buffer, 0, 96, 0)).split(' ')[1]) / 1e6

async function repeat(handle, n, run) {
  await handle.before?.()
  if (handle.before) globalThis.gc?.()
  const [start, wait] = [performance.now(), waited()]
  let result
  for (let i = 0; i < n; i++) {
    result = run(i)
    if (result instanceof Promise) result = await result
  }
  const spent = performance.now() - start
  // what was waited may be told late, and then belongs to the run before
  return { result, ms: Math.max(spent / 100, spent - (waited() - wait)) / n, spent }
}

const median = (xs) => [...xs].sort((a, b) => a - b)[xs.length >> 1]
const at = (xs, p) => {
  const sorted = [...xs].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))]
}

/** Samples of at least 40 ms each until the time is spent; the first half of them is warm-up. */
async function sample(handle, time, run = handle.run) {
  const samples = []
  let spent = 0
  let runs = 0
  for (let n = 1; spent < time || (samples.length < 3 && spent < 4 * time);) {
    const s = await repeat(handle, n, run)
    samples.push(s.ms)
    spent += s.spent
    runs += n
    if (!handle.before) n = Math.max(1, Math.ceil(40 / s.ms))
  }
  const settled = samples.slice(samples.length >> 1)
  const ms = median(settled)
  return {
    ms_median: ms,
    ms_min: Math.min(...samples),
    /** Between the quartiles, as a part of the median. */
    spread: (at(settled, 0.75) - at(settled, 0.25)) / ms,
    runs,
  }
}

const singlesMax = 20_000

/** The time of single runs, for their 99th percentile; runs that need something before them are few, and their longest counts. */
async function singles(handle, time) {
  const times = []
  const end = performance.now() + time
  while (times.length < 3 || (performance.now() < end && times.length < singlesMax)) {
    times.push((await repeat(handle, 1, handle.run)).ms)
    if (handle.before && times.length >= 1) break
  }
  return at(times, 0.99)
}

// ---- memory ----

let collections = 0
new PerformanceObserver((list) => {
  collections += list.getEntries().length
}).observe({ entryTypes: ['gc'] })
// what is observed is told some turns later
const turn = () => new Promise((resolve) => setTimeout(resolve, 3))

/** Bytes that a run allocates, in the heap and beside it; of a run that is interrupted by a collection at least so many. */
async function allocated(handle) {
  const found = []
  for (let i = 0; i < 9; i++) {
    globalThis.gc?.()
    await turn()
    const before = process.memoryUsage()
    const known = collections
    let result = handle.run(i)
    if (result instanceof Promise) result = await result
    const after = process.memoryUsage()
    await turn()
    const bytes = after.heapUsed + after.external - before.heapUsed - before.external
    if (bytes > 0) found.push({ bytes, whole: collections === known })
    if (result === undefined) break
  }
  const whole = found.filter((x) => x.whole)
  if (whole.length > 0) return { allocated: median(whole.map((x) => x.bytes)) }
  return found.length === 0 ? {} : { allocated_min: Math.max(...found.map((x) => x.bytes)) }
}

// The shared bench adds array buffers once more, which are part of what is external.
const heap = () => {
  globalThis.gc()
  globalThis.gc()
  const m = process.memoryUsage()
  return m.heapUsed + m.external
}

/** Loads another set first: what the first database costs is not a matter of how many datoms it has. */
async function warmMemory(adapter, workload) {
  const set = workload.set === 'people' ? 'mbrainz' : 'people'
  const handle = await adapter.open({ ...workload, set }, () => readData(set))
  await handle?.close?.()
  await turn()
}

const valuesOf = (a, v) =>
  a === 'db/id'
    ? 0
    : (Array.isArray(v) && typeof v[0] !== 'string') || a === 'p/alias'
      ? v.length
      : 1
const datomsIn = ({ transactions }) =>
  transactions
    .flat()
    .reduce((n, e) => n + Object.entries(e).reduce((k, [a, v]) => k + valuesOf(a, v), 0), 0)

/** Bytes that this process has given to the system to write. */
function written() {
  try {
    return Number(/^wchar: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

// ---- one workload ----

async function measure(adapter, workload) {
  const isWrite = workload.kind === 'write'
  if (workload.kind === 'memory') await warmMemory(adapter, workload)
  const size = workload.kind === 'memory' ? heap() : 0
  const handle = await adapter.open(workload, () => readData(workload.set))
  if (!handle) return { unsupported: true }
  try {
    if (workload.kind === 'memory') {
      const bytes = (await handle.bytes?.()) ?? heap() - size
      const datoms = datomsIn(readData(workload.set))
      return { bytes, datoms, bytes_per_datom: Math.round(bytes / datoms) }
    }
    const first = await repeat(handle, 1, handle.run)
    const found = checksum(await handle.rows(first.result), workload.cols)
    const fresh =
      handle.fresh && first.ms < budget && (await sample(handle, budget / 4, handle.fresh))
    const timed = await sample(handle, isWrite ? 2 * budget : budget)
    const p99 = await singles(handle, budget / 4)
    await handle.before?.()
    const before = written()
    if (isWrite) await handle.run(0)
    const bytes = written() - before
    const memory = isWrite ? {} : await allocated(handle)
    return {
      ...timed,
      ms_p99: p99,
      ms_first: first.ms,
      ...(fresh && { ms_fresh: fresh.ms_median }),
      rows: found.rows,
      sum: `${found.sum}`,
      ...memory,
      ...(isWrite && bytes > 0 && { bytes_written: bytes }),
      ...(await handle.counts?.()),
    }
  } finally {
    await handle.close?.()
  }
}

const rounded = (o) =>
  Object.fromEntries(
    Object.entries(o).map(([k, v]) => [
      k,
      typeof v === 'number' && !Number.isInteger(v) ? Number(v.toPrecision(5)) : v,
    ]),
  )

const print = (o) => process.stdout.write(`${JSON.stringify(o)}\n`)
const { default: adapter } = await load(adapterPath)
for (const name of names) {
  const workload = WORKLOADS.find((w) => w.name === name)
  print({ start: name })
  try {
    print({ system: adapter.name, workload: name, ...rounded(await measure(adapter, workload)) })
  } catch (error) {
    const message = String(error?.message ?? error).slice(0, 300)
    print({ system: adapter.name, workload: name, error: message })
  }
}
process.exit(0)
