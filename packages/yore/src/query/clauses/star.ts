/**
 * Patterns about one entity that concern most entities (`[?e :a ?x] [?e :b ?y] (not [?e :c 1])`): each attribute is read from end to end,
 * and the columns are laid side by side.
 *
 * (1) Arms are patterns of attributes with one value for each entity, of the present, so an entity has one row at most.
 * (2) Comparisons with constants, and `not` with one pattern about the entity (or by which something refers to it), are sieves: they are
 *     decided on the columns that were read, before anything is put together.
 * (3) Attributes that the same entities have are found to be so by one look at the ids, and need no join.
 * (4) It is done only where the planner would have to read the attributes from end to end anyway; other ways stay for what is rarer.
 */

import { newInts } from '../../base/arrays.ts'
import type { Db } from '../../db/db.ts'
import type { Attribute } from '../../db/schema.ts'
import { PickedColumn, StoredColumn, UncopiedColumn } from '../../indexes/segments/column.ts'
import { presentView } from '../../indexes/fact-index.ts'
import type { Column, Columns } from '../../indexes/fact-index.ts'
import { rangeOf } from '../../indexes/facts/fact.ts'
import { firstUserElement } from '../../indexes/facts/ids.ts'
import { needsEquality } from '../prepare/coerce.ts'
import { attributeCount } from '../context.ts'
import type { Context } from '../context.ts'
import { estimate } from '../plan/estimate.ts'
import type { PreparedExpression } from '../prepare/expression.ts'
import { isCodable, isRepeated } from '../prepare/pattern.ts'
import type { DbPattern } from '../prepare/pattern.ts'
import type { Guard } from '../guard.ts'
import { inPortions } from '../columns/portions.ts'
import type { Cells } from '../columns/portions.ts'
import { formOf, preparedVariables } from '../prepare/prepared.ts'
import type { Conjunction, Prepared } from '../prepare/prepared.ts'
import { gather, idColumn } from '../columns/relation.ts'
import type { Relation } from '../columns/relation.ts'
import { comparedNumber, testOf } from './run-expression.ts'
import { Sieve, isSame, isValue, meet, outside, without } from '../columns/star-kernels.ts'
import type { Flagged } from '../columns/star-kernels.ts'

/** Of fewer entities there is nothing to save. */
const rowsMin = 256
/** How often patterns were read so, how often what others refer to was taken away, and of how many entities at least: for tests. */
export const stars: { times: number; referred: number; rowsMin: number } = {
  times: 0,
  referred: 0,
  rowsMin,
}

/** Attributes are read from end to end where at least one of so many entities is wanted. */
const share = 2
/** The same of references to them, which are only marked. */
const referredShare = 8
const unindexedShare = 4
/** Of more facts values are copied as they are read: what is not is copied at once, without a look at the clock. */
const codesMax = 2 ** 20
const storedMax = 2 ** 22

/** A pattern about the entity, and where it stands among the clauses. */
interface Arm {
  readonly i: number
  readonly p: DbPattern
}

interface Not extends Arm {
  /** Is the entity its value? */
  readonly refers: boolean
}

interface Star {
  readonly e: string
  readonly arms: readonly Arm[]
  /** Of the `not` clauses the pattern within. */
  readonly nots: readonly Not[]
  readonly tests: readonly { readonly i: number; readonly p: PreparedExpression }[]
}

/**
 * Runs the waiting clauses that make a star, and takes them out of `waiting`. Null when there is no row; undefined when there is no star.
 */
export function startWithStar(
  conjunction: Conjunction,
  waiting: number[],
  needed: ReadonlySet<string>,
  context: Context,
): Relation | null | undefined {
  const star = starIn(conjunction, waiting)
  if (star === null) return undefined
  const all = [...star.arms, ...star.nots, ...star.tests].map((x) => x.i)
  const taken = new Set(all)
  const left = waiting.filter((i) => !taken.has(i))
  const keep = new Set(needed)
  for (const i of left) {
    for (const v of preparedVariables(conjunction.clauses[i] as Prepared)) keep.add(v)
  }
  stars.times++
  const { trace } = context
  const { i, p } = star.arms[0] as Arm
  trace?.openClause(conjunction, i, [], estimate(p, []))
  const found = new StarRun(star, keep, context).run()
  trace?.closeClause(conjunction, found === null ? null : [found], context)
  trace?.asOne(conjunction, all.slice(1))
  waiting.splice(0, waiting.length, ...left)
  return found
}

// ---- what a star is ----

