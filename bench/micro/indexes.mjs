/**
 * Micro-benchmark of the fact index: `node --expose-gc bench/micro/indexes.mjs [part of a name]`.
 * Prints the median of several runs. Data: 20,000 people of nine facts and 0 to 9 aliases each.
 */

import { readFileSync } from 'node:fs'
import { build } from 'esbuild'

// Wall time less the time that this thread waited for a processor, in ns.
function clock() {
  let waited = 0
  try {
    waited = Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[1])
  } catch {
    // not Linux
  }
  return Number(process.hrtime.bigint()) - waited
}

const bundle = await build({
  stdin: {
    contents: `
      export { createFactIndex } from './packages/yore/src/indexes/create.ts'
      export { indexJob } from './packages/yore/src/indexes/jobs/job.ts'
      export { presentView } from './packages/yore/src/indexes/fact-index.ts'
      export { keyword, Double, Instant } from './packages/yore/src/data/values.ts'`,
    resolveDir: new URL('../..', import.meta.url).pathname,
  },
  bundle: true,
  conditions: ['yore-source'],
  format: 'esm',
  write: false,
})
const source = Buffer.from(bundle.outputFiles[0].contents).toString('base64')
const yore = await import(`data:text/javascript;base64,${source}`)
const { createFactIndex, indexJob, presentView, keyword, Double, Instant } = yore

let seed = 42
const random = (n) => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return Math.floor((seed / 2 ** 32) * n)
}

const never = Infinity
const user = 4 * 2 ** 42
const [name, lastName, email, sex, age, salary, score, born, follows, alias] = [
  72, 73, 74, 75, 76, 77, 78, 79, 80, 81,
]
const placements = new Map([
  [name, { avet: true, vaet: false, column: 'value' }],
  [lastName, { avet: false, vaet: false, column: 'value' }],
  [email, { avet: true, vaet: false, column: 'value' }],
  [sex, { avet: false, vaet: false, column: 'value' }],
  [age, { avet: true, vaet: false, column: 'long' }],
  [salary, { avet: false, vaet: false, column: 'long' }],
  [score, { avet: false, vaet: false, column: 'double' }],
  [born, { avet: false, vaet: false, column: 'instant' }],
  [follows, { avet: false, vaet: true, column: 'ref' }],
  [alias, { avet: false, vaet: false, column: 'value' }],
])
const placementOf = (a) => placements.get(a)

const names = ['Ivan', 'Petr', 'Sergei', 'Oleg', 'Yuri', 'Dmitry', 'Fedor', 'Denis']
const people = 20_000
const facts = []
for (let i = 0; i < people; i++) {
  const e = user + 1000 + i
  const t = 1000 + Math.floor(i / 5)
  const add = (a, v) => facts.push({ e, a, v, t, end: never })
  add(name, names[random(8)])
  add(lastName, `${names[random(8)]}ov`)
  add(email, `p${random(1e9)}@example.org`)
  add(sex, keyword(random(2) ? ':male' : ':female'))
  add(age, random(100))
  add(salary, random(100_000))
  add(score, random(2) ? random(1000) / 7 : new Double(random(10)))
  add(born, new Instant(random(1e9) * 1000))
  add(follows, user + 1000 + random(people))
  for (let k = random(10); k > 0; k--) add(alias, `A. C. Q. W. ${random(1e6)}`)
}
const distinct = [...new Map(facts.map((f) => [`${f.e} ${f.a} ${String(f.v)}`, f])).values()]
console.log(`${distinct.length} facts`)

const only = process.argv[2] ?? ''
function measure(title, unit, per, run, rounds = 9) {
  const warm = rounds > 5 ? 3 : 1
  if (!title.includes(only)) return
  const times = []
  for (let i = 0; i < rounds + warm; i++) {
    const start = clock()
    run()
    if (i >= warm) times.push(clock() - start)
  }
  times.sort((x, y) => x - y)
  const scale = { ms: 1e6, us: 1e3, ns: 1 }[unit]
  const figure = times[times.length >> 1] / scale / per
  console.log(`${title.padEnd(62)} ${figure.toFixed(3).padStart(10)} ${unit}`)
}

const whole = (prefix) => ({ low: { prefix, after: false }, high: { prefix, after: true } })
const ids = Float64Array.from({ length: people }, (_, i) => user + 1000 + i)
const sparse = ids.filter((_, i) => i % 20 === 0)

