/**
 * Kill tests of care: a process that writes, backs up, collects, indexes and excises all the time is killed at a random moment.
 *
 * (1) Every acknowledged transaction is there, once; nothing is wrong with the database (`verifyDatabase`).
 * (2) Every acknowledged backup is listed, and whole; the newest can be restored, and is what the database was at its t.
 * (3) What was excised is gone, and stays gone; what was only asked for is carried out after the next start.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { listBackups, restoreDatabase } from '../../packages/yore/src/embedded/backup.ts'
import { bundled } from '../bundled.ts'
import { connect, createDatabase } from '../../packages/yore/src/embedded/connect.ts'
import { verifyBackup, verifyDatabase } from '../../packages/yore/src/embedded/verify.ts'
import type { Connection } from '../../packages/yore/src/peer/connection.ts'
import { q } from '../../packages/yore/src/peer/query.ts'
import type { TxMap } from '../../packages/yore/src/peer/types.ts'

const attribute = (name: string, type: string, more: TxMap = {}): TxMap => ({
  ':db/ident': `:care/${name}`,
  ':db/valueType': `:db.type/${type}`,
  ':db/cardinality': ':db.cardinality/one',
  ...more,
})

export interface CareRounds {
  readonly directory: string
  readonly rounds: number
  /** The longest that a process lives after it is ready, milliseconds. */
  readonly lifeMs: number
  readonly random: () => number
  readonly tell?: (line: string) => void
}

interface Told {
  readonly what: string
  readonly t: number
  readonly id: string
}

/** What was done, how often. */
export type CareCounts = Record<string, number>

export async function careRounds(options: CareRounds): Promise<CareCounts> {
  const { directory, rounds, tell } = options
  const uri = `yore:file://${directory}/data/care`
  const backups = join(directory, 'backups')
  await createDatabase(uri)
  const conn = await connect(uri)
  await conn.transact([
    attribute('id', 'string', { ':db/unique': ':db.unique/identity' }),
    attribute('worker', 'long', { ':db/index': true }),
    attribute('text', 'string', { ':db/fulltext': true }),
    attribute('last', 'string'),
  ])
  await conn.release()
  const told: Told[] = []
  const counts: CareCounts = {}
  for (let round = 0; round < rounds; round++) {
    const lines = await killed([uri, backups, String(round)], options)
    told.push(...lines)
    for (const { what } of lines) counts[what] = (counts[what] ?? 0) + 1
    try {
      const report = await verifyDatabase(uri)
      expectTrue(report.ok, `verify: ${JSON.stringify(report.problems.slice(0, 3))}`)
      const checked = await connect(uri)
      await checkDatabase(checked, told)
      await checked.release()
      const after = await verifyDatabase(uri)
      expectTrue(after.ok, `verify afterwards: ${JSON.stringify(after.problems.slice(0, 3))}`)
      await checkBackups(options, uri, told, round % 3 === 0)
    } catch (error) {
      throw new Error(`round ${round} of ${directory}: ${String(error)}`, { cause: error })
    }
    tell?.(`round ${round}: ${lines.length} acknowledged, the last ${lines.at(-1)?.what ?? 'none'}`)
  }
  return counts
}

function expectTrue(is: boolean, what: string): void {
  if (!is) throw new Error(what)
}

async function killed(args: readonly string[], { random, lifeMs }: CareRounds): Promise<Told[]> {
  const program = await bundled('test/durable/care-child.ts')
  const running = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(running, 'exit')
  const lines: Told[] = []
  let isReady = false
  const reading = (async () => {
    for await (const line of createInterface(running.stdout)) {
      if (line === 'ready') {
        isReady = true
        setTimeout(() => running.kill('SIGKILL'), random() * lifeMs)
      } else {
        const [what, t, id] = line.split(' ')
        // the last line may have been cut
        if (id !== undefined && id !== '') lines.push({ what: what as string, t: Number(t), id })
      }
    }
  })()
  const [, signal] = (await exited) as [number | null, string | null]
  await reading
  expectTrue(isReady && signal === 'SIGKILL', 'the process ended by itself')
  // the pipe may cut the last line within the id
  return lines
}

