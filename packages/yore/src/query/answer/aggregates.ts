/**
 * Aggregates: what stands in `:find` as `(sum ?x)`, `(min 3 ?x)`, `(distinct ?x)`.
 *
 * (1) They are called with the values of one group, at least one; equal rows have been made one before (`:with` keeps them apart).
 * (2) Sums widen (long, bigint, bigdec, double) and a long that overflows is an error; `avg`, `variance` and `stddev` are doubles and of
 *     the population; `median` of an even count is cut as `quot` cuts; `min` and `max` use the order of all values.
 * (3) Any library function may aggregate: it is called with the constants and then the values as one collection.
 * (4) Chance comes from the source that is passed in, else from the runtime's.
 *
 * For columns of numbers `numericAggregate` (numeric-aggregates.ts) does the same without boxing.
 */

import { systemEnv } from '../../base/env-system.ts'
import { raise } from '../../base/errors.ts'
import { BigDecimal } from '../../data/big-decimal.ts'
import { compareValues, isNumber } from '../../data/compare.ts'
import { ValueSet } from '../../data/equal.ts'
import { Sym, double } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { arityOf, checkSize, guarded, refuse } from '../functions/call.ts'
import { functionValue } from '../functions/callable.ts'
import { libraryFunction } from '../functions/library.ts'
import { add, quot, toDouble } from '../functions/numbers.ts'
import type { Num } from '../functions/numbers.ts'

/** A number from 0 up to 1, without it. */
export type Random = () => number

/**
 * An aggregate: `aggregateFunction('min')?.([2], [3, 1, 2])` is [1, 2]. Throws a YoreError for constants or values that do not fit.
 */
export type Aggregate = (
  constants: readonly Value[],
  values: readonly Value[],
  random?: Random,
  tick?: Tick,
) => Value

/** Hears how much has been done, in units of about 50 ns; it may throw. */
type Tick = (work: number) => void

const noTick: Tick = () => undefined
/** So many values between two words to it. */
const portion = 1024
const last = portion - 1

interface AggregateRow {
  readonly name: string
  /** The constants before the variable. */
  readonly params: string
  readonly doc: string
  readonly example: readonly [call: string, result: string]
  readonly run: (
    values: readonly Value[],
    constants: readonly Value[],
    random: Random,
    tick: Tick,
  ) => Value
}

function runtimeRandom(): number {
  const bytes = systemEnv.random(new Uint8Array(6))
  return bytes.reduce((sum, b) => (sum + b) / 256, 0)
}

const numberOf = (x: Value): Num => (isNumber(x) ? x : refuse(-1, 'takes numbers only', x))

function sum(values: readonly Value[], tick: Tick): Num {
  let total: Num = 0
  for (let i = 0; i < values.length; i++) {
    if ((i & last) === last) tick(portion)
    total = add(total, numberOf(values[i] as Value))
  }
  return total
}

const average = (values: readonly Value[], tick: Tick): number =>
  toDouble(sum(values, tick)) / values.length

function variance(values: readonly Value[], tick: Tick): number {
  const mean = average(values, tick)
  let total = 0
  for (let i = 0; i < values.length; i++) {
    if ((i & last) === last) tick(portion)
    total += (toDouble(numberOf(values[i] as Value)) - mean) ** 2
  }
  return total / values.length
}

function sortedBy(
  values: readonly Value[],
  compare: (a: Value, b: Value) => number,
  tick: Tick,
): Value[] {
  let compared = 0
  return [...values].sort((a, b) => {
    if ((++compared & last) === 0) tick(portion)
    return compare(a, b)
  })
}

function median(values: readonly Value[], tick: Tick): Value {
  const sorted = sortedBy(values, compareValues, tick)
  const middle = sorted.length >> 1
  const high = sorted[middle] as Value
  if (sorted.length % 2 === 1) return high
  return quot(add(numberOf(sorted[middle - 1] as Value), numberOf(high)), 2)
}

