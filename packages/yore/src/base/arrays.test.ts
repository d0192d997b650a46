/** Arrays that are cut from slabs: zeros, and each its own. */

import { expect, test } from 'vitest'
import { Random } from '../../../../test/oracle/random.ts'
import { newBytes, newFloats, newInts } from './arrays.ts'

test("arrays of every size are zeros, and nobody else's", () => {
  const random = new Random(7)
  const made: { array: Float64Array | Int32Array | Uint8Array; mark: number }[] = []
  for (let i = 0; i < 3000; i++) {
    const n = random.int(3) === 0 ? random.int(20_000) : random.int(40)
    const array = [newFloats, newInts, newBytes][random.int(3)]?.(n) ?? newInts(n)
    expect(array.length).toBe(n)
    expect(array.every((x) => x === 0)).toBe(true)
    const mark = 1 + random.int(255)
    array.fill(mark)
    made.push({ array, mark })
  }
  for (const { array, mark } of made) expect(array.every((x) => x === mark)).toBe(true)
})

test('small arrays share memory, large ones have their own', () => {
  expect(newFloats(1024).buffer.byteLength).toBe(1 << 16)
  expect(newInts(2048).buffer.byteLength).toBe(1 << 16)
  expect(newBytes(8192).buffer.byteLength).toBe(1 << 16)
  expect(newFloats(1025).buffer.byteLength).toBe(1025 * 8)
  expect(newInts(2049).buffer.byteLength).toBe(2049 * 4)
  expect(newBytes(8193).buffer.byteLength).toBe(8193)
})
