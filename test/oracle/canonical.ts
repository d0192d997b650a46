/** One text for one public answer: maps without order, everything else exactly. Answers are compared by it, and shown. */

export function canonical(x: unknown): string {
  if (x === undefined) return 'undefined'
  if (x === null || typeof x === 'boolean') return String(x)
  if (typeof x === 'number') return Object.is(x, -0) ? '-0' : String(x)
  if (typeof x === 'bigint') return `${x}n`
  if (typeof x === 'string') return JSON.stringify(x)
  if (x instanceof Date) return `#inst ${x.getTime()}`
  if (x instanceof Uint8Array) return `#bytes ${x.join()}`
  if (Array.isArray(x)) return `[${x.map(canonical).join(' ')}]`
  if (typeof x !== 'object') return typeof x
  const proto: unknown = Object.getPrototypeOf(x)
  if (proto !== Object.prototype && proto !== null)
    return `#${x.constructor.name} ${(x as { toString(): string }).toString()}`
  const entries = Object.entries(x).map(([k, v]) => `${JSON.stringify(k)} ${canonical(v)}`)
  return `{${entries.sort().join(', ')}}`
}
