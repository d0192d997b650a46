/** A byte of the file changes: it is noticed, the answers stay right, the process lives. */

import { fork } from 'node:child_process'
import { expect, test } from 'vitest'
import { makeDirectory } from './places.ts'

const path = (name: string): string => new URL(name, import.meta.url).pathname
const rounds = 150

test('a damaged byte anywhere in the file', async () => {
  const directory = makeDirectory()
  const from = 20_000
  const child = fork(path('damage-child.ts'), [directory.path, String(from), String(rounds)], {
    execArgv: ['--conditions=yore-source', '--import', path('../../scripts/ts.mjs')],
    // LMDB says on its own what it finds
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const answers: string[][] = []
  let last = from
  child.on('message', (message: { seed: number; noted?: string[] }) => {
    last = message.seed
    if (message.noted !== undefined) answers.push(message.noted)
  })
  const end = await new Promise((resolve) => {
    child.on('exit', (code, signal) => resolve(signal ?? code))
  })
  directory.remove()
  expect(end, `with seed ${last}`).toBe(0)
  expect(answers.length).toBe(rounds)
  const noticed = answers.filter((noted) => noted.includes(':yore/storage-corrupt'))
  expect(noticed.length).toBeGreaterThan(rounds / 5)
  answers.forEach((noted, i) => {
    const bad = noted.filter((what) => what === 'WRONG' || what.startsWith('RAW'))
    expect(bad, `seed ${from + i}`).toEqual([])
  })
}, 120_000)
