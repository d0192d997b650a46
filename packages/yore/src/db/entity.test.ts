import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { addTx, defining, freshDb } from '../../../../test/oracle/small-db.ts'
import { YoreError } from '../base/errors.ts'
import { Instant, Uuid, keyword } from '../data/values.ts'
import { entity, entityGet, entityKeys, isEntity, touch } from './entity.ts'
import type { Entity } from './entity.ts'
import { boot } from './schema.ts'
import { asOf, filter, history } from './views.ts'

const id = (n: number): number => 2 ** 44 + n
const [ann, bob, cid, red, line, order] = [1001, 1002, 1003, 1004, 1005, 1006].map(id) as number[]

const db = addTx(
  addTx(
    freshDb(),
    1000,
    defining(72, {
      'p/name': { type: 'string' },
      'p/tags': { type: 'string', many: true },
      'p/friend': { type: 'ref', many: true },
      'p/boss': { type: 'ref' },
      'p/color': { type: 'ref' },
      'o/lines': { type: 'ref', many: true, component: true },
      'p/born': { type: 'instant' },
      'p/code': { type: 'uuid', unique: 'identity' },
      'p/_odd': { type: 'string' },
    }),
  ),
  2000,
  [
    [ann!, 'p/name', 'Ann'],
    [ann!, 'p/tags', 'y'],
    [ann!, 'p/tags', 'x'],
    [ann!, 'p/friend', cid!],
    [ann!, 'p/friend', bob!],
    [ann!, 'p/boss', bob!],
    [ann!, 'p/color', red!],
    [ann!, 'p/born', new Instant(5)],
    [ann!, 'p/_odd', 'odd'],
    [bob!, 'p/name', 'Bob'],
    [cid!, 'p/friend', ann!],
    [cid!, 'p/code', new Uuid('11111111-2222-3333-4444-555555555555')],
    [red!, boot.ident, keyword('color/red')],
    [order!, 'o/lines', line!],
    [line!, 'p/name', 'one line'],
  ],
)

const get = (n: number | undefined): Entity => entity(db, n ?? null) as Entity

test('attributes, references and what is missing', () => {
  const e = get(ann)
  expect(e[':db/id']).toBe(ann)
  expect(e[':p/name']).toBe('Ann')
  expect(e[':p/tags']).toEqual(['x', 'y'])
  expect(e[':p/born']).toEqual(new Date(5))
  expect(e[':p/color']).toBe(':color/red')
  expect(e[':nope/x']).toBeUndefined()
  expect(get(bob)[':p/tags']).toBeUndefined()
  const boss = e[':p/boss'] as Entity
  expect(boss[':p/name']).toBe('Bob')
  expect(e[':p/boss']).toBe(boss)
  expect((e[':p/friend'] as Entity[]).map((x) => x[':db/id'])).toEqual([bob, cid])
})

test('backwards: an array of entities, or the owner of a component', () => {
  expect((get(bob)[':p/_friend'] as Entity[]).map((x) => x[':db/id'])).toEqual([ann])
  expect((get(red)[':p/_color'] as Entity[])[0]?.[':p/name']).toBe('Ann')
  expect((get(line)[':o/_lines'] as Entity)[':db/id']).toBe(order)
  expect(get(ann)[':p/_boss']).toBeUndefined()
  expect(get(ann)[':p/_name']).toBeUndefined()
  expect(get(ann)[':p/_odd']).toBe('odd')
})

test('it behaves like an object with its attributes', () => {
  const e = get(ann)
  const names = [':p/name', ':p/tags', ':p/friend', ':p/boss', ':p/color', ':p/born', ':p/_odd']
  expect(Object.keys(e)).toEqual(names)
  expect(Object.keys({ ...e })).toEqual(names)
  expect(':p/name' in e && ':p/_friend' in e && ':db/id' in e).toBe(true)
  expect(':p/code' in e || 'p/name' in e).toBe(false)
  expect(Object.hasOwn(e, ':db/id') && Object.hasOwn(e, ':p/name')).toBe(true)
  expect(Object.hasOwn(e, ':p/_friend')).toBe(false)
  expect(isEntity(e) && !isEntity({}) && !isEntity(null)).toBe(true)
})

