/**
 * The process that is killed: writes to a database as fast as it can, and says on its standard output what was acknowledged.
 *
 *     node ... child.ts URI ROUND DURABILITY INDEXING
 */

import { writeSync } from 'node:fs'
import { connect } from '../../packages/yore/src/embedded/connect.ts'

const [, , uri = '', round = '0', durability = 'durable', indexing = 'auto'] = process.argv

const conn = await connect(uri, {
  durability: durability as 'durable' | 'relaxed',
  indexing: indexing as 'auto' | 'worker' | 'pieces',
  // jobs run all the time; in every third round there is none, and small slots go through the journal
  memoryIndexThreshold: Number(round) % 3 === 2 ? 2 ** 25 : 100_000,
  segmentSize: 256,
})

/** Says a line; a pipe that is full, for who reads it is slow, gets it again. */
function say(line: string): void {
  for (;;) {
    try {
      writeSync(1, `${line}\n`)
      return
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'EAGAIN') throw error
    }
  }
}

say('ready')

async function work(worker: number): Promise<void> {
  for (let i = 0; ; i++) {
    const id = `${round}-${worker}-${i}`
    const many = i % 50 === 49 ? 300 : 1
    const more = Array.from({ length: many }, (_, k) => ({
      ':db/id': `e${k}`,
      ':crash/round': Number(round),
      ':crash/text': `text ${k} of ${id}`,
    }))
    const { dbAfter } = await conn.transact([
      { ':crash/id': id, ':crash/worker': worker, ':crash/others': more.map((x) => x[':db/id']) },
      // a value that many transactions replace
      { ':crash/id': `last-${worker}`, ':crash/last': id },
      ...more,
    ])
    say(`${dbAfter.basisT} ${id}`)
  }
}

await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(work))
