/**
 * The naive index: an array of all facts, filtered and sorted at every question. It shares no code with the engine's indexes but the
 * order of values, and says what they have to answer.
 */

import { compareValues } from '../../packages/yore/src/data/compare.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'
import { Double, Float, Instant, double } from '../../packages/yore/src/data/values.ts'
import type {
  Datom,
  Fact,
  Gap,
  Order,
  Prefix,
  Range,
} from '../../packages/yore/src/indexes/facts/fact.ts'
import type {
  Change,
  Column,
  Columns,
  Cursor,
  FactIndex,
  NumberType,
  PlacementOf,
  View,
  Wanted,
} from '../../packages/yore/src/indexes/fact-index.ts'

const letters = { eavt: 'eavt', aevt: 'aevt', avet: 'avet', vaet: 'vaet' } as const

function compareComponent(c: string, x: { [k: string]: any }, y: { [k: string]: any }): number {
  if (c === 'v') return compareValues(x['v'], y['v'])
  return c === 't' ? y['t'] - x['t'] : x[c] - y[c]
}

/** Where a datom stands against a gap: negative before it, positive after it. */
function side(order: Order, d: Datom, gap: Gap): number {
  for (const c of letters[order]) {
    if ((gap.prefix as any)[c] === undefined) break
    const n = compareComponent(c, d, gap.prefix as any)
    if (n !== 0) return n
  }
  return gap.after ? -1 : 1
}

function compareDatoms(order: Order): (x: Datom, y: Datom) => number {
  return (x, y) => {
    for (const c of letters[order]) {
      const n = compareComponent(c, x, y)
      if (n !== 0) return n
    }
    return Number(y.added) - Number(x.added)
  }
}

export class NaiveIndex implements FactIndex {
  readonly facts: readonly Fact[]
  readonly placementOf: PlacementOf

  constructor(facts: readonly Fact[], placementOf: PlacementOf) {
    this.facts = facts
    this.placementOf = placementOf
  }

  /** Every datom that ever was, in the order. */
  #history(order: Order): Datom[] {
    const out: Datom[] = []
    for (const { e, a, v, t, end } of this.facts) {
      const p = this.placementOf(a)
      if ((order === 'avet' && !p.avet) || (order === 'vaet' && !p.vaet)) continue
      if (t >= 0) out.push({ e, a, v, t, added: true })
      if (end !== Infinity) out.push({ e, a, v, t: end, added: false })
    }
    return out.sort(compareDatoms(order))
  }

  #seen(order: Order, range: Range, view: View): Datom[] {
    const all = this.#history(order).filter(
      (d) => d.t > view.since && d.t <= view.asOf && (view.keep === null || view.keep(d)),
    )
    const seen = view.history
      ? all
      : all.filter(
          (d) =>
            d.added &&
            !all.some(
              (x) =>
                !x.added &&
                x.t > d.t &&
                x.e === d.e &&
                x.a === d.a &&
                compareValues(x.v, d.v) === 0,
            ),
        )
    return seen.filter(
      (d) =>
        (!range.low || side(order, d, range.low) > 0) &&
        (!range.high || side(order, d, range.high) < 0),
    )
  }

  cursor(order: Order, range: Range, view: View, backwards = false): Cursor {
    const seen = this.#seen(order, range, view)
    if (backwards) seen.reverse()
    let i = -1
    return {
      next: () => ++i < seen.length,
      get e() {
        return seen[i]!.e
      },
      get a() {
        return seen[i]!.a
      },
      get v() {
        return seen[i]!.v
      },
      get t() {
        return seen[i]!.t
      },
      get added() {
        return seen[i]!.added
      },
    }
  }

  count(order: Order, range: Range, view: View): number {
    return this.#seen(order, range, view).length
  }

  roughCount(order: Order, range: Range, view: View): number {
    return this.count(order, range, view)
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
        order === 'avet'
          ? { a, v: key }
          : order === 'vaet'
            ? { v: key, a }
            : { e: key as number, a }
      const range = { low: { prefix, after: false }, high: { prefix, after: true } }
      for (const d of this.#seen(order, range, view)) {
        rows.push(d)
        probe.push(i)
      }
    }
    return { ...this.#columnsOf(rows, wanted), probe: Int32Array.from(probe) }
  }

  #columnsOf(rows: readonly Datom[], wanted: Wanted): Columns {
    return {
      n: rows.length,
      ...(wanted.e && { e: Float64Array.from(rows, (d) => d.e) }),
      ...(wanted.a && { a: Float64Array.from(rows, (d) => d.a) }),
      ...(wanted.v && { v: this.#valueColumn(rows) }),
      ...(wanted.t && { t: Float64Array.from(rows, (d) => d.t) }),
      ...(wanted.added && { added: Uint8Array.from(rows, (d) => Number(d.added)) }),
    }
  }

  #valueColumn(rows: readonly Datom[]): Column {
    const types = new Set(rows.map((d) => this.placementOf(d.a).column))
    const [type] = types
    const plain = (v: Value): unknown =>
      v instanceof Double || v instanceof Float ? v.value : v instanceof Instant ? v.ms : v
    const data = rows.map((d) => plain(d.v))
    return types.size === 1 && type !== 'value' && data.every((x) => typeof x === 'number')
      ? { kind: 'number', type: type as NumberType, data: Float64Array.from(data as number[]) }
      : { kind: 'value', data: rows.map((d) => d.v) }
  }

  apply(changes: readonly Change[]): FactIndex {
    const facts = [...this.facts]
    for (const c of changes) {
      if (c.kind === 'retract') {
        const i = facts.findIndex(
          (f) =>
            f.end === Infinity &&
            f.e === c.fact.e &&
            f.a === c.fact.a &&
            f.t === c.fact.t &&
            compareValues(f.v, c.fact.v) === 0,
        )
        if (i < 0) throw new Error('no such fact')
        facts[i] = { ...facts[i]!, end: c.t }
      } else facts.push(c.fact)
    }
    return new NaiveIndex(facts, this.placementOf)
  }

  reindex(_a: number, placementOf: PlacementOf): FactIndex {
    return new NaiveIndex(this.facts, placementOf)
  }

  settled(): FactIndex {
    return this
  }

  withPlacement(placementOf: PlacementOf): FactIndex {
    return new NaiveIndex(this.facts, placementOf)
  }

  distinctValues(a: number): number {
    const values = this.facts.filter((f) => f.a === a && f.end === Infinity).map((f) => f.v)
    values.sort(compareValues)
    return values.filter((v, i) => i === 0 || compareValues(values[i - 1]!, v) !== 0).length
  }

  stats(): { datoms: number; byAttribute: Map<number, number> } {
    const byAttribute = new Map<number, number>()
    const all = this.#history('eavt')
    for (const d of all) byAttribute.set(d.a, (byAttribute.get(d.a) ?? 0) + 1)
    return { datoms: all.length, byAttribute }
  }
}

/** The exact value of a cell of a column. */
export function valueAt(column: Column, i: number): Value {
  if (column.kind === 'value') return column.data[i] ?? null
  const x = column.data[i]!
  return column.type === 'double'
    ? double(x)
    : column.type === 'float'
      ? new Float(x)
      : column.type === 'instant'
        ? new Instant(x)
        : x
}