const basisOf = (told: readonly Told[], what: string): number =>
  Math.max(0, ...told.filter((x) => x.what === what).map((x) => x.t))

async function checkDatabase(conn: Connection, told: readonly Told[]): Promise<void> {
  const ids = new Map<string, number>()
  const idAttribute = conn.db().attribute(':care/id')?.id
  let last = 0
  for (const { t, data } of conn.log().txRange()) {
    expectTrue(t > last, `t ${t} follows t ${last}`)
    last = t
    for (const d of data) {
      if (d.a !== idAttribute || !d.added || String(d.v).startsWith('last-')) continue
      expectTrue(!ids.has(String(d.v)), `${String(d.v)} is there twice`)
      ids.set(String(d.v), t)
    }
  }
  const missing = told.filter(({ what, t, id }) => what === 'tx' && ids.get(id) !== t)
  expectTrue(missing.length === 0, `not there: ${JSON.stringify(missing.slice(0, 5))}`)
  const gone = (what: string): void => {
    for (const x of told) {
      if (x.what === what) expectTrue(!ids.has(x.id), `${x.id} was ${what}, and is there`)
    }
  }
  gone('excised')
  // what was asked for, and cut off, is done now
  const db = await conn.syncExcise(Math.max(basisOf(told, 'asked'), 1000))
  const there = new Set(
    q('[:find [?id ...] :where [_ :care/id ?id]]', db.history()) as readonly string[],
  )
  for (const { what, id } of told) {
    if (what === 'asked') expectTrue(!there.has(id), `${id} was to be excised, and is there`)
  }
  for (const { what, id } of told) {
    if (what === 'tx') expectTrue(there.has(id), `${id} is in the log, and not in the index`)
  }
  const found = q(
    '[:find [?v ...] :where [(fulltext $ :care/text "words") [[?e ?v]]]]',
    db,
  ) as readonly string[]
  const counted = q('[:find (count ?e) . :where [?e :care/worker]]', db) as number | null
  expectTrue(found.length === (counted ?? 0), `${found.length} texts are found, of ${counted}`)
}

async function checkBackups(
  { directory }: CareRounds,
  uri: string,
  told: readonly Told[],
  whole: boolean,
): Promise<void> {
  const backups = join(directory, 'backups')
  const made = [...new Set(told.filter((x) => x.what === 'backup').map((x) => x.t))]
  if (made.length === 0 || !existsSync(backups)) {
    expectTrue(made.length === 0, 'there are no backups')
    return
  }
  const listed = new Set((await listBackups(backups)).map(({ t }) => t))
  const missing = made.filter((t) => !listed.has(t))
  expectTrue(missing.length === 0, `backups that are not listed: ${missing.join(' ')}`)
  const newest = Math.max(...made)
  const report = await verifyBackup(backups, { t: newest })
  expectTrue(report.ok, `verify of a backup: ${JSON.stringify(report.problems.slice(0, 3))}`)
  if (!whole) return
  const copy = `yore:file://${directory}/copy/care`
  await restoreDatabase(backups, copy, { t: newest })
  const restored = await connect(copy)
  const original = await connect(uri, { readOnly: true })
  const of = (db: ReturnType<Connection['db']>): string =>
    JSON.stringify(q('[:find ?id ?w :where [?e :care/id ?id] [?e :care/worker ?w]]', db)).length +
    ` ${String(q('[:find (count ?e) . :where [?e :care/worker]]', db))}`
  const [one, other] = [of(restored.db()), of(original.db().asOf(newest))]
  expectTrue(restored.db().basisT === newest, `the copy is at t ${restored.db().basisT}`)
  expectTrue(one === other, `the copy has ${one}, the original ${other}`)
  await restored.release()
  await original.release()
  rmSync(join(directory, 'copy'), { recursive: true, force: true })
}
