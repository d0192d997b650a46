/**
 * The limits of one run of a query: those of any read (base/budget.ts), and an end of recursion. It also knows which clause runs, so
 * that an error can say where the query was.
 *
 * (1) Every loop of a kernel says how much it has done (`tick`), every index read how many datoms it gave (`read`), and whatever makes
 *     rows how many (`rows`), before it makes them.
 */

import { Budget } from '../base/budget.ts'
import type { BudgetOptions } from '../base/budget.ts'
import type { Value } from '../data/values.ts'
import { show } from './form.ts'

export type GuardOptions = BudgetOptions

const roundsMax = 1_000_000

export class Guard extends Budget {
  /** The form of the clause that runs. */
  clause: Value = null
  #rounds = 0

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
      clause: this.clause === null ? null : show(this.clause),
    }
  }
}
