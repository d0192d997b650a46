/**
 * Builds what is shown of a node from what was read: an object of public data, or a map of exact values.
 *
 * (1) Value, then `:xform`, then `:default` when that gave nil (that of `(default :a x)` for a false too), then no key at all
 *     (PL-11, PL-12). Beside the wildcard an attribute that the entity has keeps its key, with null, when the pattern calls it by
 *     its present name.
 * (2) A node without keys is null.
 * (3) Keys are only ever own properties: `__proto__` is a name like others.
 */

import { ValueMap } from '../data/equal.ts'
import { setOwn, toPublic } from '../data/public.ts'
import { keyword } from '../data/values.ts'
import type { Value } from '../data/values.ts'
import { Node } from './node.ts'
import type { PublicMap, Raw } from './node.ts'
import type { Key } from './pattern.ts'
import type { Step } from './plan.ts'
import type { Xform } from './xform.ts'

const idKey: Key = { text: ':db/id', value: keyword(':db/id') }

/** {:db/id id} */
export function idOnly(id: Value, exact: boolean): PublicMap | ValueMap {
  return exact ? new ValueMap().set(idKey.value, id) : { ':db/id': toPublic(id) }
}

/** Makes `node.out`; its children's is made. */
export function build(node: Node, xforms: ReadonlyMap<string, Xform>): void {
  const { plan, exact } = node.context
  if (plan.mayCollide) {
    node.out = buildColliding(node, xforms)
    return
  }
  let out: PublicMap | ValueMap | null = plan.showsId ? idOnly(node.id, exact) : null
  for (let i = 0; i < node.plain.length; i += 2) {
    const step = node.plain[i] as Step
    const value = shown(step, node.plain[i + 1] as Raw, exact)
    out = put(out, step.key, value ?? null, exact)
  }
  for (const step of plan.steps) {
    const value = finished(step, node.raw[step.slot], exact, xforms)
    if (value !== undefined) out = put(out, step.key, value, exact)
  }
  node.out = out
}

/**
 * Where steps have the same key, as in the original: of forward steps the first in the pattern, or beside a wildcard of their kind that
 * of the greatest attribute; above them reverse steps, the last one first; above all `:db/id`. A text gives way to a keyword written alike.
 */
function buildColliding(
  node: Node,
  xforms: ReadonlyMap<string, Xform>,
): PublicMap | ValueMap | null {
  const { plan, exact } = node.context
  const found: { readonly step: Step; readonly value: unknown; readonly rank: number }[] = []
  for (let i = 0; i < node.plain.length; i += 2) {
    const step = node.plain[i] as Step
    const value = shown(step, node.plain[i + 1] as Raw, exact) ?? null
    found.push({ step, value, rank: step.attribute?.id ?? 0 })
  }
  for (const step of plan.steps) {
    const raw = node.raw[step.slot]
    const value = finished(step, raw, exact, xforms)
    if (value === undefined) continue
    const first =
      step.besideWildcard && raw !== undefined ? (step.attribute?.id ?? 0) : -1 - step.slot
    found.push({ step, value, rank: step.isReverse ? 2 ** 50 + step.slot : first })
  }
  const best = new Map<string, (typeof found)[number]>()
  for (const x of found) {
    const other = best.get(x.step.key.text)
    if (other === undefined || weighs(x, other)) best.set(x.step.key.text, x)
  }
  let out: PublicMap | ValueMap | null = plan.showsId ? idOnly(node.id, exact) : null
  for (const { step, value } of best.values()) {
    if (!plan.showsId || step.key.text !== idKey.text) out = put(out, step.key, value, exact)
  }
  return out
}

type Found = { readonly step: Step; readonly rank: number }

function weighs(x: Found, y: Found): boolean {
  const isText = typeof x.step.key.value === 'string'
  const wasText = typeof y.step.key.value === 'string'
  return isText === wasText ? x.rank > y.rank : wasText
}

function put(
  out: PublicMap | ValueMap | null,
  key: Key,
  value: unknown,
  exact: boolean,
): PublicMap | ValueMap {
  const into = out ?? (exact ? new ValueMap() : {})
  if (into instanceof ValueMap) return into.set(key.value, value as Value)
  setOwn(into, key.text, value)
  return into
}

/** The step's value after its options; undefined for no key. */
function finished(
  step: Step,
  raw: Raw | undefined,
  exact: boolean,
  xforms: ReadonlyMap<string, Xform>,
): unknown {
  if (step.xform !== null) {
    const seen = raw === undefined ? null : ((shown(step, raw, true) as Value | undefined) ?? null)
    const made = (xforms.get(step.xform) as Xform)(seen)
    if (made !== null) return exact ? made : toPublic(made)
  } else if (raw !== undefined) {
    const value = shown(step, raw, exact)
    if (value !== undefined && !(value === false && step.replacesFalse)) return value
  }
  if (step.default === null) return step.keepsKey && raw !== undefined ? null : undefined
  return exact ? step.default : toPublic(step.default)
}

/** What was read, as it is shown; undefined when nothing is left of it. */
function shown(step: Step, raw: Raw, exact: boolean): unknown {
  if (raw instanceof Node) return raw.out ?? undefined
  if (step.isOne)
    return step.kind === 'ref' ? idOnly(raw as Value, exact) : plain(raw as Value, exact)
  // the list is the node's own: what is shown of its items takes their places
  const items = raw as unknown[]
  let n = 0
  for (let i = 0; i < items.length; i++) {
    const x = items[i] as Value | Node
    if (x instanceof Node) {
      if (x.out !== null) items[n++] = x.out
    } else items[n++] = step.kind === 'ref' ? idOnly(x, exact) : plain(x, exact)
  }
  items.length = n
  return n === 0 ? undefined : items
}

function plain(value: Value, exact: boolean): unknown {
  return exact || typeof value === 'string' || typeof value === 'boolean' ? value : toPublic(value)
}
