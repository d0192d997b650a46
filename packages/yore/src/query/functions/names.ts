/** Names: `keyword symbol name namespace`; uuids and instants. */

import { Instant, Keyword, Sym, Uuid, keyword, symbol } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import type { Definition } from './call.ts'
import { arg, refuse, textArg } from './call.ts'

const nameMax = 10_000

/** A name's text; the table of names never forgets, so that they must stay short. */
function bounded(text: string): string {
  return text.length <= nameMax ? text : refuse(0, `may not be longer than ${nameMax} characters`)
}

function namedArg(args: readonly Value[], i: number): Keyword | Sym {
  const x = args[i]
  return x instanceof Keyword || x instanceof Sym ? x : refuse(i, 'must be a keyword or symbol', x)
}

/** 'a/b' or 'b' of one or two arguments. */
function joined(args: readonly Value[]): string {
  const ns = args[0]
  const name = textArg(args, 1)
  return bounded(ns === null ? name : `${textArg(args, 0)}/${name}`)
}

/** The uuid of a canonical text, or null. */
export function readUuid(text: string): Uuid | null {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text)
    ? new Uuid(text.toLowerCase())
    : null
}

export const names: readonly Definition[] = [
  {
    name: 'keyword',
    params: 'ns-or-name [name]',
    doc: 'The keyword of this name, without colon; of a namespace and a name; of a symbol. A keyword is itself, anything else nil.',
    example: ['(keyword "a" "b")', ':a/b'],
    run: (args) => {
      if (args.length === 2) return keyword(`:${joined(args)}`)
      const x = arg(args, 0)
      if (x instanceof Keyword) return x
      if (x instanceof Sym) return keyword(`:${x.text}`)
      return typeof x === 'string' ? keyword(`:${bounded(x)}`) : null
    },
  },
  {
    name: 'symbol',
    params: 'ns-or-name [name]',
    doc: 'The symbol of this name, of a namespace and a name, or of a keyword.',
    example: ['(symbol "a" "b")', 'a/b'],
    run: (args) => {
      if (args.length === 2) return symbol(joined(args))
      const x = arg(args, 0)
      if (x instanceof Sym) return x
      return symbol(x instanceof Keyword ? x.text.slice(1) : bounded(textArg(args, 0)))
    },
  },
  {
    name: 'name',
    params: 'x',
    doc: 'The name of a keyword or symbol, without its namespace; a string is its own.',
    example: ['(name :a/b)', '"b"'],
    run: (args) => {
      const x = arg(args, 0)
      return typeof x === 'string' ? x : namedArg(args, 0).name
    },
  },
  {
    name: 'namespace',
    params: 'x',
    doc: 'The namespace of a keyword or symbol, or nil.',
    example: ['(namespace :a/b)', '"a"'],
    run: (args) => namedArg(args, 0).ns,
  },
  {
    name: 'parse-uuid',
    params: 's',
    doc: 'The uuid of this text, or nil.',
    example: ['(parse-uuid "x")', 'nil'],
    run: (args) => readUuid(textArg(args, 0)),
  },
  {
    name: 'java.util.UUID/fromString',
    aliases: ['UUID/fromString'],
    params: 's',
    doc: 'The uuid of this text; else an error.',
    example: [
      '(java.util.UUID/fromString "00000000-0000-0000-0000-000000000001")',
      '#uuid "00000000-0000-0000-0000-000000000001"',
    ],
    run: (args) => readUuid(textArg(args, 0)) ?? refuse(0, 'is no uuid'),
  },
  {
    name: 'java.util.Date.',
    params: 'ms',
    doc: 'The instant so many milliseconds after 1970.',
    example: ['(java.util.Date. 0)', '#inst "1970-01-01T00:00:00.000-00:00"'],
    run: (args) => {
      const ms = args[0]
      return typeof ms === 'number' && Number.isInteger(ms) && Math.abs(ms) <= 8.64e15
        ? new Instant(ms)
        : refuse(0, 'must be milliseconds within the range of instants', ms)
    },
  },
  {
    name: 'inst-ms',
    params: 'i',
    doc: 'The milliseconds of an instant since 1970.',
    example: ['(inst-ms #inst "2020-01-01")', '1577836800000'],
    run: (args) => {
      const x = arg(args, 0)
      return x instanceof Instant ? x.ms : refuse(0, 'must be an instant', x)
    },
  },
]
