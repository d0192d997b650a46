/**
 * Values that were made of the bytes of stored segments and are kept: how much of that there is at most, and who has to let go.
 *
 * (1) All that is kept takes no more than the limit, which who owns it tells.
 * (2) Decided by use: a hand goes round, and takes what was not used the last times it came by. Who asks for room moves it by one step
 *     and may ask in vain: so something larger than the limit that is read from end to end, again and again, does not drive out itself.
 */

/** What keeps values, or would. */
export interface Keeper {
  /** Set to `usedNow` by each use of what it keeps. */
  used: number
  /** Where it stands among those that keep; -1: it does not. */
  place: number
  /** The bytes that are counted for it. */
  kept: number
  /** Forgets its values; called when it stands nowhere any more. */
  letGo(bytes: number): void
}

/** The hand passes by so many times before it takes what nobody uses. */
export const usedNow = 2

export class MadeValues {
  readonly #limit: () => number
  readonly #ring: Keeper[] = []
  #hand = 0
  #bytes = 0

  constructor(limit: () => number) {
    this.#limit = limit
  }

  get bytes(): number {
    return this.#bytes
  }

  /** How many keep values. */
  get count(): number {
    return this.#ring.length
  }

  /** May it keep values, so many bytes to begin with? */
  admit(keeper: Keeper, bytes: number): boolean {
    const most = this.#limit() - bytes
    if (this.#bytes > most && this.#ring.length > 0) this.#step()
    if (this.#bytes > most) return false
    keeper.place = this.#ring.length
    // one more than nothing: what comes in goes before what is used
    keeper.used = 1
    keeper.kept = bytes
    this.#ring.push(keeper)
    this.#bytes += bytes
    return true
  }

  /** What it keeps has come to take more. */
  grow(keeper: Keeper, bytes: number): void {
    if (keeper.place < 0) return
    keeper.kept += bytes
    this.#bytes += bytes
    const most = this.#limit()
    while (this.#bytes > most && this.#ring.length > 0) this.#step()
  }

  #step(): void {
    if (this.#hand >= this.#ring.length) this.#hand = 0
    const keeper = this.#ring[this.#hand] as Keeper
    if (keeper.used-- > 0) this.#hand++
    else this.drop(keeper)
  }

  /** It keeps nothing from now on. */
  drop(keeper: Keeper): void {
    if (keeper.place < 0) return
    const last = this.#ring.pop() as Keeper
    if (last !== keeper) {
      this.#ring[keeper.place] = last
      last.place = keeper.place
    }
    const { kept } = keeper
    this.#bytes -= kept
    keeper.place = -1
    keeper.kept = 0
    keeper.letGo(kept)
  }
}
