/** Results: JSON lines, one for each system and workload, with what they were measured on. */

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { basename, join } from 'node:path'

const git = (root, ...args) => {
  try {
    return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
  } catch {
    return ''
  }
}

/** What every line says of where and when it was measured. */
export function machineOf(root) {
  const commit = git(root, 'rev-parse', '--short=10', 'HEAD') || 'unknown'
  const isChanged = git(root, 'status', '--porcelain', '--', 'packages') !== ''
  const fixed = {
    commit: isChanged ? `${commit}+` : commit,
    node: process.version,
    processor: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
  }
  return () => ({
    ...fixed,
    date: new Date().toISOString().slice(0, 16),
    load: Number(loadavg()[0].toFixed(1)),
  })
}

export const readResults = (file) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

/** Writes the lines: into the folder if one is given, else into a temporary one. Gives the name of the file. */
export function keep(lines, { folder }) {
  const [first] = lines
  const name = first === undefined ? 'none' : `${first.date.slice(0, 10)}-${first.commit}`
  const place = folder ?? join(tmpdir(), 'yore-bench-results')
  mkdirSync(place, { recursive: true })
  const file = join(place, `${name}.jsonl`)
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  return file
}

/** What the bench has recorded of systems in runs of its own: of each from the first of these folders that has it. */
export function recordedIn(folders) {
  const files = new Map()
  for (const folder of folders.filter((path) => existsSync(path))) {
    for (const name of readdirSync(folder).filter((x) => x.endsWith('.jsonl'))) {
      if (!files.has(name)) files.set(name, join(folder, name))
    }
  }
  return [...files].flatMap(([name, file]) =>
    readResults(file).map((x) => ({ system: basename(name, '.jsonl'), ...x })),
  )
}
