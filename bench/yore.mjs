/**
 * Yore's adapter for the bench that measures it beside its peers (bench/README.md): one process, in memory.
 */

import { connect, createDatabase, deleteDatabase, q } from 'yore'

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

async function create(schema) {
  const uri = `yore:mem://bench-${count++}`
  await createDatabase(uri)
  const conn = await connect(uri)
  await conn.transact(schemaTx(schema))
  return { conn, uri, close: () => deleteDatabase(uri) }
}

async function load(system, { schema, transactions }) {
  const ids = new Map()
  const convert = converter(schema, (n) => ids.get(n) ?? String(n))
  for (const tx of transactions) {
    const { tempids } = await system.conn.transact(tx.map(convert))
    for (const [k, v] of Object.entries(tempids)) if (/^\d+$/.test(k)) ids.set(Number(k), v)
  }
  await system.conn.requestIndex()
  return ids
}

const five = ['p/name', 'p/last-name', 'p/sex', 'p/age', 'p/salary'].map(colon)

async function inFlight(n, submit, xs) {
  const window = []
  for (const x of xs) {
    if (window.length === n) await window.shift()
    window.push(submit(x))
  }
  await Promise.all(window)
}

function write(w, data) {
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
    system = await create(schema)
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

export default {
  name: 'yore',
  async open(w, read) {
    if (w.durable) return null // nothing on disk at this stage
    if (w.kind === 'write') return write(w, read())
    const data = read()
    const system = await create(data.schema)
    const ids = await load(system, data)
    if (w.kind === 'memory') return system
    const number = new Map([...ids].map(([n, e]) => [e, n]))
    const now = system.conn.db()
    const ts = [...system.conn.log().txRange()].map((x) => x.t)
    const db = w.view?.asOf
      ? now.asOf(ts.at(w.view.asOf - 1 - data.transactions.length))
      : w.view?.history
        ? now.history()
        : now
    const { close } = system
    if (w.kind === 'pull') {
      const root = Array.isArray(w.root) ? [colon(w.root[0]), w.root[1]] : ids.get(w.root)
      return { run: () => db.pull(w.pattern, root), rows: (x) => [[plain(x, number)]], close }
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
    if (w.each) return { run: () => w.each.flatMap((x) => q(w.query, db, x)), rows, close }
    return {
      run: () => q(w.query, db, ...inputs),
      fresh: (i) => q(w.query.replace(/\?(\w+)/g, `?$1-${i}`), db, ...inputs),
      rows,
      close,
    }
  },
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
