/** Bytes: what is written is read back, always as the same bytes; damage is noticed; nothing crashes. */

import { describe, expect, test } from 'vitest'
import { YoreError } from '../../base/errors.ts'
import { BigDecimal } from '../big-decimal.ts'
import { ValueMap, ValueSet } from '../equal.ts'
import {
  Char,
  Double,
  Float,
  Instant,
  keyword,
  list,
  Opaque,
  symbol,
  Tagged,
  Uri,
  Uuid,
} from '../values.ts'
import type { Value } from '../values.ts'
import { crc32c } from './checksum.ts'
import { checkCodec, codecOf, codecs, compress as pack, decompress } from './compress.ts'
import { formatNow, formats, kinds } from './format.ts'
import { frame, unframe } from './frame.ts'
import { compress, decompress as unpack } from './lz4.ts'
import { deflate as noDeflate, inflate as noInflate } from './no-deflate.ts'
import { ByteReader } from './reader.ts'
import { readValue, writeValue } from './values.ts'
import { ByteWriter } from './writer.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Bytes that do not compress. */
function noiseOf(n: number): Uint8Array {
  let x = 1
  return Uint8Array.from({ length: n }, () => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return x
  })
}

function codeOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof YoreError) return error.code
    throw error
  }
  return 'no error'
}

const encode = (v: Value): Uint8Array => {
  const out = new ByteWriter()
  writeValue(out, v)
  return out.finish()
}

describe('the checksum', () => {
  // RFC 3720, B.4, and the check value of the catalogue of CRCs
  test.each([
    ['', 0],
    ['123456789', 0xe3069283],
  ])('of %j', (text, expected) => expect(crc32c(ascii(text))).toBe(expected))

  test('of the samples of iSCSI', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43)
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e)
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => 31 - i))).toBe(0x113fdb5c)
  })

  test('goes on from a part', () => {
    const bytes = Uint8Array.from({ length: 100 }, (_, i) => (i * 37) & 255)
    for (let cut = 0; cut <= 100; cut++) {
      expect(crc32c(bytes, cut, 100, crc32c(bytes, 0, cut))).toBe(crc32c(bytes))
    }
    expect(crc32c(bytes.subarray(13, 77))).toBe(crc32c(bytes, 13, 77))
  })
})

describe('numbers and strings', () => {
  test('are these bytes', () => {
    const out = new ByteWriter(1)
    out.u8(1).u16(0x203).u32(0x4050607).f32(1).f64(-2)
    expect(hex(out.finish())).toBe('01' + '0302' + '07060504' + '0000803f' + '00000000000000c0')
  })

  test.each([
    [0, '00'],
    [127, '7f'],
    [128, '8001'],
    [300, 'ac02'],
    [2 ** 28 - 1, 'ffffff7f'],
    [2 ** 28, '8080808001'],
    [2 ** 32, '8080808010'],
    [2 ** 53 - 1, 'ffffffffffffff0f'],
  ])('varint %d', (x, expected) => {
    const bytes = new ByteWriter().varint(x).finish()
    expect(hex(bytes)).toBe(expected)
    expect(new ByteReader(bytes).varint()).toBe(x)
  })

  test('zigzag', () => {
    for (const x of [0, -1, 1, -64, 64, 2 ** 52 - 1, -(2 ** 52) + 1]) {
      expect(new ByteReader(new ByteWriter().zigzag(x).finish()).zigzag()).toBe(x)
    }
    expect(hex(new ByteWriter().zigzag(-1).zigzag(1).finish())).toBe('0102')
  })

  test.each([
    ['', '00'],
    ['a', '0261'],
    ['é', '04c3a9'],
    ['\u{1f600}', '08f09f9880'],
    ['\ufeffx', '08efbbbf78'],
    ['\u0000', '0200'],
    ['\ud800', '0500d8'],
    ['a\udc00b', '0d610000dc6200'],
  ])('string %j', (text, expected) => {
    const bytes = new ByteWriter().string(text).finish()
    expect(hex(bytes)).toBe(expected)
    expect(new ByteReader(bytes).string()).toBe(text)
  })

  test('bytes that are no number, string or count', () => {
    const corrupt = ':yore/storage-corrupt'
    const read = (text: string): ByteReader => new ByteReader(unhex(text))
    expect(codeOf(() => read('').u8())).toBe(corrupt)
    expect(codeOf(() => read('010203').u32())).toBe(corrupt)
    expect(codeOf(() => read('80').varint())).toBe(corrupt)
    expect(codeOf(() => read('80'.repeat(100)).varint())).toBe(corrupt)
    expect(codeOf(() => read('ffffffffffffff1f').varint())).toBe(corrupt)
    expect(codeOf(() => read('04ff41').string())).toBe(corrupt)
    expect(codeOf(() => read('0a41').string())).toBe(corrupt)
    expect(codeOf(() => read('0341').string())).toBe(corrupt)
    expect(codeOf(() => read('05').count())).toBe(corrupt)
    expect(codeOf(() => read('ffffffffffffff0f00').bytes())).toBe(corrupt)
    expect(codeOf(() => read('ffffffff0f00').bigint())).toBe(corrupt)
    expect(codeOf(() => read('0000').end())).toBe(corrupt)
  })

  test('a reader stays within its part, and aligns', () => {
    const bytes = new ByteWriter().u8(7).align(8).f64(1.5).finish()
    expect(bytes.length).toBe(16)
    const reader = new ByteReader(bytes)
    expect([reader.u8(), reader.align(8).f64(), reader.left]).toEqual([7, 1.5, 0])
    expect(codeOf(() => new ByteReader(bytes, 0, 4).f64())).toBe(':yore/storage-corrupt')
    const view = bytes.subarray(8)
    expect(new ByteReader(view).f64()).toBe(1.5)
  })

  test('a writer begins anew', () => {
    const out = new ByteWriter(2).string('x'.repeat(100))
    const first = out.finish()
    out.reset()
    expect(out.u8(9).peek()).toEqual(Uint8Array.of(9))
    expect(new ByteReader(first).string()).toBe('x'.repeat(100))
  })
})

