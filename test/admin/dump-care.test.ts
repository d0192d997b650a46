/**
 * Dumps as somebody meets them who leaves with one, or comes: through files, cut short and gone on with, damaged, and larger than memory.
 */

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { exportLines, importLines } from '../../packages/yore/src/admin/dump.ts'
import type { DumpFormat } from '../../packages/yore/src/admin/dump-lines.ts'
import { YoreError } from '../../packages/yore/src/base/errors.ts'
import { printEdn } from '../../packages/yore/src/data/edn/print.ts'
import {
  connect,
  createDatabase,
  exportLog,
  getDatabaseNames,
  importLog,
  verifyDatabase,
} from '../../packages/yore/src/main.ts'
import { query } from '../../packages/yore/src/query/query.ts'
import { MemoryStore, memoryStorage } from '../../packages/yore/src/storage/drivers/memory.ts'
import { Transactor } from '../../packages/yore/src/transactor/transactor.ts'
import { canonical } from '../oracle/canonical.ts'
import { QueryWriter, inputsOf, queryForm } from '../oracle/gen-query.ts'
import { genStory } from '../oracle/gen-world.ts'
import { Random } from '../oracle/random.ts'
import { freshDirectories } from '../storage/fresh-directories.ts'
import { contentsOf, freshIn, grow, hastyEnv as env, submit, worldSchema } from './world.ts'
import { bundled } from '../bundled.ts'
import { errorOf } from '../error-of.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1e6)
console.log(`dump-care.test: SEED=${seed}`)
const formats = ['edn', 'json'] as const

const fresh = freshDirectories()

async function linesOf(transactor: Transactor, format: DumpFormat): Promise<string[]> {
  const out: string[] = []
  const range = { format, from: 0, to: Infinity }
  for await (const line of exportLines(transactor.db, transactor.log, { env, ...range })) {
    out.push(line)
  }
  return out
}

describe('through a file', () => {
  const texts = [
    'a\u2028b', '\u2029', '\u0085', '\r\n', '\r', '\n\n', '\t', '\u0000', '\u007f', '\ufeffbom', '\ud800 half', 'half \udfff', '"', '\\', '\\u2028',
    "'", '🜁', 'größe', '}', ']}', '#_', ';', '__proto__', '{"instant": 1}', ':not/a-keyword', '',
  ] // prettier-ignore

  test.each(formats)('%s: whatever a text has in it', async (format) => {
    const file = join(fresh(), `dump.${format}`)
    const from = Transactor.inMemory(env, 'from')
    await submit(from, worldSchema)
    for (const text of texts) {
      await submit(
        from,
        `[{:w/one-string ${printEdn(text)} :w/many-string [${printEdn(text)} "more"]
        :w/one-keyword #keyword ${printEdn(`k/${text}x`)} :w/one-symbol #symbol ${printEdn(`${text}x`)} :w/one-uri #uri ${printEdn(text)}
        :w/pair [["e" ${printEdn(text)}]] :db/id "e"}]`,
      ).catch((error: unknown) => {
        if (!(error instanceof YoreError)) throw error
      })
    }
    const lines = await linesOf(from, format)
    expect(lines.length).toBeGreaterThan(15)
    writeFileSync(file, `${lines.join('\n')}\n`)
    // whatever a reader takes for the end of a line
    expect(readFileSync(file, 'utf8').split(/\r\n|[\n\r\u0085\u2028\u2029\v\f]/)).toHaveLength(
      lines.length + 1,
    )
    const to = Transactor.inMemory(env, 'to')
    await importLines(to, createInterface({ input: createReadStream(file) }), { env })
    expect(contentsOf(to)).toEqual(contentsOf(from))
  })

  test.each(formats)('%s: functions of the database', async (format) => {
    const from = Transactor.inMemory(env, 'from')
    await submit(
      from,
      `[{:db/ident :f/x :db/fn #db/fn {:lang :clojure :params [db {:keys [a b] :as x} & more] :imports [(java.util Date)]
          :code (let [s #{1 "two" :three \\a nil 1.5 2N 3.50M} m {:a [1 2] "b" #inst "2024-01-01" #uuid "678d88b2-87b0-403b-b63d-5da7465aecc3" true}] [s m "\u2028"])}}]`,
    )
    const to = Transactor.inMemory(env, 'to')
    const lines = await linesOf(from, format)
    await importLines(to, lines, { env })
    expect(contentsOf(to)).toEqual(contentsOf(from))
    expect((await linesOf(to, format)).slice(1)).toEqual(lines.slice(1))
  })
})

