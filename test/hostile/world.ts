/** A small database to be hostile to, and how to tell that it is as it was. */

import { connect, createDatabase } from 'yore'
import type { Connection, Database, DatabaseFunction } from 'yore'

export const schema = `[
  {:db/ident :p/name :db/valueType :db.type/string :db/cardinality :db.cardinality/one :db/unique :db.unique/identity}
  {:db/ident :p/age :db/valueType :db.type/long :db/cardinality :db.cardinality/one :db/index true}
  {:db/ident :p/friend :db/valueType :db.type/ref :db/cardinality :db.cardinality/many}
  {:db/ident :p/part :db/valueType :db.type/ref :db/cardinality :db.cardinality/many :db/isComponent true}
  {:db/ident :p/key :db/valueType :db.type/uuid :db/cardinality :db.cardinality/one :db/unique :db.unique/value}
  {:db/ident :p/born :db/valueType :db.type/instant :db/cardinality :db.cardinality/one :db/index true}
  {:db/ident :p/kind :db/valueType :db.type/keyword :db/cardinality :db.cardinality/many}
  {:db/ident :p/height :db/valueType :db.type/double :db/cardinality :db.cardinality/one}
  {:db/ident :p/ratio :db/valueType :db.type/float :db/cardinality :db.cardinality/one}
  {:db/ident :p/big :db/valueType :db.type/bigint :db/cardinality :db.cardinality/one :db/index true}
  {:db/ident :p/price :db/valueType :db.type/bigdec :db/cardinality :db.cardinality/one :db/index true}
  {:db/ident :p/data :db/valueType :db.type/bytes :db/cardinality :db.cardinality/one}
  {:db/ident :p/link :db/valueType :db.type/uri :db/cardinality :db.cardinality/one}
  {:db/ident :p/sym :db/valueType :db.type/symbol :db/cardinality :db.cardinality/one}
  {:db/ident :p/ok :db/valueType :db.type/boolean :db/cardinality :db.cardinality/one}
  {:db/ident :p/pair :db/valueType :db.type/tuple :db/tupleTypes [:db.type/long :db.type/string] :db/cardinality :db.cardinality/one}
  {:db/ident :p/name+age :db/valueType :db.type/tuple :db/tupleAttrs [:p/name :p/age] :db/cardinality :db.cardinality/one :db/unique :db.unique/identity}
  {:db/ident :p/note :db/valueType :db.type/string :db/cardinality :db.cardinality/many :db/fulltext true}
  {:db/ident :__proto__ :db/valueType :db.type/string :db/cardinality :db.cardinality/one}
  {:db/ident :constructor :db/valueType :db.type/ref :db/cardinality :db.cardinality/one}
  {:db/ident :toString :db/valueType :db.type/string :db/cardinality :db.cardinality/many}]`

export const data = `[
  {:db/id "a" :p/name "Ann" :p/age 30 :p/friend ["b" "c"] :p/part [{:p/note "a part of Ann"}] :p/kind [:k/x :k/y] :p/price 1.50M
   :p/key #uuid "00000000-0000-4000-8000-000000000001" :p/born #inst "1990-01-01" :constructor "b" :toString ["s" "t"]}
  {:db/id "b" :p/name "Bob" :p/age 40 :p/friend ["a"] :p/height 1.5 :p/pair [1 "x"] :p/note ["wild garlic" "garlic bread"] :db/ident :id/bob}
  {:db/id "c" :p/name "Cid" :p/friend ["c"] :p/big 7N :p/link #uri "http://a.b" :p/sym foo/bar :p/ok true}
  [:db/add "a" :__proto__ "p"]]`

let count = 0

/** A new database with the data. */
export async function world(
  functions: Readonly<Record<string, DatabaseFunction>> = {},
): Promise<Connection> {
  const uri = `yore:mem://hostile-${count++}`
  await createDatabase(uri)
  const conn = await connect(uri, { functions })
  await conn.transact(schema)
  await conn.transact(data)
  await conn.transact('[{:p/name "Ann" :p/age 31}]')
  return conn
}

/** All facts, past ones too, and what a few reads give, as text. */
export function fingerprint(db: Database): string {
  const facts = [...db.history().datoms('eavt')].map((d) => [...d].map(String).join())
  const text = (x: unknown): string =>
    JSON.stringify(x, (_, v: unknown) => (typeof v === 'bigint' ? `${v}n` : v))
  return [
    db.basisT,
    db.nextT,
    ...facts,
    text(db.pull('[*]', [':p/name', 'Ann'])),
    text(db.stats()),
  ].join('\n')
}
