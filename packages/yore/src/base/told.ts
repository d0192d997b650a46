/** How a message tells what was given or thrown, whatever it is: it is short, and never throws itself. */

const textMax = 80

/** `told('x')` is `'x'`, `told(1n)` 1, `told({})` 'an object'. */
export function told(x: unknown): string {
  switch (typeof x) {
    case 'string':
      return `'${x.slice(0, textMax)}'`
    case 'number':
    case 'boolean':
      return `${x}`
    case 'bigint':
      return x < 2n ** 64n && x > -(2n ** 64n) ? `${x}` : 'a large number'
    case 'undefined':
      return 'undefined'
    case 'object':
      return x === null ? 'null' : 'an object'
    default:
      return `a ${typeof x}`
  }
}

const reasonMax = 400

/** What a thrown value says, whatever it is. */
export function reasonOf(cause: unknown): string {
  try {
    const text: unknown = cause instanceof Error ? cause.message : String(cause)
    return String(text).slice(0, reasonMax)
  } catch {
    return 'it threw something without a text'
  }
}
