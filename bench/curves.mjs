/**
 * `npm run bench:curves [-- --sizes 10000,100000 --versions 1,10 --only size|versions --dir FOLDER --out FOLDER --draw]`: what grows with a
 * database on disk, and what does not. Writes curves.jsonl, one line for each figure, and curves.svg; `--draw` draws again what was measured.
 *
 * (1) Two sweeps: the number of datoms, and the number of versions that every value has had. Each point runs in a process of its own.
 * (2) Every call asks for something else (another key, another owner), all of a fixed number; times are medians, in microseconds.
 * (3) What is read has been read before: the cache holds 256 MB, so the largest database does not fit into it.
 */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { sizeMeasures, versionMeasures } from './curves-measures.mjs'
import { drawPanels } from './curves-plot.mjs'

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: '10000,100000,1000000,10000000' },
    versions: { type: 'string', default: '1,10,100,1000' },
    only: { type: 'string', default: '' },
    dir: { type: 'string', default: tmpdir() },
    out: { type: 'string', default: fileURLToPath(new URL('results/', import.meta.url)) },
    draw: { type: 'boolean', default: false },
    point: { type: 'string' },
  },
})
const sweeps = {
  size: { axis: 'datoms', points: options.sizes, run: sizeMeasures },
  versions: { axis: 'versions of every value', points: options.versions, run: versionMeasures },
}
const results = join(options.out, 'curves.jsonl')

function measurePoint(sweep, x) {
  const directory = mkdtempSync(join(options.dir, 'yore-curves-'))
  try {
    const args = ['--expose-gc', fileURLToPath(import.meta.url), '--dir', directory]
    const { status, stdout } = spawnSync(
      process.execPath,
      [...args, '--point', JSON.stringify([sweep, x])],
      { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' },
    )
    if (status !== 0) throw new Error(`${sweep} ${x} ended with ${status}`)
    return JSON.parse(stdout.trim().split('\n').at(-1))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function measureAll() {
  const lines = []
  for (const [sweep, { points }] of Object.entries(sweeps)) {
    if (!sweep.includes(options.only)) continue
    for (const x of points.split(',').map(Number)) {
      for (const [name, { value, unit }] of Object.entries(measurePoint(sweep, x))) {
        lines.push({ sweep, name, x, value, unit })
        process.stdout.write(`${sweep} ${x} ${name}: ${value.toPrecision(3)} ${unit}\n`)
      }
    }
  }
  writeFileSync(results, lines.map((x) => `${JSON.stringify(x)}\n`).join(''))
}

function draw() {
  const lines = readFileSync(results, 'utf8')
    .trim()
    .split('\n')
    .map((x) => JSON.parse(x))
  const panels = new Map()
  for (const { sweep, name, x, value, unit } of lines) {
    const key = `${sweep} ${name}`
    const panel = panels.get(key) ?? { title: name, axis: sweeps[sweep].axis, unit, points: [] }
    panel.points.push([x, value])
    panels.set(key, panel)
  }
  writeFileSync(join(options.out, 'curves.svg'), drawPanels([...panels.values()]))
}

if (options.point === undefined) {
  if (!options.draw) measureAll()
  draw()
} else {
  const [sweep, x] = JSON.parse(options.point)
  process.stdout.write(`${JSON.stringify(await sweeps[sweep].run(options.dir, x))}\n`)
}
