/**
 * The prompt: EDN queries and transactions, typed by hand. Several lines until the brackets are closed, a history kept between
 * sessions, answers as tables, errors as a sentence.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { q, YoreError } from 'yore'
import { readAllEdn } from 'yore/edn'
import { diskLines } from './disk.mjs'
import { bold, columns, cyan, dim, red, say } from './screen.mjs'
import { answer, duration } from './table.mjs'

const historyFile = join(homedir(), '.yore_history')
const historyMost = 500

const help = `
  [:find ?n :where [_ :artist/name ?n]]     a query; $ is the database
  [:find …] "input" 42                      inputs follow the query
  [{:item/id "X" :item/count 1}]            a transaction: a vector of maps and lists
  (pull [*] [:item/id "X"])                 pull a pattern of an entity
  :as-of 2019-11-27  :as-of 1005  :now      the point in time at which queries look
  :history  :since 1003                     other views of the past; :now ends them
  :attributes [part of a name]              what can be asked for
  :db music | :db inventory                 which database
  :disk                                     what lies on disk; what you transact does, too
  :help  :quit
`

/** How many brackets are open at the end of the text; -1 when one is closed that was never opened. */
export function depthOf(text) {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === '"') {
      for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === '\\') i++
      if (i >= text.length) return depth + 1
    } else if (c === ';') {
      while (i < text.length && text[i] !== '\n') i++
    } else if (c === '\\') i++
    else if ('([{'.includes(c)) depth++
    else if (')]}'.includes(c) && --depth < 0) return -1
  }
  return depth
}

/** Parts of a line: the first form, and the rest as one vector's content. */
export function splitForms(text) {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === '"') for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === '\\') i++
    if ('([{'.includes(c)) depth++
    if (')]}'.includes(c) && --depth === 0) return [text.slice(0, i + 1), text.slice(i + 1).trim()]
  }
  return [text, '']
}

function pointOf(text) {
  if (/^\d+$/.test(text)) return Number(text)
  const date = new Date(text)
  if (Number.isNaN(date.getTime())) throw new Error(`'${text}' is neither a t nor a date`)
  return date
}

/** What the prompt keeps between lines, and what one entry does to it. Answers lines to print. */
export class Session {
  constructor(conns, { directory } = {}) {
    this.conns = conns
    this.directory = directory
    this.name = Object.keys(conns)[0]
    this.view = (db) => db
    this.viewName = ''
  }
  get conn() {
    return this.conns[this.name]
  }
  get db() {
    return this.view(this.conn.db())
  }
  get label() {
    return `${this.name}${this.viewName}`
  }
  see(name, view) {
    this.viewName = name
    this.view = view
    return [dim(`  looking at ${this.label}`)]
  }

  async enter(text) {
    const [word, ...rest] = text.trim().split(/\s+/)
    const rest1 = rest.join(' ')
    switch (word) {
      case ':help':
      case '?':
        return help.split('\n')
      case ':now':
        return this.see('', (db) => db)
      case ':history':
        return this.see(' (history)', (db) => db.history())
      case ':as-of': {
        const t = pointOf(rest1)
        return this.see(` (as of ${rest1})`, (db) => db.asOf(t))
      }
      case ':since': {
        const t = pointOf(rest1)
        return this.see(` (since ${rest1})`, (db) => db.since(t))
      }
      case ':db':
        if (!Object.hasOwn(this.conns, rest1))
          return [red(`  there are: ${Object.keys(this.conns).join(', ')}`)]
        this.name = rest1
        return this.see('', (db) => db)
      case ':disk':
        return this.directory === undefined
          ? [dim('  these databases are in memory')]
          : diskLines(this.directory, this.conns)
      case ':attributes':
        return answer(this.attributes(rest1), ['attribute', 'type', 'cardinality', 'unique'], {
          width: columns(),
          rowsMost: 100,
        })
      default:
        return this.evaluate(text.trim())
    }
  }

