/**
 * Grows a database as a program would: `npm run build && node bench/growth-import.mjs [--datoms N --only random|append --indexing auto|worker|pieces --dir FOLDER]`.
 *
 * (1) Ten million datoms by default, in transactions of a thousand, eight under way, into a directory, with the options that `connect` has
 *     by itself: index jobs in a worker thread, the cache of 256 MB, durable.
 * (2) Rates are by the wall, of each tenth; what the transactions wait for is in them. Beside them those for a second of processor of all
 *     threads, which what else runs on the machine disturbs less.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { connect, createDatabase } from 'yore'
import { rng } from './durable-data.mjs'
import { attribute, indexed, unique } from './schema.mjs'

const { values: options } = parseArgs({
  options: {
    datoms: { type: 'string', default: '10000000' },
    only: { type: 'string', default: '' },
    dir: { type: 'string', default: tmpdir() },
    indexing: { type: 'string', default: 'auto' },
  },
})
const total = Number(options.datoms)
const perTransaction = 500
const underWay = 8

const schema = [
  attribute('x/key', 'string', unique),
  attribute('x/tag', 'long', { ...indexed, ':db/cardinality': ':db.cardinality/many' }),
]

/** Half of the datoms are new entities with a key, the other half a number of some entity. */
const makers = {
  random(n, ids, random) {
    const hex = () =>
      Math.floor(random() * 2 ** 32)
        .toString(16)
        .padStart(8, '0')
    const other = () => ids[Math.floor(random() * ids.length)] ?? `n${n}`
    return [
      { ':db/id': `n${n}`, ':x/key': hex() + hex() },
      { ':db/id': other(), ':x/tag': Math.floor(random() * 1e9) },
    ]
  },
  append(n) {
    return [{ ':db/id': `n${n}`, ':x/key': `key-${String(n).padStart(12, '0')}`, ':x/tag': n }]
  },
}

async function grow(name, directory) {
  const uri = `yore:file://${directory}/${name}`
  await createDatabase(uri)
  const conn = await connect(uri, { indexing: options.indexing })
  await conn.transact(schema)
  const random = rng(42)
  const ids = []
  const waiting = []
  const rates = []
  const cpuMs = () => Object.values(process.cpuUsage()).reduce((sum, us) => sum + us / 1000, 0)
  let [n, datoms, tenth, began, cpuBegan] = [0, 0, 0, performance.now(), cpuMs()]
  const settle = async () => {
    const { tempids, txData } = await waiting.shift()
    for (const id of Object.values(tempids)) ids.push(id)
    datoms += txData.length
    if (datoms < ((rates.length + 1) * total) / 10) return
    const [now, cpu] = [performance.now(), cpuMs()]
    const forCpu = (datoms - tenth) / (cpu - cpuBegan)
    rates.push((datoms - tenth) / (now - began))
    ;[tenth, began, cpuBegan] = [datoms, now, cpu]
    process.stdout.write(
      `${name}: ${(datoms / 1e6).toFixed(1)} M, ${rates.at(-1).toFixed(0)} thousand datoms a second, ${forCpu.toFixed(0)} for a second of processor\n`,
    )
  }
  while (rates.length < 10) {
    const data = []
    for (let i = 0; i < perTransaction; i++) data.push(...makers[name](n++, ids, random))
    waiting.push(conn.transact(data))
    if (waiting.length === underWay) await settle()
  }
  await Promise.all(waiting)
  await conn.release()
  const share = (100 * rates.at(-1)) / rates[1]
  process.stdout.write(`${name}: last tenth / second tenth: ${share.toFixed(0)} %\n`)
}

const directory = mkdtempSync(join(options.dir, 'yore-growth-import-'))
try {
  for (const name of Object.keys(makers))
    if (name.includes(options.only)) await grow(name, directory)
} finally {
  rmSync(directory, { recursive: true, force: true })
}
