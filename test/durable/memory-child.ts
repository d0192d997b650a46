/**
 * The process of the test of memory: makes a database much larger than its cache (`make`), or reads all of one in several ways (`read`)
 * and prints what memory it took.
 */

import { readFileSync } from 'node:fs'
import { connect, createDatabase } from '../../packages/yore/src/embedded/connect.ts'
import { q } from '../../packages/yore/src/peer/query.ts'
import type { TxMap } from '../../packages/yore/src/peer/types.ts'

const [role = '', directory = '', count = '0', cache = '0'] = process.argv.slice(2)
const uri = `yore:file://${directory}/large`
const entities = Number(count)
const cacheBytes = Number(cache)
const perTransaction = 500

const attribute = (name: string, type: string, more: TxMap = {}): TxMap => ({
  ':db/ident': `:x/${name}`,
  ':db/valueType': `:db.type/${type}`,
  ':db/cardinality': ':db.cardinality/one',
  ...more,
})

let state = 7
const random = (n: number): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor((state / 2 ** 32) * n)
}
/** Nothing in it repeats: stored it is about as large as it is in memory. */
const text = (): string => {
  let out = ''
  for (let i = 0; i < 30; i++)
    out += random(2 ** 31)
      .toString(36)
      .padStart(7, 'x')
  return out
}

/** What the process holds for itself, and with the pages of files that the system keeps for it; greatest values so far. */
const peak = { own: 0, all: 0 }
function look(): void {
  let own = 0
  let all = 0
  for (const line of readFileSync('/proc/self/status', 'utf8').split('\n')) {
    const [key, kb] = line.split(/[:\s]+/)
    if (key === 'RssAnon') own = Number(kb) * 1024
    if (key === 'VmRSS') all = Number(kb) * 1024
  }
  peak.own = Math.max(peak.own, own)
  peak.all = Math.max(peak.all, all)
}

async function make(): Promise<void> {
  await createDatabase(uri)
  const conn = await connect(uri, { cacheBytes, durability: 'relaxed' })
  await conn.transact([
    attribute('n', 'long', { ':db/unique': ':db.unique/identity' }),
    attribute('text', 'string'),
    attribute('next', 'ref', { ':db/index': true }),
  ])
  let known: number[] = []
  for (let n = 0; n < entities; n += perTransaction) {
    const data = Array.from({ length: perTransaction }, (_, i) => ({
      ':db/id': `e${i}`,
      ':x/n': n + i,
      ':x/text': text(),
      ':x/next': known[i] ?? `e${(i + 1) % perTransaction}`,
    }))
    const { tempids } = await conn.transact(data)
    known = data.map((x) => Number(tempids[x[':db/id']]))
    look()
  }
  await conn.syncIndex(conn.db().basisT)
  look()
  await conn.release()
}

async function read(): Promise<object> {
  const conn = await connect(uri, { cacheBytes, readOnly: true })
  const db = conn.db()
  let n = 0
  let characters = 0
  for (const order of ['eavt', 'aevt', 'avet', 'vaet'] as const) {
    for (const { v } of db.datoms(order)) {
      if (typeof v === 'string') characters += v.length
      if (++n % 5000 === 0) look()
    }
  }
  look()
  const joined = q('[:find (count ?e) (sum ?n) :where [?e :x/next ?f] [?f :x/n ?n]]', db)
  look()
  let pulled = 0
  for (let i = 0; i < 2000; i++) {
    const found = db.pull('[:x/n :x/text {:x/next [:x/n :x/text]}]', [':x/n', random(entities)])
    pulled += JSON.stringify(found).length
    if (i % 50 === 0) look()
  }
  look()
  await conn.release()
  return { n, characters, joined, pulled }
}

/** The log a piece at a time: an answer is the caller's. */
async function readLog(): Promise<object> {
  const conn = await connect(uri, { cacheBytes, readOnly: true })
  const { nextT } = conn.db()
  const log = conn.log()
  let n = 0
  for (let t = 1000; t < nextT; t += 5000) {
    for (const { data } of log.txRange(t, t + 5000)) n += data.length
    look()
  }
  await conn.release()
  return { n }
}

look()
const before = { ...peak }
const roles: Readonly<Record<string, () => Promise<object | void>>> = { make, read, log: readLog }
const found = await roles[role]?.()
process.stdout.write(`${JSON.stringify({ ...found, before, peak })}\n`)
