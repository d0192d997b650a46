/** Hostile URIs, options, time points and reports. */

import fc from 'fast-check'
import {
  YoreError,
  connect,
  createDatabase,
  deleteDatabase,
  getDatabaseNames,
  renameDatabase,
} from 'yore'
import type { Connection } from 'yore'
import { anything, isHeavy, nasty } from './nasty.ts'
import type { Report } from './report.ts'
import { told } from './report.ts'
import { fingerprint, world } from './world.ts'

type Any = never

const light = Object.entries(nasty).filter(([name]) => !isHeavy(name))

const uris = [
  '',
  'yore',
  'yore:',
  'yore:mem',
  'yore:mem:',
  'yore:mem:/',
  'yore:mem://',
  'yore:mem:///',
  'yore:mem://a/b',
  'yore:mem://a?b',
  'yore:mem://a#b',
  'yore:mem://%',
  'yore:mem://%00',
  'yore:mem://%2F',
  'yore:mem://__proto__',
  'yore:mem://constructor',
  'yore:mem://*',
  'yore:mem://a*',
  'yore:MEM://a',
  'YORE:mem://a',
  ' yore:mem://a',
  'yore:nope://a',
  'yore:__proto__://a',
  'yore:constructor://a',
  'datomic:mem://a',
  'http://a',
  'yore:mem://\ud800',
  `yore:mem://${'a'.repeat(300)}`,
  `yore:mem://${'a'.repeat(3_000_000)}`,
  `yore:mem://${'%'.repeat(1_000)}`,
  'yore:file://',
  'yore:file:///dev/null/x',
  'yore:dev://localhost:99999/x',
]

async function onUris(report: Report): Promise<void> {
  const calls: Readonly<Record<string, (x: unknown) => unknown>> = {
    createDatabase: (x) => createDatabase(x as Any),
    connect: (x) => connect(x as Any),
    deleteDatabase: (x) => deleteDatabase(x as Any),
    renameDatabase: (x) => renameDatabase(x as Any, 'other'),
    'renameDatabase to': (x) => renameDatabase('yore:mem://hostile-0', x as Any),
    getDatabaseNames: (x) => getDatabaseNames(x as Any),
    'createDatabase options': (x) =>
      createDatabase('yore:mem://hostile-options', x as Any).then(() =>
        deleteDatabase('yore:mem://hostile-options'),
      ),
    'createDatabase env': (x) =>
      createDatabase('yore:mem://hostile-options', { env: x as Any }).then(() =>
        deleteDatabase('yore:mem://hostile-options'),
      ),
    'connect options': (x) => connect('yore:mem://hostile-0', x as Any),
    'connect functions': (x) => connect('yore:mem://hostile-0', { functions: x as Any }),
    'connect a function': (x) =>
      connect('yore:mem://hostile-0', { functions: { 'my/f': x as Any } }),
    'connect env': (x) => connect('yore:mem://hostile-0', { env: x as Any }),
  }
  for (const [call, f] of Object.entries(calls)) {
    for (const uri of uris) await report.later(`${call} ${uri.slice(0, 60)}`, () => f(uri))
    for (const [name, make] of light) await report.later(`${call} (${name})`, () => f(make()))
  }
  for (const name of [
    '',
    'f',
    '/f',
    'my/',
    '__proto__',
    'constructor/prototype',
    ':',
    ':my/f',
    ':f',
  ]) {
    await report.later(`a function called ${name}`, () =>
      connect('yore:mem://hostile-0', { functions: { [name]: () => 1 } }),
    )
  }
  for (const uri of ['yore:mem://__proto__', 'yore:mem://constructor']) await deleteDatabase(uri)
}

