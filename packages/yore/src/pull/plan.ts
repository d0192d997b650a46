/**
 * A pattern made ready for one schema: attributes looked up, and every question answered that does not depend on an entity.
 *
 * (1) A plan is kept with its pattern, for the schema that it was last used with.
 * (2) `forward` steps are in order of attribute id, as the datoms of an entity are; `steps` in the pattern's order.
 * (3) Steps are numbered by `slot`, recursive ones by `counter` too.
 */

import { keyword } from '../data/values.ts'
import type { Keyword, Value } from '../data/values.ts'
import type { Attribute, Schema } from '../db/schema.ts'
import { defaultLimit } from './pattern.ts'
import type { Key, Pattern, Spec } from './pattern.ts'

export interface Plan {
  /** Shows `:db/id`: it was asked for, or the wildcard was. */
  readonly showsId: boolean
  readonly wildcard: boolean
  readonly steps: readonly Step[]
  readonly forward: readonly Step[]
  /** The attributes that it reads, forwards, have ids from first to last. */
  readonly first: number
  readonly last: number
  readonly reverse: readonly Step[]
  /** The numbers of levels of the recursive steps, by their counters. */
  readonly depths: readonly number[]
  /** The functions that it and the plans below it name. */
  readonly xforms: readonly string[]
  /** May two steps write one key? */
  readonly mayCollide: boolean
  /** The steps that an attribute's values go to. */
  stepsOf(a: number): readonly Step[]
}

/**
 * What becomes of an attribute's values:
 * - 'value': shown as they are; 'ref': shown as {:db/id n}
 * - 'component': the target with all that it has
 * - 'sub': pulled by a pattern; 'recursion': by the plan that the step stands in
 */
export type StepKind = 'value' | 'ref' | 'component' | 'sub' | 'recursion'

export interface Step {
  /** Its place among the plan's steps; -1 for the plain step of an attribute under the wildcard. */
  readonly slot: number
  readonly name: Keyword
  readonly isText: boolean
  readonly key: Key
  readonly kind: StepKind
  /** Null when the schema has no such attribute: then there are no values. */
  readonly attribute: Attribute | null
  readonly isReverse: boolean
  /** Stands in the place of the wildcard's plain step: an attribute that the entity has keeps its key. */
  readonly keepsKey: boolean
  /** Stands beside a wildcard of its own kind: its place among colliding keys is its attribute's. */
  readonly besideWildcard: boolean
  /** One value, not a list. */
  readonly isOne: boolean
  /** How many values are read at most. */
  readonly limit: number
  /** Values are no references but identifiers that must be looked up. */
  readonly looksUp: boolean
  readonly default: Value
  readonly replacesFalse: boolean
  readonly xform: string | null
  readonly sub: Plan | null
  readonly counter: number
}

const plans = new WeakMap<Pattern, { readonly schema: Schema; readonly plan: Plan }>()

/** The pattern's plan for this schema. */
export function planOf(pattern: Pattern, schema: Schema): Plan {
  const known = plans.get(pattern)
  if (known !== undefined && known.schema === schema) return known.plan
  const plan = makePlan(pattern, schema)
  plans.set(pattern, { schema, plan })
  return plan
}

const everything: Pattern = { id: false, wildcard: true, textWildcard: false, specs: [] }

/** The plan of `[*]`: what a component is expanded with. */
export function wildcardPlan(schema: Schema): Plan {
  return planOf(everything, schema)
}

function makePlan(pattern: Pattern, schema: Schema): Plan {
  const depths: number[] = []
  const steps = pattern.specs.map((spec, slot) =>
    makeStep(
      spec,
      slot,
      spec.recursion > 0 ? depths.push(spec.recursion) - 1 : -1,
      pattern,
      schema,
    ),
  )
  const wildcard = pattern.wildcard || pattern.textWildcard
  const forward = steps
    .filter((s) => s.attribute !== null && !s.isReverse)
    .sort((x, y) => idOf(x) - idOf(y))
  const byAttribute = new Map<number, readonly Step[]>()
  for (const s of forward) byAttribute.set(idOf(s), [...(byAttribute.get(idOf(s)) ?? none), s])
  const [lowest, highest] = [forward[0], forward[forward.length - 1]]
  return {
    showsId: pattern.id || wildcard,
    wildcard,
    steps,
    forward,
    first: wildcard ? -Infinity : lowest === undefined ? Infinity : idOf(lowest),
    last: wildcard ? Infinity : highest === undefined ? -Infinity : idOf(highest),
    reverse: steps.filter((s) => s.isReverse && s.limit > 0),
    depths,
    xforms: xformsOf(steps),
    mayCollide: mayCollide(pattern, steps),
    stepsOf: byId(
      wildcard
        ? wildcardSteps(byAttribute, pattern, schema)
        : (a): readonly Step[] => byAttribute.get(a) ?? none,
    ),
  }
}

