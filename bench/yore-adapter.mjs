/**
 * Yore's adapter for the bench that measures it beside its peers (README.md): in one process, in memory or in files. In files the rows that
 * read begin with an empty cache, and of those that write only the durable ones are measured.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createDatabase, deleteDatabase, explain, exportLog, importLog, q } from 'yore'
import { memoryNow } from './durable-tools.mjs'

let count = 0
const colon = (text) => `:${text}`

function schemaTx(schema) {
  return Object.entries(schema)
    .filter(([a]) => a !== 'db/ident')
    .map(([a, { type, many, unique, index }]) => ({
      ':db/ident': colon(a),
      ':db/valueType': `:db.type/${type}`,
      ':db/cardinality': many ? ':db.cardinality/many' : ':db.cardinality/one',
      ...(unique && { ':db/unique': ':db.unique/identity' }),
      ...(index && { ':db/index': true }),
    }))
}

// Entities of the file are tempids when first seen, then the ids that these became.
function converter(schema, idOf) {
  const value = (a, x) => {
    const { type } = schema[a]
    if (type === 'keyword') return colon(x)
    if (type !== 'ref') return x
    if (typeof x === 'number') return idOf(x)
    if (Array.isArray(x)) return x[0] === 'db/ident' ? colon(x[1]) : [colon(x[0]), x[1]]
    return entity(x)
  }
  const entity = (e) => {
    const out = {}
    for (const [a, v] of Object.entries(e)) {
      if (a === 'db/id') out[':db/id'] = idOf(v)
      else out[colon(a)] = schema[a].many ? v.map((x) => value(a, x)) : value(a, v)
    }
    return out
  }
  return entity
}

/** Where databases of a mode live: in this process, or each in a directory of its own that is taken away afterwards. */
const places = {
  memory: () => ({ uri: `yore:mem://bench-${count++}`, remove: (uri) => deleteDatabase(uri) }),
  file: () => {
    const directory = mkdtempSync(join(process.env.BENCH_TMP ?? tmpdir(), 'yore-bench-'))
    const remove = () => rmSync(directory, { recursive: true, force: true })
    return { uri: `yore:file://${directory}/bench`, remove }
  },
}

async function create(mode, schema, options = {}) {
  const { uri, remove } = places[mode]()
  await createDatabase(uri)
  const system = {
    uri,
    conn: await connect(uri, options),
    /** As another process would find it: nothing is in the cache. */
    async reopen() {
      await system.conn.release()
      system.conn = await connect(uri)
    },
    async close() {
      await system.conn.release()
      await remove(uri)
    },
  }
  await system.conn.transact(schemaTx(schema))
  return system
}

async function load(system, { schema, transactions }) {
  const ids = new Map()
  const convert = converter(schema, (n) => ids.get(n) ?? String(n))
  for (const tx of transactions) {
    const { tempids } = await system.conn.transact(tx.map(convert))
    for (const [k, v] of Object.entries(tempids)) if (/^\d+$/.test(k)) ids.set(Number(k), v)
  }
  await system.conn.syncIndex(system.conn.db().basisT)
  return ids
}

/** What an open database takes when all of it was read in every order and is in the cache. */
async function cachedBytes(system) {
  await system.conn.release()
  const before = memoryNow()
  system.conn = await connect(system.uri, { cacheBytes: 2 ** 31 })
  const db = system.conn.db()
  let datoms = 0
  for (const order of ['eavt', 'aevt', 'avet', 'vaet']) for (const _ of db.datoms(order)) datoms++
  return datoms > 0 ? memoryNow() - before : 0
}

const five = ['p/name', 'p/last-name', 'p/sex', 'p/age', 'p/salary'].map(colon)

const fiveOf = (p) => Object.fromEntries(five.map((a) => [a, p[a]]))

async function inFlight(n, submit, xs) {
  const window = []
  for (const x of xs) {
    if (window.length === n) await window.shift()
    window.push(submit(x))
  }
  await Promise.all(window)
}

function write(mode, w, data) {
  if (w.op === 'init') return bulkLoad(mode, w, data)
  const { schema, transactions } = data
  const batches = transactions.map((tx) => tx.map(converter(schema, String)))
  const people = batches.flat()
  const each = async (conn, datas) => {
    for (const d of datas) await conn.transact(d)
  }
  let system
  let eids = []
  const fresh = async () => {
    await system?.close()
    system = await create(mode, schema)
  }
  const run = {
    'add-1': async () => {
      const { conn } = system
      for (const p of people) {
        const { tempids } = await conn.transact([[':db/add', p[':db/id'], five[0], p[five[0]]]])
        const e = tempids[p[':db/id']]
        for (const a of five.slice(1)) await conn.transact([[':db/add', e, a, p[a]]])
      }
    },
    'add-5': () =>
      w.inFlight
        ? inFlight(w.inFlight, (p) => system.conn.transact([p]), people)
        : each(
            system.conn,
            people.map((p) => [p]),
          ),
    'add-all': () => each(system.conn, [people]),
    'retract-5': () =>
      each(
        system.conn,
        eids.map((e) => [[':db/retractEntity', e]]),
      ),
    import: () => each(system.conn, batches),
    durable: () => {
      const some = people.slice(0, w.txs).map(fiveOf)
      return w.inFlight > 1
        ? inFlight(w.inFlight, (p) => system.conn.transact([p]), some)
        : each(
            system.conn,
            some.map((p) => [p]),
          )
    },
  }[w.op]
  if (run === undefined) return null
  return {
    before:
      w.op === 'retract-5'
        ? async () => {
            await fresh()
            const ids = await load(system, data)
            eids = transactions.flat().map((e) => ids.get(e['db/id']))
          }
        : fresh,
    run,
    rows: () => q(w.query, system.conn.db()),
    close: () => system?.close(),
  }
}

