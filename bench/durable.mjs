/**
 * `npm run bench:durable [-- MEASURE ... --passes N --sqlite FOLDER --dir FOLDER --json]`: the durable database in a directory, beside
 * SQLite where its package is found (`better-sqlite3` in FOLDER/node_modules, or YORE_SQLITE). Prints the table of bench/README.md.
 *
 * (1) Every measure runs in a process of its own, in N passes (3), in turns with the other system's; the best of each figure counts, for
 *     what else the machine does only makes it worse.
 * (2) `us` of processor are those of all threads of the process, and depend less on what else the machine does.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    passes: { type: 'string', default: '3' },
    sqlite: { type: 'string', default: process.env.YORE_SQLITE ?? process.cwd() },
    dir: { type: 'string', default: tmpdir() },
    json: { type: 'boolean', default: false },
  },
})
const here = fileURLToPath(new URL('.', import.meta.url))
const write = (text) => process.stdout.write(`${text}\n`)

/** Measures in this order: some read what `million` leaves. */
const all = [
  'latency',
  'flight',
  'music',
  'million',
  'bulk',
  'first',
  'novelty',
  'memory',
  'live',
  'asOf',
  'versions',
]
const names = positionals.length > 0 ? all.filter((x) => positionals.includes(x)) : all
const needMillion = new Set(['bulk', 'first', 'memory', 'asOf'])
const systems = ['yore']
if (existsSync(join(options.sqlite, 'node_modules/better-sqlite3/build/Release')))
  systems.push('sqlite')
const inSqlite = new Set(['latency', 'flight', 'million', 'first'])

function run(system, measure, directory) {
  const args = [
    ...process.execArgv,
    '--expose-gc',
    join(here, 'durable-run.mjs'),
    system,
    measure,
    directory,
  ]
  const env = { ...process.env, YORE_SQLITE: options.sqlite }
  const { status, stdout } = spawnSync(process.execPath, args, {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${system} ${measure} ended with ${status}`)
  return JSON.parse(stdout.trim().split('\n').at(-1))
}

/** Rates are better when they are greater, everything else when it is less. */
const better = (key, x, y) => (key.startsWith('rate') ? Math.max(x, y) : Math.min(x, y))

const results = {}
for (let pass = 0; pass < Number(options.passes); pass++) {
  for (const system of systems) {
    const directory = mkdtempSync(join(options.dir, 'yore-durable-'))
    try {
      const wanted = names.filter((x) => system === 'yore' || inSqlite.has(x))
      const first = wanted.some((x) => needMillion.has(x)) && !wanted.includes('million')
      for (const measure of first ? ['million', ...wanted] : wanted) {
        const found = run(system, measure, directory)
        const into = ((results[system] ??= {})[measure] ??= {})
        for (const [key, x] of Object.entries(found)) {
          into[key] = into[key] === undefined ? x : better(key, into[key], x)
        }
        process.stderr.write(`pass ${pass + 1} ${system} ${measure} ${JSON.stringify(found)}\n`)
      }
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  }
}

const thousands = (x) => Math.round(x).toLocaleString('en')
const ms = (x) => (x < 10 ? `${x.toFixed(2)} ms` : `${x.toFixed(0)} ms`)
const perSecond = (x) => `${thousands(x)} /s`
const bytes = (x) => `${x.toFixed(1)} B`
const times = (x) => x.toFixed(2)

const rows = [
  ['one transaction of 5 datoms, p50', 'latency', 'p50', ms],
  ['one transaction of 5 datoms, p99', 'latency', 'p99', ms],
  ...[1, 8, 64, 512].map((n) => [
    `transactions of 5 datoms, ${n} in flight`,
    'flight',
    `rate${n}`,
    perSecond,
    n === 64 ? '12,000 /s' : '',
  ]),
  ['processor for one of them, 64 in flight', 'flight', 'cpuUs64', (x) => `${x.toFixed(0)} us`],
  ['import of MusicBrainz, from EDN: datoms', 'music', 'rate', perSecond],
  ['import of a million, transactions of 1000: datoms', 'million', 'rate', perSecond, '120,000 /s'],
  ['its last index job', 'million', 'indexS', (x) => `${x.toFixed(2)} s`],
  [
    'bulk load of the million, JSON lines to stored segments: datoms',
    'bulk',
    'rateJson',
    perSecond,
    '250,000 /s',
  ],
  ['the same, EDN lines', 'bulk', 'rateEdn', perSecond, '250,000 /s'],
  ['datoms for a second of processor, JSON lines', 'bulk', 'rateCpuJson', perSecond],
  ['the same, EDN lines', 'bulk', 'rateCpuEdn', perSecond],
  ['on disk for a datom: log and all orders', 'million', 'bytes', bytes, '40 B'],
  ['the same by the size of the file', 'million', 'fileBytes', bytes],
  ['in memory for a datom, all of it in the cache', 'memory', 'bytes', bytes, '45 B'],
  ['the same, read again and again in every order', 'memory', 'bytesInUse', bytes],
  ['in memory for a datom that is not in segments yet', 'live', 'bytesLarge', bytes, '180 B'],
  ['the same, transactions of 5', 'live', 'bytesSmall', bytes, '180 B'],
  ['opening a million', 'first', 'openMs', ms],
  ['from there to the first answer (a join by a name)', 'first', 'firstMs', ms, '300 ms'],
  ['the same query, warm', 'first', 'warmLookupMs', ms],
  ['sums over the million by a join, cold', 'first', 'sumsMs', ms],
  ['sums over the million by a join, warm', 'first', 'warmSumsMs', ms],
  ['opening with 100,000 datoms in the log, transactions of 5', 'novelty', 'smallMs', ms, '500 ms'],
  [
    'opening with 100,000 datoms in the log, transactions of 1000',
    'novelty',
    'largeMs',
    ms,
    '500 ms',
  ],
  ['as-of beside the present, no past: lookup', 'asOf', 'lookupRatio', times, '1.3'],
  ['as-of beside the present, no past: sums', 'asOf', 'sumsRatio', times, '1.3'],
  ['as-of beside the present, no past: scan', 'asOf', 'scanRatio', times, '1.3'],
  ...['lookup', 'byValue', 'join', 'sum', 'pull'].map((x) => [
    `present with 100 versions beside without: ${x}`,
    'versions',
    `${x}Ratio`,
    times,
    x === 'lookup' ? '1' : '',
  ]),
]

if (options.json) write(JSON.stringify(results))
else {
  const heads = { yore: 'Yore', sqlite: 'SQLite' }
  write(`Node ${process.versions.node}, ${cpus().length} processors (${cpus()[0]?.model.trim()})\n`)
  write(`| | ${systems.map((s) => heads[s]).join(' | ')} | to reach |`)
  write(`|---|${systems.map(() => '---:|').join('')}---:|`)
  for (const [label, measure, key, show, target = ''] of rows) {
    const cells = systems.map((s) => results[s]?.[measure]?.[key])
    if (cells.every((x) => x === undefined)) continue
    write(
      `| ${String(label)} | ${cells.map((x) => (x === undefined ? '' : show(x))).join(' | ')} | ${String(target)} |`,
    )
  }
}