const none: readonly Step[] = []
/** Ids of attributes are small: they are given one after another. */
const listedMax = 1024

// What is asked for every datom: kept in a list, by id.
function byId(stepsOf: (a: number) => readonly Step[]): (a: number) => readonly Step[] {
  const listed: (readonly Step[] | undefined)[] = []
  return (a) => (a < listedMax ? (listed[a] ??= stepsOf(a)) : stepsOf(a))
}

const idOf = (s: Step): number => (s.attribute as Attribute).id

function xformsOf(steps: readonly Step[]): readonly string[] {
  const out = new Set<string>()
  for (const s of steps) {
    if (s.xform !== null) out.add(s.xform)
    for (const name of s.sub?.xforms ?? []) out.add(name)
  }
  return [...out]
}

function mayCollide(pattern: Pattern, steps: readonly Step[]): boolean {
  const texts = new Set(steps.map((s) => s.key.text))
  return (
    texts.size < steps.length ||
    texts.has(':db/id') ||
    pattern.textWildcard ||
    (pattern.wildcard && steps.some((s) => s.key.text !== s.name.text))
  )
}

/** The attribute that a name means, forwards or backwards. */
function attributeNamed(
  name: Keyword,
  schema: Schema,
): { readonly attribute: Attribute; readonly isReverse: boolean } | null {
  const forward = attributeWith(name, schema)
  if (forward !== undefined) return { attribute: forward, isReverse: false }
  if (!name.name.startsWith('_')) return null
  const bare = name.name.slice(1)
  const attribute = attributeWith(keyword(name.ns === null ? bare : `${name.ns}/${bare}`), schema)
  return attribute?.valueType === 'ref' ? { attribute, isReverse: true } : null
}

function attributeWith(ident: Keyword, schema: Schema): Attribute | undefined {
  const id = schema.identToId.get(ident)
  return id === undefined ? undefined : schema.attributes.get(id)
}

function makeStep(
  spec: Spec,
  slot: number,
  counter: number,
  pattern: Pattern,
  schema: Schema,
): Step {
  const found = attributeNamed(spec.name, schema)
  const attribute = found?.attribute ?? null
  const isReverse = found?.isReverse ?? false
  const isOne = attribute !== null && (isReverse ? attribute.isComponent : !attribute.many)
  const isRef = attribute?.valueType === 'ref'
  const besideWildcard = spec.isText ? pattern.textWildcard : pattern.wildcard
  return {
    slot,
    name: spec.name,
    isText: spec.isText,
    key: spec.key,
    kind: counter >= 0 ? 'recursion' : spec.sub !== null ? 'sub' : plainKind(attribute, isReverse),
    attribute,
    isReverse,
    keepsKey: besideWildcard && attribute?.ident === spec.name,
    besideWildcard,
    isOne,
    limit: isOne ? 1 : spec.limit,
    looksUp: !isRef && (counter >= 0 || spec.sub !== null),
    default: spec.default,
    replacesFalse: spec.replacesFalse,
    xform: spec.xform,
    sub: spec.sub === null ? null : planOf(spec.sub, schema),
    counter,
  }
}

function plainKind(attribute: Attribute | null, isReverse: boolean): StepKind {
  if (attribute?.valueType !== 'ref') return 'value'
  return attribute.isComponent && !isReverse ? 'component' : 'ref'
}

// Beside the wildcard an attribute has its plain step too, unless a spec of the wildcard's kind stands under its present name.
function wildcardSteps(
  explicit: ReadonlyMap<number, readonly Step[]>,
  pattern: Pattern,
  schema: Schema,
): (a: number) => readonly Step[] {
  const known = new Map<number, readonly Step[]>()
  return (a) => {
    let steps = known.get(a)
    if (steps === undefined) {
      steps = explicit.get(a) ?? none
      const attribute = schema.attributes.get(a)
      if (attribute !== undefined) {
        const replaced = new Set(steps.filter((s) => s.keepsKey).map((s) => s.isText))
        if (pattern.wildcard && !replaced.has(false))
          steps = [...steps, plainStep(attribute, false)]
        else if (pattern.textWildcard && !replaced.has(true)) {
          steps = [...steps, plainStep(attribute, true)]
        }
      }
      known.set(a, steps)
    }
    return steps
  }
}

function plainStep(attribute: Attribute, isText: boolean): Step {
  const { ident } = attribute
  return {
    slot: -1,
    name: ident,
    isText,
    key: { text: ident.text, value: isText ? ident.text : ident },
    kind: plainKind(attribute, false),
    attribute,
    isReverse: false,
    keepsKey: false,
    besideWildcard: true,
    isOne: !attribute.many,
    limit: attribute.many ? defaultLimit : 1,
    looksUp: false,
    default: null,
    replacesFalse: false,
    xform: null,
    sub: null,
    counter: -1,
  }
}
