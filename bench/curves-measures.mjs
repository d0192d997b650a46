/** What bench/curves.mjs measures: at a number of datoms, and at a number of versions. Each gives figures by name, with their unit. */

import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { backupDatabase, connect, createDatabase, q } from 'yore'
import { rng } from './durable-data.mjs'
import { bench, memoryNow, percentile, timed } from './durable-tools.mjs'
import { attribute, indexed, unique } from './schema.mjs'

const us = (ms) => ({ value: ms * 1000, unit: 'us' })

async function fresh(directory, name, schema, options) {
  const uri = `yore:file://${directory}/${name}`
  await createDatabase(uri)
  const conn = await connect(uri, options)
  await conn.transact(schema)
  return { uri, conn }
}

/** The median of calls that each ask for something else; the code is warm before. */
async function calls(run, forMs = 700) {
  const random = rng(7)
  await bench(() => run(random), 300)
  return us(await bench(() => run(random), forMs))
}

async function medianOf(times, run) {
  const all = []
  for (let i = 0; i < times; i++) all.push((await timed(() => run(i))).ms)
  return us(percentile(all, 0.5))
}

// -------------------------------------------------------------------------------------------- how many datoms

const perOwner = 100
const perTree = 1000
const perTransaction = 200
const itemSchema = [
  attribute('owner/name', 'string', unique),
  attribute('item/key', 'long', unique),
  attribute('item/name', 'string'),
  attribute('item/owner', 'ref'),
  attribute('item/price', 'long', indexed),
  attribute('item/parent', 'ref'),
]
const named = (n) => ({
  ':item/key': n,
  ':item/name': `item ${n}`,
  ':item/price': (n * 7919) % 1_000_003,
})

/** Items, five datoms and an owner's share each, in trees of a thousand: the parent of the jth is the one at j/2. */
async function fillWithItems(conn, datoms) {
  const keys = []
  const owners = []
  const waiting = []
  const next = async () => {
    const { from, count, report } = waiting.shift()
    const { tempids } = await report
    for (let i = from; i < from + count; i++) keys[i] = tempids[`i${i}`]
    for (const [name, id] of Object.entries(tempids))
      if (name[0] === 'o') owners[Number(name.slice(1))] = id
  }
  const count = Math.floor(datoms / 5)
  for (let from = 0; from < count; from += perTransaction) {
    const size = Math.min(perTransaction, count - from)
    const data = []
    for (let i = from; i < from + size; i++) {
      const owner = Math.floor(i / perOwner)
      if (i % perOwner === 0) data.push({ ':db/id': `o${owner}`, ':owner/name': `owner ${owner}` })
      const j = i % perTree
      const parent = i - j + Math.floor(j / 2)
      data.push({
        ':db/id': `i${i}`,
        ...named(i),
        ':item/owner': owners[owner] ?? `o${owner}`,
        ...(j > 0 && { ':item/parent': keys[parent] ?? `i${parent}` }),
      })
    }
    waiting.push({ from, count: size, report: conn.transact(data) })
    // parents and owners lie in transactions before: one at a time has their ids
    await next()
  }
  return count
}

const star = `[:find ?k ?n ?p :in $ ?name :where [?o :owner/name ?name] [?i :item/owner ?o] [?i :item/key ?k] [?i :item/name ?n] [?i :item/price ?p]]`
const range = `[:find ?i ?p :in $ ?from ?to :where [?i :item/price ?p] [(>= ?p ?from)] [(< ?p ?to)]]`
const rules = `[[(below ?x ?y) [?y :item/parent ?x]] [(below ?x ?y) [?z :item/parent ?x] (below ?z ?y)]]`
const below = `[:find (count ?y) . :in $ % ?key :where [?x :item/key ?key] (below ?x ?y)]`
const lookup = `[:find ?n . :in $ ?k :where [?i :item/key ?k] [?i :item/name ?n]]`