/** Every kind of value with its bytes. They are on disks: a change here is a new format (format.ts). */
const golden: readonly (readonly [string, Value, string])[] = [
  ['nil', null, '00'],
  ['false', false, '01'],
  ['true', true, '02'],
  ['long', 300, '03ac02'],
  ['negative long', -300, '04ab02'],
  ['double that is not whole', 1.5, '05000000000000f83f'],
  ['wide id', 2 ** 60, '05000000000000b043'],
  ['whole double', new Double(1), '06000000000000f03f'],
  ['double -0', new Double(-0), '060000000000000080'],
  ['float', new Float(0.5), '070000003f'],
  ['bigint', 300n, '08042c01'],
  ['negative bigint', -(2n ** 64n), '0813000000000000000001'],
  ['bigint 0', 0n, '0800'],
  ['bigdec', BigDecimal.parse('-1.50'), '0904039600'.slice(0, 8)],
  ['string', 'hé', '0a0668c3a9'],
  ['keyword', keyword(':a/b'), '0b06612f62'],
  ['symbol', symbol('?x'), '0c043f78'],
  ['uuid', new Uuid('00112233-4455-6677-8899-aabbccddeeff'), '0d00112233445566778899aabbccddeeff'],
  ['uri', new Uri('a:b'), '0f06613a62'],
  ['char', new Char('a'), '106100'],
  ['instant', new Instant(300), '11ac02'],
  ['instant before 1970', new Instant(-1), '1200'],
  ['bytes', Uint8Array.of(1, 2), '14020102'],
  ['vector', [1, null], '1502030100'],
  ['list', list([1]), '16010301'],
  ['map', ValueMap.of([[keyword('a'), 1]]), '17010b02610301'],
  ['set', ValueSet.of([1]), '18010301'],
  ['tagged', new Tagged(symbol('t'), 1), '1902740301'],
]

describe('values', () => {
  test.each(golden)('%s', (_, value, bytes) => {
    expect(hex(encode(value))).toBe(bytes)
    const reader = new ByteReader(unhex(bytes))
    const back = readValue(reader)
    expect(reader.left).toBe(0)
    expect(back).toStrictEqual(value)
    expect(hex(encode(back))).toBe(bytes)
  })

  test('what no schema has comes back too', () => {
    const odd: Value[] = [
      NaN,
      Infinity,
      -Infinity,
      new Uuid('not canonical'),
      new Instant(NaN),
      new Instant(8.64e15),
      new Instant(0.5),
      '\ud800',
      keyword('a b'),
      keyword('::x'),
      new Char('\ud800'),
      [[], new ValueSet(), new ValueMap(), list([])],
    ]
    for (const v of odd) expect(readValue(new ByteReader(encode(v)))).toStrictEqual(v)
    expect(Object.is(readValue(new ByteReader(encode(-0))), -0)).toBe(true)
  })

  test('what is no data, or too deep, is refused', () => {
    expect(codeOf(() => encode(new Opaque('db', {})))).toBe(':yore/invalid-value')
    expect(codeOf(() => encode([undefined as unknown as Value]))).toBe(':yore/invalid-value')
    let deep: Value = 1
    for (let i = 0; i < 100_000; i++) deep = [deep]
    expect(codeOf(() => encode(deep))).toBe(':yore/limit-exceeded')
    expect(codeOf(() => readValue(new ByteReader(unhex('1501'.repeat(100_000)))))).toBe(
      ':yore/storage-corrupt',
    )
    expect(codeOf(() => readValue(new ByteReader(unhex('63'))))).toBe(':yore/storage-corrupt')
  })
})