test('both give the same answers to random queries, of now, of then, of the history', async () => {
  for (let round = 0; round < 2; round++) {
    const random = new Random(seed + round)
    const story = genStory(random, 25)
    const from = await freshIn(memoryStorage(new MemoryStore()))
    for (const [i, form] of story.transactions.entries()) {
      await submit(from, form).catch((error: unknown) => {
        if (!(error instanceof YoreError)) throw error
      })
      if (i % 10 === 9) await from.indexed(from.db.basisT)
    }
    const to = await freshIn(memoryStorage(new MemoryStore()), {
      segmentSize: 30,
      memoryIndexThreshold: 4000,
    })
    await importLines(to, await linesOf(from, formats[round % 2] as DumpFormat), { env })
    await to.indexed(to.db.basisT)
    const ids = [...new Set(contentsIds(from))]
    let answered = 0
    for (let i = 0; i < 150; i++) {
      const isHistory = random.chance(0.2)
      const asked = new QueryWriter(random, story.attributes, ids, isHistory).write()
      const then = random.chance(0.4) ? 1000 + random.int(from.db.basisT - 1000) : Infinity
      const answer = ({ db }: Transactor): string => {
        const seen = { ...db, view: { ...db.view, asOf: then, history: isHistory } }
        try {
          const given = query(queryForm(asked), inputsOf(asked, seen, db), {
            numbers: 'exact',
            functionOf: () => null,
          })
          answered++
          return rows(given.value)
        } catch (error) {
          if (!(error instanceof YoreError)) throw error
          return error.code
        }
      }
      const [one, other] = [answer(from), answer(to)]
      expect(other, `seed ${seed + round}: ${printEdn(queryForm(asked))}`).toBe(one)
    }
    expect(answered).toBeGreaterThan(100)
    await Promise.all([from.close(), to.close()])
  }
})

const rows = (x: unknown): string =>
  Array.isArray(x) ? x.map(canonical).sort().join('\n') : canonical(x)
const contentsIds = (transactor: Transactor): number[] =>
  (contentsOf(transactor) as { eavt: string[] }).eavt.map((row) => Number(row.split(' ')[0]))

describe('cut short', () => {
  test('after any line: going on gives the whole; beginning anew is refused', async () => {
    const from = Transactor.inMemory(env, 'from')
    await grow(from, new Random(seed), 12)
    const expected = contentsOf(from)
    for (const format of formats) {
      const lines = await linesOf(from, format)
      for (let n = 0; n < lines.length; n++) {
        const to = Transactor.inMemory(env, 'to')
        const cut = await errorOf(() => importLines(to, lines.slice(0, n), { env }))
        expect(cut.code).toBe(':yore/invalid-dump')
        if (n > 1) {
          const again = await errorOf(() => importLines(to, lines, { env }))
          expect(again.code).toBe(':yore/database-exists')
          expect(again.message).toContain('resume')
        }
        // in the other format as well: it is what was said that counts
        const done = await importLines(to, await linesOf(from, formats[n % 2] as DumpFormat), {
          env,
          resume: true,
        })
        expect(done.transactions).toBe(lines.length - 2)
        expect(contentsOf(to), `${format}, ${n} lines`).toEqual(expected)
        // and once more changes nothing
        await importLines(to, lines, { env, resume: true })
        expect(contentsOf(to)).toEqual(expected)
      }
    }
  })

  test('what is not the beginning of the dump is left as it is', async () => {
    const from = Transactor.inMemory(env, 'from')
    await grow(from, new Random(seed), 6)
    const lines = await linesOf(from, 'edn')
    const other = Transactor.inMemory(env, 'other')
    await importLines(other, lines.slice(0, 4), { env }).catch(() => {})
    await submit(other, '[{:db/doc "of its own"}]')
    const before = contentsOf(other)
    const error = await errorOf(() => importLines(other, lines, { env, resume: true }))
    expect(error.code).toBe(':yore/invalid-dump')
    expect(error.message).toContain('line 5')
    expect(contentsOf(other)).toEqual(before)
    const more = Transactor.inMemory(env, 'more')
    await importLines(more, lines, { env })
    await submit(more, '[{:db/doc "of its own"}]')
    expect(
      (await errorOf(() => importLines(more, lines, { env, resume: true }))).message,
    ).toContain('after the end of the dump')
  })

  test('a damaged line: it is named, and nothing of it is there', async () => {
    const from = Transactor.inMemory(env, 'from')
    await grow(from, new Random(seed), 12)
    for (const format of formats) {
      const lines = await linesOf(from, format)
      for (let n = 1; n < lines.length - 1; n++) {
        const line = lines[n] as string
        const to = Transactor.inMemory(env, 'to')
        for (const damaged of [line.slice(0, -4), line.replace(/true\]/, 'maybe]'), `x${line}`]) {
          const error = await errorOf(() =>
            importLines(to, lines.with(n, damaged), { env, resume: true }),
          )
          expect(error.code).toBe(':yore/invalid-dump')
          expect(error.message).toMatch(new RegExp(`line ${n + 1}\\b`))
          expect(error.data['line']).toBe(n + 1)
        }
        const expected = Transactor.inMemory(env, 'expected')
        await importLines(expected, lines.slice(0, n), { env }).catch(() => {})
        expect(contentsOf(to)).toEqual(contentsOf(expected))
      }
    }
  })

  test('from outside: a database that was made stays only with resume', async () => {
    const from = await make('care-dump-from')
    const lines: string[] = []
    for await (const line of exportLog(from)) lines.push(line)
    const uri = `yore:file://${fresh()}/copy`
    await errorOf(() => importLog(uri, lines.slice(0, 3)))
    expect(await getDatabaseNames(uri.replace('copy', '*'))).toEqual([])
    await errorOf(() => importLog(uri, lines.slice(0, 3), { resume: true }))
    expect(await getDatabaseNames(uri.replace('copy', '*'))).toEqual(['copy'])
    const error = await errorOf(() => importLog(uri, lines))
    expect([error.code, error.message]).toEqual([
      ':yore/database-exists',
      expect.stringContaining('resume: true'),
    ])
    await importLog(uri, lines, { resume: true })
    const copy = await connect(uri)
    expect(copy.log().txRange()).toEqual(from.log().txRange())
    await copy.release()
    expect((await errorOf(() => importLog(uri, lines, { resume: 1 as never }))).code).toBe(
      ':yore/invalid-argument',
    )
  })

  async function make(name: string): Promise<Awaited<ReturnType<typeof connect>>> {
    await createDatabase(`yore:mem://${name}`)
    const conn = await connect(`yore:mem://${name}`)
    for (let i = 0; i < 5; i++) await conn.transact([{ ':db/doc': `doc ${i}` }])
    return conn
  }
})

