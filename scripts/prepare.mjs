/**
 * Before `npm start`: installs and builds what is missing or stale, and says so. Needs nothing but Node and npm, so that
 * `npm start` works straight after `git clone`.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const at = (path) => `${root}${path}`
const timeOf = (path) => (existsSync(at(path)) ? statSync(at(path)).mtimeMs : -Infinity)

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  if (status !== 0) {
    process.stderr.write(
      `${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}\n`,
    )
    process.exit(status ?? 1)
  }
}

// npm writes this file at the end of an installation, so an interrupted one is done again.
if (timeOf('node_modules/.package-lock.json') < timeOf('package-lock.json')) {
  process.stdout.write('Installing the packages of package-lock.json ...\n')
  const npm = process.env.npm_execpath
  // the compiler is a development package, the native part of lmdb an optional one: also where npm is set to leave these out
  const args = ['ci', '--include=dev', '--include=optional', '--no-fund', '--no-audit']
  if (npm?.endsWith('.js')) run(process.execPath, [npm, ...args])
  else run('npm', args)
}

// The compiler looks for itself at what is stale, and the rest takes a moment only.
if (timeOf('packages/yore/dist/main.js') === -Infinity) process.stdout.write('Building ...\n')
run(process.execPath, [at('scripts/build.mjs')])
