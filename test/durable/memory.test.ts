/**
 * Memory stays bounded: a process reads all of a database that is ten times larger than its cache, and holds less than the cache and
 * 150 MB. What it holds for itself is counted; pages of the file that the system keeps for it are the system's, and go when others need
 * the memory. Only Linux tells the two apart.
 */

import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bundled } from '../bundled.ts'

const entities = 100_000
const cacheBytes = 8_000_000
const limit = cacheBytes + 150_000_000
const mb = (n: number): string => `${(n / 1e6).toFixed(0)} MB`

interface Told {
  readonly n: number
  readonly characters: number
  readonly joined: readonly (readonly number[])[]
  readonly peak: { readonly own: number; readonly all: number }
}

test('a database ten times larger than the cache is scanned, joined and pulled', async ({
  skip,
}) => {
  if (!existsSync('/proc/self/status')) return skip()
  const folder = mkdtempSync(join(tmpdir(), 'yore-memory-'))
  // a bundle beside the project's packages: as a program runs, without the compiler in the same process
  const program = await bundled('test/durable/memory-child.ts')
  const run = (role: string): Told => {
    const args = [program, role, folder, String(entities), String(cacheBytes)]
    return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Told
  }
  try {
    run('make')
    // stored it is packed, so in memory it is larger still
    expect(statSync(join(folder, 'yore.mdb')).size).toBeGreaterThan(cacheBytes * 7)
    const read = run('read')
    const log = run('log')
    console.log(
      `read: ${mb(read.peak.own)} and ${mb(read.peak.all - read.peak.own)} of files; the log: ${mb(log.peak.own)}; cache ${mb(cacheBytes)}`,
    )
    expect(read.n).toBeGreaterThan(entities * 7)
    expect(read.characters).toBeGreaterThan(entities * 2 * 210)
    expect(read.joined[0]).toEqual([entities, expect.any(Number)])
    expect(read.peak.own).toBeLessThan(limit)
    expect(log.n).toBeGreaterThan(entities * 3)
    expect(log.peak.own).toBeLessThan(limit)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
