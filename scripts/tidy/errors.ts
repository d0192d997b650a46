/**
 * Rules about error codes: each is listed once in base/errors.ts, raised somewhere in the library, and seen by a test.
 */

import { isSource, isTest } from './tree.ts'
import type { Problem, Rule, TreeFile } from './tree.ts'

const listPath = 'packages/yore/src/base/errors.ts'

function codesOf(text: string): string[] {
  const list = /export const errorCodes = \{([\s\S]*?)\n\} as const/.exec(text)?.[1] ?? ''
  return [...list.matchAll(/^ {2}'(:[^']+)':/gm)].map((m) => m[1] as string)
}

/** Does a text name the code as a whole? `:db.error/not-an-entity` is not in `:db.error/not-an-entity-2`. */
function names(text: string, code: string): boolean {
  for (let i = text.indexOf(code); i >= 0; i = text.indexOf(code, i + 1)) {
    if (!/[\w-]/.test(text[i + code.length] ?? '')) return true
  }
  return false
}

function checkCodes(files: readonly TreeFile[]): Problem[] {
  const list = files.find((f) => f.path === listPath)
  if (list === undefined) return []
  const codes = codesOf(list.text)
  const problem = (message: string): Problem => ({ path: listPath, message })
  const twice = codes.filter((code, i) => codes.indexOf(code) !== i)
  const sources = files.filter((f) => isSource(f.path) && f.path !== listPath)
  // the published suites are tests, though they are not named so
  const seeing = /^test\/conformance\/corpus\/|^packages\/yore\/src\/testing\//
  const tests = files.filter((f) => isTest(f.path) || seeing.test(f.path))
  return [
    ...twice.map((code) => problem(`${code} is listed twice`)),
    ...codes
      .filter((code) => !sources.some((f) => names(f.text, code)))
      .map((code) => problem(`${code} is never raised: take it off the list`)),
    ...codes
      .filter((code) => !tests.some((f) => names(f.text, code)))
      .map((code) => problem(`no test sees ${code}`)),
  ]
}

const list = (codes: string): TreeFile => ({
  path: listPath,
  text: `/** x */\nexport const errorCodes = {\n${codes}\n} as const\n`,
})
const source = { path: 'packages/yore/src/db/x.ts', text: `raise(':yore/a', 'no')\n` }
const test = { path: 'packages/yore/src/db/x.test.ts', text: `expect(code).toBe(':yore/a')\n` }

export const errorRules: readonly Rule[] = [
  {
    name: 'error codes are listed once, raised and tested',
    check: checkCodes,
    samples: [
      [list(`  ':yore/a': 'fault',\n  ':yore/a': 'fault',`), source, test],
      [list(`  ':yore/a': 'fault',`), test],
      [list(`  ':yore/a': 'fault',`), source],
      [list(`  ':yore/a': 'fault',`), source, { ...test, text: `':yore/a-b'` }],
    ],
  },
]
