/**
 * Two runs beside each other: only what is not as it was. Times are compared after the machine's own pace is taken out, which `floor` (or, without it,
 * the peers that both runs have) tells; what differs by less than the samples of both do, or by less than a tenth, is noise. Counts have none.
 */

import { figureOf, short } from './table.mjs'

const own = new Set(['yore', 'yore-file'])
const leastChange = 0.1
const noiseOfOne = 0.03
const counts = ['rows', 'datoms', 'segments', 'reads', 'bytes_written']
/** Of bytes: how far apart is the same. */
const sameBytes = 0.02

const keyOf = ({ system, workload }) => `${system} ${workload}`

/** By what all times of the second run are longer, where nothing of Yore has a part. */
function paceOf(before, lines) {
  for (const isMeasure of [(s) => s === 'floor', (s) => !own.has(s)]) {
    const logs = lines.flatMap((line) => {
      const x = figureOf(before.get(keyOf(line)))
      const y = line.ms_median
      return isMeasure(line.system) && x !== undefined && y !== undefined ? [Math.log(y / x)] : []
    })
    if (logs.length >= 3) return Math.exp(logs.sort((a, b) => a - b)[logs.length >> 1])
  }
  return null
}

function change(old, line, pace) {
  const [x, y] = [figureOf(old), figureOf(line)]
  const out = []
  if (line.error !== undefined || old.error !== undefined) {
    if (line.error !== old.error) out.push(`${old.error ?? 'ok'} → ${line.error ?? 'ok'}`)
    return out
  }
  if (x === undefined || y === undefined) return out
  const isTime = line.ms_median !== undefined
  const factor = y / x / (isTime ? (pace ?? 1) : 1)
  const noise = noiseOfOne + (old.spread ?? noiseOfOne) + (line.spread ?? noiseOfOne)
  if (Math.abs(Math.log(factor)) > Math.max(Math.log(1 + leastChange), noise)) {
    const word = factor > 1 ? 'slower' : 'faster'
    const by = short(factor > 1 ? factor : 1 / factor)
    out.push(`${short(x)} → ${short(y)}: ${by}× ${isTime ? word : factor > 1 ? 'more' : 'less'}`)
  }
  for (const name of counts) {
    const [a, b] = [old[name], line[name]]
    if (a === undefined || b === undefined || a === b) continue
    if (name === 'bytes_written' && Math.abs(b - a) <= a * sameBytes) continue
    out.push(`${name.replace('_', ' ')} ${a} → ${b}`)
  }
  return out
}

export function compareText(oldLines, lines) {
  const before = new Map(oldLines.map((x) => [keyOf(x), x]))
  const pace = paceOf(before, lines)
  const rows = []
  for (const line of lines) {
    const old = before.get(keyOf(line))
    if (old === undefined || !own.has(line.system)) continue
    const found = change(old, line, pace)
    if (found.length > 0) rows.push(`| ${line.system} | ${line.workload} | ${found.join('; ')} |`)
  }
  const commits = [oldLines, lines].map((xs) => xs.find((x) => x.commit)?.commit ?? '?').join(' → ')
  const told =
    pace === null
      ? 'Too little tells the pace of the machine: run floor in both.'
      : `The machine took ${short(pace)} times as long as then, which is taken out.`
  if (rows.length === 0) return `${commits}: nothing changed beyond noise. ${told}`
  return [
    `${commits}. ${told}`,
    '',
    '| system | workload | change |',
    '|---|---|---|',
    ...rows,
  ].join('\n')
}
