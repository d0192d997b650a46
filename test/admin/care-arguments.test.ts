/** Bad arguments to the functions of care: refused with what they should be, and nothing is made. */

import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  YoreError,
  backupDatabase,
  connect,
  createDatabase,
  deleteBackups,
  exportLog,
  getDatabaseNames,
  importLog,
  listBackups,
  restoreDatabase,
  verifyBackup,
  verifyDatabase,
} from '../../packages/yore/src/main.ts'
import type { Connection } from '../../packages/yore/src/main.ts'
import { makeDirectory } from '../storage/places.ts'

let folder: ReturnType<typeof makeDirectory>
let conn: Connection
let backups = ''
beforeAll(async () => {
  folder = makeDirectory()
  backups = join(folder.path, 'backups')
  const uri = `yore:file://${folder.path}/data/a`
  await createDatabase(uri)
  conn = await connect(uri)
  await conn.transact([{ ':db/doc': 'x' }])
  await backupDatabase(conn, backups)
})
afterAll(async () => {
  await conn.release()
  folder.remove()
})

const nothing = [undefined, null]
const scalars = [5, Number.NaN, -1, 1.5, 1n, true, '', 'x\0y', Symbol('x')]
const objects = [{}, [], () => {}, new Date(Number.NaN), new Map(), Object.create(null)]
const hostile = new Proxy(
  {},
  {
    get() {
      throw new TypeError('the object of a program')
    },
  },
)
const all: readonly unknown[] = [...nothing, ...scalars, ...objects, hostile]
const given = all.filter((x) => x !== undefined)

const drain = async (lines: AsyncIterable<string>): Promise<void> => {
  for await (const _ of lines);
}
const target = 'yore:mem://care-arguments'

/** What is called with what; anything that is fine among it is left out. */
const doors: Readonly<Record<string, readonly [readonly unknown[], (x: never) => unknown]>> = {
  'a database to back up': [all, (x) => backupDatabase(x, backups)],
  'a target': [all, (x) => backupDatabase(conn, x)],
  'a target that is a database': [
    ['yore:mem://x', 'yore:file://./x/y'],
    (x) => backupDatabase(conn, x),
  ],
  'options of a backup': [[null, ...scalars], (x) => backupDatabase(conn, backups, x)],
  onProgress: [
    given.filter((x) => typeof x !== 'function'),
    (x) => backupDatabase(conn, backups, { onProgress: x }),
  ],
  signal: [given, (x) => verifyDatabase(conn, { signal: x })],
  check: [
    given.filter((x) => typeof x !== 'boolean'),
    (x) => backupDatabase(conn, backups, { check: x }),
  ],
  'backups to list': [all, (x) => listBackups(x)],
  'a backup to restore': [all, (x) => restoreDatabase(x, target)],
  'a uri to restore to': [all, (x) => restoreDatabase(backups, x)],
  't to restore': [given, (x) => restoreDatabase(backups, target, { t: x })],
  'env of a restore': [given, (x) => restoreDatabase(backups, target, { env: x })],
  'backups to delete': [all.filter((x) => !Array.isArray(x)), (x) => deleteBackups(backups, x)],
  't to delete': [all, (x) => deleteBackups(backups, [x])],
  'a database to verify': [all, (x) => verifyDatabase(x)],
  'options of verifying': [[null, ...scalars], (x) => verifyBackup(backups, x)],
  't to verify': [given, (x) => verifyBackup(backups, { t: x })],
  'a connection to export': [all, (x) => drain(exportLog(x))],
  'a format': [given, (x) => drain(exportLog(conn, { format: x }))],
  'a beginning': [
    given.filter((x) => x !== null && x !== 5 && x !== 1n),
    (x) => drain(exportLog(conn, { from: x })),
  ],
  'where to import to': [all, (x) => importLog(x, [])],
  'lines to import': [all, (x) => importLog(target, x)],
  // a promise may be a line, so what is no line is asked whether it is one
  'a line': [all.filter((x) => x !== hostile), (x) => importLog(target, [x])],
  resume: [
    given.filter((x) => typeof x !== 'boolean'),
    (x) => importLog(target, [], { resume: x }),
  ],
}

describe('refused', () => {
  test.each(Object.entries(doors))('%s', async (name, [values, run]) => {
    for (const [i, x] of values.entries()) {
      const error: unknown = await Promise.resolve()
        .then(() => run(x as never))
        .then(
          () => null,
          (e: unknown) => e,
        )
      const note = `${name}, value ${i} (${typeof x})`
      expect(error, note).toBeInstanceOf(YoreError)
      expect((error as YoreError).code, note).toMatch(
        /^:yore\/(invalid-|backup-not-found|database-exists)|:db.error\/|:yore\/unsupported/,
      )
      expect((error as YoreError).message.length, note).toBeGreaterThan(25)
    }
    expect(await getDatabaseNames('yore:mem://*')).not.toContain('care-arguments')
    expect(await listBackups(backups)).toHaveLength(1)
  })
})
