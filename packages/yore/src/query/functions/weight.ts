/**
 * How much a value holds, counting what is shared every time: a vector of a vector twice, and so on, doubles with each step and would
 * never be printed, compared or copied to an end. What functions make is weighed, and refused when it is heavy by sharing alone.
 *
 * (1) A value that is large in itself passes, however large: only one that holds far more than it has in memory is refused.
 * (2) Every collection is measured once.
 */

import { raise } from '../../base/errors.ts'
import { ValueMap, ValueSet } from '../../data/equal.ts'
import type { Value } from '../../data/values.ts'

/** Below this nothing is too heavy. */
const weightMax = 2 ** 20
const sharingMax = 8
const depthMax = 400

type Collection = readonly Value[] | ValueMap | ValueSet

const weights = new WeakMap<object, number>()

const isCollection = (x: Value): x is Collection =>
  typeof x === 'object' &&
  x !== null &&
  (Array.isArray(x) || x instanceof ValueMap || x instanceof ValueSet)

function* parts(x: Collection): Iterable<Value> {
  if (!(x instanceof ValueMap)) {
    yield* x
    return
  }
  for (const [k, v] of x) {
    yield k
    yield v
  }
}

function weightOf(x: Collection, depth: number): number {
  const known = weights.get(x)
  if (known !== undefined) return known
  let weight = 1
  for (const part of parts(x)) {
    // what is nested deeper is met by other limits
    weight += isCollection(part) && depth < depthMax ? weightOf(part, depth + 1) : 1
  }
  // small ones are as soon measured again
  if (weight > 16) weights.set(x, weight)
  return weight
}

/** How much there is in memory: what is shared counts once. */
function massOf(x: Collection): number {
  const seen = new Set<Collection>([x])
  const open: Collection[] = [x]
  let mass = 0
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const part of parts(at)) {
      mass++
      if (isCollection(part) && !seen.has(part)) {
        seen.add(part)
        open.push(part)
      }
    }
  }
  return mass
}

/** How many values a collection holds, those within others included: exactly where it has been weighed, else only its own. */
export function partsOf(x: Collection): number {
  return weights.get(x) ?? (Array.isArray(x) ? x.length : (x as ValueMap | ValueSet).size)
}

/** The value, if it is not too heavy: a tuple is `weighed([a, b])`. */
export function weighed<T extends Value>(x: T): T {
  if (!isCollection(x) || weights.has(x)) return x
  const weight = weightOf(x, 0)
  if (weight > weightMax && weight > sharingMax * massOf(x)) {
    weights.delete(x)
    raise(
      ':yore/limit-exceeded',
      `the value would hold more than ${weightMax} others, most of them many times over`,
    )
  }
  return x
}
