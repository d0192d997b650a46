/**
 * Back pressure: how long transactions wait when the memory index grows faster than jobs can empty it.
 *
 * (1) Below half of the maximum nobody waits; from there transactions get less and less of the time, none at the maximum. No cliff.
 */

/** At the maximum: ask again after so many milliseconds. */
const fullMs = 20
/** A slice of transactions takes about as long (queue.ts). */
const sliceMs = 4

/** How many milliseconds to wait before the next slice of transactions. */
export function pressureMs(liveBytes: number, bytesMax: number): number {
  const half = bytesMax / 2
  if (liveBytes <= half) return 0
  const share = (liveBytes - half) / half
  return share >= 1 ? fullMs : Math.min(fullMs, (sliceMs * share) / (1 - share))
}
