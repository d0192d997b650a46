/** The tour: what `npm start` does without a terminal, at the first start and later, and the parts of its prompt. */

import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connect, createDatabase, getDatabaseNames, q } from 'yore'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { diskLines } from '../../tour/disk.mjs'
import { uriOf } from '../../tour/place.mjs'
import { depthOf, Session, splitForms } from '../../tour/prompt.mjs'
import { answer, size, table } from '../../tour/table.mjs'
import { sourceOf } from '../../tour/steps.mjs'

const main = fileURLToPath(new URL('../../tour/main.mjs', import.meta.url))

// an import on a busy machine takes its time
describe('the tour', { timeout: 180_000 }, () => {
  let folder = ''
  // what a URI would take for something else
  const place = (): string => join(folder, 'a b%20#?+ä')
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'yore-tour-'))))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const start = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, [main, '--directory', place(), ...args], {
      encoding: 'utf8',
      timeout: 120_000,
    })
  const told = [
    '4538',
    'A Saucerful of Secrets',
    'Yoko Ono',
    'OB-LA-DI, OB-LA-DA',
    'We do not sell Tribbles.',
    'last night   flowers',
    '0, 999',
    'yore.mdb',
  ]

  it('is interrupted in the middle of the import, and begins it anew', async () => {
    const child = spawn(process.execPath, [main, '--directory', place()])
    child.stdout.on('data', (text: Buffer) => {
      if (text.toString().includes('MusicBrainz')) child.kill('SIGINT')
    })
    const code = await new Promise((resolve) => {
      child.on('close', (status, signal) => resolve(signal ?? status))
    })
    expect([130, 'SIGINT']).toContain(code)
    expect(await getDatabaseNames(uriOf(place(), '*'))).toEqual(['music-unfinished'])

    const { status, stdout, stderr } = start()
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(stdout).toContain('An earlier start was interrupted')
    expect(stdout).toContain('227,096 datoms imported')
    for (const text of told) expect(stdout).toContain(text)
    expect(stdout).not.toMatch(/error/i)
    expect(await getDatabaseNames(uriOf(place(), '*'))).toEqual(['inventory', 'music'])
  })

  it('is what it was at the next start, with what was transacted since', async () => {
    const conn = await connect(uriOf(place(), 'inventory'))
    await conn.transact([{ ':item/id': 'MINE', ':item/count': 7 }])
    await conn.release()
    const { status, stdout, stderr } = start()
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(stdout).toContain('nothing is imported again')
    expect(stdout).toContain('not done again')
    for (const text of told) expect(stdout).toContain(text)
    const after = await connect(uriOf(place(), 'inventory'), { readOnly: true })
    expect(q('[:find ?n . :where [?e :item/id "MINE"] [?e :item/count ?n]]', after.db())).toBe(7)
    await after.release()
  })

  it('names the process that has the directory', async () => {
    const conn = await connect(uriOf(place(), 'music'))
    for (const args of [[], ['--fresh']]) {
      const { status, stdout } = start(...args)
      expect(status).toBe(1)
      expect(stdout).toContain(`process ${process.pid}`)
      expect(stdout).toContain('another npm start')
    }
    await conn.release()
    expect(await getDatabaseNames(uriOf(place(), '*'))).toEqual(['inventory', 'music'])
  })

  it('says what is wrong with the directory and with the options', () => {
    writeFileSync(join(folder, 'file'), '')
    for (const path of [join(folder, 'file'), join(folder, 'file/below')]) {
      const { status, stdout } = start('--directory', path)
      expect([path, status]).toEqual([path, 1])
      expect(stdout).toContain('--directory PATH')
    }
    const damaged = join(folder, 'damaged')
    mkdirSync(damaged)
    writeFileSync(join(damaged, 'yore.mdb'), 'x'.repeat(100_000))
    const { status, stdout } = start('--directory', damaged)
    expect(status).toBe(1)
    expect(stdout).toContain('--fresh begins anew')
    for (const args of [['--frehs'], ['--directory', '']]) {
      const found = start(...args)
      expect([args, found.status]).toEqual([args, 2])
      expect(found.stderr).toContain('--no-prompt')
    }
  })

  it('leaves alone what is not its own when it begins anew', async () => {
    const { clear } = (await import('../../tour/place.mjs')) as {
      clear: (directory: string) => Promise<void>
    }
    const other = join(folder, 'other')
    await createDatabase(uriOf(other, 'shop'))
    await createDatabase(uriOf(other, 'music'))
    writeFileSync(join(other, 'letter.txt'), '')
    await clear(other)
    expect(await getDatabaseNames(uriOf(other, '*'))).toEqual(['shop'])
    await clear(place())
    expect(readdirSync(place())).toEqual([])
    await clear(join(folder, 'nowhere'))
    expect(readdirSync(folder)).not.toContain('nowhere')
  })

  it('shows what lies on disk', async () => {
    const where = join(folder, 'disk')
    const conns: Record<string, unknown> = {}
    for (const name of ['empty', 'indexed']) {
      await createDatabase(uriOf(where, name))
      const conn = await connect(uriOf(where, name))
      conns[name] = conn
      if (name === 'empty') continue
      const { dbAfter } = await conn.transact([{ ':db/doc': 'x' }])
      await conn.syncIndex(dbAfter.basisT)
    }
    const text = (await diskLines(where, conns)).join('\n')
    expect(text).toMatch(/empty +\d+ .* none +0/)
    expect(text).toMatch(/indexed +\d+ .* all +\d/)
    expect(text).toMatch(/EAVT +\d+/)
    expect([size(999), size(1000), size(2_500_000)]).toEqual(['999 B', '1.0 kB', '2.5 MB'])
  })
})

