/**
 * Values that can be called: where a function takes a function, `(map inc ?v)`, `(sort-by :age ?v)`, `(apply + ?v)`.
 *
 * (1) A function as a value is an Opaque of the kind 'function'; the engine makes it with `functionValue` where a symbol stands among
 *     the arguments of a call. Keywords, symbols, maps, sets and vectors can be called too.
 */

import { ValueMap, ValueSet } from '../../data/equal.ts'
import { Keyword, List, Opaque, Sym } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { raise } from '../../base/errors.ts'
import type { LibraryFunction } from './call.ts'
import { refuse } from './call.ts'
import { asEntity, entityValue } from './entities.ts'

export type Callable = (args: readonly Value[]) => Value

/** A function among values; all that shows of it is its name. */
class FunctionValue {
  readonly name: string
  readonly #run: Callable
  readonly #parts: number

  constructor(name: string, run: Callable, parts: number) {
    this.name = name
    this.#run = run
    this.#parts = parts
  }
  static runOf(x: FunctionValue): Callable {
    return x.#run
  }
  static partsOf(x: FunctionValue): number {
    return x.#parts
  }
  toJSON(): string {
    return this.name
  }
}

/** A function as a value, to be an argument: `functionValue(libraryFunction('+'))`. */
export function functionValue(f: Pick<LibraryFunction, 'name' | 'run'>): Value {
  return new Opaque('function', new FunctionValue(f.name, f.run, 1))
}

/** A function made of others; of how many is bounded, or each step could double what a call costs. */
export function composedValue(name: string, of: readonly Value[], run: Callable): Value {
  let parts = 1
  for (const x of of) {
    parts +=
      x instanceof Opaque && x.value instanceof FunctionValue ? FunctionValue.partsOf(x.value) : 1
  }
  if (parts > partsMax)
    raise(':yore/limit-exceeded', `${name}: the function has more than ${partsMax} parts`)
  return new Opaque('function', new FunctionValue(name, run, parts))
}
const partsMax = 500

/** The value of a key in a map, set, vector or nothing: what `get` does. */
export function lookup(x: Value, key: Value, otherwise: Value): Value {
  if (x instanceof ValueMap) {
    const found = x.get(key)
    return found === undefined ? otherwise : found
  }
  if (x instanceof ValueSet) return x.has(key) ? key : otherwise
  const of = asEntity(x)
  if (of !== null) return entityValue(of, key) ?? otherwise
  if (Array.isArray(x)) {
    if (x instanceof List) return otherwise
    return typeof key === 'number' && key >= 0 && key < x.length && Number.isInteger(key)
      ? (x[key] as Value)
      : otherwise
  }
  return otherwise
}

/** How to call this value, or null when it cannot be. */
export function callable(x: Value): Callable | null {
  if (x instanceof Keyword || x instanceof Sym) {
    return (args) => {
      if (args.length < 1 || args.length > 2) {
        raise(
          ':yore/invalid-function-call',
          `(${x.text} map [default]) takes 1 to 2 arguments, was called with ${args.length}`,
          {
            function: x.text,
            arguments: args.length,
          },
        )
      }
      return lookup(args[0] as Value, x, args[1] ?? null)
    }
  }
  if (x instanceof ValueMap) return (args) => lookup(x, args[0] ?? null, args[1] ?? null)
  if (x instanceof ValueSet) return (args) => lookup(x, args[0] ?? null, null)
  if (Array.isArray(x) && !(x instanceof List)) {
    return (args) => {
      const i = args[0]
      if (typeof i !== 'number' || !Number.isInteger(i) || i < 0 || i >= x.length) {
        raise(':yore/invalid-function-call', 'a vector is called with an index within it', {})
      }
      return x[i] as Value
    }
  }
  if (x instanceof Opaque) {
    if (x.value instanceof FunctionValue) return FunctionValue.runOf(x.value)
    if (typeof x.value === 'function') {
      const f = x.value as (...args: readonly Value[]) => Value
      return (args) => f(...args)
    }
  }
  return null
}

export function callableArg(args: readonly Value[], i: number): Callable {
  const x = args[i] as Value
  return callable(x) ?? refuse(i, 'must be a function', x)
}
