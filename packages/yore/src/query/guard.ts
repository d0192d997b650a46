/**
 * The limits of one run of a query: those of any read (base/budget.ts), and an end of recursion. It also knows which clause runs, so
 * that an error can say where the query was.
 *
 * (1) Every loop of a kernel says how much it has done (`tick`), every index read how many datoms it gave (`read`), and whatever makes
 *     rows how many (`rows`), before it makes them.
 */

import { Budget } from '../base/budget.ts'
import type { Value } from '../data/values.ts'
import { show } from './parse/form.ts'
import type { Relation } from './columns/relation.ts'
import { weightOfColumn } from './columns/weights.ts'

const roundsMax = 1_000_000

export class Guard extends Budget {
  /** The form of the clause that runs. */
  clause: Value = null
  /** Bytes of long values that functions have made and that relations hold. */
  made = 0
  #rounds = 0

  /** These relations are held now, besides what is held outside. */
  hold(relations: readonly Relation[], outer: number): void {
    let bytes = 0
    let rows = 0
    for (const r of relations) {
      bytes += r.n * r.columns.length * 8
      if (r.n > rows) rows = r.n
    }
    this.held = outer + bytes
    this.heldRows = rows
    this.rows(rows, 0)
    this.room(this.made)
  }

  /** Clauses have been run: of what their functions made only what these relations hold is left. */
  settle(relations: readonly Relation[], outer: number, made: number): void {
    this.held = outer
    for (const r of relations) this.rows(r.n, r.columns.length)
    if (this.made === made) return
    let left = 0
    for (const r of relations) for (const c of r.columns) left += weightOfColumn(c)
    this.made = Math.min(this.made, made + left)
  }

  /** So many bytes of values are about to be held, besides so many rows and columns. */
  values(bytes: number, rows: number, width: number): void {
    this.rows(rows, width)
    this.room(bytes + this.made + rows * width * 8)
  }

  /** One more round of recursion. Throws when there seems to be no end of them, as of a rule that counts. */
  round(): void {
    this.tick(20)
    if (++this.#rounds > roundsMax) {
      this.fail(
        ':yore/limit-exceeded',
        `the recursive rules of the query come to no end in ${roundsMax} rounds`,
        { limit: 'rounds', max: roundsMax },
      )
    }
  }

  override progress(): Record<string, unknown> {
    return {
      ...super.progress(),
      // not there yet when a signal is aborted before the call
      clause: ((this.clause as Value | undefined) ?? null) === null ? null : show(this.clause),
    }
  }
}
