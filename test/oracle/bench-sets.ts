/**
 * The data sets and queries of the shared bench as far as the planner has a choice in them, at any size, and MusicBrainz with the
 * queries of the corpus: what is asked in all orders of clauses (orders.test.ts, bench/micro/orders.mjs).
 *
 * (1) The same data for the same size.
 */

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { readAllEdn, readEdn } from '../../packages/yore/src/data/edn/read.ts'
import { ValueMap } from '../../packages/yore/src/data/equal.ts'
import { List, keyword } from '../../packages/yore/src/data/values.ts'
import type { Keyword, Sym, Value } from '../../packages/yore/src/data/values.ts'
import { emptyDb } from '../../packages/yore/src/db/bootstrap.ts'
import type { Db } from '../../packages/yore/src/db/db.ts'
import { createFactIndex } from '../../packages/yore/src/indexes/create.ts'
import { transact } from '../../packages/yore/src/transact/transact.ts'
import { Random } from './random.ts'

/** A query with its inputs after the database (rules among them). */
export interface Asked {
  readonly name: string
  readonly query: Value
  readonly inputs: readonly Value[]
}

const context = {
  now: 1_700_000_000_000,
  numbers: 'exact',
  functionOf: () => null,
  predicateOf: () => null,
} as const

/** A database of these transactions, settled: everything in segments. */
export function databaseOf(transactions: Iterable<Value>): Db {
  let db = emptyDb('bench', createFactIndex)
  for (const data of transactions) db = transact(db, data, context).dbAfter
  return { ...db, facts: db.facts.settled() }
}

const map = (entries: Readonly<Record<string, Value>>): ValueMap =>
  ValueMap.of(Object.entries(entries).map(([k, v]) => [keyword(k), v] as const))

function schema(attributes: Readonly<Record<string, string>>): Value {
  return Object.entries(attributes).map(([ident, text]) => {
    const [type, ...more] = text.split(' ')
    return map({
      ':db/ident': keyword(ident),
      ':db/valueType': keyword(`:db.type/${type}`),
      ':db/cardinality': keyword(`:db.cardinality/${more.includes('many') ? 'many' : 'one'}`),
      ...(more.includes('unique') && { ':db/unique': keyword(':db.unique/identity') }),
      ...(more.includes('index') && { ':db/index': true }),
    })
  })
}

const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

// ---- people ----

const names = ['Ivan', 'Petr', 'Sergei', 'Oleg', 'Yuri', 'Dmitry', 'Fedor', 'Denis']
const lastNames = ['Ivanov', 'Petrov', 'Sidorov', 'Kovalev', 'Kuznetsov', 'Voronoi']

export function people(n: number): Db {
  const random = new Random(42)
  const person = (i: number): Value =>
    map({
      ':db/id': `p${i}`,
      ':p/id': i,
      ':p/name': random.pick(names),
      ':p/last-name': random.pick(lastNames),
      ':p/sex': keyword(random.chance(0.5) ? ':male' : ':female'),
      ':p/age': random.int(100),
      ':p/salary': random.int(100_000),
      ':p/alias': [`alias ${random.int(11)}`, `alias ${random.int(11)}`],
    })
  return databaseOf([
    schema({
      ':p/id': 'long unique',
      ':p/name': 'string index',
      ':p/last-name': 'string index',
      ':p/alias': 'string many',
      ':p/sex': 'keyword index',
      ':p/age': 'long index',
      ':p/salary': 'long index',
    }),
    numbers(n).map(person),
  ])
}

const ask = (name: string, query: string, ...inputs: readonly Value[]): Asked => ({
  name,
  query: readEdn(query),
  inputs,
})

export const peopleQueries: readonly Asked[] = [
  ask('q2', '[:find ?e ?a :where [?e :p/name "Ivan"] [?e :p/age ?a]]'),
  ask('q3', '[:find ?e ?a :where [?e :p/name "Ivan"] [?e :p/age ?a] [?e :p/sex :male]]'),
  ask(
    'q4',
    '[:find ?e ?l ?a :where [?e :p/name "Ivan"] [?e :p/last-name ?l] [?e :p/age ?a] [?e :p/sex :male]]',
  ),
  ask(
    'q5-empty',
    '[:find ?e ?n ?l ?a ?s ?al :in $ ?n ?a :where [?e :p/name ?n] [?e :p/age ?a] [?e :p/last-name ?l] [?e :p/sex ?s] [?e :p/alias ?al]]',
    'Anastasia',
    35,
  ),
  ask(
    'q5-value-join',
    '[:find ?e1 ?l ?a :where [?e :p/name "Ivan"] [?e :p/age ?a] [?e1 :p/age ?a] [?e1 :p/last-name ?l]]',
  ),
  ask('qpred1', '[:find ?e ?s :where [?e :p/salary ?s] [(> ?s 50000)]]'),
  ask(
    'merge-5',
    '[:find ?e ?n ?l ?a ?s :where [?e :p/name ?n] [?e :p/last-name ?l] [?e :p/age ?a] [?e :p/salary ?s] [?e :p/sex :male]]',
  ),
  ask('not', '[:find ?e ?a :where [?e :p/age ?a] (not [?e :p/sex :male])]'),
  ask(
    'or-join',
    '[:find ?e ?a :where [?e :p/age ?a] (or-join [?e] [?e :p/name "Ivan"] [?e :p/name "Petr"])]',
  ),
  ask('agg-sex', '[:find ?x (avg ?s) (count ?e) :where [?e :p/sex ?x] [?e :p/salary ?s]]'),
  ask(
    'agg-sex-name',
    '[:find ?x ?n (avg ?s) (count ?e) :where [?e :p/sex ?x] [?e :p/name ?n] [?e :p/salary ?s]]',
  ),
  ask(
    'agg-filter',
    '[:find ?x (avg ?s) (max ?a) (count ?e) :where [?e :p/salary ?s] [(> ?s 50000)] [?e :p/sex ?x] [?e :p/age ?a]]',
  ),
]