/** Loading in bulk: the log of a database that has it all, as JSON lines, into a new one; transactions are not run again. */
function bulkLoad(mode, w, data) {
  let lines = null
  let target = null
  const remove = async () => {
    await target?.conn?.release()
    if (target !== null) await target.remove(target.uri)
    target = null
  }
  return {
    before: async () => {
      if (lines === null) {
        const source = await create(mode, data.schema)
        await load(source, data)
        lines = []
        for await (const line of exportLog(source.conn, { format: 'json' })) lines.push(line)
        await source.close()
      }
      await remove()
      target = places[mode]()
    },
    run: async () => importLog(target.uri, lines),
    rows: async () => {
      target.conn = await connect(target.uri)
      return q(w.query, target.conn.db())
    },
    close: remove,
  }
}

/** What answering a query reads. */
function countsOf(text, db, argLists) {
  const out = { datoms: 0, segments: 0, reads: 0, bytes_read: 0 }
  for (const args of argLists) {
    const { datoms, segments, reads, bytes } = explain(text, db, ...args).plan
    out.datoms += datoms
    out.segments += segments
    out.reads += reads
    out.bytes_read += bytes
  }
  return out
}

/** The database that a workload looks at. */
function viewOf(conn, { view }, transactions) {
  const now = conn.db()
  if (view?.history) return now.history()
  if (!view?.asOf) return now
  const ts = [...conn.log().txRange()].map((x) => x.t)
  return now.asOf(ts.at(view.asOf - 1 - transactions.length))
}

async function read(mode, w, data) {
  const system = await create(mode, data.schema, mode === 'file' ? { durability: 'relaxed' } : {})
  const ids = await load(system, data)
  if (w.kind === 'memory') {
    if (mode === 'memory') return system
    return { bytes: () => cachedBytes(system), close: () => system.close() }
  }
  if (mode === 'file') await system.reopen()
  const number = new Map([...ids].map(([n, e]) => [e, n]))
  let db = viewOf(system.conn, w, data.transactions)
  const close = () => system.close()
  const counting = (text, argLists) => async () => {
    if (mode === 'file') {
      await system.reopen()
      db = viewOf(system.conn, w, data.transactions)
    }
    return countsOf(text, db, argLists)
  }
  if (w.kind === 'pull') {
    const root = Array.isArray(w.root) ? [colon(w.root[0]), w.root[1]] : ids.get(w.root)
    const counts = counting(`[:find (pull ?e ${w.pattern}) . :in $ ?e]`, [
      [Array.isArray(root) ? db.entid(root) : root],
    ])
    return {
      run: () => db.pull(w.pattern, root),
      rows: (x) => [[plain(x, number)]],
      counts,
      close,
    }
  }
  if (w.kind === 'datoms') {
    const a = colon(w.attr)
    const es = Array.from({ length: w.ids[1] - w.ids[0] }, (_, i) => [
      w.ids[0] + i,
      ids.get(w.ids[0] + i),
    ])
    const first = (e) => {
      for (const d of db.datoms(':eavt', e, a)) return d.v
      return null
    }
    return { run: () => es.map(([n, e]) => [n, first(e)]), rows: (x) => x, close }
  }
  const inputs = [...(w.rules ? [w.rules] : []), ...(w.args ?? [])]
  const entity = [...w.cols].map((c) => c === 'e')
  const text = [...w.cols].map((c) => c === 's')
  const rows = (x) =>
    x.map((row) =>
      row.map((v, i) =>
        entity[i]
          ? number.get(v)
          : text[i] && typeof v === 'string'
            ? v.replace(/^:/, '')
            : w.cols[i] === 't'
              ? plain(v, number)
              : v,
      ),
    )
  const counts = counting(w.query, w.each ? w.each.map((x) => [x]) : [inputs])
  if (w.each) return { run: () => w.each.flatMap((x) => q(w.query, db, x)), rows, counts, close }
  return {
    run: () => q(w.query, db, ...inputs),
    fresh: (i) => q(w.query.replace(/\?(\w+)/g, `?$1-${i}`), db, ...inputs),
    rows,
    counts,
    close,
  }
}

/** The adapter of a mode. */
export function adapter(name, mode) {
  return {
    name,
    async open(w, data) {
      const isWrite = w.kind === 'write'
      const isMeasured = mode === 'file' ? w.durable || !isWrite : !w.durable
      if (!isMeasured) return null
      return isWrite ? write(mode, w, data()) : read(mode, w, data())
    },
  }
}

// Trees with keys without the colon, entities as their number in the file.
function plain(x, number) {
  if (Array.isArray(x)) return x.map((y) => plain(y, number))
  if (x === null || typeof x !== 'object') return typeof x === 'string' ? x.replace(/^:/, '') : x
  if (x instanceof Date) return x
  return Object.fromEntries(
    Object.entries(x).map(([k, v]) => [
      k.replace(/^:/, ''),
      k === ':db/id' ? number.get(v) : plain(v, number),
    ]),
  )
}
