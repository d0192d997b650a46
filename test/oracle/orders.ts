/**
 * A query's clauses in other orders, and the work that an answer takes: datoms visited, counted at the door of the index.
 *
 * (1) Visited: each row that the index gives out, each step of a cursor, each key that is looked for.
 */

import { List, Keyword, Opaque, Sym } from '../../packages/yore/src/data/values.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'
import type { Db } from '../../packages/yore/src/db/db.ts'
import type { FactIndex } from '../../packages/yore/src/indexes/fact-index.ts'
import { query } from '../../packages/yore/src/query/query.ts'
import { canonical } from './canonical.ts'
import type { Asked } from './bench-sets.ts'
import type { Random } from './random.ts'

/** What has been asked of an index. */
export interface Visits {
  datoms: number
}

/** An index that counts what it gives out. */
export function countedIndex(facts: FactIndex, seen: Visits): FactIndex {
  return {
    cursor: (...args) => {
      const cursor = facts.cursor(...args)
      return new Proxy(cursor, {
        get: (target, key) => {
          if (key !== 'next') return target[key as 'e']
          return () => {
            const more = target.next()
            if (more) seen.datoms++
            return more
          }
        },
      })
    },
    count: (...args) => facts.count(...args),
    roughCount: (...args) => facts.roughCount(...args),
    columns: (...args) => {
      const c = facts.columns(...args)
      seen.datoms += c.n
      return c
    },
    probe: (...args) => {
      const c = facts.probe(...args)
      seen.datoms += c.n + args[2].length
      return c
    },
    apply: (changes) => facts.apply(changes),
    reindex: (...args) => facts.reindex(...args),
    withPlacement: (placementOf) => facts.withPlacement(placementOf),
    settled: () => facts.settled(),
    stats: () => facts.stats(),
    distinctValues: (...args) => facts.distinctValues(...args),
  }
}

/** The database with its visits counted. */
export function countedDb(db: Db): { readonly db: Db; readonly seen: Visits } {
  const seen: Visits = { datoms: 0 }
  return { db: { ...db, facts: countedIndex(db.facts, seen) }, seen }
}

const options = { numbers: 'exact', functionOf: () => null } as const

// Most rows are plain, and there are many.
function textOf(row: unknown): string {
  const isPlain = (x: unknown): boolean => typeof x === 'string' || typeof x === 'number'
  return Array.isArray(row) && row.every(isPlain) ? row.join(' \u0001') : canonical(row)
}

/** The answer as text without order, and the datoms visited. */
export function answerOf(db: Db, { query: form, inputs }: Asked): { text: string; datoms: number } {
  const counted = countedDb(db)
  const { value } = query(form, [new Opaque('db', counted.db), ...inputs], options)
  const rows = Array.isArray(value) ? value.map(textOf).sort() : [canonical(value)]
  return { text: rows.join('\n'), datoms: counted.seen.datoms }
}

// ---- other orders ----

const isGroup = (x: Value): x is List =>
  x instanceof List && /^(and|or|or-join|not|not-join)$/.test((x[0] as Sym | undefined)?.text ?? '')

function permutedClause(clause: Value, random: Random): Value {
  if (!isGroup(clause)) return clause
  const name = (clause[0] as Sym).text
  const heads = name.endsWith('-join') ? 2 : 1
  return List.from([
    ...clause.slice(0, heads),
    ...permuted(clause.slice(heads) as readonly Value[], random),
  ]) as List
}

/** The clauses in another order, those of groups too. */
export function permuted(clauses: readonly Value[], random: Random): Value[] {
  return random.some(clauses, clauses.length).map((c) => permutedClause(c, random))
}

/** The query with its clauses, and those of its rules, in another order. */
export function inOtherOrder({ name, query: form, inputs }: Asked, random: Random): Asked {
  const items = form as readonly Value[]
  const isKey = (x: Value, text: string): boolean => x instanceof Keyword && x.text === text
  const at = items.findIndex((x) => isKey(x, ':where'))
  const names = items.slice(items.findIndex((x) => isKey(x, ':in')) + 1)
  const rules = names.findIndex((x) => x instanceof Sym && x.text === '%') - 1
  return {
    name,
    query: [...items.slice(0, at + 1), ...permuted(items.slice(at + 1), random)],
    inputs: inputs.map((x, i) => (i === rules ? permutedRules(x as readonly Value[], random) : x)),
  }
}

function permutedRules(rules: readonly Value[], random: Random): Value {
  return random.some(rules, rules.length).map((rule) => {
    const [head, ...body] = rule as readonly Value[]
    return [head as Value, ...permuted(body, random)]
  })
}
