/** Whatever the functions are called with: a value or a YoreError, and soon. And what arithmetic has to obey. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { numbers, values } from '../../../../../test/oracle/arbitrary-values.ts'
import { YoreError } from '../../base/errors.ts'
import type { Value } from '../../data/values.ts'
import { libraryFunction, libraryNames } from './library.ts'
import { prText } from './text.ts'

const run = (name: string, ...args: Value[]): Value => libraryFunction(name)?.run(args) ?? null

function outcome(name: string, args: readonly Value[]): string {
  try {
    const x = libraryFunction(name)?.run(args)
    if (x === undefined) return 'undefined'
    prText(x)
    return 'value'
  } catch (error) {
    return error instanceof YoreError ? 'error' : `${name}: ${(error as Error).stack}`
  }
}

test('any function with any arguments', () => {
  const names = libraryNames()
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.array(values, { maxLength: 4 }), (name, args) => {
      expect(['value', 'error']).toContain(outcome(name, args))
    }),
    { numRuns: 8000 },
  )
})

test('every function with every number of arguments, and nil', () => {
  for (const name of libraryNames()) {
    for (let n = 0; n <= 5; n++) {
      const args: Value[] = Array.from({ length: n }, () => null)
      expect(['value', 'error']).toContain(outcome(name, args))
    }
  }
})

const integers = fc.oneof(fc.integer(), fc.maxSafeInteger())

test('quot, rem and mod belong together', () => {
  fc.assert(
    fc.property(integers, integers, (a, b) => {
      fc.pre(b !== 0)
      const q = run('quot', a, b)
      const r = run('rem', a, b)
      const m = run('mod', a, b)
      expect(BigInt(q as number) * BigInt(b) + BigInt(r as number)).toBe(BigInt(a))
      expect(Number(m) === 0 || Number(m) > 0 === b > 0).toBe(true)
      expect(Number((BigInt(a) - BigInt(m as number)) % BigInt(b))).toBe(0)
    }),
  )
})

test('longs are exact, or overflow', () => {
  const longs = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  // as a long stands inside: a number where it is safe
  const inside = (x: bigint): Value =>
    x === BigInt(Number(x)) && Number.isSafeInteger(Number(x)) ? Number(x) : x
  const table = {
    '+': (a: bigint, b: bigint) => a + b,
    '-': (a: bigint, b: bigint) => a - b,
    '*': (a: bigint, b: bigint) => a * b,
  }
  fc.assert(
    fc.property(
      longs,
      longs,
      fc.constantFrom('+' as const, '-' as const, '*' as const),
      (a, b, op) => {
        const exact = table[op](a, b)
        let got: unknown
        try {
          got = run(op, inside(a), inside(b))
        } catch {
          got = 'error'
        }
        expect(got).toBe(BigInt.asIntN(64, exact) === exact ? inside(exact) : 'error')
      },
    ),
  )
})

test('addition commutes and keeps the wider kind', () => {
  fc.assert(
    fc.property(numbers, numbers, (a, b) => {
      let x: Value
      let y: Value
      try {
        x = run('+', a, b)
        y = run('+', b, a)
      } catch (error) {
        expect(error).toBeInstanceOf(YoreError)
        return
      }
      expect(prText(x)).toBe(prText(y))
    }),
  )
})
