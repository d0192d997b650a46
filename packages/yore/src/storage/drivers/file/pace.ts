/**
 * When the journal is written on the thread of the program, which saves the way to another thread and back, and when it is not.
 *
 * (1) Only when the last writes were all quick; and after a slow one that held up the program, none for five times the square of the
 *     milliseconds that it took (2 ms: 20, 10 ms: 500, 100 ms: 50,000), twice that when slow ones are frequent, and so on. So what is short, as
 *     other turns of the program are, is bounded by its share of the time, and what is long is rare, and rarer on a disk that stays slow.
 * (2) Such writes do not keep the program from its other turns: after a millisecond of them it has one.
 */

/** A write that takes longer is not quick: beside it the way to another thread and back is little. */
const quickMs = 0.3
/** One that takes longer is slow. */
const slowMs = 1
/** So many quick ones in a row there have to be before. */
const quickBefore = 4
const restFactor = 5
const restMsMax = 600_000
const restsMax = 64
/** After so many on this thread that were not slow the next rest is half as long. */
const forgetAfter = 100
const turnMs = 1

export class Pace {
  #quick = 0
  #held = 0
  #restsUntil = 0
  #rests = 1
  /** Since when a turn of the program is waited for; null: none is. */
  #turnFrom: number | null = null
  #turn: Promise<void> = Promise.resolve()

  /** May a small write be made on this thread at this time (in milliseconds, of any clock)? */
  mayHold(now: number): boolean {
    return this.#quick >= quickBefore && now >= this.#restsUntil
  }

  /** A write has ended at this time, which took so long. `isHeld`: on this thread. */
  note(now: number, ms: number, isHeld: boolean): void {
    const isQuick = ms <= quickMs
    this.#quick = isQuick ? this.#quick + 1 : 0
    if (!isHeld) return
    if (ms > slowMs) {
      this.#restsUntil = now + Math.min(restMsMax, restFactor * ms * ms * this.#rests)
      this.#rests = Math.min(restsMax, this.#rests * 2)
      this.#held = 0
    } else if (++this.#held % forgetAfter === 0) this.#rests = Math.max(1, this.#rests / 2)
  }

  /** Before a write on this thread: null, or the turn of the program that it has to wait for. */
  turn(now: number): Promise<void> | null {
    if (this.#turnFrom === null) {
      this.#turnFrom = now
      this.#turn = new Promise((resolve) => {
        setImmediate(() => {
          this.#turnFrom = null
          resolve()
        })
      })
      return null
    }
    return now - this.#turnFrom < turnMs ? null : this.#turn
  }
}
