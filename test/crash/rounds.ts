/**
 * Kill tests: a process writes, is killed at a random moment, and what is there afterwards is held against what it had been told.
 *
 * (1) Every transaction that was acknowledged is there, none twice, in order; others are there whole or not at all.
 * (2) `verify` is clean: every order and the log hold the same datoms.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { bundleTo } from '../bundled.ts'
import { openFileStorage } from '../../packages/yore/src/storage/drivers/file.ts'
import { connect, createDatabase } from '../../packages/yore/src/embedded/connect.ts'
import { verifyDatabase } from '../../packages/yore/src/embedded/verify.ts'
import type { Connection } from '../../packages/yore/src/peer/connection.ts'
import { q } from '../../packages/yore/src/peer/query.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
let child: Promise<string> | null = null

/** The child as one file, which starts faster than its sources. It lies where packages are found. */
async function bundle(): Promise<string> {
  const folder = `${root}node_modules/.cache/yore-crash/${globalThis.process.pid}`
  const outfile = `${folder}/child.mjs`
  await bundleTo(outfile, 'test/crash/child.ts')
  // where the child looks for its worker of index jobs
  const worker = 'packages/yore/src/transactor/index-worker-main-node.ts'
  await bundleTo(`${folder}/index-worker-main-node.js`, worker)
  return outfile
}

const attribute = (name: string, type: string, more: object = {}): object => ({
  ':db/ident': `:crash/${name}`,
  ':db/valueType': `:db.type/${type}`,
  ':db/cardinality': ':db.cardinality/one',
  ...more,
})

export interface Rounds {
  readonly directory: string
  readonly rounds: number
  /** How many transactions a process may be told of before it is killed: about one in a millisecond. */
  readonly toldMax: number
  readonly durability?: 'durable' | 'relaxed'
  readonly random: () => number
  readonly tell?: (line: string) => void
}

interface Told {
  readonly t: number
  readonly id: string
}

/** Runs so many rounds on one database; throws at the first thing that is wrong. */
export async function crashRounds(
  options: Rounds,
): Promise<{ transactions: number; jobs: number }> {
  const uri = `yore:file://${options.directory}/crash`
  await createDatabase(uri)
  const conn = await connect(uri)
  await conn.transact([
    attribute('id', 'string', { ':db/unique': ':db.unique/identity' }),
    attribute('worker', 'long'),
    attribute('round', 'long', { ':db/index': true }),
    attribute('text', 'string'),
    attribute('last', 'string'),
    attribute('others', 'ref', { ':db/cardinality': ':db.cardinality/many' }),
  ] as never)
  await conn.release()
  const told: Told[] = []
  let jobs = 0
  for (let round = 0; round < options.rounds; round++) {
    const lines = await killed(uri, round, options)
    told.push(...lines)
    const storage = await openFileStorage({ directory: options.directory, readOnly: true })
    // the note of a job that has not ended
    jobs += (await storage.listRoots('job/')).length
    await storage.close()
    const checked = await connect(uri)
    try {
      await verify(checked, told, options.durability ?? 'durable')
    } catch (error) {
      throw new Error(`round ${round} of ${options.directory}: ${String(error)}`, { cause: error })
    }
    options.tell?.(`round ${round}: ${lines.length} acknowledged, t ${checked.db().basisT}`)
    await checked.release()
  }
  return { transactions: told.length, jobs }
}

async function killed(
  uri: string,
  round: number,
  { random, toldMax, durability = 'durable' }: Rounds,
): Promise<Told[]> {
  const indexing = round % 2 === 0 ? 'worker' : 'pieces'
  const args = [await (child ??= bundle()), uri, String(round), durability, indexing]
  const process = spawn(globalThis.process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(process, 'exit')
  const lines: Told[] = []
  const enough = 1 + Math.floor(random() * toldMax)
  const kill = (): boolean => process.kill('SIGKILL')
  let isReady = false
  const reading = (async () => {
    for await (const line of createInterface(process.stdout)) {
      if (line === 'ready') {
        isReady = true
        // at the latest, if it is held up
        setTimeout(kill, 20 * toldMax)
      } else {
        const [t, id] = line.split(' ')
        // the last line may have been cut
        if (id !== undefined) lines.push({ t: Number(t), id })
        // a machine that does other things too gets as far, only later
        if (lines.length === enough) setTimeout(kill, random() * 10)
      }
    }
  })()
  const [, signal] = (await exited) as [number | null, string | null]
  await reading
  if (!isReady || signal !== 'SIGKILL') throw new Error('the process ended by itself')
  return lines
}

/** Relaxed, a round loses its last transactions and no others. */
function checkEnds(told: readonly Told[], missing: readonly Told[]): void {
  const lost = new Map<string, number>()
  for (const { t, id } of missing) {
    const [round] = id.split('-') as [string]
    lost.set(round, Math.min(t, lost.get(round) ?? Infinity))
  }
  const gone = new Set(missing)
  for (const one of told) {
    const [round] = one.id.split('-') as [string]
    const from = lost.get(round) ?? Infinity
    if (one.t > from && !gone.has(one)) {
      throw new Error(`of round ${round} t ${from} is lost, but t ${one.t} is there`)
    }
  }
}

async function verify(
  conn: Connection,
  told: readonly Told[],
  durability: 'durable' | 'relaxed',
): Promise<void> {
  const db = conn.db()
  const log = conn.log().txRange()
  const ids = new Map<string, number>()
  let last = 0
  const idAttribute = db.attribute(':crash/id')?.id
  for (const { t, data } of log) {
    if (t <= last) throw new Error(`t ${t} follows t ${last}`)
    last = t
    for (const d of data) {
      if (d.a !== idAttribute || !d.added || String(d.v).startsWith('last-')) continue
      const id = String(d.v)
      if (ids.has(id)) throw new Error(`${id} is there twice, at ${ids.get(id)} and ${t}`)
      ids.set(id, t)
    }
  }
  const missing = told.filter(({ t, id }) => ids.get(id) !== t)
  if (durability === 'durable' && missing.length > 0) {
    throw new Error(`acknowledged, and not there: ${JSON.stringify(missing.slice(0, 5))}`)
  }
  checkEnds(told, missing)
  const report = await verifyDatabase(conn)
  if (!report.ok) throw new Error(`verify tells ${JSON.stringify(report.problems.slice(0, 3))}`)
  const counted = q('[:find (count ?e) . :where [?e :crash/worker]]', db) as number | null
  if ((counted ?? 0) !== ids.size) throw new Error(`${counted} entities, ${ids.size} in the log`)
}
