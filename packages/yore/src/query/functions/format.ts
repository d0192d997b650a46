/** java.util.Formatter, as far as `format` is used: conversions with flags, width and precision. */

import { raise } from '../../base/errors.ts'
import { BigDecimal } from '../../data/big-decimal.ts'
import { isNumber } from '../../data/compare.ts'
import { Char } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { refuse, textMax } from './call.ts'
import { isFloating, isWhole, toDouble } from './numbers.ts'
import type { Num } from './numbers.ts'
import { javaDouble, strText } from './text.ts'

interface Spec {
  readonly flags: string
  readonly width: number
  readonly precision: number | null
  readonly conversion: string
}

const pattern = /%(?:(\d{1,6})\$)?([-#+ 0,(<]*)(\d{1,6})?(?:\.(\d{1,6}))?([a-zA-Z%])/g

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ',')
}

function withSign(digits: string, negative: boolean, spec: Spec): string {
  const { flags, width } = spec
  const sign = negative
    ? flags.includes('(')
      ? '('
      : '-'
    : flags.includes('+')
      ? '+'
      : flags.includes(' ')
        ? ' '
        : ''
  const close = sign === '(' ? ')' : ''
  const fill = flags.includes('0')
    ? '0'.repeat(Math.max(0, width - sign.length - digits.length - close.length))
    : ''
  return sign + fill + digits + close
}

function wholeText(x: Value, index: number, spec: Spec): string {
  if (!isWhole(x)) return refuse(index, `must be a whole number for %${spec.conversion}`, x)
  const n = BigInt(x)
  if (spec.conversion === 'd') {
    const digits = (n < 0n ? -n : n).toString()
    return withSign(spec.flags.includes(',') ? grouped(digits) : digits, n < 0n, spec)
  }
  const radix = spec.conversion === 'o' ? 8 : 16
  return withSign(BigInt.asUintN(64, n).toString(radix), false, spec)
}

/** The digits of a number with so many places, rounded half up. */
function fixedDigits(x: Num, places: number): string {
  const exact = x instanceof BigDecimal ? x : BigDecimal.parse(javaDouble(Math.abs(toDouble(x))))
  const unscaled = exact.unscaled < 0n ? -exact.unscaled : exact.unscaled
  const more = places - exact.scale
  const digits =
    more >= 0 ? unscaled * 10n ** BigInt(more) : (unscaled / 10n ** BigInt(-more - 1) + 5n) / 10n
  const text = digits.toString().padStart(places + 1, '0')
  return places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`
}

function realText(x: Value, index: number, spec: Spec): string {
  if (!isNumber(x) || isWhole(x)) {
    return refuse(index, `must be a double or decimal for %${spec.conversion}`, x)
  }
  const d = toDouble(x)
  if (isFloating(x) && !Number.isFinite(d)) {
    return Number.isNaN(d)
      ? 'NaN'
      : d > 0
        ? spec.flags.includes('+')
          ? '+Infinity'
          : 'Infinity'
        : '-Infinity'
  }
  const places = spec.precision ?? 6
  if (places > 1000) raise(':yore/limit-exceeded', 'a number may have 1000 places in a text')
  if (spec.conversion === 'e' || spec.conversion === 'E') {
    const text = Math.abs(d).toExponential(Math.min(100, places))
    return withSign(text.replace(/e([+-])(\d)$/, 'e$10$2'), d < 0, spec)
  }
  const digits = fixedDigits(x, places)
  const [whole, fraction] = digits.split('.')
  const text = spec.flags.includes(',') ? grouped(whole as string) : (whole as string)
  return withSign(fraction === undefined ? text : `${text}.${fraction}`, d < 0, spec)
}

function convert(x: Value, index: number, spec: Spec): string {
  switch (spec.conversion) {
    case 's':
    case 'S': {
      const text = x === null ? 'null' : strText(x)
      return spec.precision === null ? text : text.slice(0, spec.precision)
    }
    case 'b':
    case 'B':
      return String(x !== null && x !== false)
    case 'c':
    case 'C':
      if (x === null) return 'null'
      return x instanceof Char ? x.text : refuse(index, 'must be a character for %c', x)
    case 'd':
    case 'x':
    case 'X':
    case 'o':
      return x === null
        ? 'null'
        : wholeText(x, index, { ...spec, conversion: spec.conversion.toLowerCase() })
    case 'f':
    case 'e':
    case 'E':
      return x === null ? 'null' : realText(x, index, spec)
    default:
      return refuse(0, `has an unknown conversion: %${spec.conversion}`)
  }
}

/** The text of a format; the values are args[1], args[2], ... */
export function formatText(format: string, args: readonly Value[]): string {
  let next = 1
  let size = 0
  const out = format.replace(
    pattern,
    (_all, at, flags: string, width, precision, conversion: string) => {
      if (conversion === 'n') return '\n'
      const spec: Spec = {
        flags,
        width: Number(width ?? 0),
        precision: precision === undefined ? null : Number(precision),
        conversion,
      }
      let text = '%'
      if (conversion !== '%') {
        const index = at === undefined ? (flags.includes('<') ? next - 1 : next++) : Number(at)
        if (index < 1 || index >= args.length) refuse(0, `has no argument for %${conversion}`)
        text = convert(args[index] as Value, index, spec)
        if (conversion >= 'A' && conversion <= 'Z') text = text.toUpperCase()
      }
      size += Math.max(spec.width, text.length)
      if (size > textMax) raise(':yore/limit-exceeded', 'the text is too long')
      return flags.includes('-') ? text.padEnd(spec.width) : text.padStart(spec.width)
    },
  )
  if (/%/.test(format.replace(pattern, ''))) refuse(0, 'has a % without a conversion')
  return out
}