// ---- genealogy: generations of one size; each person wrote a dissertation, advised by one or two of the generation before ----

export function genealogy(generations: number, size: number): Db {
  const random = new Random(11)
  const all: Value[] = [
    schema({
      ':person/name': 'string index',
      ':person/advised': 'ref many',
      ':dissertation/cid': 'ref',
      ':dissertation/univ': 'string index',
      ':dissertation/area': 'long index',
    }),
  ]
  const univ: number[] = []
  const area: number[] = []
  const advised = new Map<number, Value[]>()
  for (let i = 0; i < generations * size; i++) {
    const advisors = new Set<number>()
    for (let k = i < size ? 0 : random.chance(0.35) ? 2 : 1; k > 0; k--) {
      const generation = Math.floor(i / size) - 1
      const near = ((i % size) + random.int(41) - 20 + size) % size
      advisors.add(generation * size + near)
    }
    for (const a of advisors) advised.set(a, [...(advised.get(a) ?? []), `d${i}`])
    const [first] = advisors
    univ[i] = first !== undefined && random.chance(0.4) ? (univ[first] as number) : random.int(200)
    area[i] = first !== undefined && random.chance(0.7) ? (area[first] as number) : random.int(40)
  }
  const last = generations * size
  all.push(
    numbers(last).flatMap((i) => [
      map({
        ':db/id': `p${i}`,
        ':person/name': `Person ${i + 1}`,
        ...(advised.has(i) && { ':person/advised': advised.get(i) as Value }),
      }),
      map({
        ':db/id': `d${i}`,
        ':dissertation/cid': `p${i}`,
        ':dissertation/univ': `University ${univ[i]}`,
        ':dissertation/area': area[i] as number,
      }),
    ]),
  )
  return databaseOf(all)
}

const ancestors: Value = readEdn(`[
  [(author ?d ?c) [?d :dissertation/cid ?c]]
  [(adv ?x ?y) [?x :person/advised ?d] (author ?d ?y)]
  [(univ ?c ?u) [?d :dissertation/cid ?c] [?d :dissertation/univ ?u]]
  [(area ?c ?a) [?d :dissertation/cid ?c] [?d :dissertation/area ?a]]
  [(anc ?x ?y) (adv ?x ?y)]
  [(anc ?x ?y) (adv ?x ?z) (anc ?z ?y)]]`)

/** `late` is the number of a person with ancestors, `early` of one with descendants. */
export function genealogyQueries(late: number, early: number): readonly Asked[] {
  const gen = (name: string, where: string): Asked =>
    ask(name, `[:find ?n :in $ % :where ${where}]`, ancestors)
  return [
    gen(
      'gen-q1',
      `[?d :person/name "Person ${late}"] (adv ?x ?d) (adv ?y ?x) [?y :person/name ?n]`,
    ),
    gen('gen-q2', '(adv ?x ?y) (univ ?x ?u) (univ ?y ?u) [?y :person/name ?n]'),
    gen('gen-q3', '(adv ?x ?y) (area ?x ?a1) (area ?y ?a2) [(!= ?a1 ?a2)] [?y :person/name ?n]'),
    gen('gen-q4-ancestors', `[?x :person/name "Person ${late}"] (anc ?y ?x) [?y :person/name ?n]`),
    gen('gen-descendants', `[?x :person/name "Person ${early}"] (anc ?x ?y) [?y :person/name ?n]`),
    gen(
      'gen-ancestors-same-area',
      `[?x :person/name "Person ${late}"] (anc ?y ?x) (area ?x ?a) (area ?y ?a) [?y :person/name ?n]`,
    ),
  ]
}

// ---- MusicBrainz ----

const dataRoot = new URL('../../data/mbrainz/', import.meta.url)
const files =
  'enums super-enums artists areleases areleases-artists labels releases releases-artists'
const indexed = [
  ...['name', 'sortName', 'startYear', 'endYear'].map((x) => `:artist/${x}`),
  ...['abstractRelease', 'label', 'release'].map((x) => `:${x}/name`),
  ...['abstractRelease', 'release'].map((x) => `:${x}/artistCredit`),
  ':label/startYear',
  ':release/year',
  ':release/barcode',
]

