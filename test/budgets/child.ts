/**
 * Reads that want more memory than a process has, one after another in one process with a small heap: each is to fail with an error, and
 * the process is to live on. Prints a line for each: its name, the code of its error or `ok`.
 */

import { YoreError, connect, createDatabase, q, qseq, query } from 'yore'

const entities = 60_000
await createDatabase('yore:mem://budgets')
const conn = await connect('yore:mem://budgets', {
  functions: { 'my.app/all': (xs: unknown) => xs },
})
await conn.transact(`[
  {:db/ident :n/v :db/valueType :db.type/long :db/cardinality :db.cardinality/one :db/index true}
  {:db/ident :n/next :db/valueType :db.type/ref :db/cardinality :db.cardinality/many}]`)
const { tempids } = await conn.transact(
  Array.from({ length: entities }, (_, i) => ({ ':db/id': String(i), ':n/v': i })),
)
const ids = Object.values(tempids)
const db = conn.db()
const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i)
const count = '[:find (count ?x) .'

const reads: Readonly<Record<string, () => unknown>> = {
  'a product': () => q('[:find ?a ?b :where [?a :n/v] [?b :n/v]]', db),
  'a product that is counted': () =>
    q('[:find (count ?a) . :with ?b :where [?a :n/v] [?b :n/v]]', db),
  'a product that a predicate lets through': () =>
    q('[:find ?a ?b :where [?a :n/v ?x] [?b :n/v ?y] [(< ?x ?y)]]', db),
  'a product of products': () =>
    q(
      `${count} :with ?y ?z :in [?x ...] [?y ...] [?z ...]]`,
      numbers(1000),
      numbers(1000),
      numbers(1000),
    ),
  'a rule that counts': () =>
    q(
      `${count} :in $ % :where (up 0 ?x)]`,
      db,
      '[[(up ?a ?b) [(inc ?a) ?b]] [(up ?a ?b) [(inc ?a) ?c] (up ?c ?b)]]',
    ),
  'a rule of ever longer texts': () =>
    q(
      `${count} :in $ % :where (n ?x)]`,
      db,
      '[[(n ?x) [(ground "a") ?x]] [(n ?x) (n ?y) [(str ?y "a") ?x]]]',
    ),
  'a rule of ever more texts': () =>
    q(
      `${count} :in $ % :where (n ?x)]`,
      db,
      '[[(n ?x) [(ground "a") ?x]] [(n ?x) (n ?y) [(ground ["a" "b" "c"]) [?z ...]] [(str ?y ?z) ?x]]]',
    ),
  'lists of a thousand': () => q(`${count} :where [?e :n/v ?v] [(repeat 1000 ?v) ?x]]`, db),
  'texts of a hundred thousand': () =>
    q(`${count} :where [?e :n/v ?v] [(repeat 20000 ?v) ?r] [(apply str ?r) ?x]]`, db),
  'a thousand rows for each': () =>
    q(`${count} :where [?e :n/v ?v] [(repeat 1000 ?v) [?x ...]]]`, db),
  'a giant collection': () => q(`${count} :in [?x ...]]`, numbers(8_000_000)),
  'a giant relation': () =>
    q(
      `${count} :in [[?x ?y]]]`,
      numbers(800_000).map((i) => [i, i]),
    ),
  'a giant source': () =>
    q(
      `${count} :in $s :where [$s ?x ?y]]`,
      numbers(800_000).map((i) => [i, i]),
    ),
  'many texts': () =>
    q(
      '[:find (distinct ?s) . :where [?a :n/v ?v] [?b :n/v ?x] [(< ?x 60)] [(str ?v "-" ?x) ?s]]',
      db,
    ),
  'an aggregate of one’s own': () =>
    q('[:find (my.app/all ?x) . :with ?b :where [?a :n/v ?x] [?b :n/v ?y] [(< ?y 200)]]', db),
  'many groups': () =>
    q('[:find ?a ?y (count ?b) :where [?a :n/v ?x] [?b :n/v ?y] [(< ?y 100)]]', db),
  alternatives: () =>
    q('[:find ?x ?y :where (or [?x :n/v] [?x :n/next]) (or [?y :n/v] [?y :n/next])]', db),
  'a large pull': () =>
    db.pullMany(
      '[*]',
      numbers(1_000_000).map((i) => ids[i % entities] as number),
    ),
  'a large pull in a query': () =>
    q('[:find (pull ?a [*]) ?y :where [?a :n/v] [?b :n/v ?y] [(< ?y 30)]]', db),
}

for (const [name, read] of Object.entries(reads)) {
  let outcome = 'ok'
  try {
    read()
  } catch (error) {
    outcome = error instanceof YoreError ? error.code : String(error)
  }
  console.log(`${name}: ${outcome}`)
}

// the same rows one after another are no matter
let n = 0
for (const row of qseq({
  query: '[:find (pull ?a [*]) ?y :where [?a :n/v] [?b :n/v ?y] [(< ?y 8)]]',
  args: [db],
})) {
  n += row.length
}
console.log(`in portions: ${n === entities * 16 ? 'ok' : n}`)
console.log(
  `after all: ${query<number>({ query: '[:find (count ?e) . :where [?e :n/v]]', args: [db] }) === entities ? 'ok' : 'wrong'}`,
)
