/**
 * The process that is followed: moves amounts between accounts so that their sum stays, and beside it runs index jobs and collections of
 * garbage all the time. Ends when its standard input does.
 *
 *     node ... follow-child.ts URI AGE_MS
 */

import { connect } from '../../packages/yore/src/embedded/connect.ts'

const [, , uri = '', ageMs = '0'] = process.argv
let isEnded = false
process.stdin.on('end', () => (isEnded = true)).resume()

const conn = await connect(uri, {
  segmentSize: 32,
  memoryIndexThreshold: 30_000,
  cacheBytes: 60_000,
})
process.stdout.write('ready\n')

async function write(): Promise<void> {
  for (let i = 0; !isEnded; i++) {
    const [from, to] = [i % 20, (i * 7 + 3) % 20]
    if (from === to) continue
    const db = conn.db()
    const of = (n: number): number => Number(db.entity([':f/n', n])?.[':f/amount'])
    await conn.transact([
      { ':f/n': from, ':f/amount': of(from) - 1 },
      { ':f/n': to, ':f/amount': of(to) + 1 },
      { ':f/text': `moved ${i} ${'and so on '.repeat(i % 9)}` },
    ])
  }
}

async function care(): Promise<void> {
  let [jobs, collections] = [0, 0]
  while (!isEnded) {
    await conn.syncIndex(conn.db().basisT)
    // with nothing to do neither that nor a collection waits for anything: the disk has to be heard of, too
    await new Promise((resolve) => setImmediate(resolve))
    jobs++
    if (jobs % 3 === 0) {
      await conn.gcStorage(new Date(Date.now() - Number(ageMs)))
      collections++
    }
  }
  process.stdout.write(`${jobs} ${collections}\n`)
}

await Promise.all([write(), care()])
await conn.release()