// ---- other processes ----

let program = ''
beforeAll(async () => {
  program = await bundled('test/admin/dump-child.ts')
})

interface Told {
  readonly datoms: number
  readonly before: number
  readonly peak: number
}

/** A process that needs more than that ends. Without it the garbage collector takes its time, and what a process needs cannot be told. */
const heapMb = 160
/** Beside the heap: columns, caches, what the system's allocator keeps. */
const limit = heapMb * 1e6 + 150e6

function run(...args: string[]): Told {
  const heap = args[0] === 'make' ? [] : [`--max-old-space-size=${heapMb}`]
  const told = execFileSync(process.execPath, [...heap, program, ...args], { encoding: 'utf8' })
  return JSON.parse(told.trim().split('\n').at(-1) as string) as Told
}

/** With DATOMS=1000000 the size that is spoken of; less of it in the normal run. */
const datoms = Number(process.env['DATOMS'] ?? 60_000)

test(
  'larger than memory: streamed both ways; and an import that is killed goes on',
  { timeout: 600_000 },
  async ({ skip }) => {
    if (!existsSync('/proc/self/status')) return skip()
    const folder = fresh()
    const [uri, file] = [`yore:file://${folder}/a/large`, join(folder, 'dump.edn')]
    expect(run('make', uri, '', String(datoms)).datoms).toBeGreaterThanOrEqual(datoms)
    const out = run('export', uri, file)
    const back = run('import', `yore:file://${folder}/b/copy`, file)
    const mb = (n: number): string => `${(n / 1e6).toFixed(0)} MB`
    console.log(
      `a dump of ${mb(statSync(file).size)}, ${back.datoms} datoms: export ${mb(out.peak)}, import ${mb(back.peak)}, a process alone ${mb(out.before)}`,
    )
    expect(out.peak).toBeLessThan(limit)
    expect(back.peak).toBeLessThan(limit)
    // killed again and again, until it is through
    const copy = `yore:file://${folder}/c/copy`
    const random = new Random(seed)
    for (let i = 0; i < 3; i++) {
      const child = spawn(process.execPath, [program, 'resume', copy, file])
      // it may be through before it is killed
      const closed = once(child, 'close')
      await Promise.race([once(child.stdout, 'data'), closed])
      await sleep(random.int(datoms / 150))
      child.kill('SIGKILL')
      await closed
    }
    expect(run('resume', copy, file).datoms).toBe(back.datoms)
    const [one, other] = [
      await connect(uri, { readOnly: true }),
      await connect(copy, { readOnly: true }),
    ]
    expect(other.db().basisT).toBe(one.db().basisT)
    expect(other.db().stats()).toEqual(one.db().stats())
    for (const t of [1000, 1001, other.db().basisT]) {
      expect(other.log().txRange(t, t + 1)).toEqual(one.log().txRange(t, t + 1))
    }
    expect((await verifyDatabase(other)).problems).toEqual([])
    await Promise.all([one.release(), other.release()])
  },
)
