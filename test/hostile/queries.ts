/** Hostile queries as text: cut off, deep, heavy, cyclic, and with names that prototypes have. */

import fc from 'fast-check'
import { YoreError, q, qseq, query } from 'yore'
import type { Database } from 'yore'
import type { Report } from './report.ts'
import { fingerprint, world } from './world.ts'

const whole = [
  '[:find ?n ?a :in $ ?x :where [?e :p/name ?n] [?e :p/age ?a] (not [?e :p/friend ?x]) (or [?e :p/age 30] (and [?e :p/name "Bob"] [?e :p/age _]))]',
  '{:find [(pull ?e [:p/name {:p/friend ...}]) (max ?a)] :with [?n] :where [[?e :p/name ?n] [?e :p/age ?a] [(< 1 ?a 50) ?t]]}',
  '[:find ?x . :where [(re-find #"a" "b") ?x] [(ground [[1 2] [3 4]]) [[?a ?b]]] [(str "\\u0041" \\a 1.5M #inst "2020") ?y]]',
  '[:find (count ?x) :in $ % [[?x _]] :where (r ?x) (not-join [?x] [?x :p/friend ?y] (r ?y)) [(missing? $ ?x :p/age)]]',
]
const rules =
  '[[(r ?a) [?a :p/name]] [(r ?a) (r ?b) [?b :p/friend ?a]] [(s ?a) (t ?a)] [(t ?a) (s ?a)] [(u ?n) [(ground 0) ?n]] [(u ?n) (u ?m) [(inc ?m) ?n]] [(w ?x ?y) [(inc ?x) ?y]] [(w ?x ?y) [(inc ?x) ?z] (w ?z ?y)]]'
const times = (n: number, text: string | ((i: number) => string)): string =>
  Array.from({ length: n }, (_, i) => (typeof text === 'string' ? text : text(i))).join(' ')

