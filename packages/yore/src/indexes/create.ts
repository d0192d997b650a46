/** A first, plain implementation: sorted arrays. To be replaced by live tree and columns. */

import { assert } from '../base/assert.ts'
import { compareValues } from '../data/compare.ts'
import type { Value } from '../data/values.ts'
import { BigDecimal } from '../data/big-decimal.ts'
import { fits, packedOf } from './column.ts'
import type {
  Change,
  Column,
  Columns,
  Cursor,
  FactIndex,
  Placement,
  PlacementOf,
  View,
  Wanted,
} from './fact-index.ts'
import type { Datom, Fact, Gap, Order, Prefix, Range } from './fact.ts'
import { componentsOf, never, rangeOf } from './fact.ts'

type Row = Fact | Datom | Prefix

function compareComponent(c: 'e' | 'a' | 'v' | 't', x: Row, y: Row): number {
  if (c === 'v') return compareValues(x.v as Value, y.v as Value)
  const d = (x[c] as number) - (y[c] as number)
  return c === 't' ? -d : d
}

function compareIn(order: Order): (x: Fact, y: Fact) => number {
  const components = componentsOf[order]
  return (x, y) => {
    for (const c of components) {
      const d = compareComponent(c, x, y)
      if (d !== 0) return d
    }
    return 0
  }
}

function side(order: Order, d: Fact | Datom, gap: Gap): number {
  for (const c of componentsOf[order]) {
    if (gap.prefix[c] === undefined) break
    const n = compareComponent(c, d, gap.prefix)
    if (n !== 0) return n
  }
  return gap.after ? -1 : 1
}

function place(order: Order, facts: readonly Fact[], gap: Gap): number {
  let low = 0
  let high = facts.length
  while (low < high) {
    const mid = (low + high) >> 1
    if (side(order, facts[mid] as Fact, gap) < 0) low = mid + 1
    else high = mid
  }
  return low
}

const wide = (gap: Gap | undefined): Gap | undefined =>
  gap === undefined || gap.prefix.t === undefined
    ? gap
    : { prefix: { e: gap.prefix.e, a: gap.prefix.a, v: gap.prefix.v }, after: gap.after }

function sameValue(x: Value, y: Value): boolean {
  if (x instanceof BigDecimal && y instanceof BigDecimal && !x.equals(y)) return false
  return compareValues(x, y) === 0
}

class ArrayIndex implements FactIndex {
  readonly #current: readonly Fact[]
  readonly #past: readonly Fact[]
  readonly #placementOf: PlacementOf
  readonly #sorted = new Map<string, readonly Fact[]>()

  constructor(current: readonly Fact[], past: readonly Fact[], placementOf: PlacementOf) {
    this.#current = current
    this.#past = past
    this.#placementOf = placementOf
  }

  #facts(order: Order, past: boolean): readonly Fact[] {
    const key = `${order}${past}`
    let facts = this.#sorted.get(key)
    if (facts === undefined) {
      const cache = new Map<number, Placement>()
      facts = (past ? this.#past : this.#current)
        .filter(({ a }) => {
          if (order === 'eavt' || order === 'aevt') return true
          let p = cache.get(a)
          if (p === undefined) cache.set(a, (p = this.#placementOf(a)))
          return p[order]
        })
        .sort(compareIn(order))
      this.#sorted.set(key, facts)
    }
    return facts
  }

  #slice(order: Order, past: boolean, range: Range): readonly Fact[] {
    const facts = this.#facts(order, past)
    const low = range.low === undefined ? 0 : place(order, facts, range.low)
    const high = range.high === undefined ? facts.length : place(order, facts, range.high)
    return facts.slice(low, high)
  }

  #seen(order: Order, range: Range, view: View): Datom[] {
    const since = Math.max(view.since, -1)
    const grouped = view.history || view.keep !== null
    const sought: Range = grouped ? { low: wide(range.low), high: wide(range.high) } : range
    const current = this.#slice(order, false, sought)
    const past =
      !grouped && view.asOf === Infinity && since === -1 ? [] : this.#slice(order, true, sought)
    const out: Datom[] = []
    const add = (d: Datom): void => {
      if (d.t > since && d.t <= view.asOf && (view.keep === null || view.keep(d))) out.push(d)
    }
    for (const { e, a, v, t } of current) add({ e, a, v, t, added: true })
    for (const { e, a, v, t, end } of past) {
      if (t >= 0 && (grouped || end > view.asOf)) add({ e, a, v, t, added: true })
      if (grouped) add({ e, a, v, t: end, added: false })
    }
    const compare = compareIn(order) as unknown as (x: Datom, y: Datom) => number
    if (past.length > 0) out.sort((x, y) => compare(x, y) || Number(y.added) - Number(x.added))
    if (!grouped) return out
    return (view.history ? out : unsuperseded(out)).filter(
      (d) =>
        (range.low === undefined || side(order, d, range.low) > 0) &&
        (range.high === undefined || side(order, d, range.high) < 0),
    )
  }

