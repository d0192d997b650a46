/**
 * The command: `npm run conformance -- [FILE ...] [--only SCENARIO] [--verbose]`. Without files it runs the corpus beside it.
 * Prints every step that differs and ends with `N passed, N failed, N skipped`.
 */

import { parseArgs } from 'node:util'
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

function main(): void {
  const files = positionals.length > 0 ? positionals : corpusFiles()
  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const path of files) {
    const here = { passed: 0, failed: 0, skipped: 0 }
    for (const scenario of readScenarios(path)) {
      if (options.only !== undefined && !options.only.includes(scenario.name)) continue
      for (const outcome of runScenario(scenario)) {
        const kind = outcome.verdict === 'stale' ? 'failed' : outcome.verdict
        here[kind]++
        total[kind]++
        if (outcome.verdict !== 'passed') show(outcome)
      }
    }
    if (files.length > 1) {
      write(
        `${path.split('/').at(-1)}: ${here.passed} passed, ${here.failed} failed, ${here.skipped} skipped`,
      )
    }
  }
  write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
  process.exitCode = total.failed > 0 ? 1 : 0
}

try {
  main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
}
