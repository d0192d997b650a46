/**
 * Results as one table of markdown. Beside Yore's figures stand the fastest peer of the same run and plain JavaScript over columns (`floor`), with how
 * many times as long Yore takes; and, where it was not run, the fastest peer that the bench has on record, from another run.
 */

const own = new Set(['yore', 'yore-file'])

export const short = (x) =>
  x >= 100 ? String(Math.round(x)) : String(Number(x.toPrecision(x >= 1 ? 3 : 2)))

const bytes = (n) =>
  n >= 1e6 ? `${short(n / 1e6)} MB` : n >= 1e3 ? `${short(n / 1e3)} kB` : `${n} B`

const whole = (n) => (n === undefined ? '' : n.toLocaleString('en'))

/** The figure of a line: milliseconds, or bytes a datom. */
export const figureOf = (line) => line?.ms_median ?? line?.bytes_per_datom

const isWrong = (line, expected) => {
  const right = expected[line.workload]
  if (line.sum === undefined || right === undefined) return false
  return line.rows !== right.rows || line.sum !== right.sum
}

function cell(line, expected) {
  if (line === undefined || line.unsupported) return ''
  if (line.error !== undefined) return line.error === 'timeout' ? 'timeout' : 'error'
  const text = short(figureOf(line))
  return isWrong(line, expected) ? `WRONG ${text}` : text
}

function fastest(lines, expected) {
  let best
  for (const line of lines) {
    const x = figureOf(line)
    if (x === undefined || isWrong(line, expected)) continue
    if (best === undefined || x < figureOf(best)) best = line
  }
  return best
}

const ratio = (x, y) => (x === undefined || y === undefined ? '' : `${short(x / y)}×`)

function memoryText({ allocated, allocated_min: least } = {}) {
  if (allocated !== undefined) return bytes(allocated)
  return least === undefined ? '' : `> ${bytes(least)}`
}

/** The table. `recorded` are lines of other runs. */
export function tableText(lines, { workloads, expected, recorded }) {
  const of = (w, test) => lines.filter((x) => x.workload === w && test(x.system))
  const systems = [...new Set(lines.map((x) => x.system))]
  const peers = systems.filter((s) => !own.has(s) && s !== 'floor')
  const has = (s) => systems.includes(s)
  const head = [
    'workload',
    'rows',
    'yore',
    'p99',
    ...(has('yore-file') ? ['file', 'file, first'] : []),
  ]
  if (has('floor')) head.push('floor', '× floor')
  head.push(...peers)
  if (peers.length > 0) head.push('× fastest')
  head.push('on record', 'allocated', 'written', 'datoms', 'segments', 'cold reads')
  const rows = []
  for (const { name, kind } of workloads) {
    const found = lines.filter((x) => x.workload === name)
    if (found.length === 0) continue
    const [yore] = of(name, (s) => s === 'yore')
    const [file] = of(name, (s) => s === 'yore-file')
    const [floor] = of(name, (s) => s === 'floor')
    const best = fastest(
      of(name, (s) => peers.includes(s)),
      expected,
    )
    const known = fastest(
      recorded.filter((x) => x.workload === name && x.system !== 'floor' && !has(x.system)),
      expected,
    )
    const ours = figureOf(yore) ?? figureOf(file)
    rows.push([
      kind === 'memory' ? `${name}, B a datom` : name,
      whole(yore?.rows ?? file?.rows),
      cell(yore, expected),
      yore?.ms_p99 === undefined ? '' : short(yore.ms_p99),
      ...(has('yore-file')
        ? [cell(file, expected), file?.ms_first === undefined ? '' : short(file.ms_first)]
        : []),
      ...(has('floor') ? [cell(floor, expected), ratio(ours, figureOf(floor))] : []),
      ...peers.map((p) => cell(of(name, (s) => s === p)[0], expected)),
      ...(peers.length > 0 ? [ratio(ours, figureOf(best))] : []),
      known === undefined ? '' : `${short(figureOf(known))} ${known.system}`,
      memoryText(yore ?? file),
      file?.bytes_written === undefined ? '' : bytes(file.bytes_written),
      kind === 'memory' ? '' : whole((yore ?? file)?.datoms),
      whole((file ?? yore)?.segments),
      whole(file?.reads),
    ])
  }
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [
    line(head),
    `|---|${head
      .slice(1)
      .map(() => '---:|')
      .join('')}`,
    ...rows.map(line),
    '',
    footOf(lines),
  ].join('\n')
}

function footOf(lines) {
  const one = (key) =>
    [...new Set(lines.map((x) => x[key]).filter((x) => x !== undefined))].join(', ')
  const loads = lines.map((x) => x.load ?? 0)
  return (
    `Median milliseconds. Commit ${one('commit')}, Node ${one('node')}, ${one('processor')}, ` +
    `load ${Math.min(...loads)} to ${Math.max(...loads)}. "On record": the fastest peer of another run that was not run now.`
  )
}
