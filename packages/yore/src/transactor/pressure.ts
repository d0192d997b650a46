/**
 * Back pressure: how long transactions wait when the memory index grows faster than jobs can empty it.
 *
 * (1) Below half of the maximum nobody waits; from there transactions get less and less of the time, none at the maximum. No cliff.
 */

/** A slice of transactions takes about as long (queue.ts). */
const sliceMs = 4
const waitMsMax = 20

/** How many milliseconds to wait before each slice of transactions; Infinity: until there is room. */
export function pressureMs(liveBytes: number, bytesMax: number): number {
  const half = bytesMax / 2
  if (liveBytes <= half) return 0
  const share = (liveBytes - half) / half
  return share >= 1 ? Infinity : Math.min(waitMsMax, (sliceMs * share) / (1 - share))
}
