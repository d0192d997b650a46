/**
 * Rules about who imports whom: the layers, cycles, barrels, names of files.
 *
 * (1) `layers` is the table of ARCHITECTURE.md: each folder of the library may import itself and what stands in its row.
 * (2) `levels` says the same of the folders and files within a large one.
 */

import { isSource, lineOf } from './tree.ts'
import type { Problem, Rule, TreeFile } from './tree.ts'

const src = 'packages/yore/src/'
const all =
  'base data storage indexes db pull query transact wire transactor peer admin embedded'.split(' ')

export const layers: Readonly<Record<string, readonly string[]>> = {
  base: [],
  data: ['base'],
  storage: ['base'],
  indexes: ['base', 'data', 'storage'],
  db: ['base', 'data', 'indexes'],
  pull: ['base', 'data', 'indexes', 'db'],
  query: ['base', 'data', 'indexes', 'db', 'pull'],
  transact: ['base', 'data', 'indexes', 'db'],
  wire: ['base', 'data'],
  transactor: ['base', 'data', 'storage', 'indexes', 'db', 'transact', 'wire'],
  peer: ['base', 'data', 'storage', 'indexes', 'db', 'pull', 'query', 'transact', 'wire'],
  embedded: ['base', 'data', 'db', 'peer', 'storage', 'transactor', 'admin'],
  admin: ['base', 'data', 'storage', 'indexes', 'db'],
  testing: all,
  'main.ts': all,
  'edn.ts': ['base', 'data'],
}

/** From the lowest up: each takes values only from itself and from those before it. Types are free. */
export const levels: Readonly<Record<string, readonly string[]>> = {
  indexes:
    'facts live waiting segments stored merge fact-tree read reindex state create fact-index open facts-in words jobs counted'.split(
      ' ',
    ),
  query:
    'functions fulltext parse columns guard context builtins prepare plan routes clauses rules answer query'.split(
      ' ',
    ),
}

/** The package that a storage driver is for; it is loaded when the driver is used, and the user installs it. */
const driverPackages: Readonly<Record<string, string>> = { file: 'lmdb' }

/** Drivers: drivers/NAME.ts and drivers/NAME/. A driver imports no other one. */
const driverOf = (path: string): string | undefined => /\/drivers\/([\w-]+)/.exec(path)?.[1]

interface Import {
  readonly from: string
  readonly to: string
  readonly typeOnly: boolean
  readonly line: number
}

const statement =
  /^(?:import|export)\s+(type\s+)?(?:[\w*\s{},$]+?\s+from\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm

function importsOf({ path, text }: TreeFile): Import[] {
  return [...text.matchAll(statement)].map((m) => ({
    from: path,
    to: (m[2] ?? m[3]) as string,
    typeOnly: m[1] !== undefined,
    line: lineOf(text, m.index),
  }))
}

function target({ from, to }: Import): string {
  return new URL(to, `file:///${from}`).pathname.slice(1)
}

const folderOf = (path: string): string => path.slice(src.length).split('/')[0] as string
const library = (files: readonly TreeFile[]): TreeFile[] =>
  files.filter((f) => f.path.startsWith(src) && isSource(f.path) && !f.path.endsWith('.d.ts'))

function checkLayers(files: readonly TreeFile[]): Problem[] {
  return library(files).flatMap((file) => {
    const own = folderOf(file.path)
    const allowed = layers[own]
    if (allowed === undefined) {
      return [
        {
          path: file.path,
          message: `'${own}' is no folder of the table in scripts/tidy/imports.ts`,
        },
      ]
    }
    return importsOf(file).flatMap((i): Problem[] => {
      const path = `${file.path}:${i.line}`
      // what package.json gives under `#storage/`, `#worker/` and `#codec/` are our own
      if (own === 'storage' && i.to.startsWith('#storage/')) return []
      if (own === 'transactor' && i.to.startsWith('#worker/')) return []
      if (own === 'data' && i.to.startsWith('#codec/')) return []
      if (!i.to.startsWith('.')) {
        const driver = driverOf(file.path)
        const node = /(^|\/)(env-node|[^/]*-node)\.ts$/.test(file.path) || driver !== undefined
        const own = driver !== undefined && i.to === driverPackages[driver]
        return (node && i.to.startsWith('node:')) || own
          ? []
          : [{ path, message: `the library has no dependencies; '${i.to}' is one` }]
      }
      const from = driverOf(file.path)
      const to = driverOf(target(i))
      if (from !== undefined && to !== undefined && from !== to) {
        return [{ path, message: `the driver ${from} may not import the driver ${to}` }]
      }
      const folder = folderOf(target(i))
      return folder === own || allowed.includes(folder)
        ? []
        : [{ path, message: `${own} may import ${allowed.join(', ') || 'nothing'}, not ${folder}` }]
    })
  })
}

function checkLevels(files: readonly TreeFile[]): Problem[] {
  return library(files).flatMap((file) => {
    const folder = folderOf(file.path)
    const order = levels[folder]
    if (order === undefined) return []
    const levelOf = (path: string): string =>
      (path.slice(src.length).split('/')[1] ?? '').replace(/\.ts$/, '')
    const own = levelOf(file.path)
    if (!order.includes(own)) {
      return [{ path: file.path, message: `'${own}' is no level of ${folder}: see levels` }]
    }
    return importsOf(file).flatMap((i): Problem[] => {
      if (i.typeOnly || !i.to.startsWith('.') || folderOf(target(i)) !== folder) return []
      const other = levelOf(target(i))
      return order.indexOf(other) <= order.indexOf(own)
        ? []
        : [{ path: `${file.path}:${i.line}`, message: `${own} may not import from ${other}` }]
    })
  })
}

/** Cycles of imports; those of types alone are let be. */
function checkCycles(files: readonly TreeFile[]): Problem[] {
  const edges = new Map<string, string[]>()
  for (const file of library(files)) {
    const values = importsOf(file).filter((i) => !i.typeOnly && i.to.startsWith('.'))
    edges.set(file.path, values.map(target))
  }
  const problems: Problem[] = []
  const state = new Map<string, 'open' | 'done'>()
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'done') return
    if (state.get(path) === 'open') {
      const cycle = [...trail.slice(trail.indexOf(path)), path].map((p) => p.slice(src.length))
      problems.push({ path, message: `a cycle: ${cycle.join(' -> ')}` })
      return
    }
    state.set(path, 'open')
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path])
    state.set(path, 'done')
  }
  for (const path of edges.keys()) visit(path, [])
  return problems
}