function reading(note, index, view = presentView) {
  const columns = (order, a, wanted) => () => index.columns(order, whole({ a }), view, wanted)
  measure(
    `${note}: columns e v of 20k longs`,
    'ms',
    1,
    columns('aevt', salary, { e: true, v: true }),
  )
  measure(
    `${note}: columns e v of 20k strings`,
    'ms',
    1,
    columns('aevt', name, { e: true, v: true }),
  )
  measure(
    `${note}: columns e v of 20k unique strings`,
    'ms',
    1,
    columns('aevt', email, { e: true, v: true }),
  )
  measure(`${note}: columns e of one value (2.5k)`, 'ms', 1, () =>
    index.columns('avet', whole({ a: name, v: 'Ivan' }), view, { e: true }),
  )
  const probe = (a, keys, wanted) => () => index.probe('aevt', a, keys, view, wanted)
  measure(`${note}: probe 20k ids, long v`, 'ms', 1, probe(salary, ids, { v: true }))
  measure(`${note}: probe 20k ids, string v`, 'ms', 1, probe(name, ids, { v: true }))
  measure(`${note}: probe 1k of 20k ids, long v`, 'ms', 1, probe(salary, sparse, { v: true }))
  measure(`${note}: probe 20k ids in vaet, e`, 'ms', 1, () =>
    index.probe('vaet', follows, ids, view, { e: true }),
  )
  const mails = [...new Set(distinct.filter((f) => f.a === email).map((f) => f.v))].sort((x, y) =>
    x < y ? -1 : 1,
  )
  measure(`${note}: probe 20k unique strings in avet, e`, 'ms', 1, () =>
    index.probe('avet', email, mails, view, { e: true }),
  )
  measure(`${note}: point lookup, cursor {e a}`, 'us', 1000, () => {
    for (let i = 0; i < 1000; i++) {
      const e = ids[(i * 7919) % people]
      const cursor = index.cursor('eavt', whole({ e, a: age }), view)
      if (!cursor.next() || cursor.next()) throw new Error('one fact expected')
    }
  })
  measure(`${note}: entity, cursor {e}`, 'us', 1000, () => {
    for (let i = 0; i < 1000; i++) {
      const cursor = index.cursor('eavt', whole({ e: ids[(i * 7919) % people] }), view)
      while (cursor.next());
    }
  })
  measure(`${note}: lookup of a unique string in avet`, 'us', 1000, () => {
    for (let i = 0; i < 1000; i++) {
      const cursor = index.cursor(
        'avet',
        whole({ a: email, v: mails[(i * 7919) % mails.length] }),
        view,
      )
      if (!cursor.next()) throw new Error('a fact expected')
    }
  })
  measure(`${note}: count {a}`, 'us', 1000, () => {
    for (let i = 0; i < 1000; i++) index.count('aevt', whole({ a: name }), view)
  })
  measure(`${note}: scan all eavt by cursor, per datom`, 'ns', distinct.length, () => {
    const cursor = index.cursor('eavt', {}, view)
    while (cursor.next());
  })
}

globalThis.gc?.()
const before = process.memoryUsage()
const main = createFactIndex(distinct, placementOf)
globalThis.gc?.()
const after = process.memoryUsage()
const bytes = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers
console.log(`memory: ${(bytes / distinct.length).toFixed(1)} bytes a datom in segments, all orders`)

measure('build from facts', 'ms', 1, () => createFactIndex(distinct, placementOf), 5)
measure(
  'apply one transaction of all facts',
  'ms',
  1,
  () => createFactIndex([], placementOf).apply(distinct.map((fact) => ({ kind: 'assert', fact }))),
  5,
)

reading('main', main)

// every transaction changes one person's salary: a retraction and an assertion
function updates(index, n, salaries) {
  let t = 10_000
  for (let i = 0; i < n; i++) {
    t++
    const e = ids[random(people)]
    const old = salaries.get(e)
    const fact = { e, a: salary, v: random(100_000), t, end: never }
    index = index.apply([
      { kind: 'retract', fact: old, t },
      { kind: 'assert', fact },
    ])
    salaries.set(e, fact)
  }
  return index
}
const salaries = () => new Map(distinct.filter((f) => f.a === salary).map((f) => [f.e, f]))
measure(
  'apply of retract + assert, amortised',
  'us',
  30_000,
  () => updates(main, 30_000, salaries()),
  3,
)
{
  const rows = new Map()
  for (const f of distinct) rows.set(f.e, [...(rows.get(f.e) ?? []), { kind: 'assert', fact: f }])
  measure(
    'add people one by one, per datom',
    'us',
    distinct.length,
    () => {
      let index = createFactIndex([], placementOf)
      for (const changes of rows.values()) index = index.apply(changes)
    },
    3,
  )
  measure(
    'add 100k datoms one by one',
    'us',
    100_000,
    () => {
      let index = createFactIndex([], placementOf)
      for (const fact of distinct.slice(0, 100_000)) index = index.apply([{ kind: 'assert', fact }])
    },
    3,
  )
}
const lively = updates(main, 4000, salaries())
reading('main + live', lively)
{
  // jobs that leave a part of what has changed in mid
  const run = (x) => {
    const job = indexJob(x, { newId: () => 'x' })
    job.step(1e9, () => performance.now())
    const { index, work } = job.result()
    return [index, work]
  }
  let [stored] = run(createFactIndex(distinct, placementOf, { jobs: 'caller' }))
  const now = salaries()
  for (let i = 0; i < 3; i++) {
    const [next, work] = run(updates(stored, 1500, now))
    stored = next
    const rows = work.map(
      (w) => `${w.name}${w.past ? ' past' : ''} ${w.live}: ${w.main} + ${w.mid}`,
    )
    console.log(`rows written to main + mid: ${rows.slice(0, 4).join(', ')}`)
  }
  reading('main + mid', stored)
}
reading('as-of before the changes', lively, { ...presentView, asOf: 9000 })
let many = main
{
  const now = salaries()
  for (let i = 0; i < 4; i++) many = updates(many, 20_000, now)
}
reading('as-of, 4 versions', many, { ...presentView, asOf: 10_500 })
reading('present, 4 versions', many)
measure('history scan of one attribute by cursor, per datom', 'ns', 180_000, () => {
  const cursor = many.cursor('aevt', whole({ a: salary }), { ...presentView, history: true })
  while (cursor.next());
})
measure('filtered scan of one attribute by cursor, per datom', 'ns', 180_000, () => {
  const cursor = many.cursor('aevt', whole({ a: salary }), { ...presentView, keep: () => true })
  while (cursor.next());
})
