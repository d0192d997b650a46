/**
 * The process of the tests of dumps: makes a database (`make`), writes its dump to a file (`export`), or imports one (`import`, `resume`), and prints
 * what memory it took.
 */

import { createReadStream, createWriteStream, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { connect, createDatabase } from '../../packages/yore/src/embedded/connect.ts'
import { exportLog, importLog } from '../../packages/yore/src/embedded/dump.ts'

const [role = '', uri = '', file = '', count = '0'] = process.argv.slice(2)
const perTransaction = 1000

/** The greatest number of bytes that the process held for itself. */
let peak = 0
function look(): void {
  const line = /RssAnon:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))
  peak = Math.max(peak, Number(line?.[1] ?? 0) * 1024)
}

const roles: Readonly<Record<string, () => Promise<number>>> = {
  async make() {
    await createDatabase(uri)
    const conn = await connect(uri, { cacheBytes: 4e6, durability: 'relaxed' })
    await conn.transact(
      ['long', 'string', 'double'].map((type) => ({
        ':db/ident': `:x/${type}`,
        ':db/valueType': `:db.type/${type}`,
        ':db/cardinality': ':db.cardinality/one',
      })),
    )
    let [datoms, n] = [0, 0]
    while (datoms < Number(count)) {
      const data = Array.from({ length: perTransaction / 3 }, () => ({
        ':x/long': ++n,
        ':x/string': `text ${n} ${n * 7919}`,
        ':x/double': n / 7,
      }))
      datoms += (await conn.transact(data)).txData.length
    }
    await conn.syncIndex(conn.db().basisT)
    await conn.release()
    return datoms
  },
  async export() {
    const conn = await connect(uri, { readOnly: true, cacheBytes: 4e6 })
    let datoms = 0
    const lines = exportLog(conn, {
      format: file.endsWith('json') ? 'json' : 'edn',
      onProgress: (p) => {
        ;({ datoms } = p)
        look()
      },
    })
    await pipeline(
      Readable.from(lines).map((line: string) => `${line}\n`),
      createWriteStream(file),
    )
    await conn.release()
    return datoms
  },
  import: () => read(false),
  resume: () => read(true),
}

async function read(resume: boolean): Promise<number> {
  await createDatabase(uri)
  const conn = await connect(uri, {
    cacheBytes: 4e6,
    memoryIndexThreshold: 8e6,
    memoryIndexMax: 40e6,
  })
  process.stdout.write('begun\n')
  const lines = createInterface({ input: createReadStream(file) })
  const { datoms } = await importLog(conn, lines, { resume, onProgress: look })
  await conn.release()
  return datoms
}

look()
const before = peak
const datoms = await roles[role]?.()
look()
process.stdout.write(`${JSON.stringify({ datoms, before, peak })}\n`)
