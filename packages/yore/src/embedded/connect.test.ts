import { afterEach, expect, test } from 'vitest'
import { YoreError } from '../base/errors.ts'
import {
  connect,
  createDatabase,
  deleteDatabase,
  getDatabaseNames,
  renameDatabase,
} from './connect.ts'

const uri = 'yore:mem://connect-test'

afterEach(async () => {
  for (const name of await getDatabaseNames('yore:mem://*'))
    await deleteDatabase(`yore:mem://${name}`)
})

const codeOf = async (run: () => Promise<unknown>): Promise<string> => {
  try {
    await run()
  } catch (error) {
    if (error instanceof YoreError) return error.code
    throw error
  }
  return 'no error'
}

test('a database is created once, and is there until it is deleted', async () => {
  expect(await createDatabase(uri)).toBe(true)
  expect(await createDatabase(uri)).toBe(false)
  expect(await getDatabaseNames('yore:mem://*')).toEqual(['connect-test'])
  expect(await deleteDatabase(uri)).toBe(true)
  expect(await deleteDatabase(uri)).toBe(false)
  expect(await codeOf(() => connect(uri))).toBe(':db.error/db-not-found')
})

test('one uri, one connection; a new one after release, to the same data', async () => {
  await createDatabase(uri)
  const conn = await connect(uri)
  expect(await connect(uri)).toBe(conn)
  await conn.transact([{ ':db/doc': 'x' }])
  await conn.release()
  const again = await connect(uri)
  expect(again).not.toBe(conn)
  expect(again.db().basisT).toBe(1000)
})

test('connecting while a connection closes waits until what it had is committed', async () => {
  await createDatabase(uri)
  const conn = await connect(uri)
  const pending = Array.from({ length: 20 }, () => conn.transact([{ ':db/doc': 'x' }]))
  const released = conn.release()
  const again = await connect(uri)
  expect(again).not.toBe(conn)
  expect(again.log().txRange()).toHaveLength(20)
  await Promise.all([...pending, released])
  expect(await connect(uri)).toBe(again)
})

test('databases are different ones, also under the same name later', async () => {
  await createDatabase(uri)
  const { id } = (await connect(uri)).db()
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  await deleteDatabase(uri)
  await createDatabase(uri)
  const db = (await connect(uri)).db()
  expect(db.id).not.toBe(id)
  expect(db.basisT).toBe(66)
})

test('deleting releases the connection; values live on', async () => {
  await createDatabase(uri)
  const conn = await connect(uri)
  const { dbAfter } = await conn.transact([{ ':db/id': 'x', ':db/doc': 'kept' }])
  const late = conn.transact([{ ':db/doc': 'late' }])
  const deleted = deleteDatabase(uri)
  expect(await codeOf(() => late)).toBe(':yore/released')
  expect(await deleted).toBe(true)
  expect(await codeOf(() => conn.transact([]))).toBe(':yore/released')
  expect(await codeOf(async () => conn.db())).toBe(':yore/released')
  expect([...dbAfter.datoms('aevt', ':db/doc')].at(-1)?.v).toBe('kept')
})

test('renaming keeps connections; a name that is taken stays', async () => {
  await createDatabase(uri)
  const conn = await connect(uri)
  expect(await renameDatabase(uri, 'renamed')).toBe(true)
  expect(await connect('yore:mem://renamed')).toBe(conn)
  expect(await codeOf(() => connect(uri))).toBe(':db.error/db-not-found')
  expect(await codeOf(() => renameDatabase(uri, 'x'))).toBe(':db.error/db-not-found')
  await createDatabase(uri)
  expect(await renameDatabase(uri, 'renamed')).toBe(false)
  expect(await codeOf(() => renameDatabase(uri, 'a/b'))).toBe(':yore/invalid-uri')
})

