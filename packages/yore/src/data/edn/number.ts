/**
 * Numbers in EDN text: what a token that begins with a digit (or a sign and a digit) means, as Clojure reads it.
 *
 * (1) Every whole number within 2^53 is a number, every other one a bigint; a whole double is a Double.
 * (2) No token takes more than the work of `digitsMax` digits.
 */

import { BigDecimal } from '../big-decimal.ts'
import { double } from '../values.ts'
import type { Double } from '../values.ts'

const digitsMax = 100_000

const wholePattern =
  /^([-+]?)(?:0[xX]([0-9A-Fa-f]+)|0([0-7]+)|([1-9][0-9]?)[rR]([0-9A-Za-z]+)|(0|[1-9][0-9]*))(N?)$/
const floatPattern = /^[-+]?[0-9]+(?:\.[0-9]*)?(?:[eE]([-+]?[0-9]+))?(M?)$/
const ratioPattern = /^([-+]?[0-9]+)\/([0-9]+)$/

/** The number; or a text that says what is wrong with it. */
export function parseNumber(token: string): number | bigint | Double | BigDecimal | string {
  if (token.length > digitsMax) return `a number may have ${digitsMax} digits`
  const m = wholePattern.exec(token)
  if (m !== null) {
    const size = magnitude(m)
    if (typeof size === 'string') return size
    return whole(m[1] === '-' ? -size : size, m[7] === 'N')
  }
  const f = floatPattern.exec(token)
  if (f !== null) {
    // whole, but not in wholePattern: 08, 09 and the like
    if (!/[.eEM]/.test(token)) return `a number that begins with 0 is octal`
    if (f[2] !== 'M') return double(Number(token))
    if (Math.abs(Number(f[1] ?? 0)) > digitsMax) return `an exponent is at most ${digitsMax}`
    return BigDecimal.parse(token.slice(0, -1))
  }
  const r = ratioPattern.exec(token)
  if (r !== null) return ratio(BigInt((r[1] as string).replace('+', '')), BigInt(r[2] as string))
  return 'this is no number'
}

function magnitude(m: RegExpExecArray): bigint | string {
  if (m[6] !== undefined) return BigInt(m[6])
  if (m[2] !== undefined) return BigInt(`0x${m[2]}`)
  if (m[3] !== undefined) return BigInt(`0o${m[3]}`)
  const radix = Number(m[4])
  const digits = m[5] ?? ''
  if (radix < 2 || radix > 36) return 'a radix is 2 to 36'
  return inRadix(digits, radix)
}

// Eight digits at a time: 36^8 is still exact as a number.
function inRadix(digits: string, radix: number): bigint | string {
  let out = 0n
  for (let i = 0; i < digits.length; i += 8) {
    const chunk = digits.slice(i, i + 8)
    for (const c of chunk) {
      if (Number.isNaN(Number.parseInt(c, radix))) return `'${c}' is no digit of radix ${radix}`
    }
    out = out * BigInt(radix) ** BigInt(chunk.length) + BigInt(Number.parseInt(chunk, radix))
  }
  return out
}

function whole(x: bigint, big: boolean): number | bigint {
  return !big && x >= -0x1fffffffffffffn && x <= 0x1fffffffffffffn ? Number(x) : x
}

function ratio(a: bigint, b: bigint): number | bigint | string {
  if (b === 0n) return 'division by zero'
  if (a % b !== 0n) return 'Yore has no ratios; write a decimal, such as 0.5M'
  return whole(a / b, false)
}
