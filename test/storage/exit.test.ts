/** A program that ends while it writes ends: by `process.exit`, by an error that nobody catches, by Ctrl-C. And its directory is free. */

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from '../../packages/yore/src/main.ts'

let folder = ''
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'yore-exit-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const program = (uri: string, end: string): string => `
import { connect, createDatabase } from 'yore'
await createDatabase('${uri}')
const conn = await connect('${uri}')
// between two turns of the loop LMDB waits for its body, mostly
let n = 0
const write = () => conn.transact([{ ':db/doc': 'x' + n }]).then(() => {
  if (++n === 100) setTimeout(() => { ${end} }, 5)
  return write()
})
for (let i = 0; i < 8; i++) write()
`

interface Ended {
  readonly code: number | null
  readonly signal: string | null
}

function run(uri: string, end: string): Promise<Ended> {
  const root = new URL('../../', import.meta.url)
  const args = ['--conditions=yore-source', '--import', './scripts/ts.mjs', '--input-type=module']
  const child = spawn(process.execPath, [...args, '-e', program(uri, end)], {
    cwd: root,
    stdio: 'ignore',
    timeout: 30_000,
    // what a process does that hangs tells it from all others
    killSignal: 'SIGUSR2',
  })
  return new Promise((done) => child.on('close', (code, signal) => done({ code, signal })))
}

test.each([
  ['process.exit(3)', [3, 'SIGKILL']],
  ['process.exit(130)', [130, 'SIGINT']],
  [
    "process.on('SIGTERM', () => process.exit(143)); process.kill(process.pid, 'SIGTERM')",
    [143, 'SIGTERM'],
  ],
  ["throw new Error('x')", [1, 'SIGKILL']],
  ['void Promise.reject(new Error())', [1, 'SIGKILL']],
])('%s', { timeout: 60_000 }, async (end, expected) => {
  const uri = `yore:file://${folder}/d/a`
  const { code, signal } = await run(uri, end)
  expect(expected).toContain(code ?? signal)
  const conn = await connect(uri)
  await conn.transact([{ ':db/doc': 'y' }])
  await conn.release()
})
