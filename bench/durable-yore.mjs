/** Yore's part of the bench of durable databases: one function for each measure; each runs in a process of its own. */

import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { connect, createDatabase, deleteDatabase, exportLog, importLog, q } from 'yore'
import { openFileStorage } from 'yore/storage/file'
import { readAllEdn } from 'yore/edn'
import { importMusic } from '../tour/import.mjs'
import { flights, items, owners, person, versions } from './durable-data.mjs'
import { bench, memoryNow, percentile, timed } from './durable-tools.mjs'
import { attribute, indexed, unique } from './schema.mjs'

const personSchema = [
  attribute('p/name', 'string', indexed),
  attribute('p/last', 'string', indexed),
  attribute('p/age', 'long', indexed),
  attribute('p/salary', 'long', indexed),
]
const itemSchema = [
  attribute('owner/name', 'string', unique),
  attribute('item/key', 'long', unique),
  attribute('item/name', 'string', indexed),
  attribute('item/owner', 'ref'),
  attribute('item/price', 'double'),
  attribute('item/at', 'instant'),
]
const versionSchema = [
  attribute('v/id', 'long', unique),
  attribute('v/number', 'long', indexed),
  attribute('v/text', 'string', indexed),
]
const personTx = (n) => {
  const { name, last, age, salary } = person(n)
  return [{ ':p/name': name, ':p/last': last, ':p/age': age, ':p/salary': salary }]
}

const uriOf = (directory, name) => `yore:file://${directory}/${name}`

async function fresh(directory, name, schema, options = {}) {
  const uri = uriOf(directory, name)
  await createDatabase(uri)
  const conn = await connect(uri, options)
  await conn.transact(schema)
  return conn
}

const fileBytes = (directory) =>
  readdirSync(directory).reduce((n, f) => n + statSync(join(directory, f)).size, 0)

/** Bytes of blobs, slots and roots that lie in the storage. */
async function storedBytes(directory, databaseId) {
  const storage = await openFileStorage({ directory, readOnly: true })
  const count = { blobs: 0, slots: 0 }
  for (let after; ;) {
    const ids = await storage.listBlobs(databaseId, { ...(after && { after }), limit: 1000 })
    if (ids.length === 0) break
    for (const bytes of await storage.getBlobs(databaseId, ids)) count.blobs += bytes.length
    after = ids.at(-1)
  }
  for (let from = 0; ;) {
    const slots = await storage.readSlots(databaseId, { from })
    if (slots.length === 0) break
    for (const { bytes } of slots) count.slots += bytes.length
    from = slots.at(-1).t + 1
  }
  await storage.close()
  return count
}

async function inFlight(conn, n, total) {
  let next = 0
  const worker = async () => {
    while (next < total) await conn.transact(personTx(next++))
  }
  return timed(() => Promise.all(Array.from({ length: n }, worker)))
}

async function importItems(conn, count, txs = items(count)) {
  const { tempids } = await conn.transact(
    Array.from({ length: owners }, (_, i) => ({ ':db/id': `o${i}`, ':owner/name': `owner ${i}` })),
  )
  let datoms = 0
  const waiting = []
  const next = async () => void (datoms += (await waiting.shift()).txData.length)
  for (const tx of txs) {
    waiting.push(
      conn.transact(
        tx.map((x) => ({
          ':item/key': x.key,
          ':item/name': x.name,
          ':item/owner': tempids[`o${x.owner}`],
          ':item/price': x.price,
          ':item/at': new Date(x.at),
        })),
      ),
    )
    if (waiting.length === 8) await next()
  }
  while (waiting.length > 0) await next()
  return datoms
}

function readInEveryOrder(db) {
  let n = 0
  for (const order of ['eavt', 'aevt', 'avet', 'vaet']) for (const _ of db.datoms(order)) n++
  return n
}

const ofOwner = `[:find (count ?i) . :in $ ?name :where [?o :owner/name ?name] [?i :item/owner ?o]]`
const sums = `[:find ?name (sum ?p) :where [?i :item/owner ?o] [?i :item/price ?p] [?o :owner/name ?name]]`

