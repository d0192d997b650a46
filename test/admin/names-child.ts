/**
 * Another process that is connected to a database: it does what it is told, a line at a time, and says what came of it.
 *
 *     reader URI | writer URI        then lines: names, add NAME, old, sync, wait, release
 */

import { createInterface } from 'node:readline'
import { YoreError } from '../../packages/yore/src/base/errors.ts'
import { connect } from '../../packages/yore/src/embedded/connect.ts'
import { q } from '../../packages/yore/src/peer/query.ts'

const [role = '', uri = ''] = process.argv.slice(2)
const conn = await connect(uri, { readOnly: role === 'reader', cacheBytes: 0 })
const old = conn.db()
const names = '[:find [?n ...] :where [_ :x/name ?n]]'
const tell = (x: unknown): void => void process.stdout.write(`${JSON.stringify(x)}\n`)

const commands: Readonly<Record<string, (argument: string) => unknown>> = {
  names: () => q(names, conn.db()),
  old: () => q(names, old),
  add: async (name) => (await conn.transact([{ ':x/name': name }])).dbAfter.basisT,
  sync: async () => q(names, await conn.sync()),
  // what never comes
  wait: async () => (await conn.sync(1_000_000)).basisT,
  reports: async () => {
    let n = 0
    for await (const _ of conn.txReports()) n++
    return n
  },
  release: () => conn.release().then(() => 'released'),
}

tell('ready')
for await (const line of createInterface({ input: process.stdin })) {
  const [command = '', argument = ''] = line.split(' ')
  try {
    tell({ [command]: await commands[command]?.(argument) })
  } catch (error) {
    if (!(error instanceof YoreError)) throw error
    tell({ code: error.code, message: error.message })
  }
}
