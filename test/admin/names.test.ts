/** Names of databases: odd ones, new ones and none, while other processes are connected. */

import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, test } from 'vitest'
import {
  backupDatabase,
  connect,
  createDatabase,
  deleteDatabase,
  getDatabaseNames,
  listBackups,
  renameDatabase,
  restoreDatabase,
  verifyDatabase,
} from '../../packages/yore/src/main.ts'
import type { Connection } from '../../packages/yore/src/main.ts'
import { freshDirectories } from '../storage/fresh-directories.ts'
import { errorOf } from '../error-of.ts'

const fresh = freshDirectories()
const path = (name: string): string => new URL(name, import.meta.url).pathname

/** Another process with a connection. */
class Other {
  readonly process: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>

  constructor(role: 'reader' | 'writer', uri: string) {
    this.process = spawn(process.execPath, [
      '--conditions=yore-source',
      '--import',
      path('../../scripts/ts.mjs'),
      path('names-child.ts'),
      role,
      uri,
    ])
    this.process.stderr.on('data', (text: Buffer) => console.log(String(text)))
    this.#lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]()
  }

  async hear(): Promise<unknown> {
    const { value, done } = await this.#lines.next()
    if (done === true) throw new Error('the other process has ended')
    return JSON.parse(value) as unknown
  }

  tell(command: string): void {
    this.process.stdin.write(`${command}\n`)
  }

  async ask(command: string): Promise<unknown> {
    this.tell(command)
    return this.hear()
  }
}

const others: Other[] = []
async function other(role: 'reader' | 'writer', uri: string): Promise<Other> {
  const child = new Other(role, uri)
  others.push(child)
  expect(await child.hear()).toBe('ready')
  return child
}

afterEach(() => {
  for (const { process: child } of others.splice(0)) child.kill()
})

async function named(uri: string, ...names: string[]): Promise<Connection> {
  await createDatabase(uri)
  const conn = await connect(uri)
  await conn.transact([
    {
      ':db/ident': ':x/name',
      ':db/valueType': ':db.type/string',
      ':db/cardinality': ':db.cardinality/one',
    },
  ])
  for (const name of names) await conn.transact([{ ':x/name': name }])
  return conn
}

describe('odd names', () => {
  const odd = [
    'größe', '水', '🜁', '.', '..', '...', '-', '--fresh', '~', "it's", 'a&b;c|d', '$HOME', '`x`', 'a\\b', 'C', 'c', 'a.b', 'yore', '%', '%25', 'a%b',
    '__proto__', 'constructor', 'toString', 'null', '0', '[x]', '{x}', '<x>', '#', 'a#b', 'ß', 'ss', 'e\u0301', '\u00e9', 'x'.repeat(255),
  ] // prettier-ignore

  test('each is a database of its own, by whatever it is asked for', async () => {
    const data = fresh()
    const at = (name: string): string => `yore:file://${data}/${encodeURIComponent(name)}`
    for (const name of odd) {
      expect([name, await createDatabase(at(name))]).toEqual([name, true])
      expect(await createDatabase(at(name))).toBe(false)
    }
    expect(await getDatabaseNames(`yore:file://${data}/*`)).toEqual(odd.toSorted())
    for (const name of odd) {
      const conn = await connect(at(name))
      await conn.transact([{ ':db/doc': name }])
      await conn.release()
    }
    for (const name of odd) {
      const conn = await connect(at(name), { readOnly: true })
      expect([...conn.db().datoms('aevt', ':db/doc')].at(-1)?.v).toBe(name)
      await conn.release()
    }
    const backups = join(fresh(), 'größe %20 "x"')
    await backupDatabase(at('..'), backups)
    expect(await listBackups(backups)).toHaveLength(1)
    expect(await renameDatabase(at('..'), 'q.q')).toBe(true)
    await restoreDatabase(backups, at('..'))
    expect(await renameDatabase(at('__proto__'), '__defineGetter__')).toBe(true)
    for (const name of odd.filter((x) => x !== '__proto__')) {
      expect([name, await deleteDatabase(at(name))]).toEqual([name, true])
    }
    expect(await getDatabaseNames(`yore:file://${data}/*`)).toEqual(['__defineGetter__', 'q.q'])
  })

  test('what is no name is refused, with what is wrong', async () => {
    const data = fresh()
    const conn = await named(`yore:file://${data}/a`)
    for (const name of [
      '',
      ' ',
      'a b',
      'a/b',
      'a"b',
      'a*b',
      'a:b',
      'a=b',
      'a?b',
      '\n',
      'x'.repeat(256),
      5,
      null,
      undefined,
    ]) {
      const error = await errorOf(() => renameDatabase(`yore:file://${data}/a`, name as string))
      expect(error.code).toBe(':yore/invalid-uri')
      expect(error.message).toContain('no database name')
    }
    expect((await errorOf(() => createDatabase(`yore:file://${data}/a%2Fb/c%20d`))).code).toBe(
      ':yore/invalid-uri',
    )
    expect(await getDatabaseNames(`yore:file://${data}/*`)).toEqual(['a'])
    await conn.release()
  })
})