// Of values that compare as equal min takes the last and max the first, as the original does.
function least(values: readonly Value[], tick: Tick): Value {
  let found = values[0] as Value
  for (let i = 1; i < values.length; i++) {
    if ((i & last) === 0) tick(portion)
    const x = values[i] as Value
    if (compareValues(x, found) <= 0) found = x
  }
  return found
}

function greatest(values: readonly Value[], tick: Tick): Value {
  let found = values[0] as Value
  for (let i = 1; i < values.length; i++) {
    if ((i & last) === 0) tick(portion)
    const x = values[i] as Value
    if (compareValues(x, found) > 0) found = x
  }
  return found
}

/** How many are wanted: a fraction counts as one more. */
function wanted(constants: readonly Value[]): number {
  const n = constants[0]
  if (n === undefined || !isNumber(n)) return refuse(0, 'must be a number', n)
  const count = Math.ceil(toDouble(n))
  return Number.isNaN(count) ? 0 : Math.max(0, count)
}

/** Values without repetition; decimals of any scale are one. */
function distinct(values: readonly Value[], tick: Tick): ValueSet {
  const out = new ValueSet()
  let decimals: Set<string> | null = null
  for (let i = 0; i < values.length; i++) {
    if ((i & last) === last) tick(2 * portion)
    const x = values[i] as Value
    if (x instanceof BigDecimal) {
      decimals ??= new Set()
      const key = stripped(x)
      if (decimals.has(key)) continue
      decimals.add(key)
    }
    out.add(x)
  }
  return out
}

/** A decimal without its scale: the same text for 1M and 1.0M. */
export function stripped(x: BigDecimal): string {
  let { unscaled, scale } = x
  if (unscaled === 0n) return '0'
  while (unscaled % 10n === 0n) {
    unscaled /= 10n
    scale--
  }
  return `${unscaled}e${-scale}`
}

const pick = (values: readonly Value[], random: Random): Value =>
  values[Math.min(values.length - 1, Math.floor(random() * values.length))] as Value

function sample(
  values: readonly Value[],
  constants: readonly Value[],
  random: Random,
  tick: Tick,
): Value {
  const n = constants[0]
  if (n !== undefined && isNumber(n) && toDouble(n) < 0) refuse(0, 'may not be below 0')
  const rest: Value[] = [...distinct(values, tick)]
  const count = Math.min(wanted(constants), rest.length)
  for (let i = 0; i < count; i++) {
    const j = Math.min(rest.length - 1, i + Math.floor(random() * (rest.length - i)))
    const x = rest[i] as Value
    rest[i] = rest[j] as Value
    rest[j] = x
  }
  return rest.slice(0, count)
}