describe('lz4', () => {
  const samples: readonly (readonly [string, Uint8Array])[] = [
    ['nothing', new Uint8Array(0)],
    ['one byte', Uint8Array.of(7)],
    ['twelve bytes', ascii('abcabcabcabc')],
    ['a run', new Uint8Array(100_000)],
    ['a pattern', ascii('The quick brown fox. '.repeat(500))],
    [
      'far matches',
      Uint8Array.from({ length: 300_000 }, (_, i) => ((i % 70_001) * 2_654_435_761) >>> 24),
    ],
    ['noise', noiseOf(70_000)],
  ]
  test.each(samples)('%s', (_, bytes) => {
    const packed = compress(bytes)
    expect(Buffer.compare(unpack(packed, bytes.length), bytes)).toBe(0)
  })

  // Made by hand from the description of the format.
  test('unpacks what others pack', () => {
    expect(hex(unpack(unhex('50' + '68656c6c6f'), 5))).toBe(hex(ascii('hello')))
    // four literals, a match of 8 at 4, five literals
    expect(
      Buffer.from(unpack(unhex('44' + '61626364' + '0400' + '50' + '7677787a79'), 17)).toString(),
    ).toBe('abcdabcdabcdvwxzy')
    // a match that reaches into what it writes
    expect(
      Buffer.from(unpack(unhex('1f' + '61' + '0100' + '01' + '50' + '6162636465'), 26)).toString(),
    ).toBe(`${'a'.repeat(21)}abcde`)
  })

  test('packs to these bytes', () => {
    expect(hex(compress(ascii('abcd'.repeat(10))))).toBe(
      '4f' + '61626364' + '0400' + '0c' + '50' + hex(ascii('dabcd')),
    )
    expect(hex(compress(ascii('short')))).toBe('50' + hex(ascii('short')))
  })

  test.each([
    ['empty, though there should be something', '', 1],
    ['literals beyond the end', '5061', 5],
    ['more literals than wanted', '5068656c6c6f', 4],
    ['fewer than wanted', '5068656c6c6f', 6],
    ['a length without end', 'f0ffff', 1000],
    ['half an offset', '106101', 10],
    ['offset 0', '1061000050', 10],
    ['offset before the beginning', '1061020050', 10],
    ['a match beyond the end', '1f610100ffffff0050', 30],
  ])('refuses %s', (_, bytes, length) => {
    expect(codeOf(() => unpack(unhex(bytes), length))).toBe(':yore/storage-corrupt')
  })
})