describe('with another process', { timeout: 30_000 }, () => {
  test('that reads: renaming is nothing to it; deleting releases it, and what waits is told', async () => {
    const data = fresh()
    const uri = `yore:file://${data}/a`
    const conn = await named(uri, 'one')
    await conn.syncIndex(conn.db().basisT)
    const reader = await other('reader', uri)
    const waiting = await other('reader', uri)
    const reporting = await other('reader', uri)
    expect(await reader.ask('names')).toEqual({ names: ['one'] })
    expect(await renameDatabase(uri, 'b')).toBe(true)
    await conn.transact([{ ':x/name': 'two' }])
    expect(await reader.ask('sync')).toEqual({ sync: ['one', 'two'] })
    expect(await reader.ask('names')).toEqual({ names: ['one', 'two'] })
    waiting.tell('wait')
    reporting.tell('reports')
    expect(await deleteDatabase(`yore:file://${data}/b`)).toBe(true)
    expect(await waiting.hear()).toEqual({
      code: ':yore/released',
      message: expect.stringContaining('deleted'),
    })
    expect(await reporting.hear()).toEqual({ reports: expect.any(Number) })
    expect(await reader.ask('sync')).toMatchObject({
      code: expect.stringMatching(/^:(yore\/released|db.error\/db-not-found)$/),
      message: expect.stringContaining('deleted'),
    })
    // a value that is held is answered from what is in memory, or says that it cannot be
    const held = await reader.ask('old')
    if (JSON.stringify(held) !== '{"old":["one"]}') {
      expect((held as { code?: string }).code).toMatch(/^:yore\/storage-(not-found|closed)$/)
    }
    expect(await reader.ask('release')).toEqual({ release: 'released' })
    // the name is free for another one
    const again = await named(`yore:file://${data}/b`, 'three')
    expect((await verifyDatabase(again)).problems).toEqual([])
    await again.release()
  })

  test('that writes: whatever changes the directory is refused and names it; nothing is lost', async () => {
    const data = fresh()
    const uri = `yore:file://${data}/a`
    await (await named(uri, 'one')).release()
    const writer = await other('writer', uri)
    for (const run of [
      () => deleteDatabase(uri),
      () => renameDatabase(uri, 'b'),
      () => createDatabase(`yore:file://${data}/c`),
      () => connect(uri),
    ]) {
      const error = await errorOf(run)
      expect(error.code).toBe(':yore/storage-busy')
      expect(error.message).toContain(String(writer.process.pid))
    }
    expect(await getDatabaseNames(`yore:file://${data}/*`)).toEqual(['a'])
    expect(await writer.ask('add two')).toMatchObject({ add: expect.any(Number) })
    // backing up and verifying only read
    const backups = join(fresh(), 'backups')
    await backupDatabase(uri, backups)
    expect((await verifyDatabase(uri)).problems).toEqual([])
    await restoreDatabase(backups, 'yore:mem://care-names')
    expect(await writer.ask('release')).toEqual({ release: 'released' })
    expect(await renameDatabase(uri, 'b')).toBe(true)
    expect(await deleteDatabase(`yore:file://${data}/b`)).toBe(true)
  })
})
