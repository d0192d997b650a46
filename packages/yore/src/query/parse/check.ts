/**
 * What can be said of a query before any input is seen: the variables of `:find` and `:with` must occur somewhere.
 */

import { raise } from '../../base/errors.ts'
import { show } from './form.ts'
import { bindingVariables, clauseVariables } from './syntax.ts'
import type { Clause, Query } from './syntax.ts'

/** Throws `:db.error/unbound-query-variables` when the query asks for what nothing binds. */
export function checkQuery(query: Query): void {
  const known = new Set<string>()
  for (const input of query.inputs) {
    if (input.kind === 'binding') for (const v of bindingVariables(input.binding)) known.add(v)
  }
  for (const clause of query.where) for (const v of clauseVariables(clause)) known.add(v)
  const wanted = [...query.find.map((e) => e.variable), ...query.with]
  const missing = [...new Set(wanted.filter((v) => !known.has(v)))]
  if (missing.length > 0) {
    raise(
      ':db.error/unbound-query-variables',
      `nothing in :in or :where binds ${missing.slice(0, 10).join(' ')}${missing.length > 10 ? ' ...' : ''}`,
      { variables: missing },
    )
  }
}

/** Without `:in` no clause can name a source, not even `$`, as in the original. */
export function checkNoSources(clauses: readonly Clause[]): void {
  for (const clause of clauses) {
    if (clause.source !== null) {
      raise(
        ':yore/unknown-name',
        `${clause.source} is named in ${show(clause.form)}, but the query has no :in that names it`,
        { source: clause.source },
      )
    }
    if (clause.kind === 'not') checkNoSources(clause.clauses)
    if (clause.kind === 'or') for (const branch of clause.branches) checkNoSources(branch)
  }
}
