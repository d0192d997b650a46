/** The tour: what `npm start` does without a terminal, and the parts of its prompt. */

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { connect, createDatabase } from 'yore'
import { describe, expect, it } from 'vitest'
import { depthOf, Session, splitForms } from '../../tour/prompt.mjs'
import { answer, table } from '../../tour/table.mjs'
import { sourceOf } from '../../tour/steps.mjs'

const main = fileURLToPath(new URL('../../tour/main.mjs', import.meta.url))

describe('the tour', () => {
  it('imports all of the sample, shows every step and ends with exit code 0', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main], {
      encoding: 'utf8',
      timeout: 120_000,
    })
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(stdout).toContain('227,096 datoms imported')
    for (const told of [
      '4538',
      'A Saucerful of Secrets',
      'Yoko Ono',
      'OB-LA-DI, OB-LA-DA',
      'We do not sell Tribbles.',
      'last night   flowers',
      '0, 999',
    ]) {
      expect(stdout).toContain(told)
    }
    expect(stdout).not.toMatch(/error/i)
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
