/**
 * The process of the test of a damaged file: opens the copies that its parent damaged, one after the other, reads everything, and says
 * for each what came out: an error's code, or a checksum of all answers. A line is written before each, so that the parent knows where
 * it was when it dies.
 *
 *     node ... file-damage-child.ts read FILE... | make DIRECTORY
 */

import { createHash } from 'node:crypto'
import { writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { YoreError } from '../../packages/yore/src/base/errors.ts'
import { openFileStorage } from '../../packages/yore/src/storage/drivers/file.ts'
import { open, submit } from '../crash/tools.ts'
import { answersOf, makeRich, richTransaction, richTuning } from './rich.ts'

const [role = '', ...paths] = process.argv.slice(2)
const say = (line: string): void => void writeSync(1, `${line}\n`)

async function make(directory: string): Promise<void> {
  const storage = await openFileStorage({ directory })
  const transactor = await makeRich(storage)
  await transactor.close()
  await storage.close()
}

async function outcomeOf(directory: string): Promise<string> {
  const storage = await openFileStorage({ directory })
  try {
    const transactor = await open(storage, { ...richTuning, cacheBytes: 0 })
    const answers = JSON.stringify([...answersOf(transactor)])
    const hash = createHash('sha256').update(answers).digest('hex')
    // writing on damaged ground says so, or works
    await submit(transactor, richTransaction(72)).catch(noted)
    await transactor.indexed(transactor.db.basisT).catch(noted)
    await transactor.close().catch(noted)
    return `answers ${hash}`
  } finally {
    await storage.close().catch(noted)
  }
}

function noted(error: unknown): void {
  if (!(error instanceof YoreError)) throw error
}

process.on('unhandledRejection', (error) => {
  say(`unhandled ${String(error)}`)
})

if (role === 'make') await make(paths[0] as string)
else {
  for (const path of paths) {
    say(`begin ${path}`)
    try {
      say(await outcomeOf(dirname(path)))
    } catch (error) {
      say(error instanceof YoreError ? `error ${error.code}` : `crash ${String(error)}`)
    }
  }
  say('end')
  process.exit(0)
}
