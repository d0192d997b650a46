/** What `explain`, query-stats, io-stats and tx-stats say, as a person reads it. Rows and reads are compared with the truth elsewhere (test/oracle, test/durable). */

import { beforeAll, describe, expect, test } from 'vitest'
import { systemEnv } from '../base/env-system.ts'
import { YoreError, connect, createDatabase, explain, q, qseq, query } from '../main.ts'
import type { Connection, Database } from '../main.ts'

const env = { ...systemEnv, monotonicMs: () => 0 }

let conn: Connection
let db: Database

const schema = `[
  {:db/ident :p/name :db/valueType :db.type/string :db/cardinality :db.cardinality/one :db/unique :db.unique/identity}
  {:db/ident :p/age :db/valueType :db.type/long :db/cardinality :db.cardinality/one :db/index true}
  {:db/ident :p/town :db/valueType :db.type/keyword :db/cardinality :db.cardinality/one}
  {:db/ident :p/friend :db/valueType :db.type/ref :db/cardinality :db.cardinality/many}]`

const rules = '[[(reach ?a ?b) [?a :p/friend ?b]] [(reach ?a ?b) [?a :p/friend ?c] (reach ?c ?b)]]'

beforeAll(async () => {
  await createDatabase('yore:mem://explained')
  conn = await connect('yore:mem://explained', {
    env,
    functions: {
      'my.app/age-of': (on: Database, name: string) =>
        query<number>({
          query: '[:find ?a . :in $ ?n :where [?e :p/name ?n] [?e :p/age ?a]]',
          args: [on, name],
          ioContext: ':my.app/age',
        }).ret,
    },
  })
  await conn.transact(schema)
  const people = Array.from({ length: 90 }, (_, i) => ({
    ':db/id': `p${i}`,
    ':p/name': `n${i}`,
    ':p/age': i % 9,
    ':p/town': i % 2 === 0 ? ':town/bath' : ':town/york',
    ':p/friend': [`p${(i * 7 + 1) % 90}`],
  }))
  db = (await conn.transact(people)).dbAfter
})

const told = (text: string, ...inputs: readonly unknown[]): string =>
  `\n${String(explain(text, db, ...inputs))}`