describe('frames', () => {
  const content = ascii('some content, some content, some content, some content, some content')

  test('are these bytes', () => {
    expect(hex(frame('root', ascii('hi')))).toBe(
      '594f5245' + '01010000' + '02000000' + '08d343c6' + '6869',
    )
    expect(hex(frame('segment', content, { codec: 'lz4', name: 'b1' }))).toBe(
      '594f5245' +
        '01030100' +
        '44000000' +
        '640231a2' +
        'ef736f6d6520636f6e74656e742c200e001e506e74656e74',
    )
  })

  test.each(['none', 'lz4', 'deflate-raw'] as const)('%s: what goes in comes out', (codec) => {
    for (const size of [1, 67, 5000, 70_000, 2_500_000]) {
      const whole = Uint8Array.from({ length: size }, (_, i) => content[i % 61] as number)
      const bytes = frame('segment', whole, { codec, name: 'x' })
      const { kind, format, content: out } = unframe(bytes, 'segment', 'x')
      expect([kind, format, Buffer.compare(out, whole)]).toEqual(['segment', 1, 0])
      if (codec === 'none') continue
      // an array of its own, which columns can be read in
      if (size > 1) {
        expect([bytes[6], bytes.length < size]).toEqual([codecs[codec], true])
        expect([out.constructor, out.buffer.byteLength]).toEqual([Uint8Array, size])
      }
    }
    expect(unframe(frame('segment', content, { codec }), null).content).toEqual(content)
  })

  test('content that does not shrink is not packed, and is read in place', () => {
    const noise = noiseOf(4096)
    const bytes = frame('segment', noise, { codec: 'lz4' })
    expect(bytes.length).toBe(4096 + 16)
    const out = unframe(bytes, 'segment').content
    expect([out.buffer === bytes.buffer, out.byteOffset % 8]).toEqual([true, 0])
    expect(unframe(frame('slot', new Uint8Array(0), { codec: 'lz4' }), 'slot').content.length).toBe(
      0,
    )
  })

  test.each(['lz4', 'deflate-raw'] as const)(
    '%s: every flipped bit is noticed, and every cut',
    (codec) => {
      const bytes = frame('segment', content, { codec, name: 'b1' })
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const damaged = bytes.slice()
        damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7))
        expect(
          codeOf(() => unframe(damaged, 'segment', 'b1')),
          `bit ${bit}`,
        ).toBe(':yore/storage-corrupt')
      }
      for (let n = 0; n < bytes.length; n++) {
        expect(codeOf(() => unframe(bytes.subarray(0, n), 'segment', 'b1'))).toBe(
          ':yore/storage-corrupt',
        )
      }
      const longer = new Uint8Array(bytes.length + 1)
      longer.set(bytes)
      expect(codeOf(() => unframe(longer, 'segment', 'b1'))).toBe(':yore/storage-corrupt')
    },
  )

  test('under another name, or as another kind, it does not open', () => {
    const bytes = frame('segment', content, { name: 'b1' })
    expect(codeOf(() => unframe(bytes, 'segment', 'b2'))).toBe(':yore/storage-corrupt')
    expect(codeOf(() => unframe(bytes, 'segment'))).toBe(':yore/storage-corrupt')
    expect(codeOf(() => unframe(bytes, 'root', 'b1'))).toBe(':yore/storage-corrupt')
  })

  test('of a later format it says so', () => {
    for (const [place, value] of [
      [4, 99],
      [5, 99],
      [6, 99],
    ] as const) {
      const bytes = frame('root', ascii('hi'))
      bytes[place] = value
      const crc = crc32c(bytes, 16, bytes.length, crc32c(bytes, 0, 12))
      new DataView(bytes.buffer).setUint32(12, crc, true)
      expect(codeOf(() => unframe(bytes, 'root'))).toBe(':yore/unsupported-format')
    }
  })

  test('deflate: what is not what was packed is damage, and bytes never unpack to more than was asked for', () => {
    const packed = pack('deflate-raw', content)
    for (const [damaged, length] of [
      [packed.subarray(0, packed.length - 3), content.length],
      [packed, content.length - 1],
      [packed, content.length + 1],
      [packed, 0],
      [new Uint8Array(0), 5],
      [noiseOf(100), content.length],
      // 64 MB in 64 KB: it ends where the length says
      [pack('deflate-raw', new Uint8Array(2 ** 26)), 1000],
    ] as const) {
      expect(codeOf(() => decompress('deflate-raw', damaged, length))).toBe(':yore/storage-corrupt')
    }
    // a header that promises much makes no room for it
    const before = process.memoryUsage().arrayBuffers
    expect(codeOf(() => decompress('deflate-raw', packed, 2 ** 28))).toBe(':yore/storage-corrupt')
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24)
    expect(codeOf(() => decompress('none', packed, 1))).toBe(':yore/storage-corrupt')
  })

  test('deflate: flipped bits behind a right checksum give an error or bytes, no crash', () => {
    const packed = pack('deflate-raw', content)
    for (let bit = 0; bit < packed.length * 8; bit++) {
      const damaged = packed.slice()
      damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7))
      try {
        expect(decompress('deflate-raw', damaged, content.length).length).toBe(content.length)
      } catch (error) {
        expect(error, `bit ${bit}`).toMatchObject({ code: ':yore/storage-corrupt' })
      }
    }
  })

  test('where there is no deflate, it says to use lz4', () => {
    for (const run of [noDeflate, noInflate]) {
      expect(run).toThrow(expect.objectContaining({ code: ':yore/unsupported-format' }))
      expect(run).toThrow(/'lz4'/)
    }
    for (const codec of ['none', 'lz4', 'deflate-raw'] as const) checkCodec(codec)
  })

  test('the numbers of formats, kinds and codecs stay what they are', () => {
    expect(formats).toEqual([1])
    expect(formatNow).toBe(formats.at(-1))
    expect(new Set(Object.values(kinds)).size).toBe(Object.keys(kinds).length)
    expect(kinds).toMatchObject({ root: 1, slot: 2, segment: 3, directory: 4, logSegment: 5 })
    expect(codecs).toEqual({ none: 0, lz4: 1, 'deflate-raw': 2 })
    for (const [name, n] of Object.entries(codecs)) expect(codecOf(n)).toBe(name)
    expect(codecOf(3)).toBeNull()
  })
})