/** The sample as the corpus has it. */
export function mbrainz(): Db {
  const read = (name: string): Value[] =>
    readAllEdn(gunzipSync(readFileSync(new URL(`${name}.edn.gz`, dataRoot))).toString('utf8'))
  const dataOf = (form: Value): Value =>
    form instanceof ValueMap ? (form.get(keyword(':data')) as Value) : form
  return databaseOf(['schema', ...files.split(' ')].flatMap(read).map(dataOf))
}

/** With the indexes that the sample's schema has in the original's repository. */
export function withIndexes(db: Db): Db {
  const more = indexed.map((ident) => map({ ':db/ident': keyword(ident), ':db/index': true }))
  const { dbAfter } = transact(db, more, context)
  return { ...dbAfter, facts: dbAfter.facts.settled() }
}

const net: Value = readEdn(`[
  [(mates ?a ?b) [?r1 :release/artists ?a] [?r1 :release/labels ?l] [?r2 :release/labels ?l] [?r2 :release/artists ?b]]
  [(mates-2 ?a ?b) (mates ?a ?x) (mates ?x ?b)]
  [(collab ?a ?b) [?r :release/artists ?a] [?r :release/artists ?b] [(!= ?a ?b)]]
  [(net ?a ?b) (collab ?a ?b)]
  [(net ?a ?b) (collab ?a ?x) (net ?x ?b)]]`)

export const mbrainzQueries: readonly Asked[] = [
  ask(
    'releases-of',
    '[:find ?n ?y :in $ ?artist :where [?a :artist/name ?artist] [?r :release/artists ?a] [?r :release/name ?n] [?r :release/year ?y]]',
    'The Rolling Stones',
  ),
  ask(
    'early-groups',
    '[:find ?n ?y :where [?c :country/name "United Kingdom"] [?t :artist.type/name "Group"] [?a :artist/country ?c] [?a :artist/type ?t] [?a :artist/startYear ?y] [(< ?y 1965)] [?a :artist/name ?n]]',
  ),
  ask(
    'label-artists',
    '[:find ?l ?n :where [?c :country/name "Germany"] [?label :label/country ?c] [?label :label/name ?l] [?r :release/labels ?label] [?r :release/artists ?a] [?a :artist/name ?n]]',
  ),
  ask(
    'self-titled',
    '[:find ?n ?y :where [?r :release/name ?n] [?a :artist/name ?n] [?r :release/artists ?a] [?r :release/year ?y]]',
  ),
  ask(
    'same-title',
    '[:find ?n ?n1 ?n2 :where [?r1 :abstractRelease/name ?n] [?r2 :abstractRelease/name ?n] [?r1 :abstractRelease/artists ?a1] [?r2 :abstractRelease/artists ?a2] [?a1 :artist/name ?n1] [?a2 :artist/name ?n2] [(!= ?n1 ?n2)]]',
  ),
  ask(
    'unreleased',
    '[:find ?g ?n :where [?a :artist/name ?n] [?a :artist/gid ?g] (not [_ :abstractRelease/artists ?a])]',
  ),
  ask(
    'per-year',
    '[:find ?y (count ?r) :where [?r :release/status "Official"] [?r :release/year ?y]]',
  ),
  ask(
    'per-country',
    '[:find ?n (count ?r) (min ?y) (max ?y) :where [?r :release/country ?c] [?c :country/name ?n] [?r :release/year ?y]]',
  ),
  ask(
    'per-artist',
    '[:find ?n (count ?r) (min ?y) :where [?r :release/artists ?a] [?a :artist/name ?n] [?r :release/year ?y]]',
  ),
  ask(
    'labelmates',
    '[:find ?n :in $ % ?artist :where [?a :artist/name ?artist] (mates ?a ?b) [?b :artist/name ?n]]',
    net,
    'Johnny Cash',
  ),
  ask(
    'labelmates-2',
    '[:find ?n :in $ % ?artist :where [?a :artist/name ?artist] (mates-2 ?a ?b) [?b :artist/name ?n]]',
    net,
    'Johnny Cash',
  ),
  ask(
    'collab-net',
    '[:find ?n :in $ % ?artist :where [?a :artist/name ?artist] (net ?a ?b) [?b :artist/name ?n]]',
    net,
    'Ástor Piazzolla',
  ),
]

const corpus = new URL('../conformance/corpus/mbrainz.edn', import.meta.url)

/** The queries of the corpus over MusicBrainz, as far as their only database is the present one. */
export function corpusQueries(): readonly Asked[] {
  const out: Asked[] = []
  for (const scenario of readAllEdn(readFileSync(corpus, 'utf8'))) {
    const steps = (scenario as ValueMap).get(keyword(':steps')) as readonly Value[]
    for (const step of steps) {
      if (!Array.isArray(step) || (step[0] as Keyword).text !== ':q') continue
      const [, query, first, ...inputs] = step as readonly Value[]
      const isDb =
        first === undefined ||
        (first instanceof List && first.length === 1 && (first[0] as Sym).text === '$db')
      if (!isDb || !Array.isArray(query) || inputs.some((x) => x instanceof List)) continue
      out.push({ name: `corpus ${out.length + 1}`, query, inputs })
    }
  }
  return out
}
