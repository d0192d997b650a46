/**
 * SQLite's part of the bench of durable databases: better-sqlite3, WAL, synchronous=FULL, tables and indexes as one writes them by hand.
 * It keeps no past. Several transactions in flight are one commit, each in a savepoint.
 */

import { createRequire } from 'node:module'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { flights, items, owners, person } from './durable-data.mjs'
import { bench, percentile, timed } from './durable-tools.mjs'

const require = createRequire(join(process.env.YORE_SQLITE ?? process.cwd(), 'x.js'))

function open(path) {
  const Database = require('better-sqlite3')
  const db = new Database(path)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  return db
}

function persons(directory, name) {
  const db = open(join(directory, name))
  db.exec(`create table person(id integer primary key, name text, last text, age integer, salary integer, at integer);
    create index n on person(name); create index l on person(last); create index a on person(age); create index s on person(salary)`)
  const insert = db.prepare('insert into person(name, last, age, salary, at) values(?, ?, ?, ?, ?)')
  const one = db.transaction((n) => {
    const x = person(n)
    insert.run(x.name, x.last, x.age, x.salary, Date.now())
  })
  const many = db.transaction((from, to) => {
    for (let n = from; n < to; n++) one(n)
  })
  return { db, one, many }
}

const million = (directory) => join(directory, 'million.sqlite')
const ofOwner = 'select count(*) from item i join owner o on i.owner = o.id where o.name = ?'
const sums = 'select o.name, sum(i.price) from item i join owner o on i.owner = o.id group by o.id'

export const measures = {
  async latency(directory) {
    const { db, one } = persons(directory, 'one.sqlite')
    for (let i = 0; i < 300; i++) one(i)
    const times = []
    for (let i = 0; i < 2000; i++) {
      const began = performance.now()
      one(i)
      times.push(performance.now() - began)
    }
    db.close()
    return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) }
  },

  async flight(directory) {
    const out = {}
    for (const [n, total] of flights) {
      const { db, many } = persons(directory, `flight-${n}.sqlite`)
      many(0, 3000)
      const { ms, cpuMs } = await timed(() => {
        for (let i = 0; i < total; i += n) many(i, Math.min(total, i + n))
      })
      out[`rate${n}`] = (total / ms) * 1000
      out[`cpuUs${n}`] = (cpuMs / total) * 1000
      db.close()
    }
    return out
  },

  async million(directory) {
    const db = open(million(directory))
    db.exec(`create table owner(id integer primary key, name text unique);
      create table item(id integer primary key, key integer unique, name text, owner integer, price real, at integer);
      create index n on item(name); create index o on item(owner)`)
    const put = db.prepare('insert into item(key, name, owner, price, at) values(?, ?, ?, ?, ?)')
    const owner = db.prepare('insert into owner(id, name) values(?, ?)')
    db.transaction(() => {
      for (let i = 0; i < owners; i++) owner.run(i, `owner ${i}`)
    })()
    const tx = db.transaction((all) => {
      for (const x of all) put.run(x.key, x.name, x.owner, x.price, x.at)
    })
    const txs = [...items(1000)]
    const { ms, cpuMs } = await timed(() => {
      for (const all of txs) tx(all)
    })
    const datoms = 1000 * 200 * 5
    db.pragma('wal_checkpoint(TRUNCATE)')
    db.close()
    const bytes = statSync(million(directory)).size / datoms
    return { rate: (datoms / ms) * 1000, cpuS: cpuMs / 1000, bytes, fileBytes: bytes }
  },

  async first(directory) {
    const out = {}
    let db = null
    out.openMs = (await timed(() => (db = open(million(directory))))).ms
    out.lookupMs = (await timed(() => db.prepare(ofOwner).raw().all('owner 7'))).ms
    out.firstMs = out.openMs + out.lookupMs
    out.sumsMs = (await timed(() => db.prepare(sums).raw().all())).ms
    const [a, b] = [db.prepare(ofOwner).raw(), db.prepare(sums).raw()]
    out.warmLookupMs = await bench(() => a.all('owner 7'))
    out.warmSumsMs = await bench(() => b.all())
    db.close()
    return out
  },
}

export const ready = () => {}
