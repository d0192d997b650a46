/** A plan as a table that is read from top to bottom: what was run when, how the index was asked, what was expected and what came. */

import type { PlanReads, PlanStep, QueryPlan } from './explain.ts'

const clauseMax = 72

/** A whole number with commas: 12,345. */
export const whole = (n: number): string =>
  String(Math.round(n)).replace(/\B(?=(\d{3})+(?!\d))/g, ',')

/** Milliseconds. */
export const millis = (ms: number): string => ms.toFixed(ms < 10 ? 2 : 1)

const plural = (n: number, word: string): string => `${whole(n)} ${word}${n === 1 ? '' : 's'}`

/** Rows under headings; all but the first `texts` columns are numbers, to the right. */
export function table(rows: readonly (readonly string[])[], texts: number): string {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)))
  }
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => {
        const width = widths[i] as number
        return i < texts ? cell.padEnd(width) : cell.padStart(width)
      })
      .join('  ')
      .trimEnd()
  const rule = widths.map((n) => '-'.repeat(n)).join('  ')
  const [head = [], ...rest] = rows
  return [line(head), rule, ...rest.map(line)].join('\n')
}

/** '3,200 datoms, 4 segments, 2 of them from the storage (81,204 bytes)'. */
export function readsText({ datoms, segments, reads, bytes }: PlanReads): string {
  const from =
    reads === 0 ? '' : `; ${plural(reads, 'read')} of the storage (${plural(bytes, 'byte')})`
  return `${plural(datoms, 'datom')} read, of ${plural(segments, 'segment')}${from}`
}

/** The plan as text. */
export function planText(plan: QueryPlan): string {
  const stored = plan.reads > 0
  const head = ['clause', 'index', 'expected', 'in', 'out', 'datoms', 'segments']
  const rows = [[...head, ...(stored ? ['from storage', 'bytes'] : []), 'ms']]
  for (const step of plan.steps) addRows(step, 0, stored, rows)
  const { planning } = plan
  rows.push([
    'planning',
    planning.counts === 0 ? '' : plural(planning.counts, 'count'),
    '',
    '',
    '',
    ...readsCells(planning, stored),
  ])
  return [
    plan.find,
    `${plural(plan.rows, 'row')} in ${millis(plan.ms)} ms; ${readsText(plan)}`,
    '',
    table(rows, 2),
    ...warnings(plan.steps),
    '',
  ].join('\n')
}

const readsCells = (x: PlanReads, stored: boolean): string[] => [
  whole(x.datoms),
  whole(x.segments),
  ...(stored ? [whole(x.reads), whole(x.bytes)] : []),
  millis(x.ms),
]

function addRows(step: PlanStep, depth: number, stored: boolean, out: string[][]): void {
  const name = step.kind === 'branch' ? 'branch' : step.clause
  const clause = '  '.repeat(depth) + name
  const cut = clause.length > clauseMax ? `${clause.slice(0, clauseMax - 1)}…` : clause
  if (step.runs === 0) {
    const nothing = ['', '', '', '', '', ...(stored ? ['', ''] : []), '']
    out.push([cut, 'not reached', ...nothing])
    return
  }
  out.push([
    cut,
    accessText(step),
    step.estimatedRows === null ? '' : whole(step.estimatedRows),
    whole(step.rowsIn),
    whole(step.rowsOut),
    ...readsCells(step, stored),
  ])
  for (const inner of step.steps) addRows(inner, depth + 1, stored, out)
}

/** 'AVET lookup', 'AEVT probe of 781, 3 times'. */
function accessText({ access, kind, runs, asOne }: PlanStep): string {
  if (asOne) return 'as one with it'
  const asked = access.filter((x) => x.access !== 'count')
  if (asked.length > 0) {
    return asked
      .map(({ index, access: how, keys, calls }) => {
        const name = `${index.slice(1).toUpperCase()} ${how}`
        if (how === 'probe') return `${name} of ${whole(keys)}`
        return calls === 1 ? name : `${name} ×${whole(calls)}`
      })
      .join(', ')
  }
  return (kind === 'query' || kind === 'branch') && runs > 1 ? `×${whole(runs)}` : ''
}

function warnings(steps: readonly PlanStep[]): string[] {
  const out: string[] = []
  const open = [...steps]
  for (let step = open.shift(); step !== undefined; step = open.shift()) {
    if (step.unbound.length > 0) {
      out.push(
        `\n! ${step.clause} shares no variable with what was run before it: every row meets every other`,
      )
    }
    open.push(...step.steps)
  }
  return out
}
