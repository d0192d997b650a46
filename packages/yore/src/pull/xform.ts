/**
 * The functions that `:xform` may name: six of the original's, and those that the program gives.
 *
 * (1) A function gets the finished exact value, nil when the attribute is absent.
 * (2) Whatever a function throws becomes a `:yore/function-failed`.
 */

import { YoreError, raise } from '../base/errors.ts'
import { reasonOf } from '../base/told.ts'
import { printEdn } from '../data/edn/print.ts'
import { BigDecimal } from '../data/big-decimal.ts'
import { readEdn } from '../data/edn/read.ts'
import {
  Char,
  double,
  Float,
  Instant,
  Keyword,
  Sym,
  Uri,
  Uuid,
  keyword,
  symbol,
} from '../data/values.ts'
import type { Value } from '../data/values.ts'

export type Xform = (value: Value) => Value

/** The program's functions: for a name the function, or null. */
export type FunctionOf = (name: string) => ((args: readonly Value[]) => Value) | null

/** The function of that name, one that never throws anything but a YoreError. */
export function xformNamed(name: string, functionOf: FunctionOf | undefined): Xform {
  const given = functionOf?.(name)
  const run = builtins.get(name) ?? (given ? (value: Value) => given([value]) : unknown(name))
  return (value) => {
    try {
      return run(value)
    } catch (cause) {
      const why = reasonOf(cause)
      throw new YoreError(
        ':yore/function-failed',
        `the function ${name} failed in a pull: ${why}`,
        { function: name },
        { cause },
      )
    }
  }
}

function unknown(name: string): never {
  if (name.indexOf('/') > 0) {
    return raise(':yore/unknown-function', `the program has no function ${name} for :xform`, {
      function: name,
    })
  }
  return raise(
    ':yore/forbidden-function',
    `${name} is no function for :xform; ${[...builtins.keys()].join(', ')} are, and the program's own, named with a namespace`,
    { function: name },
  )
}

const builtins: ReadonlyMap<string, Xform> = new Map<string, Xform>([
  ['str', textOf],
  ['name', nameOf],
  ['namespace', namespaceOf],
  ['keyword', toKeyword],
  ['symbol', toSymbol],
  ['clojure.edn/read-string', readString],
])

const fail = (what: string, value: Value): never => {
  throw new TypeError(`${what} ${printEdn(value)}`)
}

function nameOf(x: Value): Value {
  if (x instanceof Keyword || x instanceof Sym) return x.name
  return typeof x === 'string' ? x : fail('no name has', x)
}

function namespaceOf(x: Value): Value {
  return x instanceof Keyword || x instanceof Sym ? x.ns : fail('no namespace has', x)
}

function toKeyword(x: Value): Value {
  if (x instanceof Keyword) return x
  if (x instanceof Sym) return keyword(x.text)
  return typeof x === 'string' ? keyword(`:${x}`) : null
}

function toSymbol(x: Value): Value {
  if (x instanceof Sym) return x
  if (x instanceof Keyword) return symbol(x.text.slice(1))
  return typeof x === 'string' ? symbol(x) : fail('no symbol can be made of', x)
}

function readString(x: Value): Value {
  if (x === null) return null
  if (typeof x !== 'string') return fail('no text is', x)
  return x.trim() === '' ? null : readEdn(x)
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (n: number): string => String(n).padStart(2, '0')

// as java.util.Date prints itself
function dateText(ms: number): string {
  const d = new Date(ms)
  const time = `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`
  return `${days[d.getUTCDay()]} ${months[d.getUTCMonth()]} ${two(d.getUTCDate())} ${time} UTC ${d.getUTCFullYear()}`
}

/** The double with the fewest digits that is this float. */
function shortest(x: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const near = Number(x.toPrecision(digits))
    if (Math.fround(near) === x) return near
  }
  return x
}

/** Clojure's `str`: a text itself, nil nothing, collections as they are printed. */
function textOf(x: Value): string {
  if (x === null) return ''
  if (typeof x === 'string') return x
  if (x instanceof Char || x instanceof Uuid || x instanceof Uri) return x.text
  if (x instanceof Instant) return dateText(x.ms)
  if (typeof x === 'bigint' || x instanceof BigDecimal) return x.toString()
  const real = x instanceof Float ? double(shortest(x.value)) : x
  // not ##NaN, as EDN has it
  if (typeof real === 'number' && !Number.isFinite(real)) return String(real)
  return printEdn(real)
}
