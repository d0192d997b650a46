/** What a database value carries beside its facts: the program's functions and the world. */

import { raise } from '../base/errors.ts'
import type { Env } from '../base/env.ts'
import { told } from '../base/told.ts'
import { unreadable } from '../data/public.ts'
import { nearestWord } from '../query/parse/form.ts'
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

/** The names of all options that a call takes. */
export type OptionNames<T> = { readonly [K in keyof Required<T>]: true }

/** Options of a call, if they are an object; none are an empty one. With `names`, an option of another name is refused, for it is a mistake. */
export function checkedOptions<T extends object>(
  options: T | undefined,
  names?: OptionNames<T>,
): T {
  if (options === undefined) return {} as T
  if (typeof options === 'object' && options !== null) {
    try {
      const given = { ...options }
      if (names !== undefined) checkNames(Object.keys(given), Object.keys(names))
      return given
    } catch (error) {
      return unreadable(error)
    }
  }
  return raise(':yore/invalid-argument', 'the options of a call are an object')
}

function checkNames(given: readonly string[], known: readonly string[]): void {
  const stranger = given.find((name) => !known.includes(name))
  if (stranger === undefined) return
  const near = nearestWord(stranger, known)
  const hint = near === null ? `there are ${known.join(', ')}` : `did you mean ${near}?`
  raise(':yore/invalid-argument', `there is no option ${told(stranger)}; ${hint}`)
}