const doors = new Set([`${src}main.ts`, `${src}edn.ts`])

function checkBarrels(files: readonly TreeFile[]): Problem[] {
  return library(files).flatMap((file) => {
    if (doors.has(file.path)) return []
    const out: Problem[] = []
    if (file.path.endsWith('/index.ts')) {
      out.push({ path: file.path, message: 'name the file for what it holds, not index.ts' })
    }
    const handedOn = /^export\s+(?:type\s+)?(?:\*|\{[^}]*\})\s*(?:as \w+ )?from\s+'[^']*'/gm
    const own = /^(?:export )?(?:const|let|(?:async )?function|class|interface|type \w+ =)/m
    if (handedOn.test(file.text) && !own.test(file.text.replace(handedOn, ''))) {
      out.push({
        path: file.path,
        message: 'no barrels: import each name from the file that has it',
      })
    }
    return out
  })
}

function checkNames(files: readonly TreeFile[]): Problem[] {
  const sources = files.filter((f) =>
    /^(packages\/[^/]+\/src|test|scripts|bench)\/.*\.ts$/.test(f.path),
  )
  return sources.flatMap((file) =>
    importsOf(file)
      .filter((i) => i.to.startsWith('.') && !/\.(ts|tsx|mjs|json)$/.test(i.to))
      .map((i) => ({
        path: `${file.path}:${i.line}`,
        message: `name the file with its ending: ${i.to}`,
      })),
  )
}

const at = (path: string, text: string): TreeFile => ({ path: src + path, text })

export const importRules: readonly Rule[] = [
  {
    name: 'layers: a folder imports only what stands below it',
    check: checkLayers,
    samples: [
      [at('data/x.ts', `import { q } from '../query/query.ts'\n`)],
      [at('db/x.ts', `import type { Pattern } from '../pull/pattern.ts'\n`)],
      [at('query/x.ts', `export const x = import('../peer/connect.ts')\n`)],
      [at('data/x.ts', `import { readFileSync } from 'node:fs'\n`)],
      [at('base/x.ts', `import {\n  chunk,\n} from 'lodash'\n`)],
      [at('misc/x.ts', `export const x = 1\n`)],
      [at('storage/x.ts', `export const x = await import('lmdb')\n`)],
      [at('db/x.ts', `export const x = await import('#storage/file')\n`)],
      [at('storage/drivers/memory.ts', `import { open } from 'lmdb'\n`)],
      [at('storage/drivers/file.ts', `import { x } from 'left-pad'\n`)],
      [at('storage/drivers/file/x.ts', `import { x } from '../memory.ts'\n`)],
    ],
  },
  {
    name: 'levels: within a large folder, too, what is below knows nothing of what is above',
    check: checkLevels,
    samples: [
      [at('query/parse/x.ts', `import { run } from '../clauses/run.ts'\n`)],
      [at('query/columns/x.ts', `export const x = import('../query.ts')\n`)],
      [at('indexes/live/x.ts', `import { Part } from '../segments/part.ts'\n`)],
      [at('indexes/x.ts', `export const x = 1\n`)],
    ],
  },
  {
    name: 'cycles: no file imports itself, however far around',
    check: checkCycles,
    samples: [
      [
        at('db/a.ts', `import { b } from './b.ts'\n`),
        at('db/b.ts', `import { c } from './c.ts'\n`),
        at('db/c.ts', `import { a } from './a.ts'\n`),
      ],
    ],
  },
  {
    name: 'barrels: only main.ts and edn.ts hand on what others have',
    check: checkBarrels,
    samples: [
      [at('db/index.ts', `export const x = 1\n`)],
      [at('db/all.ts', `/** x */\nexport * from './db.ts'\n`)],
      [at('db/all.ts', `export {\n  a,\n} from './db.ts'\n`)],
      [at('db/all.ts', `export type { A } from './db.ts'\n`)],
    ],
  },
  {
    name: 'imports name a file with its ending',
    check: checkNames,
    samples: [
      [at('db/x.ts', `import { a } from './db'\n`)],
      [at('db/x.ts', `import { a } from './db.js'\n`)],
    ],
  },
]
