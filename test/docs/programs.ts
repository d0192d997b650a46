/**
 * Programs out of documents: the TypeScript blocks of a Markdown page, in order. Where a line says `// => x`, what was printed before
 * it must read `x`.
 *
 * (1) The blocks of a page are one program, until a block imports from 'yore' again: there a new one begins.
 * (2) Line numbers are those of the page, so that a failure points into it.
 * (3) A block whose fence says `no-run` is left out: for what cannot run, such as a server's address.
 */

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'

export const root: string = fileURLToPath(new URL('../../', import.meta.url))

export interface Program {
  /** The page and the line of its first block. */
  readonly name: string
  /** TypeScript. */
  readonly text: string
}

interface Block {
  readonly line: number
  readonly text: string
}

function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = []
  const lines = markdown.split('\n')
  for (let i = 0; i < lines.length; i++) {
    const fence = /^```(?:ts|js|mjs|typescript)\b(.*)$/.exec(lines[i] as string)
    if (fence === null) continue
    const end = lines.indexOf('```', i)
    if (end < 0) throw new Error(`the block of line ${i + 1} has no end`)
    if (!fence[1]?.includes('no-run')) {
      blocks.push({ line: i + 2, text: lines.slice(i + 1, end).join('\n') })
    }
    i = end
  }
  return blocks
}

/** The programs of a page. */
export function programsOf(page: string, markdown: string): Program[] {
  const programs: { name: string; text: string }[] = []
  for (const { line, text } of blocksOf(markdown)) {
    const begins = /^import .* from 'yore(?:\/\w+)?'/m.test(text)
    let program = programs.at(-1)
    if (program === undefined || begins) {
      program = { name: `${page}:${line}`, text: '' }
      programs.push(program)
    }
    // Blank lines keep the numbers of the page.
    const have = program.text.split('\n').length
    program.text += '\n'.repeat(Math.max(0, line - have)) + text + '\n'
  }
  return programs
}

/** Puts a check in the place of every `// => x`, on the same line. */
export function withChecks(text: string): string {
  const lines = text.split('\n')
  for (let i = 0; i < lines.length; i++) {
    const m = /^(.*?)\/\/ => (.*)$/.exec(lines[i] as string)
    if (m === null) continue
    let expected = m[2] as string
    // What it says may go on in comments that are indented under it.
    for (let j = i + 1; /^\s*\/\/ {4,}\S/.test(lines[j] ?? ''); j++) {
      expected += ` ${(lines[j] as string).replace(/^\s*\/\/\s*/, '')}`
      lines[j] = ''
    }
    lines[i] = `${m[1] as string};__printed(${JSON.stringify(expected)})`
  }
  return lines.join('\n')
}

const prelude = `import { formatWithOptions } from 'node:util'
let __last
console.log = (...args) => { __last = formatWithOptions({ breakLength: Infinity, depth: 9 }, ...args) }
console.table = () => {}
globalThis.__printed = (text) => {
  const flat = (x) => String(x).replace(/\\s+/g, ' ').trim()
  if (flat(__last) !== flat(text)) throw new Error('printed ' + flat(__last) + ', the page says ' + flat(text))
}
`

export interface Ran {
  readonly code: number | null
  readonly output: string
}

/** Runs a JavaScript file against the built library. */
export function runFile(path: string, args: readonly string[] = [], cwd = root): Promise<Ran> {
  return new Promise((done) => {
    const child = spawn(process.execPath, ['--enable-source-maps', path, ...args], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 60_000,
    })
    let output = ''
    child.stdout.on('data', (text: Buffer) => (output += text.toString()))
    child.stderr.on('data', (text: Buffer) => (output += text.toString()))
    child.on('close', (code) => done({ code, output }))
  })
}

/** Runs a program of a page against the built library. */
export async function runProgram(program: Program): Promise<Ran> {
  const parent = join(root, 'node_modules/.cache')
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, 'yore-docs-'))
  try {
    const { code } = await transform(withChecks(program.text), {
      loader: 'ts',
      format: 'esm',
      target: 'node20',
      tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
      sourcemap: 'inline',
      sourcefile: program.name.replace(/:\d+$/, ''),
    })
    writeFileSync(join(folder, 'prelude.mjs'), prelude)
    const file = join(folder, `${basename(program.name).replace(/\W+/g, '-')}.mjs`)
    writeFileSync(file, `import './prelude.mjs';${code}`)
    // what a page writes, it writes into the folder
    return await runFile(file, [], folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