function starIn(conjunction: Conjunction, waiting: readonly number[]): Star | null {
  const arms = largestOf(armsIn(conjunction, waiting))
  if (arms.length === 0) return null
  const { db, e } = (arms[0] as Arm).p
  const name = (e as { name: string }).name
  const nots = notsIn(conjunction, waiting, name, db)
  const isFew = (xs: readonly Arm[], ys: readonly Not[]): boolean =>
    xs.length + ys.length < 2 && !xs.some(isScan)
  if (isFew(arms, nots)) return null
  let least = Infinity
  for (const { p } of arms) least = Math.min(least, wantedOf(p))
  if (least < stars.rowsMin) return null
  const isRead = ({ p }: Arm): boolean => countOf(p) <= least * share
  const read = arms.filter(isRead)
  const denied = nots.filter(
    (x) => isRead(x) || (x.refers && countOf(x.p) <= least * referredShare),
  )
  if (read.length === 0 || isFew(read, denied)) return null
  const tests = testsIn(conjunction, waiting, read)
  const star = { e: name, arms: read, nots: denied, tests }
  return othersFollow(conjunction, waiting, star, least) ? star : null
}

const countOf = ({ db, attribute }: DbPattern): number =>
  attribute === null ? Infinity : attributeCount(db, attribute.id)

/** About how many entities a pattern leaves; a value that no index tells is looked for among all, so it has to be rarer to be a better way. */
function wantedOf(p: DbPattern): number {
  const { v, attribute } = p
  const n = estimate(p, [])
  const isFound =
    v.kind !== 'constant' || attribute?.hasAvet === true || attribute?.valueType === 'ref'
  return isFound ? n : Math.min(countOf(p), n * unindexedShare)
}

/** Alone it is read from end to end too. */
const isScan = ({ p }: Arm): boolean => p.v.kind !== 'constant' && p.range === null

const isFree = ({ after }: Conjunction, i: number): boolean =>
  (after[i] as readonly number[]).length === 0

/** Is it about an entity that is a variable, of the present, and says nothing of times? */
function isAbout(p: Prepared): p is DbPattern {
  return (
    isPresent(p) &&
    p.e.kind === 'variable' &&
    !isRepeated(p, p.e.name) &&
    !(p.v.kind === 'constant' && needsEquality(p.attribute as Attribute, p.v.value))
  )
}

const isPresent = (p: Prepared): p is DbPattern =>
  p.kind === 'db' &&
  !p.never &&
  p.attribute !== null &&
  // of the attributes that every database has, some entities have two idents
  p.attribute.id >= firstUserElement &&
  p.t.kind === 'blank' &&
  p.added.kind === 'blank' &&
  p.db.view === presentView

/** Says the pattern only that something refers to this entity? */
function refersTo(p: DbPattern, name: string): boolean {
  if (!isPresent(p) || p.attribute?.valueType !== 'ref' || p.e.kind === 'constant') return false
  return p.v.kind === 'variable' && p.v.name === name && !isRepeated(p, name)
}

function armsIn(conjunction: Conjunction, waiting: readonly number[]): Map<string, Arm[]> {
  const out = new Map<string, Arm[]>()
  for (const i of waiting) {
    const p = conjunction.clauses[i] as Prepared
    if (!isAbout(p) || !isFree(conjunction, i) || p.attribute?.many === true) continue
    const { name } = p.e as { name: string }
    const others = out.get(name)
    if (others === undefined) out.set(name, [{ i, p }])
    else if (others[0]?.p.db === p.db && !others.some((x) => hasValue(x.p, p))) {
      others.push({ i, p })
    }
  }
  return out
}

/** Has the pattern the variable that the other one's value is? */
const hasValue = (p: DbPattern, { v }: DbPattern): boolean =>
  v.kind === 'variable' && p.variables.includes(v.name)

function largestOf(all: ReadonlyMap<string, readonly Arm[]>): readonly Arm[] {
  let out: readonly Arm[] = []
  for (const arms of all.values()) if (arms.length > out.length) out = arms
  return out
}

/** `not` clauses with one pattern about the entity, and nothing else that is bound. */
function notsIn(conjunction: Conjunction, waiting: readonly number[], name: string, db: Db): Not[] {
  const out: Not[] = []
  for (const i of waiting) {
    const not = conjunction.clauses[i] as Prepared
    if (not.kind !== 'not' || !isFree(conjunction, i)) continue
    const { body, variables } = not
    const [p] = body.clauses
    if (body.clauses.length !== 1 || body.impossible || p === undefined) continue
    const isOnly = variables.length === 1 && variables[0] === name
    if (!isOnly || p.kind !== 'db' || p.db !== db) continue
    const refers = refersTo(p, name)
    const isIts = p.e.kind === 'variable' && p.e.name === name && isAbout(p)
    if (refers || isIts) out.push({ i, p, refers })
  }
  return out
}