describe('a plan as text', () => {
  test('a lookup and a join', () => {
    expect(told('[:find ?n ?t :where [?e :p/age 7] [?e :p/name ?n] [?e :p/town ?t]]'))
      .toMatchInlineSnapshot(`
        "
        :find ?n ?t
        10 rows in 0.00 ms; 30 datoms read, of 0 segments

        clause           index            expected  in  out  datoms  segments    ms
        ---------------  ---------------  --------  --  ---  ------  --------  ----
        [?e :p/age 7]    AVET lookup                 0   10      10         0  0.00
        [?e :p/name ?n]  AEVT lookup ×10            10   10      10         0  0.00
        [?e :p/town ?t]  AEVT lookup ×10            10   10      10         0  0.00
        :find ?n ?t                                 10   10       0         0  0.00
        planning                                                  0         0  0.00
        "
      `)
  })
  test('a range', () => {
    expect(told('[:find ?n :where [?e :p/name ?n] [?e :p/age ?a] [(> ?a 6)]]'))
      .toMatchInlineSnapshot(`
      "
      :find ?n
      20 rows in 0.00 ms; 40 datoms read, of 0 segments

      clause           index             expected  in  out  datoms  segments    ms
      ---------------  ----------------  --------  --  ---  ------  --------  ----
      [?e :p/age ?a]   AVET range              20   0   20      20         0  0.00
      [(> ?a 6)]                                   20   20       0         0  0.00
      [?e :p/name ?n]  AEVT probe of 20        20  20   20      20         0  0.00
      :find ?n                                     20   20       0         0  0.00
      planning         3 counts                                  0         0  0.00
      "
    `)
  })
  test('not and or', () => {
    expect(told('[:find ?e :where [?e :p/age 7] (not [?e :p/town :town/bath])]'))
      .toMatchInlineSnapshot(`
        "
        :find ?e
        5 rows in 0.00 ms; 20 datoms read, of 0 segments

        clause                         index             expected  in  out  datoms  segments    ms
        -----------------------------  ----------------  --------  --  ---  ------  --------  ----
        [?e :p/age 7]                  AVET lookup                  0   10      10         0  0.00
        (not [?e :p/town :town/bath])                          10  10    5      10         0  0.00
          [?e :p/town :town/bath]      AEVT probe of 10         5  10    5      10         0  0.00
        :find ?e                                                    5    5       0         0  0.00
        planning                                                                 0         0  0.00
        "
      `)
    expect(told('[:find ?e :where (or [?e :p/age 1] [?e :p/age 2])]')).toMatchInlineSnapshot(`
      "
      :find ?e
      20 rows in 0.00 ms; 20 datoms read, of 0 segments

      clause                            index        expected  in  out  datoms  segments    ms
      --------------------------------  -----------  --------  --  ---  ------  --------  ----
      (or [?e :p/age 1] [?e :p/age 2])                     26   0   20      20         0  0.00
        branch                                                  0   10      10         0  0.00
          [?e :p/age 1]                 AVET lookup        10   0   10      10         0  0.00
        branch                                                  0   10      10         0  0.00
          [?e :p/age 2]                 AVET lookup        10   0   10      10         0  0.00
      :find ?e                                                 20   20       0         0  0.00
      planning                          3 counts                             0         0  0.00
      "
    `)
  })
  // how rules are run is not fixed here, only that it is told
  test('a rule', () => {
    const text = '[:find ?n :in $ % :where [?e :p/name "n3"] (reach ?e ?f) [?f :p/name ?n]]'
    const { steps } = explain(text, db, rules).plan
    const rule = steps.find((s) => s.kind === 'rule')
    expect(rule).toMatchObject({ clause: '(reach ?e ?f)', runs: 1, rowsIn: 1, rowsOut: 36 })
    expect(rule?.steps.length).toBeGreaterThan(0)
    expect(rule?.steps.map((s) => s.kind)).toEqual(rule?.steps.map(() => 'branch'))
    const inner = rule?.steps.flatMap((s) => s.steps) ?? []
    expect(inner.map((s) => s.clause).join()).toContain(':p/friend')
    expect(rule?.datoms).toBeGreaterThanOrEqual(36)
    expect(told(text, rules)).toMatch(/\n\(reach \?e \?f\) .*\n {2}branch .*\n {4}\[\?a :p\/friend/)
  })
  test('a query within, a function of constants, a pull', () => {
    expect(
      told(
        `[:find (pull ?e [:p/name {:p/friend [:p/name]}]) :where [(+ 3 4) ?seven] [?e :p/age ?seven]
          [(q "[:find (count ?x) . :where [?x :p/age 3]]" $) ?c] [(> ?c 3)]]`,
      ),
    ).toMatchInlineSnapshot(`
      "
      :find (pull ?e [:p/name {:p/friend [:p/name]}])
      10 rows in 0.00 ms; 60 datoms read, of 1 segment

      clause                                                  index            expected  in  out  datoms  segments    ms
      ------------------------------------------------------  ---------------  --------  --  ---  ------  --------  ----
      [(+ 3 4) ?seven]                                                                    0    1       0         0  0.00
      [(q "[:find (count ?x) . :where [?x :p/age 3]]" $) ?c]                              0    1       0         0  0.00
        :find (count ?x) .                                                                0    1       0         0  0.00
          [?x :p/age 3]                                                                   0   10       0         0  0.00
          :find (count ?x) .                                                             10    1       0         0  0.00
      [(> ?c 3)]                                                                          0    1       0         0  0.00
      [?e :p/age ?seven]                                      AVET lookup            10   0   10      10         0  0.00
      :find (pull ?e [:p/name {:p/friend [:p/name]}])                                    10   10      50         1  0.00
        (pull ?e [:p/name {:p/friend [:p/name]}])             EAVT lookup ×20            10   10      50         1  0.00
      planning                                                2 counts                                 0         0  0.00
      "
    `)
  })
  test('nothing found, and what has nothing to do with the rest', () => {
    expect(told('[:find ?n ?m :where [?e :p/age 8] [?f :p/age 7] [?e :p/name ?n] [?f :p/name ?m]]'))
      .toMatchInlineSnapshot(`
        "
        :find ?n ?m
        100 rows in 0.00 ms; 40 datoms read, of 0 segments

        clause           index             expected   in  out  datoms  segments    ms
        ---------------  ----------------  --------  ---  ---  ------  --------  ----
        [?e :p/age 8]    AVET lookup                   0   10      10         0  0.00
        [?e :p/name ?n]  AEVT lookup ×10              10   10      10         0  0.00
        [?f :p/age 7]    AVET lookup             10   10  100      10         0  0.00
        [?f :p/name ?m]  AEVT probe of 10        10  100  100      10         0  0.00
        :find ?n ?m                                  100  100       0         0  0.00
        planning         5 counts                                   0         0  0.00
        "
      `)
    expect(told('[:find ?n :where [?e :p/age 1000] [?e :p/name ?n] [?e :p/town :town/york]]'))
      .toMatchInlineSnapshot(`
        "
        :find ?n
        0 rows in 0.00 ms; 0 datoms read, of 0 segments

        clause                   index        expected  in  out  datoms  segments    ms
        -----------------------  -----------  --------  --  ---  ------  --------  ----
        [?e :p/age 1000]         AVET lookup             0    0       0         0  0.00
        [?e :p/name ?n]          not reached
        [?e :p/town :town/york]  not reached
        planning                                                      0         0  0.00
        "
      `)
  })
})

describe('a plan as data', () => {
  test('says what each clause did', () => {
    const { plan } = explain('[:find ?n :where [?e :p/name ?n] [?e :p/age ?a] [(> ?a 6)]]', db)
    expect(plan).toMatchObject({ find: ':find ?n', rows: 20, segments: 0, reads: 0, bytes: 0 })
    expect(plan.steps[0]).toMatchObject({
      kind: 'pattern',
      clause: '[?e :p/age ?a]',
      access: [{ index: ':avet', access: 'range', calls: 1, keys: 1, datoms: 20 }],
      runs: 1,
      rowsIn: 0,
      rowsOut: 20,
      bindsIn: [],
      bindsOut: ['?e', '?a'],
      predicates: ['[(> ?a 6)]'],
      datoms: 20,
    })
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
  })
  test('is of JavaScript data as of text', () => {
    const form = [':find', '?n', ':where', ['?e', ':p/name', '?n'], ['?e', ':p/age', 7]]
    const text = '[:find ?n :where [?e :p/name ?n] [?e :p/age 7]]'
    expect(explain(form, db).plan).toEqual(explain(text, db).plan)
  })
  test('words of fulltext that were found once are not read again', async () => {
    await conn.transact(
      '[{:db/ident :p/about :db/valueType :db.type/string :db/cardinality :db.cardinality/one :db/fulltext true}]',
    )
    const { dbAfter } = await conn.transact([
      { ':p/name': 'n1', ':p/about': 'plays the harp' },
      { ':p/name': 'n2', ':p/about': 'grows garlic' },
    ])
    const text = '[:find ?n :where [(fulltext $ :p/about "harp") [[?e]]] [?e :p/name ?n]]'
    expect(q(text, dbAfter)).toEqual([['n1']])
    const first = explain(text, dbAfter).plan
    expect([first.rows, first.datoms]).toEqual([1, 1])
    expect(explain(text, dbAfter).plan).toEqual(first)
  })
  test('of a refused query there is none', () => {
    expect(() => explain('[:find ?x :where [?e :p/nome ?x]]', db)).toThrow(YoreError)
    expect(() => explain(7 as never, db)).toThrow(YoreError)
  })
  test('through views, and with several databases', () => {
    const [before, since] = [db.asOf(999), db.since(999)]
    const text = '[:find ?n :in $ $old :where [?e :p/name ?n] [$old ?e :p/age 7]]'
    const { plan } = explain(text, since, db)
    expect(plan.rows).toBe(10)
    expect(plan.steps.map((s) => s.clause)).toContain('[$old ?e :p/age 7]')
    expect(explain(text, since, before).plan.rows).toBe(0)
    expect(explain('[:find ?x :in [?x ...]]', [1, 2]).plan.rows).toBe(2)
  })
})

describe('statistics beside the answer', () => {
  const text = '[:find ?n :where [?e :p/name ?n] [?e :p/age ?a] [(> ?a 6)]]'

  test('query-stats', () => {
    const { ret, queryStats, ioStats } = query({ query: text, args: [db], queryStats: true })
    expect(ret).toHaveLength(20)
    expect(ioStats).toBeUndefined()
    expect(queryStats).toEqual({
      query: text,
      phases: [
        {
          sched: ['[?e :p/age ?a]', '[(> ?a 6)]', '[?e :p/name ?n]'],
          clauses: [
            {
              clause: '[?e :p/age ?a]',
              rowsIn: 0,
              rowsOut: 20,
              bindsIn: [],
              bindsOut: ['?e', '?a'],
              preds: ['[(> ?a 6)]'],
              expansion: 20,
            },
            expect.objectContaining({ clause: '[(> ?a 6)]', rowsIn: 20, rowsOut: 20 }),
            expect.objectContaining({ rowsIn: 20, rowsOut: 20, bindsOut: ['?n'] }),
          ],
        },
      ],
    })
  })
  test('a clause that shares nothing with the others is warned of', () => {
    const apart = '[:find ?n ?m :where [?e :p/age 8] [?e :p/name ?n] [?f :p/name ?m]]'
    const { queryStats } = query({ query: apart, args: [db], queryStats: true })
    const warned = queryStats?.phases[0]?.clauses.filter((c) => c.warnings !== undefined)
    expect(warned?.map((c) => [c.clause, c.warnings?.unboundVars, c.expansion])).toEqual([
      ['[?f :p/name ?m]', ['?f', '?m'], 890],
    ])
    expect(String(explain(apart, db))).toMatch(/\n! \[\?f :p\/name \?m\] shares no variable/)
  })
  test('variables of rules that are named alike are told apart', () => {
    const rules = '[[(town ?p ?t) [?p :p/town ?x] [?x :db/ident ?t]]]'
    const form =
      '[:find ?e :in $ % :where [?e :p/name "p7"] (town ?e ?x) [?f :p/age 8] (town ?f ?x)]'
    const clauses = explain(form, db, rules).plan.steps.map((s) => s.clause)
    expect(clauses).toContain('[?x.2 :db/ident ?x]')
    expect(clauses).toContain('[?x.3 :db/ident ?x]')
    expect(clauses).toContain('[?f :p/town ?x.3]')
  })
  test('what only constants precede is not warned of', () => {
    const form =
      '[:find ?n . :in $ ?m :where [?e :p/name ?n] [(= ?n ?m)] [?e :p/age ?a] [(< ?a ?a)]]'
    expect(String(explain(form, db, 'p7'))).not.toContain('shares no variable')
  })
  test('a clause is not warned of when another one joins it later', () => {
    const joined = `[:find ?n ?m :where [?e :p/age 8] [?e :p/name ?n] [?f :p/name ?m] [?f :p/town ?t] [?e :p/town ?t]]`
    for (const form of [
      joined,
      joined.replace('[?f :p/town ?t] [?e', '[(ground 7) ?k] [?f :p/town ?t] [?e'),
    ]) {
      expect(String(explain(form, db))).not.toContain('shares no variable')
    }
    const compared =
      '[:find ?n ?m :where [?e :p/age 8] [?e :p/name ?n] [?f :p/name ?m] [(< ?n ?m)]]'
    expect(String(explain(compared, db))).toContain('shares no variable')
  })
  test('phases of branches', () => {
    const { queryStats } = query({
      query: `[:find ?n ?m :where [?e :p/age 8] [?f :p/age 7] [?e :p/name ?n] [?f :p/name ?m]
               (or [?e :p/town :town/bath] [?e :p/town :town/york])]`,
      args: [db],
      queryStats: true,
    })
    const phases = queryStats?.phases ?? []
    expect(phases.map((p) => p.sched.length)).toEqual([5, 1, 1])
  })
  test('io-stats, alone, with query-stats, and of qseq', () => {
    const ioContext = ':people/old'
    const one = query({ query: text, args: [db], ioContext })
    expect(one.ioStats).toEqual({ ioContext, api: ':query', apiMs: 0, reads: {} })
    expect(one.queryStats).toBeUndefined()
    const both = query({ query: text, args: [db], ioContext, queryStats: true })
    expect(Object.keys(both)).toEqual(['ret', 'queryStats', 'ioStats'])
    const { ret, ioStats } = qseq({ query: text, args: [db], ioContext })
    expect([...ret]).toHaveLength(20)
    expect(ioStats?.api).toBe(':qseq')
  })
  test('io-stats of pulls', () => {
    const ioContext = ':people/shown'
    const id = [':p/name', 'n3'] as const
    const one = db.pull('[:p/age]', id, { ioContext })
    expect(one.ret).toEqual({ ':p/age': 3 })
    expect(one.ioStats).toMatchObject({ ioContext, api: ':pull', apiMs: 0 })
    const many = db.pullMany('[:p/age]', [id, 1e9], { ioContext, timeout: 1000 })
    expect(many.ret).toEqual([{ ':p/age': 3 }, null])
    expect(many.ioStats?.api).toBe(':pull-many')
    expect(() => db.pull('[*]', id, { ioContext: 'people' as never })).toThrow(YoreError)
  })
  test('nested io-stats, by context', () => {
    const { ioStats } = query({
      query: '[:find ?n ?b :where [?e :p/age 7] [?e :p/name ?n] [(my.app/age-of $ ?n) ?b]]',
      args: [db],
      ioContext: ':people/outer',
    })
    expect(ioStats?.nested?.[':my.app/age']).toEqual({
      ioContext: ':my.app/age',
      api: ':query',
      apiMs: 0,
      reads: {},
    })
    // the inner call is over: nothing of it is left
    const alone = query({ query: text, args: [db], ioContext: ':people/alone' })
    expect(alone.ioStats?.nested).toBeUndefined()
  })
  test('the same answer as without', () => {
    const plain = q(text, db)
    expect(query({ query: text, args: [db], queryStats: true, limit: 3 }).ret).toHaveLength(3)
    expect(query({ query: text, args: [db], queryStats: true }).ret).toEqual(plain)
    expect(query({ query: text, args: [db], queryStats: false })).toEqual(plain)
  })
  test.each([7, 'people', ':people', ':a/b/c', ':a b/c', null, {}])('no io-context: %s', (x) => {
    expect(() => query({ query: text, args: [db], ioContext: x as never })).toThrow(YoreError)
    expect(() => db.with([], { ioContext: x as never })).toThrow(YoreError)
  })
})

describe('statistics of transactions', () => {
  test('as text and as data', async () => {
    const { txStats, ioStats } = await conn.transact(
      [
        { ':p/name': 'n1', ':p/age': 30 },
        { ':p/name': 'new', ':p/age': 1 },
      ],
      { txStats: true },
    )
    expect(ioStats).toBeUndefined()
    expect(txStats).toMatchObject({ added: 5, reads: 0 })
    expect(txStats?.stages.map((s) => s.stage).join(' ')).toBe(
      'expand identify settle composites uniqueness predicates schema apply check',
    )
    expect(`\n${String(txStats)}`).toMatchInlineSnapshot(`
      "
      5 datoms in 0.00 ms; 3 datoms read, of 1 segment

      stage       lookups  datoms  segments  from storage    ms
      ----------  -------  ------  --------  ------------  ----
      wait                                                 0.00
      expand            0       0         0             0  0.00
      identify          2       1         0             0  0.00
      settle            2       2         1             0  0.00
      composites        0       0         0             0  0.00
      uniqueness        0       0         0             0  0.00
      predicates        0       0         0             0  0.00
      schema            0       0         0             0  0.00
      apply             0       0         0             0  0.00
      check             0       0         0             0  0.00
      commit                                               0.00
      "
    `)
  })
  test('of with; and none when none is asked for', async () => {
    const data = [{ ':p/name': 'other' }]
    const ioContext = ':people/with'
    const report = db.with(data, { ioContext })
    expect(report.ioStats).toEqual({ ioContext, api: ':tx-with', apiMs: 0, reads: {} })
    expect(report.txStats).toBeUndefined()
    const plain = await conn.transact(data, {})
    expect([plain.ioStats, plain.txStats]).toEqual([undefined, undefined])
    expect(() => db.with(data, { txStats: 1 as never })).toThrow(YoreError)
    await expect(conn.transact(data, 7 as never)).rejects.toThrow(YoreError)
  })
  test('a report is as any other', async () => {
    const { dbBefore, dbAfter, txStats } = await conn.transact([{ ':p/name': 'third' }], {
      txStats: true,
    })
    const lookups = txStats?.stages.map((s) => s.lookups)
    expect(dbAfter.entity([':p/name', 'third'])).not.toBeNull()
    expect(dbBefore.entity([':p/name', 'third'])).toBeNull()
    expect(dbAfter.with([{ ':p/name': 'fourth' }]).txData).toHaveLength(2)
    expect(txStats?.stages.map((s) => s.lookups)).toEqual(lookups)
  })
})