/** Texts that are queries of a sort, with their inputs after the database. */
const table: Readonly<Record<string, readonly unknown[]>> = {
  empty: [''],
  comment: ['; nothing'],
  'two forms': ['[:find ?x] [:find ?y]'],
  'unknown section': ['[:find ?x :from $ :where [?x :p/name]]'],
  'brackets 100,000 deep': ['[:find ?x :where ' + '['.repeat(100_000)],
  'not 1,000 deep': [
    `[:find ?x :where [?x :p/name] ${'(not '.repeat(1_000)}[?x :p/age 1]${')'.repeat(1_000)}]`,
  ],
  'or 400 deep': [`[:find ?x :where ${'(or '.repeat(400)}[?x :p/name]${')'.repeat(400)}]`],
  'and 20,000 deep': [
    `[:find ?x :where (or ${'(and '.repeat(20_000)}[?x :p/name]${')'.repeat(20_000)})]`,
  ],
  'a constant 5,000 deep': [
    `[:find ?x :where [(identity ${'['.repeat(5_000)}${']'.repeat(5_000)}) ?x]]`,
  ],
  'a binding 5,000 deep': [`[:find ?x :in $ ${'['.repeat(5_000)}?x${']'.repeat(5_000)}]`, 1],
  'queries nested 30 deep': [
    Array.from({ length: 30 }).reduce<string>(
      (inner) => `[:find ?x :where [(q (quote ${inner}) $) [[?x]]]]`,
      '[:find ?x :where [?x :p/name]]',
    ),
  ],
  'queries nested 2,000 deep': [
    Array.from({ length: 2_000 }).reduce<string>(
      (inner) => `[:find ?x :where [(q (quote ${inner}) $) [[?x]]]]`,
      '[:find ?x :where [?x :p/name]]',
    ),
  ],
  'a pull 2,000 deep': [
    `[:find (pull ?x ${'[{:p/friend '.repeat(2_000)}[:p/name]${'}]'.repeat(2_000)}) :where [?x :p/name]]`,
  ],
  'a find of 5,000': [`[:find ${times(5_000, (i) => `?x${i}`)} :where [?x0 :p/name]]`],
  '2,000 clauses': [`[:find ?x0 :where ${times(2_000, (i) => `[?x${i} :p/name ?n]`)}]`],
  '300 apart': [`[:find ?x0 :where ${times(300, (i) => `[?x${i} :p/name]`)}]`],
  '12 apart that are found': [
    `[:find ${times(12, (i) => `?x${i}`)} :where ${times(12, (i) => `[?x${i} :db/ident]`)}]`,
  ],
  '2,000 rules': [
    '[:find ?x :in $ % :where (r0 ?x)]',
    `[${times(2_000, (i) => `[(r${i} ?x) (r${i + 1} ?x)]`)} [(r2000 ?x) [?x :p/name]]]`,
  ],
  'rules that fan out': [
    '[:find ?x :in $ % :where (r0 ?x)]',
    `[${times(30, (i) => `[(r${i} ?x) (r${i + 1} ?x)] [(r${i} ?x) (r${i + 1} ?x)]`)} [(r30 ?x) [?x :p/name]]]`,
  ],
  'rules in each other': ['[:find ?x :in $ % :where (s ?x)]', rules],
  'rules in each other, bound': ['[:find ?x :in $ % :where [?x :p/name] (s ?x)]', rules],
  'a rule in itself': ['[:find ?x :in $ % :where (r ?x)]', '[[(r ?x) (r ?x)]]'],
  'a rule over a cycle': [
    '[:find ?x ?y :in $ % :where (r ?x ?y)]',
    '[[(r ?a ?b) [?a :p/friend ?b]] [(r ?a ?b) (r ?a ?c) (r ?c ?b)]]',
  ],
  'a rule without a body': ['[:find ?x :in $ % :where (r ?x)]', '[[(r ?x)]]'],
  'a rule called __proto__': [
    '[:find ?x :in $ % :where (__proto__ ?x)]',
    '[[(__proto__ ?x) [?x :p/name]]]',
  ],
  'a rule called constructor': ['[:find ?x :in $ % :where (constructor ?x)]'],
  'variables of prototypes': [
    '[:find ?__proto__ ?constructor ?toString :where [?__proto__ :p/name ?constructor] [?__proto__ :p/age ?toString]]',
  ],
  'a source called $__proto__': [
    '[:find ?x :in $ $__proto__ :where [$__proto__ ?x :p/name]]',
    null,
  ],
  'keys of prototypes': [
    '[:find ?x ?y ?z :keys __proto__ constructor toString :where [?x :p/name ?y] [?x :p/age ?z]]',
  ],
  'strs of prototypes': ['[:find ?x ?y :strs __proto__ hasOwnProperty :where [?x :p/name ?y]]'],
  'functions of prototypes': ['[:find ?y :where [(constructor 1) ?y]]'],
  'a method of prototypes': ['[:find ?y :where [(.constructor "a") ?y]]'],
  'a static of prototypes': ['[:find ?y :where [(Object/constructor "a") ?y]]'],
  'an aggregate of prototypes': ['[:find (__proto__ ?x) :where [?x :p/name]]'],
  'apply of eval': ['[:find ?y :where [(apply eval [1]) ?y]]'],
  eval: ['[:find ?y :where [(eval "1") ?y]]'],
  'a limit of nothing': [
    '[:find (min -1 ?x) (max 1e9 ?x) (sample -1 ?x) (rand 1000000000 ?x) :where [?x :p/name]]',
  ],
  'a sample of all': ['[:find (rand 100000000 ?x) :where [?x :p/name]]'],
  'NaN and infinities': [
    '[:find ?x :where [(ground [##NaN ##Inf ##-Inf 0.0 -0.0]) [?x ...]] [(max ?x ##NaN) ?y]]',
  ],
  overflow: ['[:find ?y :where [(+ 9223372036854775807 1) ?y]]'],
  'a product of bigints': [
    '[:find ?y :where [(* 1000000000000000000000000000000N 1000000000000000000000000000000N) ?y]]',
  ],
  'a decimal of a large exponent': ['[:find ?y :where [(+ 1E+90000M 1E-90000M) ?y]]'],
  'a decimal of a huge exponent': ['[:find ?y :where [(+ 1E+900000000M 1M) ?y]]'],
}

