/**
 * Whom functions tell how much they do within one call, which may be much: whoever has called them, through whatever lies between.
 *
 * (1) Calls nest: a query within a function of a query has a budget of its own, and leaves the outer one as it was.
 * (2) Where nobody watches, telling does nothing.
 */

/** Takes units of work of about 50 ns, and throws to end it. */
export interface Watcher {
  tick(work: number): void
}

let watcher: Watcher | null = null

/** Runs what this one is told of. */
export function watchedBy<T>(by: Watcher, run: () => T): T {
  const outer = watcher
  watcher = by
  try {
    return run()
  } finally {
    watcher = outer
  }
}

/** So much work has been done. */
export function worked(units: number): void {
  if (watcher !== null) watcher.tick(units)
}