test('JSON and inspect show it plainly, components in full, circles closed', () => {
  expect(JSON.parse(JSON.stringify(get(ann)))).toEqual({
    ':db/id': ann,
    ':p/name': 'Ann',
    ':p/tags': ['x', 'y'],
    ':p/friend': [{ ':db/id': bob }, { ':db/id': cid }],
    ':p/boss': { ':db/id': bob },
    ':p/color': ':color/red',
    ':p/born': '1970-01-01T00:00:00.005Z',
    ':p/_odd': 'odd',
  })
  expect(inspect(touch(get(order)), { depth: 5 })).toContain("':p/name': 'one line'")
  const knot = addTx(db, 3000, [[line!, 'o/lines', order!]])
  expect(JSON.stringify(entity(knot, order!))).toBe(
    `{":db/id":${order},":o/lines":[{":db/id":${line},":p/name":"one line",":o/lines":[{":db/id":${order}}]}]}`,
  )
  expect(touch(entity(knot, order!) as Entity)[':db/id']).toBe(order)
})

test('odd properties are harmless, and it cannot be changed', async () => {
  const e = get(ann) as any
  expect(await e).toBe(e)
  expect(e.then).toBeUndefined()
  expect(`${Object.prototype.toString.call(e)}`).toBe('[object Entity]')
  expect(e.__proto__).toBe(Object.getPrototypeOf(e))
  expect(e[':__proto__'] ?? e[':constructor'] ?? e[':'] ?? e['']).toBeUndefined()
  for (const change of [
    () => (e[':p/name'] = 'x'),
    () => delete e[':p/name'],
    () => Object.defineProperty(e, ':x', { value: 1 }),
    () => Object.setPrototypeOf(e, null),
    () => Object.freeze(e),
    () => e[':p/tags'].push('z'),
  ]) {
    expect(change).toThrow()
  }
  expect(e[':p/name']).toBe('Ann')
})

test('identifiers: any number is an entity, what does not resolve is none, a history has none', () => {
  expect(entity(db, 123456789)?.[':db/id']).toBe(123456789)
  expect(Object.keys(entity(db, -1) as object)).toEqual([])
  expect(entity(db, keyword('color/red'))?.[':db/id']).toBe(red)
  expect(entity(db, keyword('color/blue'))).toBeNull()
  expect(entity(db, null)).toBeNull()
  expect(entity(db, 1.5)).toBeNull()
  const uuid = new Uuid('11111111-2222-3333-4444-555555555555')
  expect(entity(db, [keyword('p/code'), uuid])?.[':db/id']).toBe(cid)
  expect(() => entity(db, 'ann')).toThrow(':db.error/not-a-keyword')
  expect(() => entity(history(db), ann!)).toThrow(YoreError)
})

test('views are kept while navigating; the names of references are not subject to them', () => {
  const noNames = filter(db, (_, d) => d.a !== 72 && d.a !== boot.ident)
  const e = entity(noNames, ann!) as Entity
  expect(e[':p/name']).toBeUndefined()
  expect((e[':p/boss'] as Entity)[':p/name']).toBeUndefined()
  expect(e[':p/color']).toBe(':color/red')
  expect(Object.keys(entity(asOf(db, 1000), ann!) as object)).toEqual([])
})

test('exact values for inner parts', () => {
  expect(entityKeys(db, ann!)).toContain(keyword('p/tags'))
  expect(entityGet(db, ann!, keyword('p/color'))).toBe(keyword('color/red'))
  expect(entityGet(db, ann!, ':p/friend')).toEqual([bob, cid])
  expect(entityGet(db, line!, keyword('o/_lines'))).toBe(order)
  expect(entityGet(db, bob!, keyword('p/friend'))).toBeNull()
  expect(() => entityGet(db, bob!, 5)).toThrow(':db.error/not-a-keyword')
})
