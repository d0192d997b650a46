/**
 * The text of keywords, symbols, nil, true and false, checked: what Clojure's edn reader accepts, and nothing else.
 *
 * (1) `readName(s)` is the value that the token `s` means, or undefined when it is no valid token.
 * (2) `isReadable(x)` exactly when the text of the keyword or symbol reads back as that very object.
 * (3) Interned names never hold on to the text that they were cut from.
 */

import { Keyword, keyword, symbol } from '../values.ts'
import type { Sym } from '../values.ts'
import { tokenEnd } from './text.ts'

type Name = Keyword | Sym | null | boolean

const known = new Map<string, Name>()
const knownMax = 50_000
const knownLengthMax = 200

/** The value of a token that begins like a name (no digit, no delimiter); undefined when Clojure calls it an invalid token. */
export function readName(token: string): Name | undefined {
  const hit = known.get(token)
  if (hit !== undefined) return hit
  const name = interpret(token)
  if (name !== undefined && token.length <= knownLengthMax) {
    if (known.size >= knownMax) known.clear()
    known.set(detached(token), name)
  }
  return name
}

function interpret(token: string): Name | undefined {
  if (token === 'nil') return null
  if (token === 'true') return true
  if (token === 'false') return false
  if (!isName(token)) return undefined
  const text = detached(token)
  return text.charCodeAt(0) === 58 ? keyword(text) : symbol(text)
}

// Engines cut strings by pointing into the whole text; a name lives for ever and must not keep it alive.
function detached(token: string): string {
  if (token.length < 13) return token
  let out = ''
  for (let i = 0; i < token.length; i += 4096) {
    const units: number[] = []
    for (let j = i; j < token.length && j < i + 4096; j++) units.push(token.charCodeAt(j))
    out += String.fromCharCode(...units)
  }
  return out
}

// What Clojure's pattern for symbols and keywords accepts, in one pass: the first slash parts namespace from name, the last one
// must be followed by a name that does not begin with a digit; no colon at the end of either part, none doubled, no @ ` or ~.
function isName(token: string): boolean {
  const start = token.charCodeAt(0) === 58 ? 1 : 0
  if (token.length === start || /[@`~]/.test(token)) return false
  if (token.charCodeAt(token.length - 1) === 58 || token.includes('::')) return false
  const last = token.lastIndexOf('/')
  if (last < 0) return true
  if (token.length === start + 1) return true
  if (token.charCodeAt(start) === 47 || token.charCodeAt(last - 1) === 58) return false
  if (last === token.length - 1) return /[^:]\/\/$/.test(token)
  const first = token.charCodeAt(last + 1)
  return first < 48 || first > 57
}

// What makes a token something else than a name.
const notFirst = /^(?:#|[+-]?[0-9])/

const readable = new WeakSet<Keyword | Sym>()

/** Would the reader give this very keyword or symbol for its text? */
export function isReadable(x: Keyword | Sym): boolean {
  if (readable.has(x)) return true
  const { text } = x
  const isToken = tokenEnd(text, 0) === text.length && !notFirst.test(text)
  const ok = isToken && readName(text) === x
  if (ok) readable.add(x)
  return ok
}

/** The text of a keyword without its colon, in full. */
export function bareText(x: Keyword | Sym): string {
  return x instanceof Keyword ? x.text.slice(1) : x.text
}
