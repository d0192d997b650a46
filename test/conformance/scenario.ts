/**
 * Scenario files: EDN, each form `{:name .. :steps [STEP ANSWER STEP ANSWER ...]}`. Steps are vectors, answers are maps.
 */

import { readFileSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ValueMap } from '../../packages/yore/src/data/equal.ts'
import { keyword } from '../../packages/yore/src/data/values.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'
import { readAllEdn } from '../../packages/yore/src/data/edn/read.ts'

export interface Step {
  /** From 1. */
  readonly number: number
  readonly form: readonly Value[]
  /** The recorded answer; null where the file has none. */
  readonly answer: ValueMap | null
}

export interface Scenario {
  readonly file: string
  readonly name: string
  readonly steps: readonly Step[]
}

/** The scenarios of a file. */
export function readScenarios(path: string): Scenario[] {
  const file = basename(path)
  return readAllEdn(readFileSync(path, 'utf8')).map((form) => {
    if (!(form instanceof ValueMap)) throw new Error(`${file}: a scenario is a map`)
    const steps: Step[] = []
    for (const x of form.get(keyword(':steps')) as readonly Value[]) {
      const last = steps.at(-1)
      if (!(x instanceof ValueMap)) {
        steps.push({ number: steps.length + 1, form: x as readonly Value[], answer: null })
      } else if (last !== undefined) steps[steps.length - 1] = { ...last, answer: x }
    }
    return { file, name: form.get(keyword(':name')) as string, steps }
  })
}

/** The files of the corpus, then those with further scenarios, in order of their names. */
export function corpusFiles(): string[] {
  return ['corpus', 'extra'].flatMap((folder) => {
    const path = fileURLToPath(new URL(`./${folder}/`, import.meta.url))
    return readdirSync(path)
      .filter((name) => name.endsWith('.edn'))
      .sort()
      .map((name) => join(path, name))
  })
}
