import { expect, test } from 'vitest'
import { addTx, defining, freshDb } from '../../../../test/oracle/small-db.ts'
import { keyword } from '../data/values.ts'
import { entid, identOf } from './lookup.ts'
import { placementOf, schemaOf } from './schema-of.ts'
import { boot } from './schema.ts'
import { wordKeys } from './words.ts'
import type { Schema } from './schema.ts'

const user = 2 ** 44

const plain = (schema: Schema): unknown => ({
  ...schema,
  idToIdent: new Map(schema.idToIdent),
  identToId: new Map(schema.identToId),
})

test('a transaction without schema facts leaves the very same schema', () => {
  const db = addTx(freshDb(), 1, defining(72, { 'p/name': { type: 'string' } }))
  const next = addTx(db, 2, [[user + 1001, 'p/name', 'Ann']])
  expect(next.schema).toBe(db.schema)
  expect(db.schema).not.toBe(freshDb().schema)
})

test('step by step and from scratch agree, through installs, alterations and renames', () => {
  const spec = {
    'p/id': { type: 'string', unique: 'identity' },
    'p/ref': { type: 'ref', many: true },
  } as const
  let db = addTx(freshDb(), 1, defining(72, spec))
  expect(plain(schemaOf(db.facts))).toEqual(plain(db.schema))
  db = addTx(db, 2, [
    [73, boot.isComponent, true],
    [0, boot.alterAttribute, 73],
  ])
  expect(db.schema.attributes.get(73)).toMatchObject({ isComponent: true, many: true })
  db = addTx(db, 3, [
    [72, boot.ident, keyword('p/id'), false],
    [72, boot.ident, keyword('p/key')],
  ])
  db = addTx(db, 4, [[user + 1003, boot.ident, keyword('p/id')]])
  expect(plain(schemaOf(db.facts))).toEqual(plain(db.schema))
  expect(identOf(db, 72)).toBe(keyword('p/key'))
  expect(db.schema.attributes.get(72)?.ident).toBe(keyword('p/key'))
  expect(entid(db, keyword('p/id'))).toBe(user + 1003)
})

test('a retracted name goes on being a name', () => {
  let db = addTx(freshDb(), 1, [[user + 1001, boot.ident, keyword('color/red')]])
  db = addTx(db, 2, [[user + 1001, boot.ident, keyword('color/red'), false]])
  expect(entid(db, keyword('color/red'))).toBe(user + 1001)
  expect(identOf(db, user + 1001)).toBe(keyword('color/red'))
  expect(plain(schemaOf(db.facts))).toEqual(plain(db.schema))
})

test('a composite keeps its members when one is renamed and its name given away', () => {
  let db = addTx(freshDb(), 1, [
    ...defining(72, {
      'c/a': { type: 'long' },
      'c/b': { type: 'long' },
      'c/ab': { type: 'tuple' },
    }),
    [74, boot.tupleAttrs, [keyword('c/a'), keyword('c/b')]],
  ])
  db = addTx(db, 2, [
    [72, boot.ident, keyword('c/a'), false],
    [72, boot.ident, keyword('c/z')],
  ])
  db = addTx(db, 3, [
    [user + 1003, boot.ident, keyword('c/a')],
    [74, boot.noHistory, true],
  ])
  expect(db.schema.attributes.get(74)?.tupleAttrs).toEqual([72, 73])
  expect(schemaOf(db.facts).attributes.get(74)?.tupleAttrs).toEqual([72, 73])
  expect(db.schema.composites).toEqual(
    new Map([
      [72, [74]],
      [73, [74]],
    ]),
  )
})

test('fulltext is for strings only, AVET for indexed and unique attributes', () => {
  const db = addTx(freshDb(), 1, [
    ...defining(72, {
      'f/long': { type: 'long', index: true },
      'f/text': { type: 'string', unique: 'value' },
      'f/ref': { type: 'ref' },
    }),
    [72, boot.fulltext, true],
    [73, boot.fulltext, true],
  ])
  expect(db.schema.attributes.get(72)?.fulltext).toBe(false)
  expect(db.schema.attributes.get(73)).toMatchObject({
    fulltext: true,
    indexed: false,
    hasAvet: true,
  })
  const placed = placementOf(db.schema)
  expect([72, 73, 74, 9999].map(placed)).toEqual([
    { avet: true, vaet: false, column: 'long' },
    { avet: true, vaet: false, column: 'value', wordsOf: wordKeys },
    { avet: false, vaet: true, column: 'ref' },
    { avet: false, vaet: false, column: 'value' },
  ])
})

test('a user value type is what its tag says', () => {
  const db = addTx(freshDb(), 1, [
    [72, boot.ident, keyword('my.type/money')],
    [72, boot.fressianTag, keyword('bigdec')],
    [0, boot.installValueType, 72],
    [73, boot.ident, keyword('x/price')],
    [73, boot.valueType, 72],
    [73, boot.cardinality, boot.cardinalityOne],
    [0, boot.installAttribute, 73],
  ])
  expect(db.schema.attributes.get(73)).toMatchObject({ valueType: 'bigdec', typeId: 72 })
})