test('what is no uri of ours says so', async () => {
  const bad = [
    '',
    'mem',
    'datomic:mem://x',
    'yore:mem:/x',
    'yore:mem://',
    'yore:mem://a/b',
    'yore:mem://*',
    'yore:mem://%zz',
    'yore:mem://a b',
    5,
    null,
    {},
    `yore:mem://${'x'.repeat(3000)}`,
    'yore:file://x',
    'yore:file://./',
    'yore:file://./a b',
    'yore:file://./x%00/y',
  ]
  for (const x of bad) {
    for (const f of [connect, createDatabase, deleteDatabase]) {
      expect([x, await codeOf(() => f(x as string))]).toEqual([x, ':yore/invalid-uri'])
    }
  }
  for (const x of ['yore:nope://x', 'yore:constructor://x']) {
    expect(await codeOf(() => connect(x))).toBe(':db.error/unsupported-protocol')
  }
  expect(await codeOf(() => getDatabaseNames(uri))).toBe(':yore/invalid-uri')
  expect(await createDatabase('yore:mem://caf%C3%A9?x=1')).toBe(true)
  expect(await getDatabaseNames('yore:mem://*')).toEqual(['café'])
})

test('a name that is not there: the error tells those that are', async () => {
  const messageOf = async (x: string): Promise<string> => {
    const error: unknown = await connect(x).catch((e: unknown) => e)
    return (error as YoreError).message
  }
  expect(await messageOf('yore:mem://inventry')).toMatch(/inventry'; createDatabase makes one/)
  await createDatabase('yore:mem://inventory')
  await createDatabase('yore:mem://shop')
  expect(await messageOf('yore:mem://inventry')).toContain("but 'inventory', 'shop';")
  for (let i = 0; i < 20; i++) await createDatabase(`yore:mem://x${i}`)
  expect(await messageOf('yore:mem://inventry')).toContain('and 12 more')
  expect(await messageOf('yore:file://./data/')).toContain('ends without the name')
})

test('names of prototypes are names', async () => {
  for (const name of ['__proto__', 'constructor', 'toString']) {
    expect(await createDatabase(`yore:mem://${name}`)).toBe(true)
    expect((await connect(`yore:mem://${name}`)).db().basisT).toBe(66)
  }
})

test('functions are added by later connects, and must have qualified names', async () => {
  await createDatabase(uri)
  const conn = await connect(uri, { functions: { 'a/one': () => 1 } })
  await connect(uri, { functions: { ':a/two': () => 2, 'a/one': () => 11 } })
  const db = conn.db()
  expect([db.invoke('a/one'), db.invoke(':a/two'), db.invoke(':a/one')]).toEqual([11, 2, 11])
  for (const name of ['inc', '/x', 'x/', ':inc', '']) {
    expect(await codeOf(() => connect(uri, { functions: { [name]: () => 1 } }))).toBe(
      ':yore/invalid-argument',
    )
  }
  expect(await codeOf(() => connect(uri, { functions: { 'a/b': 5 as never } }))).toBe(
    ':yore/invalid-argument',
  )
  expect(await codeOf(async () => db.invoke('a/none'))).toBe(':yore/unknown-function')
})

test('an option that does not exist is refused, with the one that was meant', async () => {
  await createDatabase(uri)
  const told = async (run: () => Promise<unknown>): Promise<string> => {
    expect(await codeOf(run)).toBe(':yore/invalid-argument')
    return run().catch((error: Error) => error.message) as Promise<string>
  }
  expect(await told(() => connect(uri, { durabilty: 'relaxed' } as never))).toContain(
    'did you mean durability?',
  )
  expect(await told(() => connect(uri, { __proto__: null, constructor: 1 } as never))).toContain(
    'there are functions, readOnly,',
  )
  expect(await told(() => createDatabase(uri, { readOnly: true } as never))).toContain('readOnly')
  expect(await told(() => connect(uri, { readOnly: true, x: undefined } as never))).toContain("'x'")
})
