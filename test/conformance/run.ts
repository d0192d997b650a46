/**
 * Runs scenarios and judges every step.
 */

import { ValueMap } from '../../packages/yore/src/data/equal.ts'
import { Keyword, List, keyword, list } from '../../packages/yore/src/data/values.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'
import { printEdn } from '../../packages/yore/src/data/edn/print.ts'
import { YoreError } from '../../packages/yore/src/base/errors.ts'
import { answerNode, matches, nodeText, recordNode, unmatched } from './compare.ts'
import type { Node } from './compare.ts'
import type { Config } from './place.ts'
import type { Scenario, Step } from './scenario.ts'
import { skips } from './skips.ts'
import { runStep } from './steps.ts'
import { World } from './world.ts'

export interface Outcome {
  readonly file: string
  readonly scenario: string
  readonly step: Step
  readonly verdict: 'passed' | 'failed' | 'skipped' | 'stale'
  readonly expected: string
  readonly got: string
  /** Why it is skipped. */
  readonly reason?: string
  /** The error that a failing step ended with, when it did. */
  readonly error?: unknown
}

interface Judged {
  readonly ok: boolean
  readonly expected: string
  readonly got: string
}

const asValue: Config = { storage: 'value' }
const errorKey = keyword(':error')
const okKey = keyword(':ok')
const messageKey = keyword(':message')
const textOf = (code: Value | undefined): string => (code instanceof Keyword ? code.text : 'nil')

/** A step's form as text. */
export function stepText(step: Step): string {
  return printEdn(step.form)
}

function judgeError(answer: ValueMap, thrown: unknown): Judged {
  const code = answer.get(errorKey)
  const wanted = code instanceof Keyword ? code.text : null
  const expected = `error ${wanted ?? 'of any kind'} (${String(answer.get(messageKey) as string)})`
  const got = thrownText(thrown)
  const ok = thrown instanceof YoreError && (wanted === null || thrown.code === wanted)
  return { ok: ok && answer.has(errorKey), expected: describe(answer, expected), got }
}

function thrownText(thrown: unknown): string {
  if (thrown instanceof YoreError) return `error ${thrown.message}`
  if (!(thrown instanceof Error)) return `crash ${String(thrown)}`
  return `crash ${thrown.stack}`
}

function describe(answer: ValueMap, error: string): string {
  return answer.has(errorKey) ? error : nodeText(recordNode(answer.get(okKey) ?? null))
}

function judgeValue(world: World, answer: ValueMap, value: unknown): Judged {
  const got = answerNode(value, world)
  if (answer.has(errorKey)) {
    const expected = `error ${textOf(answer.get(errorKey))} (${String(answer.get(messageKey) as string)})`
    return { ok: false, expected, got: nodeText(got) }
  }
  const record = recordNode(answer.get(okKey) ?? null)
  if (matches(record, got)) return { ok: true, expected: '', got: '' }
  return { ok: false, ...difference(record, got) }
}

/** What differs: of multisets only the items without a partner. */
function difference(record: Node, got: Node): { expected: string; got: string } {
  const multiset = record.kind === 'set' || record.kind === 'bag'
  if (multiset && 'items' in got && record.items.length + got.items.length > 4) {
    const { missing, extra } = unmatched(record.items, got.items)
    return {
      expected: `missing ${missing.length}: ${missing.map(nodeText).join(' ')}`,
      got: `extra ${extra.length}: ${extra.map(nodeText).join(' ')}`,
    }
  }
  if (record.kind === 'map' && got.kind === 'map' && record.entries.size > 1) {
    const keys = [...new Set([...record.entries.keys(), ...got.entries.keys()])]
    const parts = keys.flatMap((key) => {
      const [a, b] = [record.entries.get(key), got.entries.get(key)]
      if (a !== undefined && b !== undefined && matches(a, b)) return []
      const inner =
        a && b ? difference(a, b) : { expected: a && nodeText(a), got: b && nodeText(b) }
      return [{ key, ...inner }]
    })
    return {
      expected: parts.map((p) => `${p.key} ${p.expected ?? '-'}`).join(', '),
      got: parts.map((p) => `${p.key} ${p.got ?? '-'}`).join(', '),
    }
  }
  return { expected: nodeText(record), got: nodeText(got) }
}

