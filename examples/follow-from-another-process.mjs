/**
 * One process takes orders, another one watches: it connects to the same directory to read only, sees each transaction a moment after it
 * is on disk, and asks its own questions. No server is between them.
 */

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { connect, createDatabase, q } from 'yore'

const [, , givenUri] = process.argv
if (givenUri === undefined) await takeOrders()
else await watch(givenUri)

async function takeOrders() {
  const folder = mkdtempSync(join(tmpdir(), 'yore-example-'))
  const uri = `yore:file://${pathToFileURL(folder).pathname}/orders`
  await createDatabase(uri)
  const conn = await connect(uri)
  await conn.transact([
    {
      ':db/ident': ':order/customer',
      ':db/valueType': ':db.type/string',
      ':db/cardinality': ':db.cardinality/one',
    },
    {
      ':db/ident': ':order/total',
      ':db/valueType': ':db.type/long',
      ':db/cardinality': ':db.cardinality/one',
    },
  ])

  const watcher = spawn(process.execPath, [fileURLToPath(import.meta.url), uri], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  watcher.stdout.pipe(process.stdout)
  // its first words say that it is there
  await new Promise((resolve) => watcher.stdout.once('data', resolve))

  for (const [customer, total] of [
    ['Ada', 20],
    ['Bob', 7],
    ['Ada', 15],
    ['end of day', 0],
  ]) {
    await conn.transact([{ ':order/customer': customer, ':order/total': total }])
  }
  await new Promise((resolve) => watcher.on('close', resolve))
  await conn.release()
  rmSync(folder, { recursive: true })
}

async function watch(uri) {
  const conn = await connect(uri, { readOnly: true })
  const reports = conn.txReports()
  console.log('watching')
  for await (const { dbAfter, txData } of reports) {
    // what was added, but for the transaction's own time
    const customers = txData
      .filter((datom) => datom.added && dbAfter.ident(datom.a) === ':order/customer')
      .map((datom) => datom.v)
    if (customers.includes('end of day')) break
    // dbAfter is the database just after that order, whatever has come since
    const totals = q(
      '[:find ?who (sum ?n) :with ?o :where [?o :order/customer ?who] [?o :order/total ?n]]',
      dbAfter,
    )
    console.log('order of', customers.join(), ' totals', Object.fromEntries(totals))
  }
  await conn.release()
}
