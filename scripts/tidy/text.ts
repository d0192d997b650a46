/**
 * Rules about the text of files: what is banned where, headers, lengths, links, machine paths.
 */

import { codeOf, isSource, isTest, lineOf, root } from './tree.ts'
import type { Problem, Rule, TreeFile } from './tree.ts'
import { existsSync } from 'node:fs'

/** A rule that finds a pattern in some files. */
function ban(
  name: string,
  pattern: RegExp,
  remedy: string,
  applies: (path: string) => boolean,
  samples: readonly TreeFile[],
  view: (text: string) => string = codeOf,
): Rule {
  return {
    name,
    samples: samples.map((s) => [s]),
    check: (files) =>
      files
        .filter((f) => applies(f.path))
        .flatMap((f) =>
          [...view(f.text).matchAll(pattern)].map((m) => ({
            path: `${f.path}:${lineOf(f.text, m.index)}`,
            message: `'${m[0].trim()}': ${remedy}`,
          })),
        ),
  }
}

const at = (path: string, text: string): TreeFile => ({ path, text })
const inSource = (text: string): TreeFile => at('packages/yore/src/db/x.ts', text)

/** Files that may touch the world. */
const worldly = (path: string): boolean => /\/base\/env-[^/]*\.ts$|\/storage\/drivers\//.test(path)
const platform =
  /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)|\bMath\.random\b|\bperformance\b|\bset(?:Timeout|Interval|Immediate)\b|\bcrypto\b|\bprocess\.|\bBuffer\b|\bglobalThis\b|\bfetch\(|\beval\(|\bnew Function\b/g

const isProgram = (path: string): boolean =>
  /^(packages\/[^/]+\/src|test|scripts|bench|examples)\/.*\.(ts|mjs)$/.test(path)

function checkHeaders(files: readonly TreeFile[]): Problem[] {
  return files
    .filter((f) => isProgram(f.path) && !isTest(f.path))
    .filter((f) => !/^(#!.*\n)?\/\*\*[\s*]*[\w`(]/.test(f.text))
    .map((f) => ({
      path: f.path,
      message: 'begin with a comment /** .. */: what the file is and what it keeps true',
    }))
}

export const linesMax = 500

/** Files that are longer, with their length when they were listed: they may only shrink, and leave the list below the limit. */
export const longFiles: Readonly<Record<string, number>> = {}

function checkLengths(files: readonly TreeFile[]): Problem[] {
  return files
    .filter((f) => isProgram(f.path))
    .flatMap((f): Problem[] => {
      const lines = f.text.split('\n').length - 1
      const listed = longFiles[f.path]
      const limit = listed ?? linesMax
      if (lines > limit) {
        return [
          { path: f.path, message: `${lines} lines, the limit is ${limit}: split it by subject` },
        ]
      }
      return listed !== undefined && lines <= linesMax
        ? [{ path: f.path, message: 'short enough now: take it off the list `longFiles`' }]
        : []
    })
}

// ---- Markdown ----

/** The anchor that a heading gets. */
function slug(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[`*]|\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replace(/ /g, '-')
}

function anchorsOf(text: string): Set<string> {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '')
  const headings = [...prose.matchAll(/^#{1,6} (.*)$/gm)].map((m) => slug(m[1] as string))
  return new Set([
    ...headings,
    ...[...prose.matchAll(/<a (?:id|name)="([^"]+)"/g)].map((m) => m[1] as string),
  ])
}

function checkLinks(files: readonly TreeFile[]): Problem[] {
  const byPath = new Map(files.map((f) => [f.path, f]))
  return files
    .filter((f) => f.path.endsWith('.md'))
    .flatMap((f) => {
      const prose = f.text.replace(/^```[\s\S]*?^```|`[^`\n]*`/gm, (x) => x.replace(/[^\n]/g, ' '))
      return [...prose.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)].flatMap((m): Problem[] => {
        const link = m[1] as string
        if (/^[a-z]+:/.test(link)) return []
        const [to, anchor] = link.split('#') as [string, string | undefined]
        const path = to === '' ? f.path : new URL(to, `file:///${f.path}`).pathname.slice(1)
        const line = `${f.path}:${lineOf(f.text, m.index)}`
        const known = byPath.get(path)
        if (known === undefined && !existsSync(root + path)) {
          return [{ path: line, message: `the link ${link} leads nowhere` }]
        }
        return anchor !== undefined &&
          known !== undefined &&
          path.endsWith('.md') &&
          !anchorsOf(known.text).has(anchor)
          ? [{ path: line, message: `${path} has no heading '${anchor}'` }]
          : []
      })
    })
}

const machine = [
  /\/work\/(?:main|notes|shared|steering|\.library|\.mirror)/,
  /\/(?:home|Users)\/\w+\//,
  /\/farm\//,
  /https?:\/\/[a-z.-]*(?:npmjs|maven|debian|pypi|pythonhosted)/,
]

export const textRules: readonly Rule[] = [
  ban(
    'the world: clock, random source, timers and files only in base/env-*.ts and storage drivers',
    platform,
    'take it from an Env, or as a value (base/env.ts)',
    (path) => isSource(path) && !worldly(path) && !path.endsWith('.d.ts'),
    [
      inSource('const t = Date.now()\n'),
      inSource('const t = new Date()\n'),
      inSource('const r = Math.random()\n'),
      inSource('setTimeout(() => {}, 1)\n'),
      inSource('const x = process.env\n'),
      inSource('const x = Buffer.from([])\n'),
      inSource('const f = new Function("x", "y")\n'),
    ],
  ),
  ban(
    'no default exports',
    /^export default\b|\bexport\s*\{[^}]*\bas default\b/gm,
    'export it by its name',
    (path) => isSource(path) || /^(test|scripts|bench)\/.*\.ts$/.test(path),
    [inSource('export default 1\n'), inSource('export { x as default }\n')],
  ),
  ban(
    'nothing left over in the library',
    /\bconsole\.\w+|\bdebugger\b/g,
    'take it out; errors are thrown, the rest goes to a Logger',
    isSource,
    [inSource('console.log(1)\n'), inSource('debugger\n')],
  ),
  ban(
    'no open ends',
    /\b(?:FIXME|XXX|HACK)\b/g,
    'mend it, or say in words what is not done and why',
    (path) => isProgram(path) && !path.startsWith('scripts/tidy/'),
    [inSource('// FIXME: later\n')],
    (text) => text,
  ),
  ban(
    'no test alone or left out without a reason',
    /\b(?:test|it|describe)\.(?:only|skip|todo)\b/g,
    'run all tests; what cannot run here is skipped by `test.skipIf`, which prints why',
    isTest,
    [at('test/x.test.ts', "test.only('x', () => {})\n"), at('test/x.test.ts', "it.skip('x')\n")],
  ),
  {
    name: 'every file says in its first lines what it is',
    check: checkHeaders,
    samples: [
      [inSource('export const x = 1\n')],
      [inSource('/** */\nexport const x = 1\n')],
      [at('scripts/x.mjs', '// x\n')],
    ],
  },
  {
    name: `no file is longer than ${linesMax} lines`,
    check: checkLengths,
    samples: [[inSource('x\n'.repeat(linesMax + 1))]],
  },
  {
    name: 'links in Markdown lead somewhere',
    check: checkLinks,
    samples: [
      [at('docs/a.md', 'see [b](no-such-page.md)\n')],
      [at('docs/a.md', 'see [b](#no-such-heading)\n')],
      [at('docs/a.md', 'see [b](b.md#no)\n'), at('docs/b.md', '# Yes\n')],
    ],
  },
  ban(
    'no paths of a machine and no hosts of registries',
    new RegExp(machine.map((m) => m.source).join('|'), 'g'),
    'a clone on another machine cannot use it',
    (path) => path !== 'package-lock.json' && path !== 'scripts/tidy/text.ts',
    [
      at('a.md', `run ${['', 'work', 'main', 'x'].join('/')}\n`),
      at('a.md', `https://${['registry', 'npmjs', 'org'].join('.')}/x\n`),
    ],
    (text) => text,
  ),
  ban(
    'package-lock.json names no download addresses',
    /"resolved": *"https?:/g,
    'write it with npm config omit-lockfile-registry-resolved=true (.npmrc has it)',
    (path) => path === 'package-lock.json',
    [at('package-lock.json', '"resolved": "https://example.org/a.tgz"\n')],
    (text) => text,
  ),
]
