/**
 * A shop goes on selling while its database is backed up; then somebody makes a mess, and the shop of this morning is put beside that of
 * now. The database lies in a directory: `yore:file://DIRECTORY/NAME`.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  backupDatabase,
  connect,
  createDatabase,
  listBackups,
  q,
  restoreDatabase,
  verifyBackup,
} from 'yore'

// a program of yours would name a directory that stays, as in 'yore:file://./data/shop'
const folder = mkdtempSync(join(tmpdir(), 'yore-example-'))
const uriOf = (name) => `yore:file://${pathToFileURL(folder).pathname}/${name}`
const backups = join(folder, 'backups')

await createDatabase(uriOf('shop'))
const conn = await connect(uriOf('shop'))
await conn.transact([
  {
    ':db/ident': ':sale/number',
    ':db/valueType': ':db.type/long',
    ':db/cardinality': ':db.cardinality/one',
    ':db/unique': ':db.unique/identity',
  },
  {
    ':db/ident': ':sale/item',
    ':db/valueType': ':db.type/string',
    ':db/cardinality': ':db.cardinality/one',
  },
])

let number = 0
const sell = (item) => conn.transact([{ ':sale/number': ++number, ':sale/item': item }])
const count = (db) => q('[:find (count ?s) . :where [?s :sale/number]]', db) ?? 0

// Each sale is on disk when its promise is resolved. Many at once share the writes.
await Promise.all(Array.from({ length: 500 }, () => sell('tea')))

// The backup is the database at one moment; who sells meanwhile does not notice.
let isOpen = true
const selling = (async () => {
  while (isOpen) await sell('mug')
})()
const morning = await backupDatabase(conn, backups)
isOpen = false
await selling
console.log('the backup has', count(conn.db().asOf(morning.t)), 'of the sales')
console.log('sold meanwhile', count(conn.db().since(morning.t)) > 0)

// Somebody retracts everything. Nothing is lost, the history has it all; but let us look at the backup, too.
const all = q('[:find [?s ...] :where [?s :sale/number]]', conn.db())
await conn.transact(all.map((s) => [':db/retractEntity', s]))
console.log('after the mess', count(conn.db()))

// The second backup copies only what the first has not.
const evening = await backupDatabase(conn, backups)
console.log('blobs copied', morning.blobs, 'then', evening.blobs)
console.log('backups', (await listBackups(backups)).length)
console.log('whole', (await verifyBackup(backups, { t: morning.t })).ok)

await restoreDatabase(backups, uriOf('shop-this-morning'), { t: morning.t })
const restored = await connect(uriOf('shop-this-morning'))
console.log('restored', count(restored.db()), 'same as then', count(conn.db().asOf(morning.t)))

await restored.release()
await conn.release()
rmSync(folder, { recursive: true })
