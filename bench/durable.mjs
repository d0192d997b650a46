/**
 * The durable database alone: node --conditions=yore-source --import ./scripts/ts.mjs bench/durable.mjs [DIRECTORY] [--relaxed]
 *
 * One transaction of five datoms at a time, then with several in flight; the import of MusicBrainz; opening with 100,000 datoms in the
 * log; bytes on disk. Beside each time stands the time of the processor, which does not depend on what else the machine does.
 */

import { mkdtempSync, readdirSync, rmSync, statSync, openSync, writeSync, fdatasyncSync, closeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createDatabase } from 'yore'
import { importMusic } from '../tour/import.mjs'

const args = process.argv.slice(2)
const parent = args.find((x) => !x.startsWith('--')) ?? tmpdir()
const durability = args.includes('--relaxed') ? 'relaxed' : 'durable'
const directory = mkdtempSync(join(parent, 'yore-bench-'))
const say = (text) => process.stdout.write(`${text}\n`)
const cpuMs = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
const sizeOf = () => readdirSync(directory).reduce((n, f) => n + statSync(join(directory, f)).blocks * 512, 0)

const attribute = (name, type, more = {}) => ({
  ':db/ident': `:p/${name}`,
  ':db/valueType': `:db.type/${type}`,
  ':db/cardinality': ':db.cardinality/one',
  ...more,
})
const schema = [
  attribute('name', 'string', { ':db/index': true }),
  attribute('last', 'string'),
  attribute('sex', 'keyword'),
  attribute('age', 'long'),
]
// four, and the instant of the transaction
const person = (i) => ({
  ':p/name': `name ${i}`,
  ':p/last': `last ${i % 1000}`,
  ':p/sex': i % 2 ? ':m' : ':f',
  ':p/age': i % 100,
})

let count = 0
async function fresh(options = {}) {
  const uri = `yore:file://${directory}/db${count++}`
  await createDatabase(uri)
  const conn = await connect(uri, { durability, ...options })
  await conn.transact(schema)
  return { uri, conn }
}

function percentile(xs, p) {
  const sorted = xs.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))]
}

function syncs() {
  const fd = openSync(join(directory, 'probe'), 'w')
  const times = []
  for (let i = 0; i < 200; i++) {
    const t0 = performance.now()
    writeSync(fd, new Uint8Array(200))
    fdatasyncSync(fd)
    times.push(performance.now() - t0)
  }
  closeSync(fd)
  rmSync(join(directory, 'probe'))
  return times
}

async function inFlight(conn, n, total) {
  let next = 0
  const worker = async () => {
    while (next < total) await conn.transact([person(next++)])
  }
  const [t0, c0] = [performance.now(), cpuMs()]
  await Promise.all(Array.from({ length: n }, worker))
  const [ms, cpu] = [performance.now() - t0, cpuMs() - c0]
  return `${Math.round((total / ms) * 1000)} tx/s, ${((cpu * 1000) / total).toFixed(0)} us of processor each`
}

try {
  const probe = syncs()
  say(`fdatasync alone: p50 ${percentile(probe, 0.5).toFixed(2)} ms, p99 ${percentile(probe, 0.99).toFixed(2)} ms`)
  const one = await fresh()
  for (let i = 0; i < 300; i++) await one.conn.transact([person(i)])
  const times = []
  for (let i = 0; i < 1000; i++) {
    const t0 = performance.now()
    await one.conn.transact([person(i)])
    times.push(performance.now() - t0)
  }
  say(`one transaction of 5 datoms: p50 ${percentile(times, 0.5).toFixed(2)} ms, p99 ${percentile(times, 0.99).toFixed(2)} ms`)
  for (const [n, total] of [[1, 1000], [8, 8000], [64, 40_000], [512, 60_000]]) {
    say(`${n} in flight: ${await inFlight(one.conn, n, total)}`)
  }
  await one.conn.release()

  const music = await fresh()
  let [t0, c0] = [performance.now(), cpuMs()]
  const before = sizeOf()
  const datoms = await importMusic(music.conn, { show: false })
  let [ms, cpu] = [performance.now() - t0, cpuMs() - c0]
  say(`MusicBrainz: ${datoms} datoms in ${(ms / 1000).toFixed(2)} s, ${Math.round((datoms / ms) * 1000)} datoms/s; processor ${(cpu / 1000).toFixed(2)} s`)
  t0 = performance.now()
  await music.conn.syncIndex(music.conn.db().basisT)
  say(`its index job: ${((performance.now() - t0) / 1000).toFixed(2)} s`)
  const stats = music.conn.db().stats()
  await music.conn.release()
  say(`on disk: ${((sizeOf() - before) / stats.datoms).toFixed(1)} bytes a datom of log and index (with free pages)`)
  ;[t0, c0] = [performance.now(), cpuMs()]
  const again = await connect(music.uri)
  const artists = [...again.db().datoms('aevt', ':artist/name')].length
  say(`opening, indexed, and the first ${artists} names: ${(performance.now() - t0).toFixed(0)} ms, processor ${(cpuMs() - c0).toFixed(0)} ms`)
  await again.release()

  const novel = await fresh()
  let sum = 0
  for (let i = 0; i < 25; i++) {
    const { txData } = await novel.conn.transact(Array.from({ length: 1000 }, (_, k) => person(i * 1000 + k)))
    sum += txData.length
  }
  await novel.conn.release()
  ;[t0, c0] = [performance.now(), cpuMs()]
  const reopened = await connect(novel.uri)
  say(`opening with ${sum} datoms in slots: ${(performance.now() - t0).toFixed(0)} ms, processor ${(cpuMs() - c0).toFixed(0)} ms`)
  await reopened.release()
} finally {
  rmSync(directory, { recursive: true, force: true })
}
