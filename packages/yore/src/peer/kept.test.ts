/** What V8 knows of transactions outlives a collection of the whole heap (base/kept.ts): their compiled code is not thrown away. */

import { spawnSync } from 'node:child_process'
import { beforeAll, expect, test } from 'vitest'

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
const turn = () => new Promise((resolve) => setTimeout(resolve, 5))
const isThere = async (ref) => {
  await turn()
  gc()
  const is = ref.deref() !== undefined
  await turn()
  return is
}
const small = new WeakRef(await conn.transact([{ ':n': 1 }]))
console.log('small ' + (await isThere(small)))
const large = new WeakRef(await conn.transact(Array.from({ length: 100 }, (_, i) => ({ ':n': i }))))
console.log('large ' + (await isThere(large)) + ', small ' + (await isThere(small)))
await conn.syncIndex(conn.db().basisT)
console.log('indexed ' + (await isThere(small)))
const last = new WeakRef(await conn.transact([{ ':n': 1 }]))
console.log('last ' + (await isThere(last)))
await conn.release()
console.log('released ' + (await isThere(last)))
`

/** How much compiled code was thrown away between the two marks, for the shapes that it knew were forgotten. */
function lost(output: string, mark: string): number {
  const [, rest = ''] = output.split(`begin ${mark}\n`)
  const [part = ''] = rest.split(`end ${mark}\n`)
  return part.split('reason: weak objects').length - 1
}

let stdout = ''

beforeAll(() => {
  const flags = ['--expose-gc', '--trace-deopt', '--conditions=yore-source']
  const args = [...flags, '--import', './scripts/ts.mjs', '--input-type=module', '-e', program]
  const cwd = new URL('../../../../', import.meta.url)
  const options = { cwd, encoding: 'utf8', maxBuffer: 2 ** 28 } as const
  const child = spawnSync(process.execPath, args, options)
  expect(child.status, child.stderr).toBe(0)
  stdout = child.stdout
})

test('compiled code of transactions is kept when the whole heap is collected', () => {
  const [forgotten, kept] = [lost(stdout, 'let go'), lost(stdout, 'kept')]
  // else the question says nothing
  expect(forgotten).toBeGreaterThan(8)
  expect(kept).toBeLessThan(forgotten / 2)
})

test('what is kept is small, and goes with the connection and the index before', () => {
  expect(stdout).toContain('small true\n')
  expect(stdout).toContain('large false, small true\n')
  expect(stdout).toContain('indexed false\n')
  expect(stdout).toContain('last true\n')
  expect(stdout).toContain('released false\n')
})
