/** What V8 knows of transactions outlives a collection of the whole heap (base/kept.ts): their compiled code is not thrown away. */

import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

const program = `
import { connect, createDatabase } from 'yore'
import { letGoOfKept } from './packages/yore/src/base/kept.ts'

await createDatabase('yore:mem://kept')
const conn = await connect('yore:mem://kept')
await conn.transact([{ ':db/ident': ':n', ':db/valueType': ':db.type/long', ':db/cardinality': ':db.cardinality/one' }])
const warm = async () => {
  for (let i = 0; i < 4000; i++) await conn.transact([{ ':db/id': 'x', ':n': i }, [':db/add', 'y', ':n', i]])
}
for (const mark of ['let go', 'kept']) {
  await warm()
  if (mark === 'let go') letGoOfKept()
  console.log('begin ' + mark)
  gc()
  console.log('end ' + mark)
}
await conn.release()
`

/** How much compiled code was thrown away between the two marks, for the shapes that it knew were forgotten. */
function lost(output: string, mark: string): number {
  const [, rest = ''] = output.split(`begin ${mark}\n`)
  const [part = ''] = rest.split(`end ${mark}\n`)
  return part.split('reason: weak objects').length - 1
}

test('compiled code of transactions is kept when the whole heap is collected', () => {
  const flags = ['--expose-gc', '--trace-deopt', '--conditions=yore-source']
  const args = [...flags, '--import', './scripts/ts.mjs', '--input-type=module', '-e', program]
  const cwd = new URL('../../../../', import.meta.url)
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  expect(status, stderr).toBe(0)
  const [forgotten, kept] = [lost(stdout, 'let go'), lost(stdout, 'kept')]
  // else the question says nothing
  expect(forgotten).toBeGreaterThan(8)
  expect(kept).toBeLessThan(forgotten / 2)
})