describe('the prompt', () => {
  const ask = async (...entries: string[]): Promise<string> => {
    const uri = `yore:mem://prompt-${Math.trunc(performance.now() * 1000)}`
    await createDatabase(uri)
    const session = new Session({ inventory: await connect(uri) })
    await session.enter(`[{:db/ident :item/id :db/valueType :db.type/string :db/cardinality :db.cardinality/one :db/unique :db.unique/identity}
                          {:db/ident :item/count :db/valueType :db.type/long :db/cardinality :db.cardinality/one}]`)
    await session.enter('[{:item/id "X" :item/count 1}]')
    let lines: string[] = []
    for (const entry of entries) lines = await session.enter(entry)
    return lines.join('\n')
  }

  it('waits until brackets and strings are closed', () => {
    expect(depthOf('[:find ?e')).toBe(1)
    expect(depthOf('["]"')).toBe(1)
    expect(depthOf('[\\[ 1] ; [')).toBe(0)
    expect(depthOf('"a')).toBe(1)
    expect(depthOf(')')).toBe(-1)
  })

  it('parts a query from its inputs', () => {
    expect(splitForms('[:find ?x :in $ ?y] "a]" [1]')).toEqual(['[:find ?x :in $ ?y]', '"a]" [1]'])
  })

  it('answers queries with inputs, pulls and transactions', async () => {
    expect(
      await ask('[:find ?n . :in $ ?id :where [?e :item/id ?id] [?e :item/count ?n]] "X"'),
    ).toMatch(/^ {2}1\n/)
    expect(await ask('(pull [:item/count] [:item/id "X"])')).toContain('":item/count": 1')
    expect(await ask('[[:db/add [:item/id "X"] :item/count 5]]')).toMatch(
      /:item\/count +5 +\+\n.*:item\/count +1 +−/,
    )
  })

  it('looks at the past and comes back', async () => {
    const find = '[:find ?id :where [?e :item/id ?id]]'
    expect(await ask(':as-of 1000', find)).toContain('(nothing)')
    expect(await ask(':as-of 1000', ':now', find)).toContain('X')
    expect(await ask(':history', '[:find ?n ?op :where [_ :item/count ?n _ ?op]]')).toContain(
      'true',
    )
  })

  it('lists attributes, and says what it does not understand', async () => {
    expect(await ask(':attributes item')).toMatch(/:item\/id +string +one +identity/)
    expect(await ask('foo')).toContain('a query begins with')
    await expect(ask(':as-of yesterday')).rejects.toThrow("'yesterday' is neither a t nor a date")
    await expect(ask('[:find ?e :where [?e :item/coun 3]]')).rejects.toThrow(
      'did you mean :item/count',
    )
  })
})

describe('tables', () => {
  it('cut rows and cells, and say so', () => {
    const rows = Array.from({ length: 20 }, (_, i) => [i, 'x'.repeat(200)])
    const lines = table(rows, ['i', 'text'], { width: 60 })
    expect(lines.at(-1)).toBe('  … 8 more rows')
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(60)
  })

  it('show scalars, nothing, and objects', () => {
    expect(answer(null)).toEqual(['  nil'])
    expect(answer([])).toEqual(['  (nothing)'])
    expect(answer([{ a: 1 }, { b: 2 }])[0]).toBe('  a   b')
  })

  it('show the source of the function that runs', () => {
    const run = () => Math.max(1, 2)
    expect(sourceOf(run)[0]).toContain('Math.max(')
  })
})