/** Calls that would take for ever, or all memory, if somebody let them. */
const heavy: Readonly<Record<string, string>> = {
  '(range 1000000000000)': '[:find (count ?x) . :where [(range 1000000000000) [?x ...]]]',
  '(range 0 1 0)': '[:find (count ?x) . :where [(range 0 1 0) [?x ...]]]',
  '(range 0 1 1e-300)': '[:find (count ?x) . :where [(range 0 1 1e-300) [?x ...]]]',
  '(range)': '[:find (count ?x) . :where [(range) [?x ...]]]',
  '(repeat 1)': '[:find (count ?x) . :where [(repeat 1) [?x ...]]]',
  '(repeat 1e12 1)': '[:find (count ?x) . :where [(repeat 1000000000000 1) [?x ...]]]',
  '(iterate inc 1)': '[:find ?y . :where [(iterate inc 1) ?x] [(count ?x) ?y]]',
  '(cycle [1])': '[:find ?y . :where [(cycle [1]) ?x] [(count ?x) ?y]]',
  '(apply str (range 1e9))': '[:find ?y . :where [(range 1000000000) ?x] [(apply str ?x) ?y]]',
  '(clojure.string/join (range))': '[:find ?y . :where [(range) ?x] [(clojure.string/join ?x) ?y]]',
  'doubling text': `[:find ?x60 . :where [(str "ab" "ab") ?x0] ${times(60, (i) => `[(str ?x${i} ?x${i}) ?x${i + 1}]`)}]`,
  'doubling lists': `[:find ?y . :where [(vector 1 2) ?x0] ${times(60, (i) => `[(vector ?x${i} ?x${i}) ?x${i + 1}]`)} [(str ?x60) ?y]]`,
  'doubling lists, equal': `[:find ?y . :where [(vector 1 2) ?x0] [(vector 1 2) ?z0] ${times(60, (i) => `[(vector ?x${i} ?x${i}) ?x${i + 1}] [(vector ?z${i} ?z${i}) ?z${i + 1}]`)} [(= ?x60 ?z60) ?y]]`,
  'squaring numbers': `[:find ?y . :where [(* 3N 3N) ?x0] ${times(40, (i) => `[(* ?x${i} ?x${i}) ?x${i + 1}]`)} [(str ?x40) ?y]]`,
  'squaring decimals': `[:find ?y . :where [(* 3.1M 3.1M) ?x0] ${times(40, (i) => `[(* ?x${i} ?x${i}) ?x${i + 1}]`)} [(str ?x40) ?y]]`,
  '(a+)+$': '[:find ?y . :in ?s :where [(re-pattern "(a+)+$") ?p] [(re-find ?p ?s) ?y]]',
  '(a|aa)+$': '[:find ?y . :in ?s :where [(re-pattern "(a|aa)+$") ?p] [(re-matches ?p ?s) ?y]]',
  '(.*a){25}': '[:find ?y . :in ?s :where [(re-pattern "(.*a){25}b") ?p] [(re-seq ?p ?s) ?y]]',
  'a{1000000000}':
    '[:find ?y . :in ?s :where [(re-pattern "a{1000000000}") ?p] [(re-find ?p ?s) ?y]]',
  '((a{100}){100}){100}':
    '[:find ?y . :in ?s :where [(re-pattern "((a{100}){100}){100}") ?p] [(re-find ?p ?s) ?y]]',
  '(?:a?){50}a{50}':
    '[:find ?y . :in ?s :where [(re-pattern "(?:a?){50}a{50}b") ?p] [(re-find ?p ?s) ?y]]',
  backreferences: '[:find ?y . :in ?s :where [(re-pattern "(a*)*\\\\1b") ?p] [(re-find ?p ?s) ?y]]',
  'nested groups': `[:find ?y . :in ?s :where [(re-pattern "${'('.repeat(5_000)}a${')'.repeat(5_000)}") ?p] [(re-find ?p ?s) ?y]]`,
  'nested stars': `[:find ?y . :in ?s :where [(re-pattern "${'('.repeat(200)}a${'*)'.repeat(200)}b") ?p] [(re-find ?p ?s) ?y]]`,
  'replace by a bomb':
    '[:find ?y . :in ?s :where [(re-pattern "(a*)*b") ?p] [(clojure.string/replace ?s ?p "x") ?y]]',
  'split by a bomb':
    '[:find ?y . :in ?s :where [(re-pattern "(a+)+b") ?p] [(clojure.string/split ?s ?p) ?y]]',
  'a wide format': '[:find ?y . :where [(format "%1000000000d" 1) ?y]]',
  'a precise format': '[:find ?y . :where [(format "%.1000000000f" 1.5) ?y]]',
  'a huge power': '[:find ?y . :where [(Math/pow 10 1000) ?y]]',
  'a huge shift': '[:find ?y . :where [(bit-shift-left 1 1000000000) ?y]]',
  'a permutation by mapcat':
    '[:find ?y . :where [(range 2000) ?x] [(map vector ?x ?x) ?z] [(sort ?z) ?y]]',
  'a counter without end': '[:find (count ?n) . :in % :where (u ?n)]',
  'a closure without end': '[:find (count ?n) . :in % :where (w 0 ?n)]',
  'a fulltext of 2,000 words': `[:find ?e :in $ :where [(fulltext $ :p/note "${times(2_000, (i) => `w${i}*`)}") [[?e]]]]`,
  'a fulltext of parentheses': `[:find ?e :in $ :where [(fulltext $ :p/note "${'('.repeat(20_000)}") [[?e]]]]`,
  'a fulltext of nested groups': `[:find ?e :in $ :where [(fulltext $ :p/note "${'('.repeat(2_000)}garlic${')'.repeat(2_000)}") [[?e]]]]`,
  'a fuzzy fulltext': `[:find ?e :in $ :where [(fulltext $ :p/note "${'g'.repeat(20_000)}~0.1") [[?e]]]]`,
}

