/** Dumps: what comes back is what went out, and nothing else comes in. */

import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { systemEnv } from '../../packages/yore/src/base/env-system.ts'
import { YoreError } from '../../packages/yore/src/base/errors.ts'
import { exportLines, importLines } from '../../packages/yore/src/admin/dump.ts'
import type { DumpProgress } from '../../packages/yore/src/admin/dump.ts'
import type { DumpFormat } from '../../packages/yore/src/admin/dump-lines.ts'
import { memoryStorage } from '../../packages/yore/src/storage/drivers/memory.ts'
import { Transactor } from '../../packages/yore/src/transactor/transactor.ts'
import {
  connect,
  createDatabase,
  exportLog,
  getDatabaseNames,
  importLog,
} from '../../packages/yore/src/main.ts'
import { Random } from '../oracle/random.ts'
import { contentsOf, freshIn, grow, submit, worldSchema } from './world.ts'

const env = systemEnv
const seed = Number(process.env['SEED'] ?? Date.now() % 1e6)
console.log(`dump.test: SEED=${seed}`)

async function linesOf(
  transactor: Transactor,
  format: DumpFormat,
  from = 0,
  to = Infinity,
): Promise<string[]> {
  const out: string[] = []
  for await (const line of exportLines(transactor.db, transactor.log, { env, format, from, to }))
    out.push(line)
  return out
}

const inMemory = (): Transactor => Transactor.inMemory(env, 'copy')

async function codeOf(run: () => Promise<unknown>): Promise<string> {
  try {
    await run()
  } catch (error) {
    if (error instanceof YoreError) return error.message
    throw error
  }
  return 'no error'
}

describe('round trips', () => {
  test.each(['edn', 'json'] as const)('%s: random histories, memory to memory', async (format) => {
    for (let i = 0; i < 4; i++) {
      const from = Transactor.inMemory(env, 'source')
      await grow(from, new Random(seed + i), 60)
      const lines = await linesOf(from, format)
      const to = inMemory()
      const { transactions } = await importLines(to, lines, { env })
      expect(transactions).toBe(lines.length - 2)
      expect(contentsOf(to), `seed ${seed + i}`).toEqual(contentsOf(from))
      expect(await linesOf(to, format)).toEqual([
        lines[0]?.replace('source', 'copy'),
        ...lines.slice(1),
      ])
      // the next transaction takes the same ids in both
      const [one, other] = [
        await submit(from, '[{:db/id "x" :w/key "new"}]'),
        await submit(to, '[{:db/id "x" :w/key "new"}]'),
      ]
      expect([one.t, [...one.tempids]]).toEqual([other.t, [...other.tempids]])
    }
  })

  test('between storages, while index jobs run, and across formats', async () => {
    const [here, there] = [memoryStorage(), memoryStorage()]
    const from = await freshIn(here)
    await grow(from, new Random(seed), 80, async (n) => {
      if (n % 25 === 20) await from.indexed(from.db.basisT)
    })
    const to = await freshIn(there, { segmentSize: 8, memoryIndexThreshold: 3000 })
    await importLines(to, await linesOf(from, 'json'), { env })
    expect(contentsOf(to)).toEqual(contentsOf(from))
    const again = inMemory()
    await importLines(again, await linesOf(to, 'edn'), { env })
    expect(contentsOf(again)).toEqual(contentsOf(from))
    await Promise.all([from.close(), to.close()])
  })

  test('an export is of the moment when it began', async () => {
    const from = inMemory()
    await grow(from, new Random(seed), 10)
    const { basisT } = from.db
    const lines: string[] = []
    for await (const line of exportLines(from.db, from.log, {
      env,
      format: 'edn',
      from: 0,
      to: Infinity,
    })) {
      lines.push(line)
      await submit(from, '[{:db/doc "later"}]')
    }
    expect(lines.join('\n')).not.toContain('later')
    const to = inMemory()
    await importLines(to, lines, { env })
    expect(to.db.basisT).toBe(basisT)
  })

  test('nothing at all is a dump too', async () => {
    const lines = await linesOf(inMemory(), 'edn')
    expect(lines).toHaveLength(2)
    expect(await importLines(inMemory(), lines, { env })).toEqual({
      transactions: 0,
      datoms: 0,
      t: 0,
    })
  })
})

