/**
 * The examples in doc comments run: each in a fresh world (fixture.mjs) in which the public names, `conn`, `db`, `id` and a few more
 * are at hand.
 */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root, runFile } from './programs.ts'
import type { Ran } from './programs.ts'

interface Example {
  readonly place: string
  readonly text: string
}

function examplesOf(path: string, text: string): Example[] {
  return [...text.matchAll(/^ *\* ```ts\n([\s\S]*?)^ *\* ```$/gm)].map((m) => ({
    place: `${path}:${text.slice(0, m.index).split('\n').length}`,
    text: (m[1] as string)
      .replace(/^ *\* ?/gm, '')
      .replace(/^import .* from 'yore(?:\/edn)?'$/gm, ''),
  }))
}

async function run(examples: readonly Example[]): Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), 'yore-examples-'))
  try {
    const file = join(folder, 'examples.json')
    writeFileSync(file, JSON.stringify(examples))
    // what examples write lies in the folder
    return await runFile(join(root, 'test/docs/run-examples.mjs'), [file], folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const sources = execFileSync(
  'git',
  ['ls-files', '-co', '--exclude-standard', ':(glob)packages/*/src/**'],
  {
    cwd: root,
    encoding: 'utf8',
  },
)
  .split('\n')
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))

test('every example of a doc comment runs', async () => {
  const examples = sources.flatMap((path) => examplesOf(path, readFileSync(root + path, 'utf8')))
  expect(examples.length).toBeGreaterThan(10)
  const { code, output } = await run(examples)
  expect(output).toBe('')
  expect(code).toBe(0)
})

test('one that does not is seen', async () => {
  const comment = '/**\n * ```ts\n * const n: number = 1\n * noSuchName(n)\n * ```\n */\n'
  const examples = examplesOf('x.ts', comment)
  expect(examples).toEqual([{ place: 'x.ts:2', text: 'const n: number = 1\nnoSuchName(n)\n' }])
  const { code, output } = await run(examples)
  expect(output).toContain('x.ts:2: ReferenceError: noSuchName')
  expect(code).toBe(1)
})
