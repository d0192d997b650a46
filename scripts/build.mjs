/**
 * `npm run build`: the package as users get it, in packages/yore/dist. The compiler checks types and writes declarations; rolldown puts the code
 * of some three hundred modules into a few files, for to start a program that has to find and read each of them takes several times as long.
 *
 * (1) Each file that package.json names is a file of its own; what several of them need stands in chunks that they share, so that a class is one
 *     class by whatever way it is imported.
 * (2) Names stay as they are written, and maps lead to the sources, which are in the package too.
 * (3) What only the reference page says of the functions of queries is left out.
 * (4) What an earlier build has left and this one does not make is removed.
 */

import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, 'packages/yore')

/** Started by its name, not imported. */
const programs = ['transactor/index-worker-main-node']

/** What package.json exports, and what it leads to by conditions, without endings. */
function modulesOf({ exports, imports }) {
  const found = JSON.stringify({ exports, imports }).matchAll(/"\.\/dist\/([\w/-]+)\.js"/g)
  return [...new Set([...Array.from(found, ([, name]) => name), ...programs])]
}

function compile() {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const { status } = spawnSync(process.execPath, [compiler, '-b', 'packages/yore'], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}

/** A description or an example of a function, as one property. Lines stay where they are. */
const described =
  /^( +(?:doc|example):)\s*(?:\[[^\n]*\]|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`[^`]*`)(?=,$)/gm

const withoutDescriptions = {
  name: 'without-descriptions',
  transform: (code, id) =>
    id.includes('/src/query/functions/')
      ? {
          code: code.replace(described, (all, key) => `${key} ''${all.replace(/[^\n]/g, '')}`),
          map: null,
        }
      : null,
}

async function bundle() {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const { output } = await build({
    cwd: folder,
    input: Object.fromEntries(modulesOf(manifest).map((name) => [name, `./src/${name}.ts`])),
    external: [/^#/, /^node:/, ...Object.keys(manifest.peerDependencies)],
    platform: 'neutral',
    plugins: [withoutDescriptions],
    output: {
      dir: join(folder, 'dist'),
      entryFileNames: '[name].js',
      chunkFileNames: 'chunks/[name]-[hash].js',
      sourcemap: true,
      sourcemapExcludeSources: true,
    },
  })
  return new Set(output.map(({ fileName }) => join(folder, 'dist', fileName)))
}

function removeOthers(made) {
  for (const entry of readdirSync(join(folder, 'dist'), { recursive: true })) {
    const path = join(folder, 'dist', entry)
    if (/\.js(\.map)?$/.test(path) && !made.has(path)) rmSync(path)
  }
}

compile()
removeOthers(await bundle())
