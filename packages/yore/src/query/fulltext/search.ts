/**
 * `(fulltext $ attribute search)`: the datoms of an attribute whose text a search finds.
 *
 * (1) A row for each datom that the view shows: its entity, value, t, and a score from 0 to 1 (the best of the whole database has 1).
 * (2) An attribute without `:db/fulltext` gives no rows.
 * (3) A search text is checked even when there is nothing to search.
 */

import { double } from '../../data/values.ts'
import { worked } from '../../base/watch.ts'
import type { Double } from '../../data/values.ts'
import type { Db } from '../../db/db.ts'
import type { Attribute } from '../../db/schema.ts'
import type { View } from '../../indexes/fact-index.ts'
import { rangeOf } from '../../indexes/facts/fact.ts'
import { matchDocs } from './match.ts'
import { parseSearch } from './parse.ts'
import type { TextQuery } from './parse.ts'
import type { TextDoc } from './text-index.ts'
import { textsOf } from './texts.ts'

/** A datom that was found. `t` is the counter of its transaction, not the transaction's id. */
export interface Found {
  readonly e: number
  readonly v: string
  readonly t: number
  /** From 0 to 1, as a double. */
  readonly score: number | Double
}

const parsed = new Map<string, TextQuery>()

function queryOf(search: string): TextQuery {
  const known = parsed.get(search)
  if (known !== undefined) return known
  const query = parseSearch(search)
  if (parsed.size >= 200) parsed.clear()
  parsed.set(search, query)
  return query
}

const isPresent = (view: View): boolean =>
  view.asOf === Infinity && view.since === -Infinity && !view.history && view.keep === null

/**
 * What the search finds, in the order of entities and values.
 *
 *     fulltextSearch(db, requireAttribute(db, keyword(':artist/name')), 'john OR paul')
 *     // [{ e, v: 'John Lennon', t: 1012, score: 1 }, ...]
 */
export function fulltextSearch(db: Db, attribute: Attribute, search: string): Found[] {
  const query = queryOf(search)
  if (!attribute.fulltext) return []
  const texts = textsOf(db.facts, attribute.id)
  const scores = matchDocs(texts, query)
  let best = 0
  for (const score of scores.values()) best = Math.max(best, score)
  const out: Found[] = []
  if (!(best > 0)) return out
  const found: { doc: TextDoc; score: Found['score'] }[] = []
  for (const [doc, sum] of scores) {
    const score = sum / best
    worked(4)
    if (score > 0) found.push({ doc: texts.doc(doc), score: double(Math.fround(score)) })
  }
  // entities that have several texts are few: only then texts are read to be compared
  found.sort((x, y) => x.doc.e - y.doc.e || (x.doc.v < y.doc.v ? -1 : 1))
  for (const { doc, score } of found) addRows(db, attribute.id, doc, score, out)
  return out
}

function addRows(db: Db, a: number, doc: TextDoc, score: Found['score'], out: Found[]): void {
  const { e, current } = doc
  const present = isPresent(db.view)
  if (present && current < 0) return
  const { v } = doc
  worked(16)
  if (present) {
    out.push({ e, v, t: current, score })
    return
  }
  const cursor = db.facts.cursor('eavt', rangeOf({ e, a, v }), db.view)
  while (cursor.next()) out.push({ e, v, t: cursor.t, score })
}
