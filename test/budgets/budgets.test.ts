/** Whatever a read asks for, it is the read that fails and not the process: in a process of its own with a small heap. */

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

test('more than memory holds is an error, and the process lives on', { timeout: 300_000 }, () => {
  const output = execFileSync(
    process.execPath,
    [
      '--max-old-space-size=256',
      '--conditions=yore-source',
      '--import',
      './scripts/ts.mjs',
      'test/budgets/child.ts',
    ],
    { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const lines = output.trim().split('\n')
  expect(lines.slice(-2)).toEqual(['in portions: ok', 'after all: ok'])
  const others = lines.slice(0, -2).filter((x) => !x.endsWith(': :yore/limit-exceeded'))
  expect(others).toEqual([])
  expect(lines.length).toBeGreaterThan(20)
})
