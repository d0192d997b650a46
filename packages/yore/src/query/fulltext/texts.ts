/**
 * The words of an attribute in a database: what the index keeps of them where it does, else all texts, cut into words at the first search.
 *
 * (1) Kept as long as the facts are, the last few only.
 */

import type { Value } from '../../data/values.ts'
import type { FactIndex, View } from '../../indexes/fact-index.ts'
import { rangeOf } from '../../indexes/facts/fact.ts'
import { unmetered } from '../../indexes/counted/metered.ts'
import { storedWords } from '../../indexes/words.ts'
import { StoredTexts } from './stored-texts.ts'
import { TextIndex } from './text-index.ts'
import type { Texts } from './text-index.ts'

const everything: View = { asOf: Infinity, since: -Infinity, history: true, keep: null }

const indexes = new WeakMap<FactIndex, Map<number, Texts>>()
const recent: { readonly of: Map<number, Texts>; readonly a: number }[] = []
const recentMax = 8

/** The words of an attribute (an id) in these facts. */
export function textsOf(asked: FactIndex, a: number): Texts {
  // an index that counts (a query is explained) has the words of the one it was made of, but what it reads of the storage counts
  const facts = unmetered(asked)
  let of = indexes.get(facts)
  if (of === undefined) indexes.set(facts, (of = new Map()))
  const known = of.get(a)
  if (known !== undefined && (asked === facts || known instanceof TextIndex)) return known
  const words = storedWords(asked, a)
  if (words !== null && asked !== facts) return new StoredTexts(asked, a, words)
  of.set(a, words === null ? build(asked, a) : new StoredTexts(facts, a, words))
  recent.push({ of, a })
  if (recent.length > recentMax) {
    const old = recent.shift()
    old?.of.delete(old.a)
  }
  return of.get(a) as Texts
}

function build(facts: FactIndex, a: number): TextIndex {
  const index = new TextIndex()
  // newest first within a value: the first datom says whether it is true now
  const cursor = facts.cursor('aevt', rangeOf({ a }), everything)
  while (cursor.next()) {
    const v: Value = cursor.v
    if (typeof v === 'string') index.add(cursor.e, v, cursor.t, cursor.added)
  }
  return index
}