async function judge(world: World, step: Step): Promise<Judged & { error?: unknown }> {
  const answer = step.answer ?? new ValueMap()
  let value: unknown
  try {
    value = await runStep(world, step.form)
  } catch (error) {
    return { ...judgeError(answer, error), error }
  }
  return judgeValue(world, answer, value)
}

/** Runs a scenario's steps in order on one database, which lies where the configuration says. */
export async function runScenario(
  scenario: Scenario,
  config: Config = asValue,
): Promise<Outcome[]> {
  const all = await runSteps(scenario, config)
  const excused = excuses.find((x) => x.scenario === scenario.name && x.when(config))
  const outcomes = excused === undefined ? all : all.map((o) => excuse(o, excused.reason))
  if (config.indexEach !== true || outcomes.every((o) => o.verdict !== 'failed')) return outcomes
  // An index job drops old values of attributes without history, and the records were made without jobs: what differs for no other reason
  // agrees when these attributes have one.
  const kept = withHistory(scenario)
  if (kept === null) return outcomes
  const others = await runSteps(kept, config)
  return outcomes.map((o, i): Outcome => {
    const isDropped =
      others[i]?.verdict === 'passed' || countsToo.has(`${o.scenario} ${o.step.number}`)
    if (o.verdict !== 'failed' || !isDropped) return o
    return { ...o, verdict: 'skipped', reason: 'without history: an index job has dropped it' }
  })
}

interface Excuse {
  readonly scenario: string
  readonly when: (config: Config) => boolean
  readonly reason: string
}

/** Scenarios that answer differently by design where a database lies in a storage. */
const excuses: readonly Excuse[] = [
  {
    // byte arrays are equal when they are the same object
    scenario: 'bytes are joined by identity',
    when: ({ cache }) => cache === 0,
    reason: 'without a cache every reading makes other byte arrays',
  },
  {
    // recorded on a database in memory, where nothing is removed
    scenario: 'seed-excision-request',
    when: ({ indexEach }) => indexEach === true,
    reason: 'an index job has excised it',
  },
]
const excuse = (o: Outcome, reason: string): Outcome =>
  o.verdict === 'failed' ? { ...o, verdict: 'skipped', reason } : o

/** Steps that also count the datoms of :db/noHistory, which `withHistory` changes. */
const countsToo: ReadonlySet<string> = new Set(['random-tx-1-10 35', 'random-tx-1-25 38'])

/** The scenario with `:db/noHistory false` where it says true; null when it nowhere does. */
function withHistory(scenario: Scenario): Scenario | null {
  let isChanged = false
  const noHistory = keyword(':db/noHistory')
  const change = (form: Value): Value => {
    if (form instanceof ValueMap) {
      return ValueMap.of(
        [...form].map(([k, v]) => [k, k === noHistory && v === true ? no() : change(v)] as const),
      )
    }
    if (!Array.isArray(form)) return form
    const items = (form as readonly Value[]).map((x, i) =>
      x === true && form[i - 1] === noHistory ? no() : change(x),
    )
    return form instanceof List ? list(items) : items
  }
  const no = (): boolean => {
    isChanged = true
    return false
  }
  const steps = scenario.steps.map((s) => ({ ...s, form: s.form.map(change) }))
  return isChanged ? { ...scenario, steps } : null
}

async function runSteps(scenario: Scenario, config: Config): Promise<Outcome[]> {
  const world = await World.open(config)
  const outcomes: Outcome[] = []
  try {
    for (const step of scenario.steps) {
      outcomes.push(await runOne(world, scenario, step))
      await world.step()
    }
  } finally {
    await world.close()
  }
  return outcomes
}

async function runOne(world: World, { file, name }: Scenario, step: Step): Promise<Outcome> {
  const { ok, ...rest } = await judge(world, step)
  const outcome = { file, scenario: name, step, ...rest }
  if (step.answer === null) return { ...outcome, verdict: 'skipped', reason: 'no answer recorded' }
  const skip = skips.find((s) => s.file === file && s.scenario === name && s.step === step.number)
  if (skip === undefined) return { ...outcome, verdict: ok ? 'passed' : 'failed' }
  const reason = `${skip.kind}: ${skip.reason}`
  return { ...outcome, verdict: ok ? 'stale' : 'skipped', reason }
}