async function onConnection(report: Report, conn: Connection): Promise<void> {
  const calls: Readonly<Record<string, (x: unknown) => unknown>> = {
    gcStorage: (x) => conn.gcStorage(x as Any),
    requestIndex: () => conn.requestIndex(),
    'txRange from': async (x) => conn.log().txRange(x as Any),
    'txRange to': async (x) => conn.log().txRange(null, x as Any),
  }
  for (const [call, f] of Object.entries(calls)) {
    for (const [name, make] of light) await report.later(`${call} (${name})`, () => f(make()))
  }
  const syncs = {
    sync: (x: Any) => conn.sync(x),
    syncIndex: (x: Any) => conn.syncIndex(x),
    syncSchema: (x: Any) => conn.syncSchema(x),
    syncExcise: (x: Any) => conn.syncExcise(x),
  }
  // what lies in the future is waited for; whatever else has to be answered
  for (const [call, f] of Object.entries(syncs)) {
    for (const [name, make] of light) {
      await report.later(`${call} (${name})`, () =>
        Promise.race([f(make() as Any), new Promise((done) => setTimeout(done, 5))]),
      )
    }
  }
  for (const [name, make] of light) {
    report.call(`txReports (${name})`, () => void conn.txReports(make() as Any).return?.())
    report.call(
      `txReports of a buffer (${name})`,
      () => void conn.txReports({ buffer: make() as Any }).return?.(),
    )
  }
}

async function onReports(report: Report): Promise<void> {
  const conn = await world()
  const slow = conn.txReports({ buffer: 3 })
  const quick = conn.txReports()
  const left = conn.txReports()
  await left.return?.()
  const first = conn.db().nextT
  for (let i = 0; i < 10; i++) await conn.transact([{ ':p/name': `r${i}` }])
  const seen: unknown[] = []
  try {
    for await (const { dbAfter } of slow) seen.push(dbAfter.basisT)
    report.fault('a slow reader has not been told')
  } catch (error) {
    const { code, data } = error as YoreError
    if (code !== ':yore/reports-overflow' || seen.length !== 3)
      report.fault(`a slow reader: ${String(error)} after ${seen.length}`)
    const rest = conn.log().txRange(data['t'] as number)
    if (seen.length + rest.length !== 10 || seen[0] !== first)
      report.fault(`the log goes on with ${rest.length} after ${seen.length}`)
  }
  if ((await slow.next()).done !== true) report.fault('a reader that has overflowed goes on')
  if ((await left.next()).done !== true) report.fault('a reader that has left goes on')
  const all: number[] = []
  for await (const { dbAfter } of quick) {
    all.push(dbAfter.basisT)
    if (all.length === 10) break
  }
  // many wait at once, each gets one; a release ends them all
  const several = conn.txReports()
  const waiting = [several.next(), several.next(), several.next()]
  await conn.transact([{ ':p/name': 'one' }])
  await conn.transact([{ ':p/name': 'two' }])
  const blocked = conn.sync(10 ** 6).catch((error: unknown) => error)
  await conn.release()
  const ends = await Promise.all(waiting)
  if (ends.map((x) => x.done === true).join() !== 'false,false,true')
    report.fault('readers at a release')
  if (!((await blocked) instanceof YoreError))
    report.fault('who waits for a t is not told of the release')
  for (const [name, f] of Object.entries({
    db: () => conn.db(),
    log: () => conn.log(),
    txReports: () => conn.txReports(),
  })) {
    report.same(`${name} after the release`, f, ':yore/released')
  }
  for (const f of [
    () => conn.transact([]),
    () => conn.sync(),
    () => conn.requestIndex(),
    () => conn.gcStorage(new Date()),
  ]) {
    const error = await report.later('after the release', f)
    if (!(error instanceof YoreError) || error.code !== ':yore/released')
      report.fault(`after the release: ${String(error)}`)
  }
  await report.later('a second release', () => conn.release())
}

export async function run(report: Report): Promise<void> {
  const conn = await world()
  const before = fingerprint(conn.db())
  await onUris(report)
  await onConnection(report, conn)
  await onReports(report)
  const seed = Number(process.env['HOSTILE_SEED'] ?? Date.now() % 1e9)
  process.stderr.write(`connections: HOSTILE_SEED=${seed}\n`)
  await fc.assert(
    fc.asyncProperty(anything, async (make) => {
      const x = make()
      await report.later(`connect (${told(x)}) seed ${seed}`, () => connect(x as Any))
      await report.later(`functions (${told(x)}) seed ${seed}`, () =>
        connect('yore:mem://hostile-0', { functions: x as Any }),
      )
      await report.later(`txRange (${told(x)}) seed ${seed}`, async () =>
        conn.log().txRange(x as Any, x as Any),
      )
    }),
    { seed, numRuns: Number(process.env['HOSTILE_RUNS'] ?? 500) },
  )
  if (fingerprint(conn.db()) !== before) report.fault('the database has changed')
}
