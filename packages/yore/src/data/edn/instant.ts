/**
 * The text of an instant, as in `#inst "2014-08-19T10:00:00.000-00:00"`: RFC 3339, where every part after the year may be left out.
 *
 * (1) `parseInstant(printInstant(ms)) === ms` for every ms that a Date can hold; years beyond 9999 or before 0000 are
 *     written with a sign and six digits, as ISO 8601 and JavaScript do.
 * (2) The calendar is Gregorian for all time (Java goes over to the Julian one before 1582). Digits beyond milliseconds are cut.
 */

const pattern =
  /^(\d{4}|[+-]\d{6})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?)?)?)?(?:Z|([-+])(\d\d):(\d\d))?$/

/** The greatest distance from 1970 that a Date can hold, in ms. */
export const instantMax = 8.64e15

/** Milliseconds since 1970, or a text that says what is wrong. */
export function parseInstant(text: string): number | string {
  const m = text.length > 100 ? null : pattern.exec(text)
  if (m === null) return 'an instant is written like "2014-08-19T10:00:00.000Z"'
  const part = (i: number, missing: number): number => (m[i] === undefined ? missing : Number(m[i]))
  const year = part(1, 0)
  const month = part(2, 1)
  const day = part(3, 1)
  const hour = part(4, 0)
  const minute = part(5, 0)
  const second = part(6, 0)
  const wrong =
    outside('month', month, 1, 12) ??
    outside('day', day, 1, daysIn(year, month)) ??
    outside('hour', hour, 0, 23) ??
    outside('minute', minute, 0, 59) ??
    outside('second', second, 0, minute === 59 ? 60 : 59) ??
    outside('hour of the offset', part(9, 0), 0, 23) ??
    outside('minute of the offset', part(10, 0), 0, 59)
  if (wrong !== null) return wrong
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  const fraction = Number((m[7] ?? '').slice(0, 3).padEnd(3, '0'))
  const offset = (part(9, 0) * 60 + part(10, 0)) * (m[8] === '-' ? -1 : 1)
  const ms = date.getTime() + ((hour * 60 + minute - offset) * 60 + second) * 1000 + fraction
  return Math.abs(ms) <= instantMax ? ms : 'the instant lies beyond the years that a Date can hold'
}

function outside(what: string, x: number, min: number, max: number): string | null {
  return x < min || x > max ? `the ${what} of an instant is ${min} to ${max}, not ${x}` : null
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** As Clojure prints it: '2014-08-19T10:00:00.000-00:00'. */
export function printInstant(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '-00:00')
}
