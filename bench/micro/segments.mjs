/**
 * Micro-benchmark of stored segments: `node --expose-gc bench/micro/segments.mjs`. Bytes of each order, and the time to write and read
 * a segment, part by part.
 */

import { build } from 'esbuild'

const bundle = await build({
  stdin: {
    contents: `
      export { createFactIndex, stateOf } from './packages/yore/src/indexes/create.ts'
      export { presentView } from './packages/yore/src/indexes/fact-index.ts'
      export { indexJob } from './packages/yore/src/indexes/jobs/job.ts'
      export { SegmentSource } from './packages/yore/src/indexes/stored/segment-source.ts'
      export { encodeBlock, decodeBlock } from './packages/yore/src/indexes/stored/segment-bytes.ts'
      export { unframe } from './packages/yore/src/data/codec/frame.ts'
      export { crc32c } from './packages/yore/src/data/codec/checksum.ts'
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
const { createFactIndex, stateOf, indexJob, SegmentSource, encodeBlock, decodeBlock } = yore
const { unframe, crc32c, keyword, Double, Instant, presentView } = yore

let seed = 42
const random = (n) => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return Math.floor((seed / 2 ** 32) * n)
}

const never = Infinity
const user = 4 * 2 ** 42
const place = (column, avet = false, vaet = false) => ({ avet, vaet, column })
const attributes = [
  ['name', place('value', true)],
  ['lastName', place('value')],
  ['email', place('value', true)],
  ['sex', place('value')],
  ['age', place('long', true)],
  ['salary', place('long')],
  ['score', place('double')],
  ['born', place('instant')],
  ['follows', place('ref', false, true)],
]
const id = Object.fromEntries(attributes.map(([name], i) => [name, 72 + i]))
const placementOf = (a) => attributes[a - 72][1]
const names = ['Ivan', 'Petr', 'Sergei', 'Oleg', 'Yuri', 'Dmitry', 'Fedor', 'Denis']
const people = 60_000
const facts = []
for (let i = 0; i < people; i++) {
  const e = user + 1000 + i
  const t = 1000 + Math.floor(i / 5)
  const add = (a, v) => facts.push({ e, a, v, t, end: never })
  add(id.name, names[random(8)])
  add(id.lastName, `${names[random(8)]}ov`)
  add(id.email, `${names[random(8)].toLowerCase()}.${random(1e6)}@example.org`)
  add(id.sex, keyword(random(2) ? ':male' : ':female'))
  add(id.age, random(100))
  add(id.salary, random(100_000))
  add(id.score, random(2) ? random(1000) / 7 : new Double(random(10)))
  add(id.born, new Instant(random(1e9) * 1000))
  add(id.follows, user + 1000 + random(people))
}

const blobs = new Map()
const segments = new SegmentSource((ids) => ids.map((x) => blobs.get(x) ?? null), {
  name: 'memory',
  bytesMax: 2 ** 30,
})
let n = 0
const job = indexJob(createFactIndex(facts, placementOf, { jobs: 'caller', source: segments }), {
  newId: () => `b${++n}`,
})
const began = performance.now()
job.step(1e9, () => performance.now())
console.log(
  `job: ${(((performance.now() - began) * 1e6) / facts.length).toFixed(0)} ns a datom, all orders`,
)
for (const { id: name, bytes } of job.take()) blobs.set(name, bytes)
const { index, roots } = job.result()

function measure(run) {
  const times = []
  for (let i = 0; i < 12; i++) {
    const start = performance.now()
    run()
    times.push(performance.now() - start)
  }
  return times.sort((x, y) => x - y)[4]
}

const { trees } = stateOf(index)
let all = 0
console.log(
  'order   rows    B/row packed   plain    us a full segment: frame  (crc)  decode all | encode | every value',
)
for (const order of ['eavt', 'aevt', 'avet', 'vaet']) {
  const { main } = trees[order].current
  const blocks = [...new Set(main.refs.map((ref) => ref.block))]
  const packed = blocks.reduce((sum, b) => sum + b.bytes, 0)
  all += packed
  const ids = blocks.map((b) => b.id)
  const plain = ids.reduce((sum, x) => sum + unframe(blobs.get(x), 'segment', x).content.length, 0)
  const per = (ms) => ((ms * 1000 * 4096) / main.n).toFixed(1).padStart(8)
  const opened = measure(() => ids.forEach((x) => unframe(blobs.get(x), 'segment', x)))
  const crc = measure(() => ids.forEach((x) => crc32c(blobs.get(x))))
  const decoded = measure(() => ids.forEach((x) => decodeBlock(blobs.get(x), x)))
  const segmentsOf = ids.map((x) => decodeBlock(blobs.get(x), x))
  for (const s of segmentsOf.flat()) s.copyValues(0, s.n, [], 0)
  const encoded = measure(() => segmentsOf.forEach((x) => encodeBlock(x, 'x', 'lz4')))
  const values = measure(() => {
    for (const x of ids) {
      for (const s of decodeBlock(blobs.get(x), x)) s.copyValues(0, s.n, [], 0)
    }
  })
  console.log(
    `${order}  ${String(main.n).padStart(7)}  ${(packed / main.n).toFixed(2).padStart(8)}  ${(plain / main.n).toFixed(2).padStart(9)}   ` +
      `${per(opened)} ${per(crc)} ${per(decoded)} ${per(encoded)} ${per(values)}`,
  )
}
const directories = [...blobs.values()].reduce((sum, x) => sum + x.length, 0) - all
console.log(
  `all: ${(all / facts.length).toFixed(1)} bytes a datom, directories ${(directories / facts.length).toFixed(2)}; ` +
    `${roots.trees.reduce((sum, t) => sum + t.main.length, 0)} chunks`,
)

const whole = (prefix) => ({ low: { prefix, after: false }, high: { prefix, after: true } })
for (const [note, drop] of [
  ['warm', false],
  ['cold', true],
]) {
  const reads = segments.counts().reads
  const ms = measure(() => {
    for (let i = 0; i < 100; i++) {
      if (drop) segments.drop()
      const cursor = index.cursor(
        'eavt',
        whole({ e: user + 1000 + ((i * 7919) % people), a: id.age }),
        presentView,
      )
      if (!cursor.next()) throw new Error('a fact expected')
    }
  })
  console.log(
    `point lookup, ${note}: ${(ms * 10).toFixed(1)} us, ${((segments.counts().reads - reads) / 1200).toFixed(2)} reads each`,
  )
}
const rows = index.columns('aevt', whole({ a: id.email }), presentView, { e: true, v: true }).n
console.log(`${rows} rows of an attribute, cache ${JSON.stringify(segments.counts())}`)
