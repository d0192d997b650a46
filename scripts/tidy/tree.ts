/**
 * The files that the rules look at: what git tracks, and what it would track.
 */

import { execFileSync } from 'node:child_process'
import { lstatSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface TreeFile {
  /** From the root, with slashes. */
  readonly path: string
  readonly text: string
}

/** What a rule found: where, and what to do about it. */
export interface Problem {
  readonly path: string
  readonly message: string
}

export interface Rule {
  readonly name: string
  /** Files that break the rule: it proves itself on them. */
  readonly samples: readonly (readonly TreeFile[])[]
  check(files: readonly TreeFile[]): Problem[]
}

export const root: string = fileURLToPath(new URL('../../', import.meta.url))

const textual = /(?:\.(?:ts|mts|tsx|mjs|js|json|md|css|html|yml|edn)|^[^.]*|\/run|rc|ignore)$/

const isFile = (path: string): boolean =>
  lstatSync(path, { throwIfNoEntry: false })?.isFile() === true

export function readTree(): TreeFile[] {
  const args = ['ls-files', '-co', '--exclude-standard', '-z']
  const listed = execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 })
  return listed
    .split('\0')
    .filter((path) => textual.test(path) && isFile(root + path))
    .map((path) => ({ path, text: readFileSync(root + path, 'utf8') }))
}

export const isTest = (path: string): boolean => path.endsWith('.test.ts')
export const isSource = (path: string): boolean =>
  /^packages\/[^/]+\/src\/.*\.tsx?$/.test(path) && !isTest(path)

/** The text with comments and the contents of strings blanked out, so that rules see code only. Lines stay. */
export function codeOf(text: string): string {
  const token =
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g
  return text.replace(token, (found) => {
    const quote = found[0] as string
    const blank = found.replace(/[^\n]/g, ' ')
    return quote === '/' ? blank : `${quote}${blank.slice(2)}${quote}`
  })
}

export const lineOf = (text: string, index: number): number =>
  text.slice(0, index).split('\n').length
