/** How a message tells what was given, whatever it is: nothing of it is run, and it is short. */

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
