/** The shared bench and the systems that it runs: where it is, what it has, and a run of one system as lines of results. */

import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, extname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'

const measure = fileURLToPath(new URL('measure.mjs', import.meta.url))
const load = (path) => import(pathToFileURL(path).href)

/** Longest time for one workload. */
const limit = Number(process.env.BENCH_LIMIT ?? 60) * 1000
/** Longest time until the first workload begins: some systems are compiled first. */
const startLimit = 300_000

/** The folder of the bench: where it can be written to as it is, else a copy. Its packages are installed. */
export function benchFolder(here) {
  const shared = process.env.YORE_BENCH ?? join(here, '../../shared/bench')
  if (!existsSync(join(shared, 'run.mjs'))) {
    process.stderr.write(`There is no bench in ${shared}; set YORE_BENCH to its folder.\n`)
    process.exit(1)
  }
  const folder = isWritable(shared) ? shared : copied(shared)
  if (!existsSync(join(folder, 'node_modules'))) {
    const { status } = spawnSync('npm', ['install', '--no-fund', '--no-audit'], {
      cwd: folder,
      stdio: ['ignore', 2, 2],
    })
    if (status !== 0) process.exit(status ?? 1)
  }
  return folder
}

// By its own word: who is root may write everywhere, and should not.
const isWritable = (path) =>
  [path, join(path, 'results')].every((x) => existsSync(x) && (statSync(x).mode & 0o200) !== 0)

function copied(shared) {
  const work = join(tmpdir(), 'yore-bench')
  mkdirSync(work, { recursive: true })
  for (const name of ['bench', 'data']) {
    cpSync(join(shared, '..', name), join(work, name), { recursive: true, force: true })
  }
  spawnSync('chmod', ['-R', 'u+w', work])
  return join(work, 'bench')
}

/** The workloads, and the data sets that they need are written. */
export async function workloadsOf(folder) {
  const { writeData } = await load(join(folder, 'data.mjs'))
  writeData()
  const { WORKLOADS } = await load(join(folder, 'workloads.mjs'))
  return WORKLOADS
}

const programs = new Set(['.mjs', '.clj', '.py'])
/** Parts of adapters. */
const parts = new Set(['bench', 'family', 'sql'])

const peersIn = (folder) =>
  readdirSync(join(folder, 'peers')).filter(
    (f) => programs.has(extname(f)) && !parts.has(basename(f, extname(f))),
  )

/** Every system that the bench has an adapter of. */
export const systemsIn = (folder) => peersIn(folder).map((f) => basename(f, extname(f)))

/** Measures a system: one line for each workload. `adapter` is the path of one of ours, or null for one of the bench. */
export async function* runSystem(folder, system, adapter, names) {
  const file = peersIn(folder).find((f) => basename(f, extname(f)) === system)
  const path = adapter ?? (file && join(folder, 'peers', file))
  if (path === undefined) throw new Error(`the bench has no system ${system}`)
  if (extname(path) === '.mjs') yield* runHere(folder, system, path, names)
  else yield* runThere(folder, system, names)
}

// A process that hangs or dies is started again with the workloads that are left.
async function* runHere(folder, system, path, names) {
  for (let left = [...names]; left.length > 0;) {
    const flags = ['--expose-gc', '--max-old-space-size=6000']
    const child = spawn(process.execPath, [...flags, measure, folder, path, ...left], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let current = left[0]
    let why = 'crashed'
    let errors = ''
    let timer
    child.stderr.on('data', (x) => (errors = (errors + x).slice(-2000)))
    const arm = (ms) => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        why = 'timeout'
        child.kill('SIGKILL')
      }, ms)
    }
    arm(startLimit)
    for await (const text of createInterface({ input: child.stdout })) {
      const line = parsed(text)
      if (line === null) continue
      if (line.start === undefined) {
        left = left.filter((name) => name !== line.workload)
        yield line
      } else {
        current = line.start
        arm(limit)
      }
    }
    clearTimeout(timer)
    if (left.length === 0) return
    if (why === 'crashed') process.stderr.write(errors)
    yield { system, workload: current, error: why }
    left = left.filter((name) => name !== current)
  }
}

function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

// Of other languages: the bench runs them itself, and keeps their results.
async function* runThere(folder, system, names) {
  const began = new Date().toISOString().slice(0, 16)
  const args = ['run.mjs', system, ...names.flatMap((name) => ['--workload', name])]
  spawnSync(process.execPath, args, { cwd: folder, stdio: ['ignore', 'ignore', 2] })
  const file = join(folder, 'results', `${system}.jsonl`)
  if (!existsSync(file)) return
  for (const text of readFileSync(file, 'utf8').split('\n')) {
    const line = parsed(text)
    if (line !== null && names.includes(line.workload) && line.date >= began) yield line
  }
}
