/**
 * A database as plainly as it can be said: an array of datoms, and a view that is computed by looking at all of them. Shares no code
 * with the engine but its values and their order.
 *
 * (1) Names and schema are those of the whole array, whatever the view (findings-time section 2).
 * (2) Nothing here is fast; arrays of some hundred datoms are what it is for.
 */

import { compareValues } from '../../packages/yore/src/data/compare.ts'
import { Keyword, keyword } from '../../packages/yore/src/data/values.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'

export interface NaiveDatom {
  readonly e: number
  readonly a: number
  readonly v: Value
  readonly t: number
  readonly added: boolean
}

export interface NaiveView {
  readonly asOf: number
  readonly since: number
  readonly history: boolean
  readonly keep: ((datom: NaiveDatom) => boolean) | null
}

export const naivePresent: NaiveView = {
  asOf: Infinity,
  since: -Infinity,
  history: false,
  keep: null,
}

export interface NaiveAttribute {
  readonly id: number
  readonly ident: string
  readonly type: string
  readonly many: boolean
  readonly component: boolean
  readonly unique: boolean
  /** In AVET. */
  readonly indexed: boolean
}

const id = {
  ident: 10,
  many: 36,
  valueType: 40,
  cardinality: 41,
  unique: 42,
  isComponent: 43,
  index: 44,
}

export class NaiveDb {
  readonly all: readonly NaiveDatom[]
  readonly view: NaiveView
  readonly idents = new Map<string, number>()
  readonly names = new Map<number, string>()
  readonly attributes = new Map<number, NaiveAttribute>()
  #seen: readonly NaiveDatom[] | undefined

  constructor(all: readonly NaiveDatom[], view: NaiveView = naivePresent) {
    this.all = all
    this.view = view
    for (const d of [...all].sort((x, y) => x.t - y.t)) {
      if (d.a !== id.ident || !d.added) continue
      this.idents.set((d.v as Keyword).text, d.e)
      this.names.set(d.e, (d.v as Keyword).text)
    }
    this.#readAttributes()
  }

  #readAttributes(): void {
    const now = visible(
      this.all.filter((d) => d.a >= id.valueType && d.a <= id.index),
      naivePresent,
    )
    const valueOf = (e: number, a: number): Value | undefined =>
      now.find((d) => d.e === e && d.a === a)?.v
    for (const d of now) {
      if (d.a !== id.valueType) continue
      this.attributes.set(d.e, {
        id: d.e,
        ident: this.names.get(d.e) ?? '',
        type: (this.names.get(d.v as number) ?? '').replace(':db.type/', ''),
        many: valueOf(d.e, id.cardinality) === id.many,
        component: valueOf(d.e, id.isComponent) === true,
        unique: valueOf(d.e, id.unique) !== undefined,
        indexed: valueOf(d.e, id.unique) !== undefined || valueOf(d.e, id.index) === true,
      })
    }
  }

  through(view: Partial<NaiveView>): NaiveDb {
    return new NaiveDb(this.all, { ...this.view, ...view })
  }

  /** What the view shows, in order of e, a, v, newest first. */
  get seen(): readonly NaiveDatom[] {
    return (this.#seen ??= visible(this.all, this.view))
  }

  attribute(name: Value): NaiveAttribute | undefined {
    const e = this.entid(name)
    return e === null ? undefined : this.attributes.get(e)
  }

  /** The id of a number, a name or a lookup ref; null when it does not resolve. */
  entid(x: Value): number | null {
    if (typeof x === 'number') return Number.isInteger(x) ? x : null
    if (x instanceof Keyword) return this.idents.get(x.text) ?? null
    if (typeof x === 'string') return this.idents.get(keyword(x).text) ?? null
    if (!Array.isArray(x)) return null
    const [name, value] = x as readonly Value[]
    const attribute = this.attribute(name ?? null)
    if (attribute === undefined || value === undefined || value === null) return null
    if (attribute.ident === ':db/ident') return this.idents.get((value as Keyword).text) ?? null
    const found = this.seen.find((d) => d.a === attribute.id && compareValues(d.v, value) === 0)
    return found?.e ?? null
  }

  /** The datoms of an index, in its order; of AVET and VAET only what they hold. */
  inOrder(order: NaiveOrder): NaiveDatom[] {
    const held = (d: NaiveDatom): boolean => {
      const attribute = this.attributes.get(d.a)
      if (order === 'avet') return attribute?.indexed === true
      return order !== 'vaet' || attribute?.type === 'ref'
    }
    return this.seen.filter(held).sort((x, y) => compareDatoms(order, x, y))
  }

  /** What the view shows of one attribute. */
  ofAttribute(a: number): readonly NaiveDatom[] {
    this.#byAttribute ??= groupBy(this.seen, (d) => d.a)
    return this.#byAttribute.get(a) ?? []
  }
  #byAttribute: Map<number, NaiveDatom[]> | undefined

  /** What the view shows of one entity. */
  ofEntity(e: number): readonly NaiveDatom[] {
    this.#byEntity ??= groupBy(this.seen, (d) => d.e)
    return this.#byEntity.get(e) ?? []
  }
  #byEntity: Map<number, NaiveDatom[]> | undefined

  valuesOf(e: number, a: number): Value[] {
    return this.seen.filter((d) => d.e === e && d.a === a).map((d) => d.v)
  }

  referrers(a: number, target: number): number[] {
    return this.seen.filter((d) => d.a === a && d.v === target).map((d) => d.e)
  }
}

export type NaiveOrder = 'eavt' | 'aevt' | 'avet' | 'vaet'

function compareDatoms(order: NaiveOrder, x: NaiveDatom, y: NaiveDatom): number {
  const by = {
    e: x.e - y.e,
    a: x.a - y.a,
    v: compareValues(x.v, y.v),
    t: y.t - x.t || Number(y.added) - Number(x.added),
  }
  for (const c of order) {
    const n = by[c as 'e' | 'a' | 'v' | 't']
    if (n !== 0) return n
  }
  return by.t
}

/** The place of a datom against leading components: negative before them, 0 with them, positive after them. */
export function compareToPrefix(
  order: NaiveOrder,
  d: NaiveDatom,
  prefix: readonly Value[],
): number {
  for (const [i, x] of prefix.entries()) {
    const c = order[i] as 'e' | 'a' | 'v'
    const n = c === 'v' ? compareValues(d.v, x) : d[c] - (x as number)
    if (n !== 0) return n
  }
  return 0
}

function visible(all: readonly NaiveDatom[], view: NaiveView): NaiveDatom[] {
  const within = all.filter(
    (d) => d.t > view.since && d.t <= view.asOf && (view.keep === null || view.keep(d)),
  )
  const retractions = groupBy(
    within.filter((d) => !d.added),
    (d) => `${d.e} ${d.a}`,
  )
  const current = (d: NaiveDatom): boolean =>
    d.added &&
    !retractions.get(`${d.e} ${d.a}`)?.some((x) => x.t > d.t && compareValues(x.v, d.v) === 0)
  return (view.history ? within : within.filter(current)).sort((x, y) =>
    compareDatoms('eavt', x, y),
  )
}

function groupBy<K, T>(xs: readonly T[], keyOf: (x: T) => K): Map<K, T[]> {
  const out = new Map<K, T[]>()
  for (const x of xs) {
    const group = out.get(keyOf(x))
    if (group === undefined) out.set(keyOf(x), [x])
    else group.push(x)
  }
  return out
}