const bomb = `${'a'.repeat(5_000)}!`

function inputsOf(text: string, db: Database): unknown[] {
  if (text.includes(':in ?s')) return [bomb]
  return text.includes(':in %') ? [rules] : [db]
}

export async function run(report: Report): Promise<void> {
  const conn = await world()
  const db = conn.db()
  const before = fingerprint(db)
  for (const [name, [text, ...inputs]] of Object.entries(table)) {
    report.call(name, () => q(text as string, db, ...inputs))
    report.call(`${name}, qseq`, () => [...qseq({ query: text as string, args: [db, ...inputs] })])
  }
  for (const [name, text] of Object.entries(heavy)) {
    const inputs = inputsOf(text, db)
    report.call(name, () => q(text, ...inputs))
    // a limit of time is kept, too, or the case is over before
    const begun = performance.now()
    report.call(`${name}, 300 ms`, () => query({ query: text, args: inputs, timeout: 300 }))
    const took = performance.now() - begun
    if (took > 15_000) report.fault(`${name}: took ${Math.round(took)} ms with a timeout of 300`)
  }
  report.same(
    'keys of prototypes are keys',
    () => {
      const [row] = q(
        '[:find ?n ?a :keys __proto__ constructor :where [?e :p/name ?n] [?e :p/age ?a] [(= ?n "Bob")]]',
        db,
      ) as unknown as object[]
      return Object.entries(row as object)
    },
    [
      [':__proto__', 'Bob'],
      [':constructor', 40],
    ],
  )
  report.same(
    'strs of prototypes are keys',
    () => {
      const [row] = q(
        '[:find ?n ?a :strs __proto__ constructor :where [?e :p/name ?n] [?e :p/age ?a] [(= ?n "Bob")]]',
        db,
      ) as unknown as object[]
      return [Object.entries(row as object), Object.getPrototypeOf(row) === Object.prototype]
    },
    [
      [
        ['__proto__', 'Bob'],
        ['constructor', 40],
      ],
      true,
    ],
  )
  report.same(
    'an attribute called __proto__',
    () => q('[:find ?v . :where [?e :__proto__ ?v]]', db),
    'p',
  )
  report.same(
    'pulled',
    () => Object.entries(db.pull('[:__proto__ :toString]', [':p/name', 'Ann']) as object),
    [
      [':__proto__', 'p'],
      [':toString', ['s', 't']],
    ],
  )
  report.same(
    'a pull that calls a key __proto__',
    () => Object.entries(db.pull('[[:p/name :as "__proto__"]]', [':p/name', 'Ann']) as object),
    [['__proto__', 'Ann']],
  )
  report.same(
    'no attribute called hasOwnProperty',
    () => (db.entity([':p/name', 'Ann']) as unknown as Record<string, unknown>)[':hasOwnProperty'],
    undefined,
  )

  const seed = Number(process.env['HOSTILE_SEED'] ?? Date.now() % 1e9)
  process.stderr.write(`queries: HOSTILE_SEED=${seed}\n`)
  const runs = Number(process.env['HOSTILE_RUNS'] ?? 400)
  const ann = db.entid([':p/name', 'Ann']) as number
  const bits = fc.array(
    fc.constantFrom(
      '[',
      ']',
      '(',
      ')',
      '{',
      '}',
      '#{',
      '?x',
      '?e',
      '$',
      '%',
      '_',
      '...',
      '.',
      ':p/name',
      ':p/age',
      ':find',
      ':where',
      ':in',
      '"a',
      '"',
      '\\',
      '#_',
      '^',
      "'",
      '1',
      '1.5M',
      '##NaN',
      'not',
      'or-join',
      'q',
      'pull',
      '#inst "2020"',
      '__proto__',
      '\ud800',
      '\0',
      ',',
    ),
    { maxLength: 12 },
  )
  fc.assert(
    fc.property(
      fc.constantFrom(...whole),
      fc.nat(400),
      fc.nat(400),
      bits,
      (text, from, to, inserted) => {
        const cut = text.slice(0, from) + inserted.join(' ') + text.slice(to)
        report.call(`cut: ${cut} seed ${seed}`, () => q(cut, db, ann, rules))
        report.call(`rules: ${cut} seed ${seed}`, () =>
          q('[:find ?x :in $ % :where (r ?x)]', db, cut),
        )
        report.call(`pull: ${cut} seed ${seed}`, () => db.pull(cut, ann))
      },
    ),
    { seed, numRuns: runs },
  )
  const rejected = report.call('no database', () => q('[:find ?x :where [?x :p/name]]'))
  if (!(rejected instanceof YoreError)) report.fault('a query without inputs has an answer')
  if (fingerprint(db) !== before) report.fault('the database has changed')
}
