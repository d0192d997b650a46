/**
 * The process that is killed while it cares for a database: four writers, and beside them without a pause backups, index jobs, collections
 * of garbage and excisions. Says on its standard output what was acknowledged.
 *
 *     node ... care-child.ts URI BACKUPS ROUND
 */

import { writeSync } from 'node:fs'
import { backupDatabase } from '../../packages/yore/src/embedded/backup.ts'
import { connect } from '../../packages/yore/src/embedded/connect.ts'

const [, , uri = '', backups = '', round = '0'] = process.argv
const say = (line: string): void => void writeSync(1, `${line}\n`)

const conn = await connect(uri, {
  memoryIndexThreshold: 60_000,
  segmentSize: 64,
  cacheBytes: 100_000,
})
say('ready')

async function write(worker: number): Promise<void> {
  for (let i = 0; ; i++) {
    const id = `${round}-${worker}-${i}`
    const { dbAfter } = await conn.transact([
      {
        ':care/id': id,
        ':care/worker': worker,
        ':care/text': `words of ${id} ${'and more '.repeat(i % 20)}`,
      },
      // a value that many transactions replace
      { ':care/id': `last-${worker}`, ':care/last': id },
    ])
    say(`tx ${dbAfter.basisT} ${id}`)
  }
}

/** A secret is made, and excised; its name has a part of its own, which can be searched for. */
async function excise(i: number): Promise<void> {
  const id = `secret-${round}-${i}`
  await conn.transact([{ ':care/id': id, ':care/text': `SECRET${round}x${i}y` }])
  const { dbAfter } = await conn.transact([{ ':db/excise': [':care/id', id] }])
  const t = dbAfter.basisT
  say(`asked ${t} ${id}`)
  await conn.syncExcise(t)
  say(`excised ${t} ${id}`)
}

async function care(): Promise<void> {
  for (let i = 0; ; i++) {
    // another one first in each round
    const what = (i + Number(round)) % 4
    if (what === 0) {
      const { t } = await backupDatabase(conn, backups)
      say(`backup ${t} x`)
    } else if (what === 1) await excise(i)
    else if (what === 2) {
      await conn.gcStorage(new Date(Date.now() + 1000))
      say('gc 0 x')
    } else {
      await conn.syncIndex(conn.db().basisT)
      say('index 0 x')
    }
  }
}

await Promise.all([write(0), write(1), write(2), write(3), care()])
