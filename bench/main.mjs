/**
 * `npm run bench`: Yore, in memory and in files, beside plain JavaScript and its peers, all in one run of the shared bench. Prints one table, and
 * keeps a JSON line for each system and workload.
 *
 *   npm run bench                                      yore, yore-file, floor, sqlite, duckdb
 *   npm run bench -- yore datascript --workload 'q*'   these systems, these workloads
 *   npm run bench -- --all                             every peer that the bench has, the slow ones and those of other languages too
 *   npm run bench -- --save                            the results are for the repository: bench/results/DATE-COMMIT.jsonl
 *   npm run bench -- --compare FILE                    runs, and shows only what is not as it was there
 *   npm run bench -- --compare FILE --with FILE        the same of two files, without a run
 *   npm run bench -- --table FILE                      the table of a file
 *
 * The bench stands beside the project (`../shared/bench`, or the folder in YORE_BENCH). Where it cannot be written to it is copied to a
 * temporary folder, which keeps its packages. BENCH_MS is the measuring time of a workload (2000), BENCH_LIMIT the seconds after which one is given
 * up (60).
 */

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { compareText } from './compare.mjs'
import { keep, machineOf, readResults, recordedIn } from './results.mjs'
import { benchFolder, runSystem, systemsIn, workloadsOf } from './systems.mjs'
import { tableText } from './table.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const { options, positionals } = given()

/** What was asked for; for `--help`, and where that is not understood, the head of this file. */
function given() {
  const usage = readFileSync(fileURLToPath(import.meta.url), 'utf8').split(' */')[0]
  const told = (note, code) => {
    console.error(`${note}${usage.replaceAll(/^(\/\*\*\n| \* ?)/gm, '')}`)
    process.exit(code)
  }
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        workload: { type: 'string', multiple: true, default: [] },
        all: { type: 'boolean', default: false },
        save: { type: 'boolean', default: false },
        compare: { type: 'string' },
        with: { type: 'string' },
        table: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    return values.help ? told('', 0) : { options: values, positionals }
  } catch (error) {
    return told(`${error.message}\n\n`, 1)
  }
}

const usual = ['floor', 'sqlite', 'duckdb']
const own = ['yore', 'yore-file']

const say = (text) => process.stdout.write(`${text}\n`)
const folder = benchFolder(here)
const workloads = await workloadsOf(folder)
const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'))
const recorded = recordedIn([join(here, '../../shared/bench/results'), join(folder, 'results')])

async function measureAll() {
  const peers = options.all ? systemsIn(folder) : usual
  const systems = positionals.length > 0 ? positionals : [...own, ...peers]
  const pattern = options.workload.map((x) => new RegExp(`^${x.replaceAll('*', '.*')}$`))
  const names = workloads
    .map((w) => w.name)
    .filter((name) => pattern.length === 0 || pattern.some((p) => p.test(name)))
  const machine = machineOf(join(here, '..'))
  const lines = []
  for (const system of systems) {
    const adapter = join(here, `${system}.mjs`)
    const path = own.includes(system) && existsSync(adapter) ? adapter : null
    for await (const line of runSystem(folder, system, path, names)) {
      lines.push({ ...line, ...machine() })
      process.stderr.write(`${toldOf(line)}\n`)
    }
  }
  const file = keep(lines, { folder: options.save ? join(here, 'results') : null })
  process.stderr.write(`${lines.length} results in ${file}\n`)
  return lines
}

function toldOf({ system, workload, error, unsupported, ms_median: ms, bytes_per_datom: bytes }) {
  const what = error ?? (unsupported ? '–' : bytes ? `${bytes} B a datom` : `${ms} ms`)
  return `${system.padEnd(14)} ${workload.padEnd(26)} ${what}`
}

if (options.table !== undefined) {
  say(tableText(readResults(options.table), { workloads, expected, recorded }))
} else {
  const lines = options.with === undefined ? await measureAll() : readResults(options.with)
  if (options.compare === undefined) say(tableText(lines, { workloads, expected, recorded }))
  else say(compareText(readResults(options.compare), lines))
}