export const aggregates: readonly AggregateRow[] = [
  {
    name: 'count',
    params: '',
    doc: 'How many values. Over no rows at all there is no result, not 0.',
    example: ['(count ?x) of 1 1 2', '3'],
    run: (values) => values.length,
  },
  {
    name: 'count-distinct',
    params: '',
    doc: 'How many different values.',
    example: ['(count-distinct ?x) of 1 1 2', '2'],
    run: (values, _constants, _random, tick) => distinct(values, tick).size,
  },
  {
    name: 'distinct',
    params: '',
    doc: 'The set of the values.',
    example: ['(distinct ?x) of 1 1 2', '#{1 2}'],
    run: (values, _constants, _random, tick) => distinct(values, tick),
  },
  {
    name: 'sum',
    params: '',
    doc: 'The sum, of the widest kind among the values; a long that overflows is an error.',
    example: ['(sum ?x) of 1 2 3.5', '6.5'],
    run: (values, _constants, _random, tick) => sum(values, tick),
  },
  {
    name: 'avg',
    params: '',
    doc: 'The mean, a double.',
    example: ['(avg ?x) of 1 2', '1.5'],
    run: (values, _constants, _random, tick) => double(average(values, tick)),
  },
  {
    name: 'median',
    params: '',
    doc: 'The middle value; between two, their mean cut towards zero (for doubles too).',
    example: ['(median ?x) of 1 2 4 10', '3'],
    run: (values, _constants, _random, tick) => median(values, tick),
  },
  {
    name: 'variance',
    params: '',
    doc: 'The variance of the population, a double.',
    example: ['(variance ?x) of 1 2 3 4', '1.25'],
    run: (values, _constants, _random, tick) => double(variance(values, tick)),
  },
  {
    name: 'stddev',
    params: '',
    doc: 'The standard deviation of the population, a double.',
    example: ['(stddev ?x) of 10 15 20 35 75', '23.53720459187964'],
    run: (values, _constants, _random, tick) => double(Math.sqrt(variance(values, tick))),
  },
  {
    name: 'min',
    params: '[n]',
    doc: 'The least value, of whatever type; with n, up to n of the least, ascending.',
    example: ['(min 2 ?x) of 3 1 2', '[1 2]'],
    run: (values, constants, _random, tick) =>
      constants.length === 0
        ? least(values, tick)
        : sortedBy(values, compareValues, tick).slice(0, wanted(constants)),
  },
  {
    name: 'max',
    params: '[n]',
    doc: 'The greatest value; with n, up to n of the greatest, descending.',
    example: ['(max 2 ?x) of 3 1 2', '[3 2]'],
    run: (values, constants, _random, tick) =>
      constants.length === 0
        ? greatest(values, tick)
        : sortedBy(values, (a, b) => compareValues(b, a), tick).slice(0, wanted(constants)),
  },
  {
    name: 'rand',
    params: '[n]',
    doc: 'A value by chance; with n, a vector of n, the same one perhaps more than once.',
    example: ['(rand 2 ?x) of 7', '[7 7]'],
    run: (values, constants, random) => {
      if (constants.length === 0) return pick(values, random)
      const n = wanted(constants)
      checkSize(n)
      return Array.from({ length: n }, () => pick(values, random))
    },
  },
  {
    name: 'sample',
    params: 'n',
    doc: 'A vector of up to n different values by chance.',
    example: ['(sample 2 ?x) of 7 7', '[7]'],
    run: sample,
  },
]

function aggregateOf(row: AggregateRow): Aggregate {
  const [min, max] = arityOf(row.params)
  return (constants, values, random = runtimeRandom, tick = noTick) => {
    if (constants.length < min || constants.length > max) {
      raise(
        ':yore/invalid-function-call',
        `the aggregate (${row.name}${row.params === '' ? '' : ` ${row.params}`} ?variable) does not take ${constants.length} constants`,
        { function: row.name, arguments: constants.length + 1 },
      )
    }
    return guarded(row.name, () => row.run(values, constants, random, tick))
  }
}

const table = new Map(aggregates.map((row) => [row.name, aggregateOf(row)]))

/** A symbol among the constants of a library function stands for the function of that name. */
function constantOf(x: Value): Value {
  if (!(x instanceof Sym)) return x
  const f = libraryFunction(x.text)
  return f === null
    ? raise(':yore/unknown-function', `there is no function '${x.text}'`, { function: x.text })
    : functionValue(f)
}

/**
 * The aggregate of that name, or null when there is none (the engine raises `:db.error/invalid-aggregate`).
 *
 *     aggregateFunction('sum')?.([], [1, 2])        // 3
 *     aggregateFunction('max')?.([2], [3, 1, 2])    // [3, 2]
 *     aggregateFunction('set')?.([], [1, 1])        // the set of 1: any library function of one collection
 */
export function aggregateFunction(name: string): Aggregate | null {
  const known = table.get(name)
  if (known !== undefined) return known
  if (name.startsWith('.') || name.startsWith(':')) return null
  const f = libraryFunction(name)
  return f === null ? null : (constants, values) => f.run([...constants.map(constantOf), values])
}
