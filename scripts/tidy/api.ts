/**
 * The public surface as text: the declarations of every name that an entry of the package exports, sorted by name and without their
 * comments. `docs/api/` holds the committed copy, so that a change of the surface shows in a diff. `npm run api` writes it anew.
 */

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './tree.ts'

export const entries: readonly string[] = ['main', 'edn']

const dist = join(root, 'packages/yore/dist')

interface Declaration {
  readonly name: string
  readonly text: string
}

function readDeclarations(path: string): string {
  const text = readFileSync(path, 'utf8')
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\/\/# source.*$/gm, '')
}

/** A file of declarations, cut where a top-level statement begins. */
function statementsOf(path: string): string[] {
  return readDeclarations(path)
    .split(/\n(?=(?:export|import|declare|interface|type)\b)/)
    .map((s) => s.replace(/^\s*\n/gm, '').trim())
    .filter((s) => s !== '')
}

const declared =
  /^(?:export )?(?:declare )?(?:abstract )?(?:class|interface|type|const|function|let)\s+([\w$]+)/

/** The declarations of `name` in that file, or where the file has it from. */
function find(path: string, name: string): string[] {
  const statements = statementsOf(path)
  const own = statements.filter((s) => declared.exec(s)?.[1] === name)
  if (own.length > 0) return own
  for (const s of statements) {
    const m = /^(?:export|import)\s+(?:type\s+)?\{([\s\S]*)\}\s+from\s+'([^']+)'/.exec(s)
    if (m === null) continue
    for (const [local, exported] of namesIn(m[1] as string)) {
      if (exported === name) return find(resolve(path, m[2] as string), local)
    }
  }
  return [`// ${name}: its declaration was not found`]
}

function namesIn(list: string): [string, string][] {
  return list
    .split(',')
    .map((x) => x.trim().replace(/^type /, ''))
    .filter((x) => x !== '')
    .map((x) => {
      const [local, exported] = x.split(/\s+as\s+/) as [string, string?]
      return [local, exported ?? local]
    })
}

function resolve(from: string, to: string): string {
  return join(dirname(from), to.replace(/\.(?:ts|js)$/, '.d.ts'))
}

function declarationsOf(path: string): Declaration[] {
  return statementsOf(path).flatMap((s): Declaration[] => {
    const own = declared.exec(s)?.[1]
    if (own !== undefined && s.startsWith('export')) return [{ name: own, text: s }]
    const m = /^export\s+(?:type\s+)?\{([\s\S]*)\}\s+from\s+'([^']+)'/.exec(s)
    if (m === null) return []
    return namesIn(m[1] as string).map(([local, exported]) => ({
      name: exported,
      text: find(resolve(path, m[2] as string), local).join('\n'),
    }))
  })
}

/** The surface of an entry, from the built declarations; null when they are not built. */
export function surfaceOf(entry: string): string | null {
  const path = join(dist, `${entry}.d.ts`)
  if (!existsSync(path)) return null
  const found = declarationsOf(path).sort((a, b) => (a.name < b.name ? -1 : 1))
  return `${found.map((d) => `// ${d.name}\n${d.text}\n`).join('\n')}`
}

export const copyOf = (entry: string): string => join(root, 'docs/api', `${entry}.d.ts`)
