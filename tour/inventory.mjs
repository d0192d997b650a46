/**
 * The second half: what the articles tell, on a small inventory and order database. A mistake and its correction, who changed what before
 * the order failed, last night's database, before and after, back-dated import, a filter.
 *
 * (1) A change is made once: at a later start the database has it, and only the questions are asked again.
 */

import { q, tToTx } from 'yore'
import { chapter, step } from './steps.mjs'

const attribute = (ident, type, more = {}) => ({
  ':db/ident': ident,
  ':db/valueType': `:db.type/${type}`,
  ':db/cardinality': ':db.cardinality/one',
  ...more,
})
const identity = { ':db/unique': ':db.unique/identity' }
const at = (iso) => ({ ':db/id': 'datomic.tx', ':db/txInstant': new Date(iso) })

const schema = [
  attribute(':item/id', 'string', identity),
  attribute(':item/description', 'string'),
  attribute(':item/count', 'long'),
  attribute(':user/name', 'string', identity),
  attribute(':order/id', 'string', identity),
  attribute(':order/zip-code', 'string'),
  attribute(':order-rule/name', 'string', identity),
  attribute(':order-rule/zip-code', 'string'),
  attribute(':tx/user', 'ref'),
  attribute(':tx/mistake', 'boolean'),
]

export async function inventoryTour(conn) {
  chapter('An inventory, and its past')
  const has = (iso) =>
    q('[:find ?tx . :in $ ?at :where [?tx :db/txInstant ?at]]', conn.db(), new Date(iso)) !== null

  if (!has('2019-11-20T09:00:00Z')) await conn.transact([...schema, at('2019-11-20T09:00:00Z')])

  await step({
    title: 'A back-dated import',
    words:
      'Old records come with their own dates: :db/txInstant on "datomic.tx", the transaction itself. Time may not run backwards, so the oldest come first.',
    headings: ['recorded', 'user'],
    isDone: () => has('2019-11-27T21:00:00Z'),
    change: async () => {
      await conn.transact([
        { ':user/name': 'Steve' },
        { ':user/name': 'The Boss' },
        at('2019-11-21T08:00:00Z'),
      ])
      await conn.transact([
        { ':order-rule/name': 'flowers', ':order-rule/zip-code': '0056' },
        { ':order/id': 'A-1077', ':order/zip-code': '0056' },
        at('2019-11-27T21:00:00Z'),
      ])
    },
    run: () =>
      q('[:find ?when ?name :where [_ :user/name ?name ?tx] [?tx :db/txInstant ?when]]', conn.db()),
  })

  await step({
    title: 'A bad record',
    words: 'Steve enters 999 Tribbles. What do we know of them, and since which transaction?',
    headings: ['attribute', 'value', 'transaction', 'added'],
    isDone: () => has('2019-11-27T22:00:00Z'),
    change: async () => {
      await conn.transact([
        {
          ':item/id': '0042-TRBL',
          ':item/description': 'Tribble: a low maintenance pet.',
          ':item/count': 999,
        },
        {
          ':db/id': 'datomic.tx',
          ':tx/user': [':user/name', 'Steve'],
          ':db/txInstant': new Date('2019-11-27T22:00:00Z'),
        },
      ])
    },
    run: () =>
      q(
        `[:find ?attribute ?v ?tx ?added
          :in $ ?e
          :where [?e ?a ?v ?tx ?added] [?a :db/ident ?attribute]]`,
        conn.db(),
        [':item/id', '0042-TRBL'],
      ),
  })

  await step({
    title: 'Corrected, with the reason',
    words: 'Not deleted: somebody may have acted on it. The correction is a fact, and so is why.',
    headings: ['when', 'count', 'added', 'why'],
    isDone: () => has('2019-11-27T22:10:00Z'),
    change: async () => {
      await conn.transact([
        [':db/add', [':item/id', '0042-TRBL'], ':item/count', 0],
        {
          ':db/id': 'datomic.tx',
          ':db/doc': 'We do not sell Tribbles.',
          ':db/txInstant': new Date('2019-11-27T22:10:00Z'),
        },
      ])
    },
    run: () =>
      q(
        `[:find ?when ?n ?added ?why
          :where [?e :item/id "0042-TRBL"]
                 [?e :item/count ?n ?tx ?added]
                 [?tx :db/txInstant ?when]
                 [(get-else $ ?tx :db/doc "") ?why]]`,
        conn.db().history(),
      ).sort((x, y) => x[0] - y[0]),
  })

  await step({
    title: 'The order failed last night. Who changed what since?',
    words:
      'The boss came in early. The transactions since, and what each of them changed, from the log.',
    headings: ['when', 'who', 'attribute', 'value', 'added'],
    isDone: () => has('2019-11-28T07:54:28Z'),
    change: async () => {
      await conn.transact([
        [':db/add', [':order-rule/name', 'flowers'], ':order-rule/zip-code', '0061'],
        {
          ':db/id': 'datomic.tx',
          ':tx/user': [':user/name', 'The Boss'],
          ':db/txInstant': new Date('2019-11-28T07:54:28Z'),
        },
      ])
    },
    run: () =>
      q(
        `[:find ?when ?who ?attribute ?v ?added
          :in $ ?log ?since
          :where [(tx-ids ?log ?since nil) [?tx ...]]
                 [?tx :tx/user ?u]
                 [?u :user/name ?who]
                 [?tx :db/txInstant ?when]
                 [(tx-data ?log ?tx) [[?e ?a ?v _ ?added]]]
                 [(!= ?e ?tx)]
                 [?a :db/ident ?attribute]]`,
        conn.db(),
        conn.log(),
        new Date('2019-11-27T23:30:00Z'),
      ),
  })

  await step({
    title: 'The same question, to the database as of last night',
    words: 'A rule matched the order then. Today none does.',
    headings: ['database', 'rules that match'],
    run: () => {
      const matching = `[:find [?rule ...]
                         :in $ ?order
                         :where [?order :order/zip-code ?zip]
                                [?r :order-rule/zip-code ?zip]
                                [?r :order-rule/name ?rule]]`
      const lastNight = conn.db().asOf(new Date('2019-11-27T23:30:00Z'))
      const order = [':order/id', 'A-1077']
      return [
        ['last night', q(matching, lastNight, order).join()],
        ['now', q(matching, conn.db(), order).join()],
      ]
    },
  })

  await step({
    title: 'One entity, before and after every change',
    words:
      'For each transaction that touched it: the entity as of the moment before, and as of then.',
    headings: ['when', 'before', 'after'],
    run: () => {
      const db = conn.db()
      const item = db.entid([':item/id', '0042-TRBL'])
      return q('[:find [?tx ...] :in $ ?e :where [?e _ _ ?tx]]', db.history(), item)
        .sort((a, b) => a - b)
        .map((tx) => [
          db.entity(tx)[':db/txInstant'],
          db.asOf(tx - 1).pull('[:item/id :item/count]', item) ?? 'nothing',
          db.asOf(tx).pull('[:item/id :item/count]', item),
        ])
    },
  })

  await step({
    title: 'Marked as a mistake, and filtered away',
    words:
      'A filter is a function of every fact. Marking the transaction is a fact as well, so it can be undone, too.',
    headings: ['database', 'counts of Tribbles ever believed'],
    isDone: () => q('[:find ?tx . :where [?tx :tx/mistake true]]', conn.db()) !== null,
    change: async () => {
      const mistake = q('[:find ?tx . :where [?e :item/count 999 ?tx true]]', conn.db().history())
      await conn.transact([[':db/add', mistake, ':tx/mistake', true]])
    },
    run: () => {
      const db = conn.db()
      const marks = new Set(q('[:find [?tx ...] :where [?tx :tx/mistake true]]', db))
      const clean = db.filter((_, datom) => !marks.has(datom.tx))
      const counts = '[:find [?n ...] :where [?e :item/id "0042-TRBL"] [?e :item/count ?n]]'
      return [
        ['history', q(counts, db.history()).sort().join(', ')],
        ['history, without mistakes', q(counts, clean.history()).sort().join(', ')],
      ]
    },
  })

  await step({
    title: 'What would happen if …',
    words: '"with" gives the database as it would be. Nothing is stored.',
    run: () => {
      const { dbAfter } = conn
        .db()
        .with([{ ':order-rule/name': 'flowers', ':order-rule/zip-code': '0056' }])
      return {
        'as it would be': q('[:find ?z . :where [_ :order-rule/zip-code ?z]]', dbAfter),
        'as it is': q('[:find ?z . :where [_ :order-rule/zip-code ?z]]', conn.db()),
        'last transaction': tToTx(conn.db().basisT),
      }
    },
  })
}