describe('what is no dump', () => {
  const made = async (): Promise<[Transactor, string[]]> => {
    const from = Transactor.inMemory(env, 'source')
    await submit(from, worldSchema)
    await submit(from, '[{:db/id "e" :w/key "a" :w/one-long 5 :w/one-bigdec 1.00M :w/refs ["e"]}]')
    await submit(
      from,
      '[[:db/retract [:w/key "a"] :w/one-long 5] [:db/retract [:w/key "a"] :w/one-bigdec 1.00M]]',
    )
    await submit(from, '[{:w/key "b"}]')
    return [from, await linesOf(from, 'edn')]
  }
  const refusal = (lines: Iterable<string>): Promise<string> =>
    codeOf(() => importLines(inMemory(), lines, { env }))

  test('lines that are missing, doubled, swapped, cut', async () => {
    const [, lines] = await made()
    expect(await refusal(lines)).toBe('no error')
    for (let i = 0; i < lines.length; i++) {
      const doubled = lines.toSpliced(i, 0, lines[i] as string)
      const cut = lines.with(i, (lines[i] as string).slice(0, -10))
      for (const wrong of [lines.toSpliced(i, 1), doubled, cut, lines.slice(0, i)]) {
        expect(await refusal(wrong)).toMatch(/^:yore\/invalid-dump /)
      }
      if (i > 0)
        expect(await refusal(lines.with(i, lines[i - 1] as string))).toMatch(/^:yore\/invalid-dump/)
    }
  })

  test.each([
    ['an unknown attribute', / 73 /g, ' 9999 '],
    ['a value of another type', ' 5 true', ' "5" true'],
    ['a retraction of what is not there', ' 5 false 1001', ' 6 false 1001'],
    ['a retraction of another assertion', ' 5 false 1001', ' 5 false 1000'],
    ['a t that is not the next', ':t 1003', ':t 1004'],
    ['a next t that goes back', ':next-t 1003', ':next-t 12'],
    ['an element that goes back', /:next-element \d+/g, ':next-element 3'],
    ['an instant that goes back', /:t 1003, :instant #inst "\d+/, ':t 1003, :instant #inst "1999'],
    ['no instant', ' 50 #inst', ' 52 #inst'],
    ['an id that is none', '[17592186045418 ', '[-5 '],
    ['half an id', '[17592186045418 ', '[1.5 '],
    ['no sign', ' true]', ']'],
    ['a sign that is none', ' true]', ' 1]'],
    ['another version', ':yore/dump 1', ':yore/dump 2'],
    ['another bootstrap', ':bootstrap 1', ':bootstrap 7'],
    ['a later beginning', ':from 0', ':from 2000'],
    ['another type for an attribute', /:data \[/g, ':data [[72 40 22 true] '],
    ['a fact twice', ' 5 true]', ' 5 true] [17592186045418 73 5 true]'],
    ['nil for a value', ' 5 true', ' nil true'],
    ['a map for a value', ' 5 true', ' {:a 1} true'],
    ['another count', ':datoms ', ':datoms 1'],
  ])('%s', async (_, what, instead) => {
    const [, lines] = await made()
    const text = lines.join('\n')
    const changed = text.replaceAll(
      what instanceof RegExp && !what.global ? new RegExp(what, 'g') : what,
      instead,
    )
    expect(changed).not.toBe(text)
    expect(await refusal(changed.split('\n'))).toMatch(/^:yore\/invalid-dump /)
  })

  test('random changes of one character never do harm', async () => {
    const [from] = await made()
    const random = new Random(seed)
    const letters = '0123456789"[]{}:,.-# truefalsn\\'
    for (const format of ['edn', 'json'] as const) {
      const lines = await linesOf(from, format)
      for (let i = 0; i < 150; i++) {
        const at = random.int(lines.length)
        const line = lines[at] as string
        const place = random.int(line.length)
        const letter = letters[random.int(letters.length)] as string
        const wrong = lines.with(at, line.slice(0, place) + letter + line.slice(place + 1))
        // whatever comes of it is a database or an error of ours
        const to = inMemory()
        await codeOf(() => importLines(to, wrong, { env }))
        contentsOf(to)
      }
    }
  })

  test('a database that has transactions', async () => {
    const [from, lines] = await made()
    expect(await codeOf(() => importLines(from, lines, { env }))).toMatch(
      /^:yore\/database-exists /,
    )
  })
})

describe('from outside', () => {
  test('exportLog and importLog', async () => {
    await createDatabase('yore:mem://dump-a')
    const conn = await connect('yore:mem://dump-a')
    await conn.transact([{ ':db/doc': 'one' }])
    const { dbAfter } = await conn.transact([{ ':db/doc': 'two' }])
    const seen: DumpProgress[] = []
    const done = await importLog('yore:mem://dump-b', exportLog(conn, { format: 'json' }), {
      onProgress: (p) => seen.push(p),
    })
    expect(done).toEqual({ transactions: 2, datoms: 4, t: dbAfter.basisT })
    expect(seen.at(-1)).toEqual(done)
    const copy = await connect('yore:mem://dump-b')
    expect(copy.log().txRange()).toEqual(conn.log().txRange())
    expect(copy.db().id).not.toBe(conn.db().id)
    // a part, by t and by instant
    const part: string[] = []
    for await (const line of exportLog(conn, { from: dbAfter.basisT })) part.push(line)
    expect(part).toHaveLength(3)
    for await (const line of exportLog(conn, { to: new Date(0) })) part.push(line)
    expect(part).toHaveLength(5)
    const wrong = { format: 'xml' as 'edn' }
    expect(await codeOf(async () => exportLog(conn, wrong))).toMatch(/^:yore\/invalid-argument/)
    expect(await codeOf(() => importLog('yore:mem://dump-b', part))).toMatch(
      /^:yore\/database-exists/,
    )
    await expect(importLog('yore:mem://dump-c', part)).rejects.toMatchObject({
      code: ':yore/invalid-dump',
    })
    expect(await getDatabaseNames('yore:mem://*')).toEqual(['dump-a', 'dump-b'])
  })

  test('lines that come before anybody asks for them', async () => {
    const conn = await connect('yore:mem://dump-a')
    const text: string[] = []
    for await (const line of exportLog(conn)) text.push(`${line}\r\n`)
    const lines = createInterface({ input: Readable.from(text) })
    expect((await importLog('yore:mem://dump-e', lines)).transactions).toBe(text.length - 2)
  })

  test('both can be cancelled; a database that was made for it is gone', async () => {
    const conn = await connect('yore:mem://dump-a')
    for (let i = 0; i < 30; i++) await conn.transact([{ ':db/doc': `doc ${i}` }])
    const { basisT } = conn.db()
    const { signal } = ((): AbortController => {
      const controller = new AbortController()
      controller.abort()
      return controller
    })()
    expect(await codeOf(() => importLog('yore:mem://dump-d', exportLog(conn), { signal }))).toMatch(
      /^:yore\/cancelled/,
    )
    expect(await codeOf(() => importLog('yore:mem://dump-d', exportLog(conn, { signal })))).toMatch(
      /^:yore\/cancelled/,
    )
    expect(await getDatabaseNames('yore:mem://*')).not.toContain('dump-d')
    expect(conn.db().basisT).toBe(basisT)
  })
})
