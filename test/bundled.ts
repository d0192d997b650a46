/** Programs that tests run in processes of their own: each as one file, which starts faster than its sources. */

import { rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const made = new Map<string, Promise<string>>()

/** Where the bundle of a program of this repository lies: beside the packages, so that they are found, until this process ends. */
export function bundled(entry: string): Promise<string> {
  let path = made.get(entry)
  if (path === undefined) made.set(entry, (path = bundle(entry)))
  return path
}

async function bundle(entry: string): Promise<string> {
  const name = basename(entry, '.ts')
  const outfile = join(root, `node_modules/.cache/yore-tests/${name}-${process.pid}.mjs`)
  process.once('exit', () => rmSync(outfile, { force: true }))
  await bundleTo(outfile, entry)
  return outfile
}

/** The bundle of a program of this repository, there. */
export async function bundleTo(outfile: string, entry: string): Promise<void> {
  await build({
    entryPoints: [join(root, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['yore-source'],
    external: ['lmdb', 'vitest'],
    logLevel: 'error',
  })
}
