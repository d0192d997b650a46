/** Hostile arguments to every read of a database. */

import fc from 'fast-check'
import {
  implicitPart,
  implicitPartId,
  part,
  q,
  qseq,
  query,
  resolveTempid,
  squuid,
  squuidTimeMillis,
  tempid,
  touch,
  tToTx,
  txToT,
} from 'yore'
import type { Database, QueryMap } from 'yore'
import { anything, isHeavy, nasty, shared } from './nasty.ts'
import type { Report } from './report.ts'
import { told } from './report.ts'
import { fingerprint, world } from './world.ts'

type Any = never

const isName = (x: unknown): x is string | symbol => typeof x === 'string' || typeof x === 'symbol'

/** Reads of one argument. */
function one(db: Database, ann: number): Readonly<Record<string, (x: unknown) => unknown>> {
  return {
    entity: (x) => db.entity(x as Any),
    // what is no name is made one by JavaScript itself
    'entity, key': (x) =>
      isName(x) && (db.entity(ann) as unknown as Record<string | symbol, unknown>)[x],
    'entity, in': (x) => isName(x) && x in (db.entity(ann) as object),
    'entity, set': (x) => ((db.entity(ann) as unknown as Record<string, unknown>)[':p/name'] = x),
    touch: (x) => touch(x as Any),
    'pull of it': (x) => db.pull('[* {:p/friend 3}]', x as Any),
    'pull with it': (x) => db.pull(x as Any, ann),
    'pull of it by data': (x) => db.pull(['*', { ':p/friend': '...' }] as Any, x as Any),
    'pull option': (x) => db.pull([[':p/name', ':as', x]] as Any, ann),
    'pull default': (x) => db.pull([[':p/height', ':default', x]] as Any, ann),
    'pull limit': (x) => db.pull([[':p/friend', ':limit', x]] as Any, ann),
    'pull xform': (x) => db.pull([[':p/name', ':xform', x]] as Any, ann),
    'pull recursion': (x) => db.pull([{ ':p/friend': x }] as Any, ann),
    pullMany: (x) => db.pullMany('[*]', x as Any),
    'pullMany of one': (x) => db.pullMany('[*]', [x] as Any),
    indexPull: (x) => [...db.indexPull(x as Any)],
    'indexPull start': (x) => [
      ...db.indexPull({ index: ':avet', selector: '[*]', start: [':p/age', x] }),
    ],
    'indexPull start as a whole': (x) => [
      ...db.indexPull({ index: ':avet', selector: '[*]', start: x as Any }),
    ],
    'indexPull selector': (x) => [
      ...db.indexPull({ index: ':aevt', selector: x as Any, start: [':p/friend'] }),
    ],
    'indexPull index': (x) => [
      ...db.indexPull({ index: x as Any, selector: '[*]', start: [':p/friend'] }),
    ],
    'indexPull reverse': (x) => [
      ...db.indexPull({
        index: ':avet',
        selector: '[:p/name]',
        start: [':p/age'],
        reverse: x as Any,
      }),
    ],
    entid: (x) => db.entid(x as Any),
    ident: (x) => db.ident(x as Any),
    attribute: (x) => db.attribute(x as Any),
    'entidAt, partition': (x) => db.entidAt(x as Any, 1000),
    'entidAt, point': (x) => db.entidAt(':db.part/user', x as Any),
    asOf: (x) => [...db.asOf(x as Any).datoms('aevt', ':p/name')],
    since: (x) => [...db.since(x as Any).datoms('aevt', ':p/name')],
    filter: (x) => [...db.filter(x as Any).datoms('aevt', ':p/name')],
    'filter result': (x) => [...db.filter((() => x) as Any).datoms('aevt', ':p/name')],
    'datoms index': (x) => [...db.datoms(x as Any)],
    ...Object.fromEntries(
      (['eavt', 'aevt', 'avet', 'vaet'] as const).flatMap((index) => [
        [`datoms ${index}`, (x: unknown) => [...db.datoms(index, x)]],
        [
          `datoms ${index} of two`,
          (x: unknown) => [
            ...db.datoms(index, ...(index === 'eavt' ? [ann, x] : [':p/friend', x])),
          ],
        ],
        [
          `datoms ${index} of age`,
          (x: unknown) => [
            ...db.datoms(index, ...(index === 'eavt' ? [ann, ':p/age', x] : [':p/age', x])),
          ],
        ],
        [`datoms ${index} of four`, (x: unknown) => [...db.datoms(index, x, x, x, x)]],
        [`datoms ${index} of nothing and it`, (x: unknown) => [...db.datoms(index, undefined, x)]],
        [`seek ${index}`, (x: unknown) => [...db.seekDatoms(index, x)]],
        [`rseek ${index}`, (x: unknown) => [...db.rseekDatoms(index, x)]],
      ]),
    ),
    ...Object.fromEntries(
      [':p/name', ':p/age', ':p/born', ':p/key', ':p/big', ':p/price', ':p/name+age'].flatMap(
        (a) => [
          [`indexRange ${a} from`, (x: unknown) => [...db.indexRange(a as Any, x)]],
          [`indexRange ${a} to`, (x: unknown) => [...db.indexRange(a as Any, null, x)]],
        ],
      ),
    ),
    'indexRange attribute': (x) => [...db.indexRange(x as Any)],
    invoke: (x) => db.invoke(x as Any),
    // what a function is given and gives is handed through as it is
    'invoke with it': (x) => db.invoke('my/id', x) === x,
    tToTx: (x) => tToTx(x as Any),
    txToT: (x) => txToT(x as Any),
    part: (x) => part(x as Any),
    implicitPart: (x) => implicitPart(x as Any),
    implicitPartId: (x) => implicitPartId(x as Any),
    tempid: (x) => tempid(x as Any),
    'tempid n': (x) => tempid(':db.part/user', x as Any),
    resolveTempid: (x) => resolveTempid(db, {}, x as Any),
    'resolveTempid db': (x) => resolveTempid(x as Any, {}, tempid(':db.part/user')),
    'resolveTempid table': (x) => resolveTempid(db, x as Any, 'a'),
    squuidTimeMillis: (x) => squuidTimeMillis(x as Any),
    squuid: (x) => squuid(x as Any),
    q: (x) => q(x as Any, db),
    'q, source': (x) => q('[:find ?e :where [?e :p/name]]', x),
    'q, named source': (x) => q('[:find ?e :in $ $b :where [?e :p/name ?n] [$b ?n]]', db, x),
    'q, scalar': (x) => q('[:find ?e :in $ ?x :where [?e :p/name ?x]]', db, x),
    'q, entity': (x) => q('[:find ?n :in $ ?x :where [?x :p/name ?n]]', db, x),
    'q, attribute': (x) => q('[:find ?n :in $ ?x :where [_ ?x ?n]]', db, x),
    'q, transaction': (x) => q('[:find ?n :in $ ?x :where [?n :p/name _ ?x]]', db, x),
    'q, collection': (x) => q('[:find ?e :in $ [?x ...] :where [?e :p/age ?x]]', db, x),
    'q, one of a collection': (x) => q('[:find ?e :in $ [?x ...] :where [?e :p/name ?x]]', db, [x]),
    'q, tuple': (x) => q('[:find ?e :in $ [?x ?y] :where [?e :p/age ?x]]', db, x),
    'q, relation': (x) => q('[:find ?e ?y :in $ [[?x ?y]] :where [?e :p/age ?x]]', db, x),
    'q, one of a relation': (x) =>
      q('[:find ?e ?y :in $ [[?x ?y]] :where [?e :p/age ?x]]', db, [[x, x]]),
    'q, rules': (x) => q('[:find ?e :in $ % :where (r ?e)]', db, x),
    'q, pattern': (x) => q('[:find (pull ?e p) :in $ p :where [?e :p/name]]', db, x),
    'q, returned': (x) => q('[:find ?x . :in ?x]', x),
    'q, compared': (x) => q('[:find ?e :in $ ?x :where [?e :p/age ?a] [(< ?a ?x)]]', db, x),
    'q, called on': (x) => q('[:find ?y . :in ?x :where [(str ?x) ?y]]', x),
    'q, summed': (x) => q('[:find (sum ?x) . :in [?x ...]]', [x, 1]),
    'q, max': (x) => q('[:find (max ?x) . :in [?x ...]]', [x, 1]),
    'q, average': (x) => q('[:find (avg ?x) (median ?x) :in [?x ...]]', [x, 1]),
    'q, sorted': (x) => q('[:find ?y . :in ?x :where [(sort ?x) ?y]]', x),
    'q, counted': (x) => q('[:find ?y . :in ?x :where [(count ?x) ?y]]', x),
    'q, range': (x) => q('[:find (count ?y) . :in ?x :where [(range ?x) [?y ...]]]', x),
    'q, regex': (x) => q('[:find ?y . :in ?x :where [(re-pattern ?x) ?y]]', x),
    'q, search': (x) =>
      q('[:find ?e ?s :in $ ?x :where [(fulltext $ :p/note ?x) [[?e _ _ ?s]]]]', db, x),
    'q, get-else': (x) =>
      q('[:find ?v :in $ ?x :where [?e :p/name] [(get-else $ ?e :p/age ?x) ?v]]', db, x),
    'q, get-else attribute': (x) =>
      q('[:find ?v :in $ ?x :where [?e :p/name] [(get-else $ ?e ?x 1) ?v]]', db, x),
    'q, get-some': (x) =>
      q('[:find ?v :in $ ?x :where [?e :p/name] [(get-some $ ?e ?x) ?v]]', db, x),
    'q, missing?': (x) => q('[:find ?e :in $ ?x :where [?e :p/name] [(missing? $ ?e ?x)]]', db, x),
    'q, nested': (x) => q('[:find ?v :in $ ?x :where [(q ?x $) ?v]]', db, x),
    'q, own function': (x) => q('[:find ?v . :in $ ?x :where [(my/id ?x) ?v]]', db, x),
    'q, get': (x) => q('[:find ?v . :in ?x :where [(get ?x "__proto__" 1) ?v]]', x),
    'q, find of JS': (x) => q([':find', x, ':where', ['?e', ':p/name', '?n']] as Any, db),
    'q, clause of JS': (x) => q([':find', '?e', ':where', ['?e', ':p/name', '?n'], x] as Any, db),
    'q, value in JS': (x) => q([':find', '?e', ':where', ['?e', ':p/name', x]] as Any, db),
    'q, entity in JS': (x) => q([':find', '?n', ':where', [x, ':p/name', '?n']] as Any, db),
    'q, attribute in JS': (x) => q([':find', '?e', ':where', ['?e', x]] as Any, db),
    'q, call in JS': (x) =>
      q([':find', '?y', ':where', ['?e', ':p/age', '?a'], [['+', '?a', x], '?y']] as Any, db),
    'q, function in JS': (x) =>
      q([':find', '?y', ':where', ['?e', ':p/age', '?a'], [[x, '?a'], '?y']] as Any, db),
    'q, where in a map': (x) => q({ find: ['?e'], where: x } as Any, db),
    'q, in in a map': (x) => q({ find: ['?e'], in: x, where: [['?e', ':p/name']] } as Any, db, db),
    'q, with in a map': (x) => q({ find: ['?e'], with: x, where: [['?e', ':p/name']] } as Any, db),
    'q, keys in a map': (x) => q({ find: ['?e'], keys: x, where: [['?e', ':p/name']] } as Any, db),
    'q, key': (x) => q({ find: ['?e'], keys: [x], where: [['?e', ':p/name']] } as Any, db),
    'q, rules of JS': (x) => q('[:find ?e :in $ % :where (r ?e)]', db, [[['r', '?e'], x]]),
    query: (x) => query(x as Any),
    'query args': (x) => query({ query: '[:find ?e :where [?e :p/name]]', args: x as Any }),
    'query timeout': (x) =>
      query({ query: '[:find ?e :where [?e :p/name]]', args: [db], timeout: x as Any }),
    'query signal': (x) =>
      query({ query: '[:find ?e :where [?e :p/name]]', args: [db], signal: x as Any }),
    'query limit': (x) =>
      query({ query: '[:find ?e :where [?e :p/name]]', args: [db], limit: x as Any }),
    'query offset': (x) =>
      query({ query: '[:find ?e :where [?e :p/name]]', args: [db], offset: x as Any }),
    'query limits': (x) =>
      query({ query: '[:find ?e :where [?e :p/name]]', args: [db], limits: x as Any }),
    'query a limit': (x) =>
      query({ query: '[:find ?e :where [?e :p/name]]', args: [db], limits: { rows: x as Any } }),
    'query order-by': (x) =>
      q({ find: ['?e', '?n'], where: [['?e', ':p/name', '?n']], 'order-by': x } as Any, db),
    'query order-by one': (x) =>
      q({ find: ['?e', '?n'], where: [['?e', ':p/name', '?n']], 'order-by': ['?n', x] } as Any, db),
    'query ordered by it': (x) =>
      q('[:find ?x ?n :in $ [?x ...] :where [_ :p/name ?n] :order-by [?x]]', db, [x, 1, x, 'a']),
    'query its limit': (x) =>
      q({ find: ['?e'], where: [['?e', ':p/name']], limit: x, offset: x } as Any, db),
    'pull options': (x) => db.pull('[*]', 1, x as Any),
    'pull a time-out': (x) => db.pull('[*]', 1, { timeout: x as Any }),
    'pullMany options': (x) => db.pullMany('[*]', [1], x as Any),
    'entity options': (x) => db.entity(1, x as Any)?.[':p/name'],
    'datoms of an object': (x) => [...db.datoms(x as Any)],
    'datoms components': (x) => [...db.datoms({ index: 'aevt', components: x as Any })],
    'datoms limits': (x) => [
      ...db.datoms({ index: 'aevt', components: [':p/name'], limits: x as Any }),
    ],
    'indexRange of an object': (x) => [...db.indexRange({ attribute: ':p/age', start: x, end: x })],
    'indexPull limits': (x) => [
      ...db.indexPull({ index: ':avet', selector: '[*]', start: [':p/age'], limits: x as Any }),
    ],
    qseq: (x) => [...qseq(x as QueryMap)],
    'qseq of it': (x) => [...qseq({ query: x as Any, args: [db] })],
    with: (x) => db.with(x as Any),
    'with one': (x) => db.with([x] as Any),
  }
}

