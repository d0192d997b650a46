/** What the tests of excision share: a search through every stored byte, and a small world with secrets in it. */

import { expect } from 'vitest'
import { verifyStored } from '../../packages/yore/src/admin/verify.ts'
import { YoreError } from '../../packages/yore/src/base/errors.ts'
import { unframe } from '../../packages/yore/src/data/codec/frame.ts'
import { keyword } from '../../packages/yore/src/data/values.ts'
import type { Db } from '../../packages/yore/src/db/db.ts'
import { entid } from '../../packages/yore/src/db/lookup.ts'
import { decodeSlot } from '../../packages/yore/src/db/log-slot.ts'
import type { MemoryStore } from '../../packages/yore/src/storage/drivers/memory.ts'
import type { Storage } from '../../packages/yore/src/storage/storage.ts'
import type { StoredOptions, Transactor } from '../../packages/yore/src/transactor/transactor.ts'
import { databaseId, freshIn, hastyEnv as env, submit } from './world.ts'

export async function expectWhole(storage: Storage, note = ''): Promise<void> {
  const report = await verifyStored({ storage, databaseId, name: 'care' }, { env })
  expect(report.problems, note).toEqual([])
}

// ---- searching stored bytes ----

/** Every stored byte of a store, packed and unpacked. */
function* everyByte(store: MemoryStore): Generator<readonly [string, Uint8Array]> {
  for (const [name, bytes] of store.roots) yield [`root ${name}`, bytes]
  for (const { blobs, slots } of store.databases.values()) {
    for (const [id, bytes] of blobs) {
      yield [`blob ${id}`, bytes]
      try {
        yield [`contents of blob ${id}`, unframe(bytes, null, id).content]
      } catch (error) {
        // the slot of a backup
        if (!(error instanceof YoreError)) throw error
        const t = Number(id.split('-')[1])
        yield [`contents of blob ${id}`, decodeSlot(bytes, t, id).records]
      }
    }
    for (const [t, bytes] of slots) {
      yield [`slot ${t}`, bytes]
      yield [`contents of slot ${t}`, decodeSlot(bytes, t, '').records]
    }
  }
}

const has = (bytes: Uint8Array, text: string): boolean => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return buffer.includes(text, 0, 'utf8') || buffer.includes(text, 0, 'utf16le')
}

export function placesOf(store: MemoryStore, text: string): string[] {
  return [...everyByte(store)].filter(([, bytes]) => has(bytes, text)).map(([name]) => name)
}

export const excise = (target: number | string, more = ''): string =>
  `[{:db/id "x" :db/excise ${target} ${more}}]`

// ---- a small world with secrets ----

const one = (name: string, type: string, more = ''): string =>
  `{:db/ident :p/${name} :db/valueType :db.type/${type} :db/cardinality :db.cardinality/one ${more}}`
export const schema = `[
  ${one('email', 'string', ':db/unique :db.unique/identity')} ${one('name', 'string', ':db/index true')}
  ${one('mood', 'string', ':db/noHistory true')} ${one('about', 'string', ':db/fulltext true')}
  ${one('tag', 'keyword')} ${one('key', 'bytes')} ${one('friend', 'ref')} ${one('room', 'string')} ${one('seat', 'long')}
  ${one('place', 'tuple', ':db/tupleAttrs [:p/room :p/seat]')}
  {:db/ident :p/addresses :db/valueType :db.type/ref :db/cardinality :db.cardinality/many :db/isComponent true}]`

export const person = (n: number | string): string => `[:p/email "person-${n}@example.com"]`

/** Ann, with secrets of every kind, among others. */
export async function people(
  storage: Storage,
  options: Partial<StoredOptions> = { segmentSize: 8 },
): Promise<Transactor> {
  const transactor = await freshIn(storage, options)
  await submit(transactor, schema)
  const others = (from: number): string =>
    Array.from(
      { length: 25 },
      (_, i) =>
        `{:p/email "person-${from + i}@example.com" :p/name "name ${from + i}" :p/about "plain words"}`,
    ).join(' ')
  await submit(transactor, `[${others(0)}]`)
  await submit(
    transactor,
    `[{:db/id "ann" :p/email "person-ann@example.com" :p/name "SECRET-old-name" :p/mood "SECRET-old-mood"
       :p/about "SECRET-about Zyzzyva and words" :p/tag :SECRET-tag/SECRET-keyword :p/key #bytes "5345435245542d6279746573"
       :p/room "SECRET-room" :p/seat 1
       :p/addresses [{:p/name "SECRET-street" :p/addresses [{:p/about "SECRET-inner"}]}]}
      {:db/id "datomic.tx" :db/doc "said by person-ann"}]`,
  )
  await transactor.indexed(transactor.db.basisT)
  await submit(
    transactor,
    `[{:p/email "person-ann@example.com" :p/name "SECRET-new-name" :p/mood "SECRET-new-mood" :p/seat 2}]`,
  )
  await submit(transactor, `[{:p/email "person-3@example.com" :p/friend ${person('ann')}}]`)
  await transactor.indexed(transactor.db.basisT)
  await submit(transactor, `[${others(25)}]`)
  await submit(transactor, `[{:p/email "person-ann@example.com" :p/name "SECRET-third-name"}]`)
  return transactor
}

export const annOf = (db: Db): number =>
  entid(db, [keyword('p/email'), 'person-ann@example.com']) as number
export const forget = (): number => env.now() + 60_000
