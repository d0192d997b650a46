import { expect, test } from 'vitest'
import { NaiveIndex } from '../../../../test/oracle/naive-index.ts'
import { keyword } from '../data/values.ts'
import { emptyDb } from './bootstrap.ts'
import { datoms } from './datoms.ts'
import { entid, identOf, requireAttribute } from './lookup.ts'
import { dbStats } from './stats.ts'
import { history } from './views.ts'

const db = emptyDb('test', (facts, p) => new NaiveIndex([...facts], p))

test('a fresh database has 266 current datoms, 268 in its history', () => {
  expect([...datoms(db, 'eavt', [])]).toHaveLength(266)
  expect([...datoms(history(db), 'eavt', [])]).toHaveLength(268)
  expect(dbStats(db).datoms).toBe(268)
  expect(dbStats(db).attrs.get(keyword('db/ident'))).toBe(67)
  expect(dbStats(db).attrs.get(keyword('db/doc'))).toBe(48)
})

test('the built-in functions have two names, and go by the newer', () => {
  expect(identOf(db, 54)).toBe(keyword('db/retractEntity'))
  expect(entid(db, keyword('db.fn/retractEntity'))).toBe(54)
  expect(db.schema.identToId.size).toBe(65)
  expect(db.schema.idToIdent.size).toBe(63)
})

test('33 attributes, each as the original has it', () => {
  expect(db.schema.attributes.size).toBe(33)
  const at = (name: string) => requireAttribute(db, keyword(name))
  expect(at('db/ident')).toMatchObject({ unique: 'identity', indexed: false, hasAvet: true })
  expect(at('fressian/tag')).toMatchObject({ unique: null, indexed: true, hasAvet: true })
  expect(at('db/doc')).toMatchObject({ valueType: 'string', fulltext: true, hasAvet: false })
  expect(at('db/tupleAttrs')).toMatchObject({ valueType: 'tuple', tupleType: 'keyword' })
  expect([...db.schema.partitions]).toEqual([0, 3, 4])
})

test('an unknown attribute names the nearest known one', () => {
  expect(() => requireAttribute(db, keyword('db/idnet'))).toThrow(/did you mean :db\/ident\?/)
  expect(() => requireAttribute(db, keyword('db.part/user'))).toThrow(':db.error/not-an-attribute')
})
