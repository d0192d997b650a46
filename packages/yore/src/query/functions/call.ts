/**
 * What a library function is, and how one is called: the number of arguments, their kinds, and the errors.
 *
 * A table (one for each file here) lists `Definition`s; library.ts makes `LibraryFunction`s of them and finds them by name.
 *
 * (1) `run` gives a value or throws a YoreError, whatever it is called with: a wrong argument is `:yore/invalid-function-call` and names
 *     function and argument; what would grow without bound is `:yore/limit-exceeded`.
 * (2) Functions are pure, but for those that take a random source as an option (aggregates).
 */

import { isNumber } from '../../data/compare.ts'
import { ValueMap, ValueSet } from '../../data/equal.ts'
import { Char, Keyword, List, Opaque, Sym, Tagged, Uri, Uuid, Instant } from '../../data/values.ts'
import { Double, Float } from '../../data/values.ts'
import { BigDecimal } from '../../data/big-decimal.ts'
import type { Value } from '../../data/values.ts'
import { YoreError, raise } from '../../base/errors.ts'
import { worked } from '../../base/watch.ts'
import { weighed } from './weight.ts'

/** A function of the library, as queries call it: `libraryFunction('inc')?.run([9])` is 10. */
export interface LibraryFunction {
  readonly name: string
  /** The least and the greatest number of arguments (`Infinity` for any). */
  readonly arity: readonly [min: number, max: number]
  /** How the arguments are called: 'x y', 's start [end]' (may be left out), 'x & more' (any number more). */
  readonly params: string
  readonly doc: string
  /** A call and its result, as text. */
  readonly example: readonly [call: string, result: string]
  readonly run: (args: readonly Value[]) => Value
}

/** A row of a table. The arity stands in `params`. */
export interface Definition {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly params: string
  readonly doc: string
  readonly example: readonly [call: string, result: string]
  readonly run: (args: readonly Value[]) => Value
}

/** The greatest number of elements that a function may make: a query is no place for more. */
export const sizeMax: number = 2 ** 20
/** The greatest length of a string that a function may make, in UTF-16 units. */
export const textMax: number = 2 ** 22
/** How deep nested data may be where a function follows it. */
export const depthMax = 400

/** Thrown within functions when an argument is not what it has to be; `define` gives it the function's name. */
class BadArgument extends Error {
  readonly index: number
  readonly expected: string
  readonly value: Value | undefined
  constructor(index: number, expected: string, value: Value | undefined) {
    super(expected)
    this.index = index
    this.expected = expected
    this.value = value
  }
}

/** The function may not be called with this argument (index -1: with these arguments together). */
export function refuse(index: number, expected: string, value?: Value): never {
  throw new BadArgument(index, expected, value)
}

/** Stops when what a function makes is too large. */
export function checkSize(size: number, max: number = sizeMax): void {
  if (size > max) raise(':yore/limit-exceeded', `the result would have more than ${max} elements`)
}

/** Stops when a text is too long. */
export function checkText(text: string): string {
  if (text.length > textMax) {
    raise(':yore/limit-exceeded', `the text would have more than ${textMax} characters`)
  }
  return text
}

/** A kind of value, for messages: 'a string', 'a long'. */
export function kindName(x: Value | undefined): string {
  if (x === undefined) return 'nothing'
  if (x === null) return 'nil'
  switch (typeof x) {
    case 'number':
      return Number.isInteger(x) ? 'a long' : 'a double'
    case 'bigint':
      return 'a bigint'
    case 'boolean':
      return 'a boolean'
    case 'string':
      return 'a string'
    default:
  }
  for (const [type, name] of kinds) if (x instanceof type) return name
  return x instanceof Opaque ? `a ${x.kind}` : 'a value'
}

const kinds: readonly (readonly [new (...args: never[]) => unknown, string])[] = [
  [Keyword, 'a keyword'],
  [Sym, 'a symbol'],
  [Double, 'a double'],
  [Float, 'a float'],
  [BigDecimal, 'a bigdec'],
  [List, 'a list'],
  [Array, 'a vector'],
  [ValueMap, 'a map'],
  [ValueSet, 'a set'],
  [Instant, 'an instant'],
  [Uuid, 'a uuid'],
  [Uri, 'a uri'],
  [Char, 'a character'],
  [Uint8Array, 'bytes'],
  [Tagged, 'a tagged value'],
]

