/**
 * docs/query.md is true: each Clojure block is a query with its inputs, run over the page's own database, and the block below is its answer
 * (JSON; rows without order, unless the query has one) or its error's code. (docs.test.ts runs the TypeScript blocks.)
 */

import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { YoreError, connect, createDatabase, q } from 'yore'
import type { Connection, Database } from 'yore'
import { readAllEdn } from '../../packages/yore/src/data/edn/read.ts'
import { printEdn } from '../../packages/yore/src/data/edn/print.ts'
import { toPublic } from '../../packages/yore/src/data/public.ts'
import { List, Sym } from '../../packages/yore/src/data/values.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'

const page = readFileSync(new URL('../../docs/query.md', import.meta.url), 'utf8')
const examples = [
  ...page.matchAll(/```clojure\n([\s\S]*?)```\n```(json|text)\n([\s\S]*?)```/g),
].map((m) => ({
  line: page.slice(0, m.index).split('\n').length + 1,
  query: m[1] as string,
  kind: m[2] as string,
  answer: m[3] as string,
}))

let conn: Connection
const dbs: Record<string, Database> = {}

// The data are the page's own: the texts of its first block.
beforeAll(async () => {
  const [schema, people, change] = [...page.matchAll(/transact\(`([\s\S]*?)`\)/g)].map(
    (m) => m[1] as string,
  )
  await createDatabase('yore:mem://query-docs')
  conn = await connect('yore:mem://query-docs', {
    functions: { 'my.app/initials': (name: string) => name.slice(0, 1) },
  })
  await conn.transact(schema as string)
  dbs['first'] = (await conn.transact(people as string)).dbAfter
  dbs['db'] = (await conn.transact(change as string)).dbAfter
})

/** An input: a name of the page, a view of one, or data. */
function input(form: Value): unknown {
  if (form instanceof Sym) return form.text === 'log' ? conn.log() : dbs[form.text]
  if (form instanceof List && form[0] instanceof Sym) {
    const [head, db, point] = form as readonly Value[]
    const on = input(db as Value) as Database
    switch ((head as Sym).text) {
      case 'history':
        return on.history()
      case 'basis-t':
        return on.basisT
      case 'as-of':
        return on.asOf(input(point as Value) as number)
      default:
        throw new Error(`no view ${printEdn(head as Value)}`)
    }
  }
  return toPublic(form)
}

const sorted = (x: unknown): unknown =>
  Array.isArray(x)
    ? x.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
    : x

test('the page has examples', () => {
  expect(examples.length).toBeGreaterThan(35)
  expect(page.match(/```clojure/g)?.length).toBe(examples.length)
})

test.each(examples)('line $line', ({ query, kind, answer }) => {
  const [form, ...inputs] = readAllEdn(query)
  // rules are passed as text
  const given =
    inputs.length === 0 ? [dbs['db']] : inputs.map((x) => (isRules(x) ? printEdn(x) : input(x)))
  let got: unknown
  try {
    got = JSON.parse(JSON.stringify(q(printEdn(form as Value), ...given)))
  } catch (error) {
    if (!(error instanceof YoreError)) throw error
    got = error.code
  }
  const order = query.includes(':order-by') ? (x: unknown): unknown => x : sorted
  expect(order(got)).toEqual(kind === 'text' ? answer.trim() : order(JSON.parse(answer)))
})

const isRules = (x: Value): boolean =>
  Array.isArray(x) && Array.isArray(x[0]) && (x[0] as Value[])[0] instanceof List
