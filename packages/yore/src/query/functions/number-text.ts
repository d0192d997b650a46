/** Numbers from text and as text: `parse-long`, `Long/parseLong`, `Integer/toHexString` and relatives. */

import { double } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { isNumber } from '../../data/compare.ts'
import type { Definition } from './call.ts'
import { numberArg, refuse, textArg } from './call.ts'
import { compareOrNaN, fitsLong, isWhole, longOf, toDouble } from './numbers.ts'
import { javaDouble } from './text.ts'

const real = (args: readonly Value[], i: number): number => toDouble(numberArg(args, i))

function longArg(args: readonly Value[], i: number): bigint {
  const x = args[i]
  return isWhole(x) && fitsLong(BigInt(x)) ? BigInt(x) : refuse(i, 'must be a long', x)
}

/** The whole number of these digits, or null. */
function readWhole(text: string, radix: number, bitCount: number): Value {
  const m = /^([+-]?)([0-9a-zA-Z]{1,80})$/.exec(text)
  if (m === null) return null
  let n = 0n
  for (const c of m[2] as string) {
    const digit = Number.parseInt(c, 36)
    if (digit >= radix) return null
    n = n * BigInt(radix) + BigInt(digit)
  }
  if (m[1] === '-') n = -n
  return BigInt.asIntN(bitCount, n) === n ? longOf(n) : null
}

/** The double of this text, as java.lang.Double reads it, or null. */
function readReal(text: string): Value {
  const m = /^[\s]*([+-]?)(NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[dDfF]?[\s]*$/.exec(
    text,
  )
  if (m === null || text.length > 10_000) return null
  const x = m[2] === 'NaN' ? NaN : m[2] === 'Infinity' ? Infinity : Number(m[2])
  return double(m[1] === '-' ? -x : x)
}

const parser = (
  name: string,
  params: string,
  doc: string,
  example: readonly [string, string],
  read: (text: string, radix: number) => Value,
): Definition => ({
  name,
  params,
  doc,
  example,
  run: (args) => {
    const radix = args.length > 1 ? args[1] : 10
    if (typeof radix !== 'number' || radix < 2 || radix > 36 || !Number.isInteger(radix)) {
      refuse(1, 'must be a base from 2 to 36', radix)
    }
    const x = args[0]
    if (name.endsWith('/valueOf') && x !== undefined && isNumber(x)) return x
    return read(textArg(args, 0), radix) ?? refuse(0, 'is no text of such a number')
  },
})

const parseLong = (text: string, radix: number): Value => readWhole(text, radix, 64)
const parseInt = (text: string, radix: number): Value => readWhole(text, radix, 32)

function digits(args: readonly Value[], radix: number, bitCount: number): string {
  return BigInt.asUintN(bitCount, longArg(args, 0)).toString(radix)
}

export const numberText: readonly Definition[] = [
  {
    name: 'parse-long',
    params: 's',
    doc: 'The long that the text means, or nil when it means none.',
    example: ['(parse-long "12")', '12'],
    run: (args) => parseLong(textArg(args, 0), 10),
  },
  {
    name: 'parse-double',
    params: 's',
    doc: 'The double that the text means, or nil.',
    example: ['(parse-double "1e3")', '1000.0'],
    run: (args) => readReal(textArg(args, 0)),
  },
  {
    name: 'parse-boolean',
    params: 's',
    doc: 'true for "true", false for "false", else nil.',
    example: ['(parse-boolean "true")', 'true'],
    run: (args) => {
      const text = textArg(args, 0)
      return text === 'true' ? true : text === 'false' ? false : null
    },
  },
  parser(
    'Long/parseLong',
    's [radix]',
    'The long that the text means; else an error.',
    ['(Long/parseLong "12")', '12'],
    parseLong,
  ),
  parser(
    'Long/valueOf',
    's [radix]',
    'The long that the text or number means.',
    ['(Long/valueOf "12")', '12'],
    parseLong,
  ),
  parser(
    'Integer/parseInt',
    's [radix]',
    'The number of 32 bits that the text means.',
    ['(Integer/parseInt "ff" 16)', '255'],
    parseInt,
  ),
  parser(
    'Integer/valueOf',
    's [radix]',
    'The number of 32 bits that the text or number means.',
    ['(Integer/valueOf "12")', '12'],
    parseInt,
  ),
  parser(
    'Double/parseDouble',
    's',
    'The double that the text means; else an error.',
    ['(Double/parseDouble "1.5")', '1.5'],
    readReal,
  ),
  parser(
    'Double/valueOf',
    's',
    'The double that the text or number means.',
    ['(Double/valueOf "2")', '2.0'],
    readReal,
  ),
  {
    name: 'Boolean/parseBoolean',
    aliases: ['Boolean/valueOf'],
    params: 's',
    doc: 'Is the text "true", in whatever case?',
    example: ['(Boolean/parseBoolean "TRUE")', 'true'],
    run: (args) =>
      args[0] === true || (typeof args[0] === 'string' && args[0].toLowerCase() === 'true'),
  },
  {
    name: 'Long/toString',
    aliases: ['Integer/toString'],
    params: 'n [radix]',
    doc: 'The digits of a long, to a base from 2 to 36.',
    example: ['(Long/toString 255 16)', '"ff"'],
    run: (args) => {
      const radix = args.length > 1 ? Number(longArg(args, 1)) : 10
      return longArg(args, 0).toString(radix >= 2 && radix <= 36 ? radix : 10)
    },
  },
  {
    name: 'Long/compare',
    aliases: ['Integer/compare', 'Double/compare'],
    params: 'x y',
    doc: '-1, 0 or 1.',
    example: ['(Long/compare 1 2)', '-1'],
    run: (args) => compareOrNaN(numberArg(args, 0), numberArg(args, 1)) || 0,
  },
  {
    name: 'Integer/toHexString',
    params: 'n',
    doc: 'The bits as hexadecimal digits.',
    example: ['(Integer/toHexString 255)', '"ff"'],
    run: (args) => digits(args, 16, 32),
  },
  {
    name: 'Integer/toBinaryString',
    params: 'n',
    doc: 'The bits as zeros and ones.',
    example: ['(Integer/toBinaryString 5)', '"101"'],
    run: (args) => digits(args, 2, 32),
  },
  {
    name: 'Long/toHexString',
    params: 'n',
    doc: 'The bits as hexadecimal digits.',
    example: ['(Long/toHexString 255)', '"ff"'],
    run: (args) => digits(args, 16, 64),
  },
  {
    name: 'Long/toBinaryString',
    params: 'n',
    doc: 'The bits as zeros and ones.',
    example: ['(Long/toBinaryString 5)', '"101"'],
    run: (args) => digits(args, 2, 64),
  },
  {
    name: 'Double/toString',
    params: 'x',
    doc: 'The text of a double.',
    example: ['(Double/toString 1e21)', '"1.0E21"'],
    run: (args) => javaDouble(real(args, 0)),
  },
  {
    name: 'Double/isNaN',
    params: 'x',
    doc: 'Is it not a number?',
    example: ['(Double/isNaN 1.5)', 'false'],
    run: (args) => Number.isNaN(real(args, 0)),
  },
  {
    name: 'Double/isInfinite',
    params: 'x',
    doc: 'Is it infinite?',
    example: ['(Double/isInfinite 1.5)', 'false'],
    run: (args) => Math.abs(real(args, 0)) === Infinity,
  },
]
