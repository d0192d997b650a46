/**
 * `npm run bench [-- SYSTEM ... --workload NAME]`: Yore beside its peers in one run of the shared bench. The bench stands beside the project
 * (`../shared/bench`, or the folder in YORE_BENCH); it is copied to a temporary folder, which keeps its packages and results.
 *
 *   npm run bench                                   Yore, DataScript and plain JavaScript
 *   npm run bench -- datascript sqlite --workload 'q*'
 */

import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const shared = process.env.YORE_BENCH ?? join(here, '../../shared/bench')
if (!existsSync(join(shared, 'run.mjs'))) {
  process.stderr.write(`There is no bench in ${shared}; set YORE_BENCH to its folder.\n`)
  process.exit(1)
}

const work = join(tmpdir(), 'yore-bench')
mkdirSync(work, { recursive: true })
const copy = (name) =>
  cpSync(join(shared, '..', name), join(work, name), {
    recursive: true,
    force: true,
    filter: (path) => !path.endsWith('results'),
  })
copy('bench')
copy('data')
spawnSync('chmod', ['-R', 'u+w', work])

const bench = join(work, 'bench')
const run = (command, args) => {
  const { status } = spawnSync(command, args, { cwd: bench, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
if (!existsSync(join(bench, 'node_modules'))) run('npm', ['install', '--no-fund', '--no-audit'])
const args = process.argv.slice(2)
const systems = args.length > 0 ? args : ['floor', 'datascript']
run(process.execPath, ['run.mjs', ...systems, '--adapter', join(here, 'yore.mjs')])
