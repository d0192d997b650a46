/** Many databases in one process, in as many directories: nothing that Node would warn of piles up with them. */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const program = (folder: string): string => `
import { backupDatabase, connect, createDatabase, verifyDatabase } from 'yore'
const count = 24
const { signal } = new AbortController()
const uriOf = (i) => 'yore:file://${folder}/d' + i + '/a'
const open = []
for (let i = 0; i < count; i++) {
  await createDatabase(uriOf(i))
  for (const readOnly of [false, true]) {
    const conn = await connect(uriOf(i), { readOnly })
    void conn.txReports().next()
    open.push(conn)
  }
  await open.at(-2).transact([{ ':db/doc': 'x' }])
}
await Promise.all(open.map((conn) => verifyDatabase(conn, { signal })))
for (const i of [0, 1]) await backupDatabase(open[i], '${folder}/backup' , { signal })
await Promise.all(open.map((conn) => conn.release()))
for (let i = 0; i < count; i++) await (await connect(uriOf(0))).release()
process.stdout.write(String(open.length))
`

test('no warning is printed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'yore-many-'))
  const root = new URL('../../', import.meta.url)
  const args = ['--conditions=yore-source', '--import', './scripts/ts.mjs', '--input-type=module']
  try {
    const { stdout, stderr } = spawnSync(process.execPath, [...args, '-e', program(folder)], {
      cwd: root,
      encoding: 'utf8',
      timeout: 60_000,
    })
    expect(stderr).toBe('')
    expect(stdout).toBe('48')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