  cursor(order: Order, range: Range, view: View, backwards = false): Cursor {
    const seen = this.#seen(order, range, view)
    return new ArrayCursor(backwards ? seen.reverse() : seen)
  }

  count(order: Order, range: Range, view: View): number {
    return this.#seen(order, range, view).length
  }

  columns(order: Order, range: Range, view: View, wanted: Wanted): Columns {
    return this.#columnsOf(this.#seen(order, range, view), wanted)
  }

  probe(
    order: Order,
    a: number | undefined,
    keys: Float64Array | readonly Value[],
    view: View,
    wanted: Wanted,
  ): Columns {
    const rows: Datom[] = []
    const probe: number[] = []
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as Value
      const prefix: Prefix =
        order === 'avet' || order === 'vaet' ? { a, v: key } : { e: key as number, a }
      for (const d of this.#seen(order, rangeOf(prefix), view)) {
        rows.push(d)
        probe.push(i)
      }
    }
    return { ...this.#columnsOf(rows, wanted), probe: Int32Array.from(probe) }
  }

  #columnsOf(rows: readonly Datom[], wanted: Wanted): Columns {
    return {
      n: rows.length,
      ...(wanted.e === true && { e: Float64Array.from(rows, (d) => d.e) }),
      ...(wanted.a === true && { a: Float64Array.from(rows, (d) => d.a) }),
      ...(wanted.v === true && { v: this.#valueColumn(rows) }),
      ...(wanted.t === true && { t: Float64Array.from(rows, (d) => d.t) }),
      ...(wanted.added === true && { added: Uint8Array.from(rows, (d) => Number(d.added)) }),
    }
  }

  #valueColumn(rows: readonly Datom[]): Column {
    const first = rows[0]
    const type = first === undefined ? 'value' : this.#placementOf(first.a).column
    const typed =
      type !== 'value' && rows.every((d) => d.a === first?.a && fits(type, d.v)) ? type : null
    return typed === null
      ? { kind: 'value', data: rows.map((d) => d.v) }
      : { kind: 'number', type: typed, data: Float64Array.from(rows, (d) => packedOf(d.v)) }
  }

  apply(changes: readonly Change[]): FactIndex {
    const current = [...this.#current]
    const past = [...this.#past]
    for (const c of changes) {
      if (c.kind === 'assert') current.push(c.fact)
      else if (c.kind === 'past') past.push(c.fact)
      else {
        const { e, a, v, t } = c.fact
        const i = current.findIndex((f) => f.e === e && f.a === a && f.t === t && sameValue(f.v, v))
        assert(i >= 0, 'the retracted fact is current')
        current.splice(i, 1)
        past.push({ e, a, v, t, end: c.t })
      }
    }
    return new ArrayIndex(current, past, this.#placementOf)
  }

  reindex(_a: number, placementOf: PlacementOf): FactIndex {
    return this.withPlacement(placementOf)
  }

  withPlacement(placementOf: PlacementOf): FactIndex {
    return new ArrayIndex(this.#current, this.#past, placementOf)
  }

  stats(): { readonly datoms: number; readonly byAttribute: ReadonlyMap<number, number> } {
    const byAttribute = new Map<number, number>()
    let datoms = 0
    for (const { a, t, end } of [...this.#current, ...this.#past]) {
      const n = (t >= 0 ? 1 : 0) + (end !== never ? 1 : 0)
      byAttribute.set(a, (byAttribute.get(a) ?? 0) + n)
      datoms += n
    }
    return { datoms, byAttribute }
  }
}

/** Of datoms in an order's sequence, the assertions that no newer retraction of the same e, a, v takes back. */
function unsuperseded(datoms: readonly Datom[]): Datom[] {
  let group: Datom | null = null
  let retracted = false
  return datoms.filter((d) => {
    if (group === null || group.e !== d.e || group.a !== d.a || compareValues(group.v, d.v) !== 0) {
      group = d
      retracted = false
    }
    if (!d.added) retracted = true
    return d.added && !retracted
  })
}

class ArrayCursor implements Cursor {
  readonly #datoms: readonly Datom[]
  #at = -1
  e = 0
  a = 0
  v: Value = null
  t = 0
  added = true

  constructor(datoms: readonly Datom[]) {
    this.#datoms = datoms
  }

  next(): boolean {
    const d = this.#datoms[++this.#at]
    if (d === undefined) return false
    this.e = d.e
    this.a = d.a
    this.v = d.v
    this.t = d.t
    this.added = d.added
    return true
  }
}

/** The index of these facts. */
export function createFactIndex(facts: Iterable<Fact>, placementOf: PlacementOf): FactIndex {
  const current: Fact[] = []
  const past: Fact[] = []
  for (const f of facts) (f.end === never ? current : past).push(f)
  return new ArrayIndex(current, past, placementOf)
}