  attributes(part) {
    const db = this.conn.db()
    return q('[:find [?name ...] :where [?a :db/valueType] [?a :db/ident ?name]]', db)
      .filter((name) => name.includes(part))
      .sort()
      .map((name) => {
        const { valueType, cardinality, unique } = db.attribute(name)
        return [name, valueType, cardinality, unique].map((x) =>
          x?.replace(/^:db\.(type|cardinality|unique)\//, ''),
        )
      })
  }

  async evaluate(text) {
    const [form, inputs] = splitForms(text)
    const started = performance.now()
    if (/^[[{]\s*:find\b/.test(form)) {
      const result = inputs === '' ? q(form, this.db) : this.queryWith(form, inputs)
      return [
        ...answer(result, headingsOf(form), { width: columns(), rowsMost: 40 }),
        dim(`  ${count(result)}${duration(performance.now() - started)}`),
      ]
    }
    if (/^\(\s*pull\b/.test(form)) {
      const [pattern, id] = splitForms(form.replace(/^\(\s*pull\s*/, '').slice(0, -1))
      const result = this.db.pull(pattern, readAllEdn(id)[0])
      return [
        ...answer(result, undefined, { width: columns() }),
        dim(`  ${duration(performance.now() - started)}`),
      ]
    }
    if (form.startsWith('[')) {
      const report = await this.conn.transact(text)
      const rows = report.txData.map((d) => [
        d.e,
        report.dbAfter.ident(d.a) ?? d.a,
        d.v,
        d.added ? '+' : '−',
      ])
      return [
        ...answer(rows, ['entity', 'attribute', 'value', ''], { width: columns(), rowsMost: 40 }),
        dim(
          `  t ${report.dbAfter.basisT}, ${rows.length} datoms, ${duration(performance.now() - started)}`,
        ),
      ]
    }
    return [
      red('  a query begins with [:find, a transaction with [ and a map or list; :help shows more'),
    ]
  }

  queryWith(form, inputs) {
    return q(form, this.db, ...readAllEdn(inputs))
  }
}

const count = (x) => (Array.isArray(x) ? `${x.length} ${x.length === 1 ? 'row' : 'rows'}, ` : '')

// Plain variables of a relation make good headings.
function headingsOf(form) {
  const find = /:find\s+([^:]*?)(?=\s*(?::\w|\]|$))/.exec(form)?.[1]?.trim() ?? ''
  const names = find.split(/\s+/)
  return /^[?\w\s-]+$/.test(find) && names.every((n) => n.startsWith('?')) ? names : undefined
}

export function messageOf(error) {
  if (error instanceof YoreError) return error.message
  return error instanceof Error ? error.message : String(error)
}

/** Reads lines until the end of input or :quit. */
export async function prompt(conns, where) {
  const session = new Session(conns, where)
  const past = existsSync(historyFile)
    ? readFileSync(historyFile, 'utf8').split('\n').filter(Boolean).slice(0, historyMost)
    : []
  const lines = createInterface({
    input: process.stdin,
    output: process.stdout,
    history: past,
    historySize: historyMost,
    terminal: true,
  })
  let entry = ''
  const ask = () => {
    lines.setPrompt(entry === '' ? `${bold(session.label)}${cyan('=> ')}` : dim('... '))
    lines.prompt()
  }
  lines.on('history', (history) => {
    try {
      writeFileSync(historyFile, `${history.join('\n')}\n`)
    } catch {
      // a read-only home is no reason to stop
    }
  })
  lines.on('SIGINT', () => {
    if (entry === '') return lines.close()
    entry = ''
    say()
    ask()
  })
  say()
  say(`The prompt is yours: ${cyan(':help')} shows what can be typed, ${cyan(':quit')} ends.`)
  ask()
  for await (const line of lines) {
    entry = entry === '' ? line : `${entry}\n${line}`
    if (/^\s*:q(uit)?\s*$/.test(entry)) break
    if (entry.trim() !== '' && depthOf(entry) <= 0) {
      try {
        for (const out of await session.enter(entry)) say(out)
      } catch (error) {
        say(red(`  ${messageOf(error)}`))
      }
      entry = ''
    } else if (entry.trim() === '') entry = ''
    ask()
  }
  lines.close()
}