/** Comparisons of an arm's value with a constant, which cannot fail. */
function testsIn(
  conjunction: Conjunction,
  waiting: readonly number[],
  arms: readonly Arm[],
): { i: number; p: PreparedExpression }[] {
  const out: { i: number; p: PreparedExpression }[] = []
  for (const i of waiting) {
    const p = conjunction.clauses[i] as Prepared
    if (p.kind !== 'expression' || !isFree(conjunction, i) || !p.safe) continue
    if (p.clause.binding !== null || p.needs.length !== 1 || p.args.length !== 2) continue
    const [v] = p.needs
    const given = arms.some((x) => x.p.v.kind === 'variable' && x.p.v.name === v)
    if (given && p.args.some((a) => a.kind === 'constant')) out.push({ i, p })
  }
  return out
}

/** Is there nothing else among the clauses by which a few of the entities could be found? */
function othersFollow(
  { clauses }: Conjunction,
  waiting: readonly number[],
  { e, arms, nots, tests }: Star,
  least: number,
): boolean {
  const taken = new Set([...arms, ...nots, ...tests].map((x) => x.i))
  return waiting.every((i) => {
    if (taken.has(i)) return true
    const p = clauses[i] as Prepared
    if (p.kind === 'expression') return true
    if (arms.length + nots.length < 2) return false
    return p.kind === 'not' || (p.kind === 'db' && isNoNarrower(p, e, arms, least))
  })
}

/** Does the pattern say something of nearly all entities, or of all that an arm refers to? */
function isNoNarrower(p: DbPattern, e: string, arms: readonly Arm[], least: number): boolean {
  if (p.never || p.attribute === null || p.e.kind !== 'variable') return false
  if (p.v.kind === 'constant' || p.range !== null) return false
  const { name } = p.e
  const n = countOf(p)
  if (name === e) return n * share >= least
  const arm = arms.find((x) => x.p.v.kind === 'variable' && x.p.v.name === name)
  const a = arm?.p.attribute?.id
  return arm !== undefined && a !== undefined && n * share >= arm.p.db.facts.distinctValues(a)
}

// ---- running it ----

/** Attributes that the same entities have. */
interface Ring {
  readonly e: Column
  readonly n: number
  readonly sieve: Sieve
}

interface Read {
  readonly arm: Arm
  readonly v: Column | undefined
  readonly ring: Ring
}

class StarRun {
  readonly #star: Star
  readonly #keep: ReadonlySet<string>
  readonly #context: Context
  readonly #rings: Ring[] = []
  /** Entities that may not be; and such in no order, each perhaps often. */
  readonly #denied: Float64Array[] = []
  readonly #referred: Float64Array[] = []

  constructor(star: Star, keep: ReadonlySet<string>, context: Context) {
    this.#star = star
    this.#keep = keep
    this.#context = context
  }

  run(): Relation | null {
    const { arms, nots } = this.#star
    const read = arms.map((arm) => this.#read(arm))
    if (read.some((x) => x.ring.n === 0)) return null
    for (const x of read) this.#sieve(x)
    for (const arm of nots) this.#deny(arm)
    const [first, ...others] = this.#rings as [Ring, ...Ring[]]
    const rows = this.#meet(first, others)
    return this.#assembled(read, first, (ring) => rows.get(ring) ?? null)
  }

  /** Where in each ring the entities are that all have, without those that may not be. */
  #meet(first: Ring, others: readonly Ring[]): ReadonlyMap<Ring, Int32Array | null> {
    const { guard } = this.#context
    let rows = new Map<Ring, Int32Array | null>([[first, null]])
    const narrow = (places: Int32Array | null): void => {
      if (places === null) return
      rows = new Map(
        [...rows].map(([ring, known]) => [
          ring,
          known === null ? places : rowsAt(known, places, guard),
        ]),
      )
    }
    const ids = (): Float64Array => at(first.e, rows.get(first) ?? null, guard).data as Float64Array
    let { flags } = first.sieve
    if (others.length === 0) narrow(first.sieve.rows())
    for (const ring of others) {
      const { left, right } = meet({ ids: ids(), flags }, idsOf(ring), guard)
      narrow(left)
      rows.set(ring, right)
      flags = null
    }
    for (const denied of this.#denied) narrow(without(ids(), denied, guard))
    for (const denied of this.#referred) narrow(outside(ids(), denied, guard))
    return rows
  }

  #columns({ p }: Arm, v: boolean, e = true): Columns {
    const { guard } = this.#context
    guard.clause = formOf(p)
    const a = p.attribute?.id as number
    const n = countOf(p)
    const codes = v && isCodable(p) && n <= codesMax
    const wanted = { e, v, codes, stored: n <= storedMax, watch: guard }
    return p.db.facts.columns('aevt', rangeOf({ a }), p.db.view, wanted)
  }

  #read(arm: Arm): Read {
    const c = this.#columns(arm, arm.p.v.kind !== 'blank')
    return { arm, v: c.v, ring: this.#ringOf(c) ?? this.#addRing(c) }
  }

  #ringOf(c: Columns): Ring | undefined {
    const e = idsIn(c)
    return this.#rings.find((ring) => ring.n === c.n && isSame(ring.e, e, this.#context.guard))
  }