// One for each way in that reads what it is given.
const takesHeavy = new Set([
  'entity',
  'pull of it',
  'pull with it',
  'pull default',
  'pullMany',
  'indexPull',
  'datoms eavt of age',
  'indexRange :p/name+age from',
  'invoke with it',
  'q',
  'q, source',
  'q, scalar',
  'q, collection',
  'q, relation',
  'q, rules',
  'q, pattern',
  'q, returned',
  'q, sorted',
  'q, counted',
  'q, regex',
  'q, search',
  'q, nested',
  'q, own function',
  'q, clause of JS',
  'q, value in JS',
  'q, keys in a map',
  'query args',
  'with',
  'with one',
])

export async function run(report: Report): Promise<void> {
  const conn = await world({ 'my/id': (x: unknown) => x })
  const db = conn.db()
  const before = fingerprint(db)
  const ann = db.entid([':p/name', 'Ann']) as number
  const reads = one(db, ann)
  for (const [read, f] of Object.entries(reads)) {
    for (const [name, make] of Object.entries(nasty)) {
      if (!isHeavy(name) || takesHeavy.has(read)) report.call(`${read} (${name})`, () => f(make()))
    }
  }
  const views: Readonly<Record<string, Database>> = {
    'as-of': db.asOf(1000),
    since: db.since(1000),
    history: db.history(),
    filtered: db.filter((_, d) => d.e !== ann),
    'with and all': db
      .with([{ ':p/name': 'Dan' }])
      .dbAfter.asOf(10 ** 6)
      .since(0)
      .filter(() => true),
  }
  const few = [
    'undefined',
    'null',
    'NaN',
    '-1',
    ':p/nam',
    'lookup ref',
    '2n**63n',
    'cyclic array',
    'a revoked proxy',
    ':__proto__',
  ]
  for (const [view, other] of Object.entries(views)) {
    for (const [read, f] of Object.entries(one(other, ann))) {
      for (const name of few) report.call(`${view}: ${read} (${name})`, () => f(nasty[name]?.()))
    }
  }
  for (const read of ['q', 'q, scalar', 'pull with it'])
    report.call(`${read} (shared arrays)`, () => (reads[read] as (x: unknown) => unknown)(shared()))
  const names = Object.keys(reads)
  const seed = Number(process.env['HOSTILE_SEED'] ?? Date.now() % 1e9)
  const runs = Number(process.env['HOSTILE_RUNS'] ?? 1000)
  process.stderr.write(`reads: HOSTILE_SEED=${seed}\n`)
  fc.assert(
    fc.property(fc.constantFrom(...names), anything, (read, make) => {
      const x = make()
      report.call(`${read} (${told(x)}) seed ${seed}`, () =>
        (reads[read] as (x: unknown) => unknown)(x),
      )
    }),
    { seed, numRuns: runs },
  )
  if (fingerprint(db) !== before || fingerprint(conn.db()) !== before)
    report.fault('the database has changed')
}
