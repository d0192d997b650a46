/** Queries and rules that were parsed, once for each text and for each list or map that a program keeps (cache.ts). */

import type { Value } from '../../data/values.ts'
import { ParseCache } from './cache.ts'
import { parseQuery, parseRules } from './parse.ts'
import type { Query, RuleSet } from './syntax.ts'

const noRules: RuleSet = new Map()

const queries = new ParseCache(parseQuery)
const ruleSets = new ParseCache<RuleSet>(parseRules)

/** The parsed query of a form: from the cache, or parsed now. */
export function parsedQuery(form: unknown): Query {
  return queries.get(form)
}

/** The same of rules; null has none. */
export function parsedRules(form: Value): RuleSet {
  return form === null ? noRules : ruleSets.get(form)
}
