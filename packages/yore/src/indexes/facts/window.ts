/**
 * Windows of time, and what a directory knows of the times in a segment, so that it need not be read for a window that has none of it, and no
 * row looked at for one that has all.
 */

/** The least and the greatest t of a segment's rows, and the greatest end; -1 for no end. */
export interface Times {
  readonly minT: number
  readonly maxT: number
  readonly maxEnd: number
}

/** A window of time: facts asserted in (since, asOf], and of past ones those that `end` after `endsAfter`. */
export interface Window {
  readonly since: number
  readonly asOf: number
  readonly endsAfter: number
}

/** The window that everything lies in. */
export const anyTime: Window = { since: -Infinity, asOf: Infinity, endsAfter: -Infinity }

/** Does no row lie in the window? */
export function isOutside({ minT, maxT, maxEnd }: Times, window: Window, past: boolean): boolean {
  return minT > window.asOf || maxT <= window.since || (past && maxEnd <= window.endsAfter)
}

/** Do all rows lie in the window? Of current facts: what has an end there is no fact. */
export function isInside(
  { minT, maxT, maxEnd }: Times,
  { since, asOf }: Pick<Window, 'since' | 'asOf'>,
): boolean {
  return minT > since && maxT <= asOf && maxEnd < 0
}
