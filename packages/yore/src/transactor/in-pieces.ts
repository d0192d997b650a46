/** Long work of the writer's own thread, in pieces between turns of the event loop: other work waits for one piece at most. */

import type { Env } from '../base/env.ts'

/** What a piece takes, milliseconds. */
export const pieceMs = 2

export interface Paced {
  readonly env: Pick<Env, 'monotonicMs'>
  /** A turn of the event loop; throws when the work is to end. */
  readonly turn: () => Promise<void>
}

/** Takes all steps; resolved with what they give at their end. */
export async function inPieces<T>(
  steps: Generator<unknown, T, undefined>,
  { env, turn }: Paced,
): Promise<T> {
  for (let end = env.monotonicMs() + pieceMs; ;) {
    const step = steps.next()
    if (step.done === true) return step.value
    if (env.monotonicMs() < end) continue
    await turn()
    end = env.monotonicMs() + pieceMs
  }
}
