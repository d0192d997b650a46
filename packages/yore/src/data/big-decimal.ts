/**
 * Decimal numbers of any size: an unscaled whole number and a scale, value = unscaled / 10^scale, as java.math.BigDecimal has it.
 *
 * (1) The scale is part of the value: 1.0M and 1.00M print differently and are not `equals`, though `compare` gives 0.
 */

import { raise } from '../base/errors.ts'
import { told } from '../base/told.ts'

const digitsMax = 100_000
const scaleMax = 2 ** 31
const pattern = /^([+-]?\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/

/** An immutable decimal. `new BigDecimal(150n, 2)` is 1.50; `BigDecimal.parse('1.50')` the same. */
export class BigDecimal {
  readonly unscaled: bigint
  readonly scale: number

  constructor(unscaled: bigint, scale: number) {
    if (
      typeof unscaled !== 'bigint' ||
      !Number.isInteger(scale) ||
      !(Math.abs(scale) <= scaleMax)
    ) {
      raise(':yore/invalid-value', 'a decimal is a bigint and a scale, a whole number of 32 bits')
    }
    this.unscaled = unscaled
    this.scale = scale
  }

  /** Reads '1.50', '-3', '1.5e3'. Throws `:yore/invalid-value`. */
  static parse(text: string): BigDecimal {
    if (typeof text !== 'string')
      raise(':yore/invalid-value', `${told(text)} is no text of a decimal`)
    const m = text.length > digitsMax ? null : pattern.exec(text)
    const whole = m?.[1] ?? ''
    const fraction = m?.[2] ?? ''
    const exponent = Number(m?.[3] ?? 0)
    if (text.length > digitsMax || Math.abs(exponent) > digitsMax) {
      raise(':yore/limit-exceeded', `a decimal number may have ${digitsMax} digits`, {})
    }
    if (m === null || !/\d/.test(whole + fraction)) {
      const shown = text.slice(0, 80)
      raise(':yore/invalid-value', `'${shown}' is no decimal number`, { text: shown })
    }
    return new BigDecimal(BigInt(whole.replace('+', '') + fraction), fraction.length - exponent)
  }

  /** The decimal of a whole number. */
  static of(x: bigint | number): BigDecimal {
    if (typeof x !== 'bigint' && !Number.isInteger(x)) {
      raise(':yore/invalid-value', `${told(x)} is no whole number`)
    }
    return new BigDecimal(BigInt(x), 0)
  }

  /** -1, 0 or 1, by value: 1.0 and 1.00 are alike. */
  compare(other: BigDecimal): number {
    if (this.sign !== other.sign || this.sign === 0) return Math.sign(this.sign - other.sign)
    if (Math.abs(this.scale - other.scale) > 1000) {
      const byPlace = placeOf(this) - placeOf(other)
      if (byPlace !== 0) return byPlace > 0 === this.sign > 0 ? 1 : -1
    }
    const [a, b] = align(this, other)
    return a < b ? -1 : a > b ? 1 : 0
  }

  /** Same value and same scale. */
  equals(other: BigDecimal): boolean {
    return this.unscaled === other.unscaled && this.scale === other.scale
  }

  /** The sum, with the greater of the two scales. */
  add(other: BigDecimal): BigDecimal {
    const [a, b, scale] = align(this, other)
    return new BigDecimal(a + b, scale)
  }

  /** The difference, with the greater of the two scales. */
  subtract(other: BigDecimal): BigDecimal {
    return this.add(other.negate())
  }

  /** The product; its scale is the sum of the two. */
  multiply(other: BigDecimal): BigDecimal {
    return new BigDecimal(this.unscaled * other.unscaled, this.scale + other.scale)
  }

  negate(): BigDecimal {
    return new BigDecimal(-this.unscaled, this.scale)
  }

  /** -1, 0 or 1. */
  get sign(): number {
    return this.unscaled < 0n ? -1 : this.unscaled > 0n ? 1 : 0
  }

  /** The nearest double. */
  toNumber(): number {
    return Number(`${this.unscaled}e${-this.scale}`)
  }

  /** The whole part, cut towards zero. */
  toBigInt(): bigint {
    return this.scale <= 0
      ? this.unscaled * powerOfTen(-this.scale)
      : this.unscaled / powerOfTen(this.scale)
  }

  /** As java.math.BigDecimal prints: plain, or with an exponent when the scale is negative or the value very small. */
  toString(): string {
    const negative = this.unscaled < 0n
    const digits = (negative ? -this.unscaled : this.unscaled).toString()
    const adjusted = -this.scale + (digits.length - 1)
    let text: string
    if (this.scale === 0) text = digits
    else if (this.scale > 0 && adjusted >= -6) {
      const padded = digits.padStart(this.scale + 1, '0')
      text = `${padded.slice(0, -this.scale)}.${padded.slice(-this.scale)}`
    } else {
      const rest = digits.slice(1)
      text = `${digits[0]}${rest === '' ? '' : `.${rest}`}`
      if (adjusted !== 0) text += `E${adjusted > 0 ? '+' : ''}${adjusted}`
    }
    return negative ? `-${text}` : text
  }

  toJSON(): string {
    return this.toString()
  }
}

// Where the first digit stands: the power of ten below which the number lies.
function placeOf(x: BigDecimal): number {
  return x.unscaled.toString().length - (x.unscaled < 0n ? 1 : 0) - x.scale
}

function align(a: BigDecimal, b: BigDecimal): [bigint, bigint, number] {
  if (a.scale === b.scale) return [a.unscaled, b.unscaled, a.scale]
  return a.scale < b.scale
    ? [a.unscaled * powerOfTen(b.scale - a.scale), b.unscaled, b.scale]
    : [a.unscaled, b.unscaled * powerOfTen(a.scale - b.scale), a.scale]
}

// Numbers that are far apart would take all memory to be written out.
function powerOfTen(n: number): bigint {
  if (n > 4 * digitsMax) {
    raise(':yore/limit-exceeded', `a decimal number may have ${digitsMax} digits`, {})
  }
  return 10n ** BigInt(n)
}