/** @param datoms how many the database holds when it is measured */
export async function sizeMeasures(directory, datoms) {
  const { uri, conn: first } = await fresh(directory, 'items', itemSchema, {
    durability: 'relaxed',
  })
  const count = await fillWithItems(first, datoms)
  await first.syncIndex(first.db().basisT)
  await first.gcStorage(new Date(Date.now() + 1000))
  const backup = mkdtempSync(join(directory, 'backup-'))
  await backupDatabase(first, backup)
  await first.release()

  globalThis.gc?.()
  const before = memoryNow()
  let conn = null
  const out = {}
  out.opening = await medianOf(5, async () => {
    await conn?.release()
    conn = await connect(uri)
  })
  const db = conn.db()
  const pick = (random, n) => Math.floor(random() * n)
  out['point look-up'] = await calls((random) => q(lookup, db, pick(random, count)))
  out['star join of 100 entities'] = await calls((random) =>
    q(star, db, `owner ${pick(random, count / perOwner)}`),
  )
  // prices are spread evenly: so many of them hold a thousand items, or all
  const share = Math.min(1_000_003, Math.round((1_000_003 * 1000) / count))
  out['range of 1,000'] = await calls((random) => {
    const from = pick(random, 1_000_004 - share)
    return q(range, db, from, from + share)
  })
  out['rule, 1,000 reachable'] = await calls((random) =>
    q(below, db, rules, pick(random, Math.floor(count / perTree)) * perTree),
  )
  out['memory after reading'] = { value: (memoryNow() - before) / 2 ** 20, unit: 'MB' }

  let n = count
  out['transaction of 5 datoms'] = await medianOf(200, () =>
    conn.transact([{ ...named(n++), ':db/doc': 'new' }]),
  )
  out['transaction of 1,000 datoms'] = await medianOf(20, () =>
    conn.transact(Array.from({ length: 333 }, () => named(n++))),
  )
  // 1000 and 20,000 datoms of the transactions above, then 10,000 more
  await backupDatabase(conn, backup)
  for (let i = 0; i < 10; i++) await conn.transact(Array.from({ length: 333 }, () => named(n++)))
  out['backup of 10,000 new datoms'] = us((await timed(() => backupDatabase(conn, backup))).ms)
  await conn.release()
  return out
}

// ------------------------------------------------------------------------------------------ how many versions

const entities = 200
const versionSchema = [
  attribute('v/id', 'long', unique),
  attribute('v/number', 'long', indexed),
  attribute('v/text', 'string'),
]
const byId = '[:find ?t . :in $ ?id :where [?e :v/id ?id] [?e :v/text ?t]]'
const byNumber =
  '[:find ?e ?n :in $ ?from ?to :where [?e :v/number ?n] [(>= ?n ?from)] [(< ?n ?to)]]'

/** @param versions how many values each of 200 entities has had in each of two attributes */
export async function versionMeasures(directory, versions) {
  const { conn } = await fresh(directory, 'versions', versionSchema, { durability: 'relaxed' })
  let middle = 0
  for (let v = 0; v < versions; v++) {
    const tx = Array.from({ length: entities }, (_, i) => ({
      ':v/id': i,
      ':v/number': (i * 31 + v * 17) % 5000,
      ':v/text': `text ${i * 7 + v}`,
    }))
    const { dbAfter } = await conn.transact(tx)
    if (v <= versions / 2) middle = dbAfter.basisT
  }
  await conn.syncIndex(conn.db().basisT)
  const db = conn.db()
  const past = db.asOf(middle)
  const pick = (random, n) => Math.floor(random() * n)
  const point = (x) => calls((random) => q(byId, x, pick(random, entities)))
  const between = (x) => calls((random) => q(byNumber, x, 1000, 3000 + pick(random, 1000)))
  const out = {
    'point, present': await point(db),
    'range, present': await between(db),
    'point, as-of': await point(past),
    'range, as-of': await between(past),
    'history of one': await calls((random) =>
      q(
        '[:find ?t ?tx ?op :in $ ?id :where [?e :v/id ?id] [?e :v/text ?t ?tx ?op]]',
        db.history(),
        pick(random, entities),
      ),
    ),
  }
  await conn.release()
  return out
}