/** The least and greatest number of arguments that a parameter list allows. */
export function arityOf(params: string): readonly [number, number] {
  const names = params.split(' ').filter((x) => x !== '')
  const rest = names.indexOf('&')
  const fixed = rest < 0 ? names : names.slice(0, rest)
  const min = fixed.filter((x) => !x.startsWith('[')).length
  return [min, rest < 0 ? fixed.length : Infinity]
}

function arityText([min, max]: readonly [number, number]): string {
  const n = max === Infinity ? `at least ${min}` : min === max ? String(min) : `${min} to ${max}`
  return `${n} ${n === '1' ? 'argument' : 'arguments'}`
}

/** The callable function of a definition, under this name. */
export function define(d: Definition, name: string = d.name): LibraryFunction {
  const arity = arityOf(d.params)
  const [min, max] = arity
  const body = d.run
  const run = (args: readonly Value[]): Value => {
    if (args.length < min || args.length > max) {
      raise(
        ':yore/invalid-function-call',
        `(${name}${d.params === '' ? '' : ` ${d.params}`}) takes ${arityText(arity)}, was called with ${args.length}`,
        { function: name, arguments: args.length },
      )
    }
    if (depth > 0) spend(args)
    else spent = 0
    depth++
    try {
      const result = weighed(body(args))
      if (Array.isArray(result)) worked(result.length)
      return result
    } catch (error) {
      throw translate(name, error)
    } finally {
      depth--
    }
  }
  return { name, arity, params: d.params, doc: d.doc, example: d.example, run }
}

// What the calls within one call cost: functions that take functions could multiply their work without end.
const costMax = 50_000_000
let depth = 0
let spent = 0

function spend(args: readonly Value[]): void {
  spent++
  for (const x of args) if (Array.isArray(x)) spent += x.length
  worked(2)
  if (spent > costMax)
    raise(':yore/limit-exceeded', 'a call makes too many calls of other functions')
}

/** Runs what may `refuse`, on behalf of the function of this name. */
export function guarded(name: string, body: () => Value): Value {
  try {
    return body()
  } catch (error) {
    throw translate(name, error)
  }
}

function translate(name: string, error: unknown): unknown {
  if (error instanceof BadArgument) {
    const where = error.index < 0 ? '' : ` argument ${error.index + 1}:`
    const got = error.value === undefined ? '' : `, not ${kindName(error.value)}`
    return new YoreError(
      ':yore/invalid-function-call',
      `${name}:${where} ${error.expected}${got}`,
      { function: name, ...(error.index < 0 ? {} : { argument: error.index + 1 }) },
    )
  }
  // What the runtime refuses to hold (a string, a bigint, the stack) is a limit as any other.
  if (error instanceof RangeError) {
    return new YoreError(':yore/limit-exceeded', `${name}: the result is too large`, {
      function: name,
    })
  }
  return error
}

// ---- arguments by kind ----

/** The argument as it is; a missing optional one is undefined. */
export function arg(args: readonly Value[], i: number): Value {
  return args[i] as Value
}

export function textArg(args: readonly Value[], i: number): string {
  const x = args[i]
  return typeof x === 'string' ? x : refuse(i, 'must be a string', x)
}

/** A string, or what has a text: the receiver of most functions of clojure.string. */
export function charSequenceArg(args: readonly Value[], i: number): string {
  const x = args[i]
  if (typeof x === 'string') return x
  if (x instanceof Keyword || x instanceof Sym || x instanceof Char) return x.text
  return refuse(i, 'must be a string', x)
}

/** A whole number that fits an index. Doubles are cut, as the original does. */
export function indexArg(args: readonly Value[], i: number): number {
  const x = args[i]
  if (typeof x === 'number') return Math.trunc(x)
  if (x instanceof Double || x instanceof Float) return Math.trunc(x.value)
  if (typeof x === 'bigint') {
    return x > 2n ** 31n ? 2 ** 31 : x < -(2n ** 31n) ? -(2 ** 31) : Number(x)
  }
  if (x instanceof BigDecimal) return Math.trunc(x.toNumber())
  return refuse(i, 'must be a whole number', x)
}

export function numberArg(
  args: readonly Value[],
  i: number,
): number | bigint | Double | Float | BigDecimal {
  const x = args[i]
  return isNumber(x) ? x : refuse(i, 'must be a number', x)
}

/** Everything but nil and false. */
export function isTrue(x: Value): boolean {
  return x !== null && x !== false
}
