/** Bytes, at random: values and blocks come back, hostile bytes do no harm. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { YoreError } from '../../base/errors.ts'
import { BigDecimal } from '../big-decimal.ts'
import { ValueMap, ValueSet } from '../equal.ts'
import {
  Char,
  double,
  Float,
  Instant,
  keyword,
  list,
  symbol,
  Tagged,
  Uri,
  Uuid,
} from '../values.ts'
import type { Value } from '../values.ts'
import { crc32c } from './checksum.ts'
import { frame, unframe } from './frame.ts'
import { compress, decompress, lz4SizeMax } from './lz4.ts'
import { ByteReader } from './reader.ts'
import { readValue, writeValue } from './values.ts'
import { ByteWriter } from './writer.ts'

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.array(fc.nat(0xffff), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
)
const whole = fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.integer({ min: -300, max: 300 }))
const big = fc.oneof(fc.bigInt(), fc.bigInt(-(2n ** 70n), 2n ** 70n))

const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'value' },
    fc.constantFrom<Value>(null, true, false, NaN, Infinity, -Infinity, 2 ** 60),
    whole,
    fc.double().map((x) => double(x)),
    fc.float().map((x) => new Float(x)),
    big,
    fc.tuple(big, fc.integer()).map(([unscaled, scale]) => new BigDecimal(unscaled, scale)),
    text,
    text.map((x) => keyword(`:${x}`)),
    text.map((x) => symbol(x)),
    fc.uuid().map((x) => new Uuid(x)),
    text.map((x) => new Uri(x)),
    fc.nat(0xffff).map((x) => new Char(String.fromCharCode(x))),
    whole.map((x) => new Instant(x)),
    fc.uint8Array(),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.array(tie('value'), { maxLength: 5 }).map((xs) => list(xs)),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map((xs) => ValueMap.of(xs)),
    fc.array(tie('value'), { maxLength: 4 }).map((xs) => ValueSet.of(xs)),
    fc.tuple(text, tie('value')).map(([name, x]) => new Tagged(symbol(name), x)),
  ),
}))

test('values come back exactly, and one after the other', () => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 5 }), (values) => {
      const out = new ByteWriter(1)
      for (const v of values) writeValue(out, v)
      const bytes = out.finish()
      const reader = new ByteReader(bytes)
      const back = values.map(() => readValue(reader))
      expect(reader.left).toBe(0)
      expect(back).toStrictEqual(values)
      const again = new ByteWriter()
      for (const v of back) writeValue(again, v)
      expect(again.finish()).toEqual(bytes)
    }),
    { numRuns: 300 },
  )
})

const harmless = (run: () => unknown): void => {
  try {
    run()
  } catch (error) {
    if (!(error instanceof YoreError)) throw error
  }
}

test('hostile bytes give a value or an error of ours', () => {
  fc.assert(
    fc.property(value, fc.uint8Array({ maxLength: 60 }), fc.nat(), (v, junk, at) => {
      harmless(() => readValue(new ByteReader(junk)))
      const out = new ByteWriter()
      writeValue(out, v)
      const bytes = out.finish()
      junk.subarray(0, 3).forEach((x, i) => (bytes[(at + i) % bytes.length] = x))
      harmless(() => readValue(new ByteReader(bytes)))
      harmless(() => readValue(new ByteReader(bytes.subarray(0, at % (bytes.length + 1)))))
    }),
    { numRuns: 1000 },
  )
})

/** Bytes as data have them: runs, repeats near and far, noise. */
const compressible = fc
  .array(
    fc.oneof(
      fc.record({ kind: fc.constant('run'), n: fc.nat(600), x: fc.nat(255) }),
      fc.record({ kind: fc.constant('noise'), n: fc.nat(300), x: fc.nat() }),
      fc.record({ kind: fc.constant('copy'), n: fc.nat(500), x: fc.nat(100_000) }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => {
    const out: number[] = []
    for (const { kind, n, x } of parts) {
      for (let i = 0; i < n; i++) {
        if (kind === 'run') out.push(x)
        else if (kind === 'noise') out.push(Math.imul(i + 1 + x, 0x9e3779b1) >>> 24)
        else out.push(out[out.length - 1 - (x % out.length)] ?? 0)
      }
    }
    return Uint8Array.from(out)
  })

test('lz4: what is packed comes back', () => {
  fc.assert(
    fc.property(compressible, (bytes) => {
      const packed = compress(bytes)
      expect(packed.length).toBeLessThanOrEqual(lz4SizeMax(bytes.length))
      expect(Buffer.compare(decompress(packed, bytes.length), bytes)).toBe(0)
    }),
    { numRuns: 200 },
  )
})

test('lz4: a damaged block gives the length that was asked for, or an error of ours', () => {
  fc.assert(
    fc.property(compressible, fc.nat(), fc.nat(255), fc.nat(3000), (bytes, at, x, length) => {
      const packed = compress(bytes)
      packed[at % packed.length] = x
      harmless(() => expect(decompress(packed, bytes.length).length).toBe(bytes.length))
      harmless(() => expect(decompress(packed, length).length).toBe(length))
    }),
    { numRuns: 400 },
  )
})

test('frames: whatever happens to one, it does not open', () => {
  fc.assert(
    fc.property(compressible, fc.nat(), fc.integer({ min: 1, max: 255 }), (content, at, x) => {
      const bytes = frame('segment', content, { codec: 'lz4', name: 'n' })
      expect(Buffer.compare(unframe(bytes, 'segment', 'n').content, content)).toBe(0)
      const damaged = bytes.slice()
      damaged[at % bytes.length] = (damaged[at % bytes.length] as number) ^ x
      expect(() => unframe(damaged, 'segment', 'n')).toThrow(YoreError)
      expect(() => unframe(bytes.subarray(0, at % bytes.length), 'segment', 'n')).toThrow(YoreError)
    }),
    { numRuns: 300 },
  )
})

test('the checksum is that of the definition', () => {
  const slow = (bytes: Uint8Array): number => {
    let c = 0xffffffff
    for (const byte of bytes) {
      c ^= byte
      for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1
    }
    return ~c >>> 0
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(10), (bytes, from) => {
      expect(crc32c(bytes, from)).toBe(slow(bytes.subarray(from)))
    }),
  )
})
