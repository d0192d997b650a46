/** The few functions that generated queries call, and the aggregates, each written out plainly. */

import { compareValues } from '../../packages/yore/src/data/compare.ts'
import { ValueSet, equalValues } from '../../packages/yore/src/data/equal.ts'
import { double } from '../../packages/yore/src/data/values.ts'
import type { Opaque, Value } from '../../packages/yore/src/data/values.ts'
import type { NaiveAttribute, NaiveDb } from './naive-db.ts'

type Args = readonly Value[]
const order = (args: Args): number => compareValues(args[0] as Value, args[1] as Value)
const numbers = (args: Args): number[] => args as readonly Value[] as number[]

function valueIn(args: Args): Value | undefined {
  const db = (args[0] as Opaque).value as NaiveDb
  const e = db.entid(args[1] as Value)
  const attribute = db.attribute(args[2] as Value) as NaiveAttribute
  return e === null ? undefined : db.valuesOf(e, attribute.id)[0]
}

const functions: { readonly [name: string]: (args: Args) => Value } = {
  '=': (args) => equalValues(args[0] as Value, args[1] as Value),
  'not=': (args) => !equalValues(args[0] as Value, args[1] as Value),
  '!=': (args) => !equalValues(args[0] as Value, args[1] as Value),
  '<': (args) => order(args) < 0,
  '<=': (args) => order(args) <= 0,
  '>': (args) => order(args) > 0,
  '>=': (args) => order(args) >= 0,
  '+': (args) => numbers(args).reduce((x, y) => x + y, 0),
  '-': ([x, y]) => (x as number) - (y as number),
  '*': (args) => numbers(args).reduce((x, y) => x * y, 1),
  inc: ([x]) => (x as number) + 1,
  'even?': ([x]) => (x as number) % 2 === 0,
  'pos?': ([x]) => (x as number) > 0,
  count: ([x]) => (x as string).length,
  str: (args) => args.map((x) => String(x as string | number)).join(''),
  identity: ([x]) => x as Value,
  ground: ([x]) => x as Value,
  tuple: (args) => args,
  'get-else': (args) => valueIn(args) ?? (args[3] as Value),
  'missing?': (args) => valueIn(args) === undefined,
}

/** Calls a function of a query by its name. */
export function applyFunction(name: string, args: Args): Value {
  const run = functions[name]
  if (run === undefined) throw new Error(`the naive evaluator has no function ${name}`)
  return run(args)
}

const total = (values: Args): number => numbers(values).reduce((x, y) => x + y, 0)

function distinct(values: Args): Value[] {
  return [...ValueSet.of(values)]
}

/** An aggregate over the bag of a group's values, after its constants. */
export function applyAggregate(name: string, constants: Args, values: Args): Value {
  const sorted = [...values].sort(compareValues)
  const n = constants[0] as number | undefined
  switch (name) {
    case 'count':
      return values.length
    case 'count-distinct':
      return distinct(values).length
    case 'distinct':
      return ValueSet.of(values)
    case 'sum':
      return total(values)
    case 'avg':
      return double(total(values) / values.length)
    case 'median': {
      const at = (i: number): number => sorted[i] as number
      const mid = Math.floor(sorted.length / 2)
      return sorted.length % 2 === 1 ? at(mid) : Math.trunc((at(mid - 1) + at(mid)) / 2)
    }
    case 'min':
      return n === undefined ? (sorted[0] as Value) : sorted.slice(0, n)
    case 'max':
      return n === undefined ? (sorted.at(-1) as Value) : sorted.reverse().slice(0, n)
    default:
      throw new Error(`the naive evaluator has no aggregate ${name}`)
  }
}