  #addRing(c: Columns): Ring {
    const ring = { e: idsIn(c), n: c.n, sieve: new Sieve(c.n, this.#context.guard) }
    this.#rings.push(ring)
    return ring
  }

  #sieve({ arm, v, ring: { sieve } }: Read): void {
    const { v: slot } = arm.p
    if (v === undefined || slot.kind === 'blank') return
    if (slot.kind === 'constant') {
      sieve.sift(v, isValue(slot.value))
      return
    }
    for (const { p } of this.#star.tests) {
      const variables = p.needs
      if (variables[0] !== slot.name) continue
      const compared = comparedNumber(p, v)
      if (compared !== null) sieve.compare(cellsIn(v), compared)
      else sieve.sift(v, (c, n) => testOf(p, { n, variables, columns: [c], key: null }))
    }
  }

  /** Takes away the entities of a `not`. */
  #deny(arm: Not): void {
    const { guard } = this.#context
    if (arm.refers) {
      stars.referred++
      this.#referred.push(this.#columns(arm, true, false).v?.data as Float64Array)
      return
    }
    const { v: slot, attribute } = arm.p
    const isAny = slot.kind !== 'constant'
    const c = this.#columns(arm, !isAny)
    const ring = isAny || attribute?.many === true ? undefined : this.#ringOf(c)
    if (isAny) this.#denied.push(idsIn(c).data as Float64Array)
    else if (ring !== undefined) ring.sieve.sift(c.v as Column, isValue(slot.value), false)
    else {
      const sieve = new Sieve(c.n, guard)
      sieve.sift(c.v as Column, isValue(slot.value))
      this.#denied.push(at(idsIn(c), sieve.rows(), guard).data as Float64Array)
    }
  }

  #assembled(
    read: readonly Read[],
    first: Ring,
    rowsOf: (ring: Ring) => Int32Array | null,
  ): Relation | null {
    const { guard } = this.#context
    const name = this.#star.e
    const rows = rowsOf(first)
    const n = rows === null ? first.n : rows.length
    if (n === 0) return null
    const variables: string[] = []
    const columns: Column[] = []
    const kept = read.filter(
      ({ arm: { p } }) => p.v.kind === 'variable' && this.#keep.has(p.v.name),
    )
    guard.rows(n, kept.length + 1)
    if (this.#keep.has(name)) {
      variables.push(name)
      columns.push(at(first.e, rows, guard))
    }
    for (const { arm, v, ring } of kept) {
      variables.push((arm.p.v as { name: string }).name)
      columns.push(at(v as Column, rowsOf(ring), guard))
    }
    guard.tick(n)
    const key = this.#keep.has(name) ? [name] : null
    return { n, variables, columns, key: variables.length === 0 ? [] : key }
  }
}

function at(c: Column, rows: Int32Array | null, guard: Guard): Column {
  if (rows === null) return c
  if (!(c instanceof StoredColumn) || c.isCopied) return gather(c, rows, guard)
  return new PickedColumn(c, rows)
}

const idsOf = ({ e, sieve }: Ring): Flagged => ({ ids: e.data as Float64Array, flags: sieve.flags })

function rowsAt(x: Int32Array, rows: Int32Array, guard: Guard): Int32Array {
  const out = newInts(rows.length)
  inPortions(rows.length, guard, (from, to) => {
    for (let i = from; i < to; i++) out[i] = x[rows[i] as number] as number
  })
  return out
}

/** Numbers, which need not be copied to be compared. */
const cellsIn = (c: Column): Cells => (c instanceof UncopiedColumn ? c : (c.data as Float64Array))

const idsIn = ({ e, ids }: Columns): Column => ids ?? idColumn(e as Float64Array)
