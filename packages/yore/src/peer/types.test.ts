/** The types of the public API, as programs meet them. Checked by the compiler. */

import { expectTypeOf, test } from 'vitest'
import type { Entity, EntityValue } from '../db/entity.ts'
import type { Connection } from './connection.ts'
import { Database } from './database.ts'
import type { Datom } from './datom.ts'
import type { EntityId, Pulled, TxData, TxReport } from './types.ts'

declare const conn: Connection
declare const local: Database
declare const remote: Database<'remote'>

// never run, only compiled
function programs(): void {
  const id: EntityId = 1
  void conn.transact([
    { ':db/id': 'x', ':item/id': '0042', ':item/count': 999, ':item/tags': [':a', ':b'] },
    { ':order/lines': [{ ':line/item': [':item/id', '0042'] }], ':order/at': new Date() },
    [':db/add', id, ':item/count', 1n],
    ['my.app/transfer', [':item/id', '0042'], 5],
  ])
  void conn.transact('[{:item/id "0042"}]')
  // @ts-expect-error names of attributes begin with a colon
  void conn.transact([{ 'item/id': '0042' }])
  // @ts-expect-error functions are no values
  void conn.transact([{ ':item/id': () => 1 }])
  // @ts-expect-error a point in time is a number or a Date
  local.asOf('2024-01-01')
  // @ts-expect-error there is no such index
  local.datoms('evat')
  // @ts-expect-error database values are made by connections
  void new Database()

  expectTypeOf(conn.db()).toEqualTypeOf<Database>()
  expectTypeOf(conn.transact([])).toEqualTypeOf<Promise<TxReport>>()
  expectTypeOf(local.entity(id)).toExtend<Entity | null>()
  expectTypeOf(local.entity(undefined)?.[':a/b']).toEqualTypeOf<EntityValue>()
  expectTypeOf(local.entity<{ ':a/n': number }>(id)?.[':a/n']).toEqualTypeOf<number | undefined>()
  expectTypeOf(local.pull('[*]', [':item/id', '0042'])).toEqualTypeOf<Pulled | null>()
  expectTypeOf(local.pull<{ ':a/n': number }>('[:a/n]', id)?.[':a/n']).toEqualTypeOf<
    number | undefined
  >()
  expectTypeOf(local.datoms('eavt')).toEqualTypeOf<Iterable<Datom>>()
  expectTypeOf(local.with([]).dbAfter).toEqualTypeOf<Database>()

  expectTypeOf(remote.entid(':a/b')).toEqualTypeOf<Promise<EntityId | null>>()
  expectTypeOf(remote.datoms('eavt')).toEqualTypeOf<AsyncIterable<Datom>>()
  expectTypeOf(remote.asOf(1).with([])).toEqualTypeOf<Promise<TxReport<'remote'>>>()
  // @ts-expect-error a remote database is no local one
  const mixed: Database = remote
  void mixed

  const data: TxData[number][] = []
  data.push({ ':a/b': 1 })
}

test('types hold where the programs compile', () => {
  expectTypeOf(programs).toBeFunction()
})
