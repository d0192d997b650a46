/**
 * The command: `npm run conformance -- [FILE ...] [--only SCENARIO] [--verbose]`. Without files it runs the corpus beside it.
 * Prints every step that differs and ends with `N passed, N failed, N skipped`.
 *
 *   --storage memory|file    the database lies in a storage; without it, it is only a value
 *   --index-each             an index job after every transaction; with --worker in a worker
 *   --reopen                 closed and opened again after every step
 *   --segment N, --cache N   datoms in a segment, bytes of segments in memory
 *   --all                    every configuration of place.ts, one after the other (`npm run conformance:all`)
 */

import { parseArgs } from 'node:util'
import { configs } from './place.ts'
import type { Config } from './place.ts'
import { corpusFiles, readScenarios } from './scenario.ts'
import { runScenario, stepText } from './run.ts'
import type { Outcome } from './run.ts'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', multiple: true },
    verbose: { type: 'boolean', default: false },
    /** Only the numbers of each file. */
    quiet: { type: 'boolean', default: false },
    storage: { type: 'string' },
    'index-each': { type: 'boolean', default: false },
    worker: { type: 'boolean', default: false },
    reopen: { type: 'boolean', default: false },
    segment: { type: 'string' },
    cache: { type: 'string' },
    all: { type: 'boolean', default: false },
  },
})

const write = (text: string): boolean => process.stdout.write(`${text}\n`)
const cut = (text: string): string =>
  options.verbose || text.length <= 600 ? text : `${text.slice(0, 600)} ... (--verbose for all)`

function show(o: Outcome): void {
  const place = `${o.file} ${o.scenario} step ${o.step.number}`
  if (o.verdict === 'skipped') {
    if (!options.quiet) write(`SKIP ${place}: ${o.reason}`)
  } else if (!options.quiet) {
    write(`${o.verdict === 'stale' ? 'STALE SKIP' : 'FAIL'} ${place}`)
    write(`  step     ${cut(stepText(o.step))}`)
    if (o.verdict === 'failed') write(`  expected ${cut(o.expected)}\n  got      ${cut(o.got)}`)
  }
}

// A reader that stops early (`| head`) is no error.
process.stdout.on('error', () => process.exit())

interface Counts {
  passed: number
  failed: number
  skipped: number
}
const none = (): Counts => ({ passed: 0, failed: 0, skipped: 0 })
const told = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`

function configOf(): Config {
  const { storage = 'value', segment, cache } = options
  if (storage !== 'value' && storage !== 'memory' && storage !== 'file') {
    throw new Error(`--storage is memory or file, not ${storage}`)
  }
  return {
    storage,
    reopen: options.reopen,
    indexEach: options['index-each'],
    worker: options.worker,
    ...(segment !== undefined && { segment: Number(segment) }),
    ...(cache !== undefined && { cache: Number(cache) }),
  }
}

async function runFiles(files: readonly string[], config: Config): Promise<Counts> {
  const total = none()
  for (const path of files) {
    const here = none()
    for (const scenario of readScenarios(path)) {
      if (options.only !== undefined && !options.only.includes(scenario.name)) continue
      for (const outcome of await runScenario(scenario, config)) {
        const kind = outcome.verdict === 'stale' ? 'failed' : outcome.verdict
        here[kind]++
        total[kind]++
        if (outcome.verdict !== 'passed') show(outcome)
      }
    }
    if (files.length > 1 && !options.all) write(`${path.split('/').at(-1)}: ${told(here)}`)
  }
  return total
}

async function main(): Promise<void> {
  const files = positionals.length > 0 ? positionals : corpusFiles()
  if (!options.all) {
    const total = await runFiles(files, configOf())
    write(told(total))
    process.exitCode = total.failed > 0 ? 1 : 0
    return
  }
  const all = none()
  for (const [name, config] of Object.entries(configs)) {
    const began = Date.now()
    const counts = await runFiles(files, config)
    write(`${name}: ${told(counts)} (${Math.round((Date.now() - began) / 1000)} s)`)
    for (const kind of ['passed', 'failed', 'skipped'] as const) all[kind] += counts[kind]
  }
  write(told(all))
  process.exitCode = all.failed > 0 ? 1 : 0
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
}
