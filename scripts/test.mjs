/**
 * Everything that must hold: build, types, lint, format, tests. `npm test -- ARGS` hands the arguments to vitest and runs only that.
 * Ends with `N passed, N failed`, in which each stage before the tests counts as one. No stage stops the next.
 */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const only = process.argv.slice(2)
const count = { passed: 0, failed: 0 }

function run(name, args, env = {}) {
  process.stdout.write(`\n== ${name}\n`)
  const bin = args[0] === 'node' ? process.execPath : join(root, 'node_modules', '.bin', args[0])
  const { status } = spawnSync(bin, args.slice(1), {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...process.env, ...env },
  })
  return status === 0
}

function stage(name, args) {
  count[run(name, args) ? 'passed' : 'failed']++
}

function tests() {
  const folder = mkdtempSync(join(tmpdir(), 'yore-test-'))
  const file = join(folder, 'report.json')
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
    const ok = run('tests', ['vitest', 'run', ...reporters, ...only])
    const report = JSON.parse(readFileSync(file, 'utf8'))
    count.passed += report.numPassedTests
    count.failed += report.numFailedTests
    // A file that does not load, an error outside of a test: nothing above counts them.
    if (!ok && report.numFailedTests === 0) count.failed++
  } catch (error) {
    process.stdout.write(`no report of the tests: ${error.message}\n`)
    count.failed++
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (only.length === 0) {
  stage('build', ['node', 'scripts/build.mjs'])
  stage('types', ['tsc', '-p', 'tsconfig.json', '--noEmit'])
  stage('lint', ['oxlint', '--type-aware'])
  stage('format', ['oxfmt', '--check'])
}
tests()
process.stdout.write(`\n${count.passed} passed, ${count.failed} failed\n`)
process.exitCode = count.failed === 0 ? 0 : 1
