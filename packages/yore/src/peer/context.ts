/** What a database value carries beside its facts: the program's functions and the world. */

import { raise } from '../base/errors.ts'
import type { Env } from '../base/env.ts'
import { unreadable } from '../data/public.ts'
import type { Functions } from './functions.ts'

export interface PeerContext {
  readonly functions: Functions
  readonly env: Env
}

const functionsOfEnv = ['now', 'monotonicMs', 'random', 'after', 'turn'] as const

/** The world that a program hands in, if it is one. */
export function checkedEnv(env: Env): Env {
  const given: unknown = env
  const has = (name: keyof Env): boolean => typeof (given as Env)[name] === 'function'
  if (typeof given !== 'object' || given === null) refuse()
  try {
    if (!functionsOfEnv.every(has)) refuse()
  } catch {
    refuse()
  }
  return env
}

function refuse(): never {
  return raise(':yore/invalid-argument', `an env has the functions ${functionsOfEnv.join(', ')}`)
}

/** Options of a call, if they are an object; none are an empty one. */
export function checkedOptions<T extends object>(options: T | undefined): T {
  if (options === undefined) return {} as T
  if (typeof options === 'object' && options !== null) {
    try {
      return { ...options }
    } catch (error) {
      return unreadable(error)
    }
  }
  return raise(':yore/invalid-argument', 'the options of a call are an object')
}
