/**
 * Bits of the file itself are flipped, LMDB's own structures among them: opening and reading gives the right answers or an error, never
 * others, and the process lives on. In a process of its own, several copies after each other.
 */

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundled } from '../bundled.ts'

const seed = Number(process.env.YORE_SEED ?? Math.floor(Math.random() * 2 ** 31))
const flips = 40 * Number(process.env.YORE_ROUNDS ?? 1)
const pageSize = 4096
/** Where a page has its header and the places of its entries. */
const headBytes = 120

let state = seed
const random = (n: number): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor((state / 2 ** 32) * n)
}

let program = ''
const base = mkdtempSync(join(tmpdir(), 'yore-damage-'))
let original: Uint8Array

beforeAll(async () => {
  program = await bundled('test/durable/file-damage-child.ts')
  const whole = join(base, 'whole')
  expect(spawnSync(process.execPath, [program, 'make', whole], { stdio: 'inherit' }).status).toBe(0)
  original = readFileSync(join(whole, 'yore.mdb'))
})

afterAll(() => {
  rmSync(base, { recursive: true, force: true })
})

/** A copy of the file in a directory of its own. */
function copyWith(name: string, change: (bytes: Uint8Array) => void): string {
  const path = join(base, name, 'yore.mdb')
  mkdirSync(dirname(path))
  const bytes = Uint8Array.from(original)
  change(bytes)
  writeFileSync(path, bytes)
  return path
}

interface Told {
  readonly path: string
  readonly outcome: string
}

/** What came out for each; what the process died of is an outcome too. */
function outcomesOf(paths: readonly string[]): Told[] {
  const out: Told[] = []
  for (let left = paths; left.length > 0;) {
    const { stdout, stderr, status, signal } = spawnSync(
      process.execPath,
      [program, 'read', ...left],
      { encoding: 'utf8', timeout: 120_000 },
    )
    let path: string | null = null
    for (const line of stdout.trim().split('\n')) {
      if (line.startsWith('begin ')) path = line.slice('begin '.length)
      else if (line === 'end') return out
      else if (path !== null) out.push({ path, outcome: line })
    }
    if (path === null) throw new Error(`the child did not begin: ${stderr}`)
    out.push({ path, outcome: `died: ${signal ?? status} ${stderr.slice(-200)}` })
    left = left.slice(left.indexOf(path) + 1)
  }
  return out
}

test(
  'flipped bits of the file are noticed, or concern nothing that is read',
  { timeout: 240_000 },
  () => {
    console.log(`seed ${seed}`)
    const whole = copyWith('copy', () => {})
    const answers = outcomesOf([whole])[0]?.outcome
    expect(answers).toMatch(/^answers /)
    const places = new Map<string, number>()
    for (let i = 0; i < flips; i++) {
      const at =
        i % 2 === 0
          ? random(original.length)
          : random(original.length / pageSize) * pageSize + random(headBytes)
      const flip = (bytes: Uint8Array): void => {
        bytes[at] = (bytes[at] as number) ^ (1 << random(8))
      }
      places.set(copyWith(`flip-${i}`, flip), at)
    }
    let errors = 0
    for (const { path, outcome } of outcomesOf([...places.keys()])) {
      const isError = /^error :yore\/(storage-corrupt|storage-not-found|unsupported-format)$/.test(
        outcome,
      )
      if (isError) errors++
      else expect(outcome, `a bit at ${places.get(path)}`).toBe(answers)
    }
    expect(errors).toBeGreaterThan(0)
  },
)

test('a file that ends early, or of which a page is gone, is noticed', { timeout: 240_000 }, () => {
  const paths: string[] = []
  for (let i = 0; i < 8; i++) {
    const page = 2 + random(original.length / pageSize - 2)
    paths.push(
      copyWith(`page-${i}`, (bytes) => void bytes.fill(0, page * pageSize, (page + 1) * pageSize)),
    )
    const cut = join(base, `cut-${i}`, 'yore.mdb')
    mkdirSync(dirname(cut))
    writeFileSync(cut, original.subarray(0, random(original.length)))
    paths.push(cut)
  }
  const answers = outcomesOf([copyWith('again', () => {})])[0]?.outcome
  for (const { path, outcome } of outcomesOf(paths)) {
    const isError = /^error :(yore\/(storage|unsupported)|db.error\/db-not-found)/.test(outcome)
    if (!isError) expect(outcome, path).toBe(answers)
  }
})
