/**
 * Assertions for what only a bug in Yore can break. They stay on in production: a wrong answer is worse than a stop.
 */

/** Stops with an error when `condition` does not hold. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Yore: broken invariant: ${message}. Please report this.`)
}

/** For the last branch of an exhaustive `switch`. */
export function unreachable(x: never): never {
  throw new Error(`Yore: unexpected ${JSON.stringify(x)}. Please report this.`)
}