export const measures = {
  /** One transaction at a time. */
  async latency(directory) {
    const conn = await fresh(directory, 'one', personSchema)
    for (let i = 0; i < 300; i++) await conn.transact(personTx(i))
    const times = []
    for (let i = 0; i < 2000; i++) {
      const began = performance.now()
      await conn.transact(personTx(i))
      times.push(performance.now() - began)
    }
    await conn.release()
    return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) }
  },

  /** Several at a time, each number in a database of its own: else the last of them meets the index job that all of them brought about. */
  async flight(directory) {
    const out = {}
    for (const [n, total] of flights) {
      const conn = await fresh(directory, `flight-${n}`, personSchema)
      await inFlight(conn, 64, 3000)
      const { ms, cpuMs } = await inFlight(conn, n, total)
      out[`rate${n}`] = (total / ms) * 1000
      out[`cpuUs${n}`] = (cpuMs / total) * 1000
      await conn.release()
    }
    return out
  },

  /** MusicBrainz: read from EDN, transacted, indexed. */
  async music(directory) {
    const conn = await fresh(directory, 'music', [])
    let datoms = 0
    const { ms, cpuMs } = await timed(async () => {
      datoms = await importMusic(conn, { show: false })
    })
    const index = await timed(() => conn.syncIndex(conn.db().basisT))
    await conn.release()
    return { rate: (datoms / ms) * 1000, cpuS: cpuMs / 1000, indexS: index.ms / 1000, datoms }
  },

  /** A million datoms in transactions of 1000; the database stays for the measures after it. */
  async million(directory) {
    const conn = await fresh(directory, 'million', itemSchema)
    const txs = [...items(1000)]
    let datoms = 0
    const { ms, cpuMs } = await timed(async () => {
      datoms = await importItems(conn, 1000, txs)
    })
    const index = await timed(() => conn.syncIndex(conn.db().basisT))
    await conn.gcStorage(new Date(Date.now() + 1000))
    const all = conn.db().stats().datoms
    const { id } = conn.db()
    await conn.release()
    const { blobs, slots } = await storedBytes(directory, id)
    return {
      rate: (datoms / ms) * 1000,
      cpuS: cpuMs / 1000,
      indexS: index.ms / 1000,
      bytes: (blobs + slots) / all,
      fileBytes: fileBytes(directory) / all,
    }
  },

  /** The dump of the million, lines in memory, into a fresh database: until all of it is in stored segments. */
  async bulk(directory) {
    const out = {}
    for (const format of ['json', 'edn']) {
      const from = await connect(uriOf(directory, 'million'))
      const lines = []
      for await (const line of exportLog(from, { format })) lines.push(line)
      await from.release()
      const uri = uriOf(directory, `bulk-${format}`)
      let datoms = 0
      const { ms, cpuMs } = await timed(async () => ({ datoms } = await importLog(uri, lines)))
      await deleteDatabase(uri)
      const name = format === 'json' ? 'Json' : 'Edn'
      out[`rate${name}`] = (datoms / ms) * 1000
      out[`rateCpu${name}`] = (datoms / cpuMs) * 1000
    }
    return out
  },

  /** From the start of the process's first call to the first answer, on the million. */
  async first(directory) {
    const out = {}
    let conn = null
    out.openMs = (await timed(async () => (conn = await connect(uriOf(directory, 'million'))))).ms
    out.lookupMs = (await timed(() => q(ofOwner, conn.db(), 'owner 7'))).ms
    out.firstMs = out.openMs + out.lookupMs
    out.sumsMs = (await timed(() => q(sums, conn.db()))).ms
    out.warmLookupMs = await bench(() => q(ofOwner, conn.db(), 'owner 7'))
    out.warmSumsMs = await bench(() => q(sums, conn.db()))
    await conn.release()
    return out
  },

  /** 100,000 datoms behind the index: in transactions of 5 datoms, and of 1000. */
  async novelty(directory) {
    const out = {}
    for (const [name, size] of [
      ['small', 1],
      ['large', 250],
    ]) {
      const uri = uriOf(directory, name)
      const conn = await fresh(directory, name, personSchema)
      let datoms = 0
      const all = []
      for (let n = 0; datoms < 100_000; n += size) {
        datoms += size * 4 + 1
        all.push(conn.transact(Array.from({ length: size }, (_, i) => personTx(n + i)[0])))
      }
      await Promise.all(all)
      await conn.release()
      let again = null
      out[`${name}Ms`] = (await timed(async () => (again = await connect(uri)))).ms
      await again.release()
    }
    return out
  },

  /** Everything of the million in the cache: read once in every order, and again and again. */
  async memory(directory) {
    const uri = uriOf(directory, 'million')
    // what the first connection costs, whatever is in the database
    await (await fresh(directory, 'empty', itemSchema)).release()
    const before = memoryNow()
    const conn = await connect(uri, { cacheBytes: 2 ** 31 })
    const db = conn.db()
    const { datoms } = db.stats()
    const rows = readInEveryOrder(db)
    const held = memoryNow()
    for (let i = 0; i < 4; i++) readInEveryOrder(db)
    const heldInUse = memoryNow()
    await conn.release()
    const per = (bytes) => (bytes - before) / datoms
    return { bytes: per(held), bytesInUse: per(heldInUse), rows: rows / datoms }
  },

  /** Datoms that no index job has put into segments yet, in all orders: of persons one at a time, and of items 200 at a time. */
  async live(directory) {
    const options = { memoryIndexThreshold: 2 ** 30, memoryIndexMax: 2 ** 32 }
    // what the first transactions cost, whatever is in the database
    const first = await fresh(directory, 'empty', personSchema, options)
    await inFlight(first, 64, 2000)
    await first.release()
    const small = await fresh(directory, 'live-small', personSchema, options)
    const before = memoryNow()
    await inFlight(small, 64, 40_000)
    const bytesSmall = (memoryNow() - before) / (5 * 40_000)
    await small.release()
    const large = await fresh(directory, 'live-large', itemSchema, options)
    const start = memoryNow()
    const datoms = await importItems(large, 200)
    const bytesLarge = (memoryNow() - start) / datoms
    await large.release()
    return { bytesSmall, bytesLarge }
  },

  /** As-of of a database without past data. */
  async asOf(directory) {
    const conn = await connect(uriOf(directory, 'million'))
    const db = conn.db()
    const past = db.asOf(db.basisT - 1)
    const lookup = (x) => () => q(ofOwner, x, 'owner 7')
    const all = (x) => () => q(sums, x)
    const scan = (x) => () => {
      let n = 0
      for (const _ of x.datoms('aevt', ':item/price')) n++
      return n
    }
    const out = {}
    for (const [name, run] of [
      ['lookup', lookup],
      ['sums', all],
      ['scan', scan],
    ]) {
      const [now, then] = [await bench(run(db)), await bench(run(past))]
      out[`${String(name)}Ratio`] = then / now
    }
    await conn.release()
    return out
  },

  /** The present, when every value has had 100 earlier versions, beside a database that has only the present. */
  async versions(directory) {
    const entities = 3000
    const tx = (version) =>
      Array.from(versions(entities, version), (x) => ({
        ':v/id': x.id,
        ':v/number': x.number,
        ':v/text': x.text,
      }))
    const old = await fresh(directory, 'old', versionSchema)
    for (let version = 0; version <= 100; version++) await old.transact(tx(version))
    const young = await fresh(directory, 'young', versionSchema)
    await young.transact(tx(100))
    for (const conn of [old, young]) await conn.syncIndex(conn.db().basisT)
    const runs = {
      lookup: (db) => () => q('[:find ?t . :where [?e :v/id 77] [?e :v/text ?t]]', db),
      byValue: (db) => () => q('[:find ?i :where [?e :v/number 1234] [?e :v/id ?i]]', db),
      join: (db) => () =>
        q('[:find ?i ?n ?t :where [?e :v/id ?i] [?e :v/number ?n] [?e :v/text ?t]]', db),
      sum: (db) => () => q('[:find (sum ?n) . :with ?e :where [?e :v/number ?n]]', db),
      pull: (db) => () => db.pull('[*]', [':v/id', 77]),
    }
    const out = {}
    for (const [name, run] of Object.entries(runs)) {
      const [a, b] = [run(old.db()), run(young.db())]
      // in turns: what else the machine does concerns both
      const ratios = []
      for (let i = 0; i < 5; i++) ratios.push((await bench(a, 150)) / (await bench(b, 150)))
      out[`${name}Ratio`] = percentile(ratios, 0.5)
    }
    await old.release()
    await young.release()
    return out
  },
}

// so that the time of the first reading of code counts nowhere
export const ready = () => readAllEdn('[]')
