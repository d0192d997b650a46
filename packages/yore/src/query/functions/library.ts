/**
 * The library of functions that queries (and transaction predicates) may call, found by name.
 *
 * (1) Every function has one row in one table; `clojure.core/inc` is `inc`, `java.lang.Math/abs` is `Math/abs`, `clojure.math/sqrt` `Math/sqrt`.
 * (2) A name that begins with a colon is a keyword that is called: `(:a ?m)`.
 * (3) What a query may not call (`eval`, reading files, processes) is refused with `:yore/forbidden-function`, not unknown.
 * (4) Functions that need the engine (ground, get-else, get-some, missing?, tuple, untuple, q, fulltext, tx-ids, tx-data) are the engine's.
 */

import { raise } from '../../base/errors.ts'
import { keyword } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { arithmetic } from './arithmetic.ts'
import { callable } from './callable.ts'
import type { Definition, LibraryFunction } from './call.ts'
import { define } from './call.ts'
import { collections } from './collections.ts'
import { conversions } from './conversions.ts'
import { higher } from './higher.ts'
import { maps } from './maps.ts'
import { comparison } from './comparison.ts'
import { math } from './math.ts'
import { numberText } from './number-text.ts'
import { methods } from './methods.ts'
import { names } from './names.ts'
import { patterns } from './patterns.ts'
import { predicates } from './predicates.ts'
import { sets } from './sets.ts'
import { strings } from './strings.ts'
import { textMethods } from './text-methods.ts'
import { walks } from './walks.ts'

export type { LibraryFunction } from './call.ts'

/** The tables with their titles, as the reference shows them. */
export const groups: readonly (readonly [title: string, table: readonly Definition[]])[] = [
  ['Comparison and logic', comparison],
  ['Numbers', arithmetic],
  ['Kinds of numbers, bits', conversions],
  ['Mathematics', math],
  ['Numbers as text', numberText],
  ['Text', strings],
  ['Regular expressions', patterns],
  ['Names, uuids, instants', names],
  ['Kinds of values', predicates],
  ['Collections', collections],
  ['Maps', maps],
  ['Sets', sets],
  ['Sequences', walks],
  ['Functions that take functions', higher],
  ['Methods of strings', textMethods],
  ['Other methods of Java', methods],
]

const table = new Map<string, LibraryFunction>()
for (const [, rows] of groups) {
  for (const row of rows) {
    for (const name of [row.name, ...(row.aliases ?? [])]) table.set(name, define(row, name))
  }
}

const forbidden = new Set([
  'eval',
  'load',
  'load-file',
  'load-reader',
  'load-string',
  'read',
  'read-string',
  'require',
  'resolve',
  'slurp',
  'spit',
  'System/exit',
  'System/getenv',
  'System/getProperty',
  'Runtime/getRuntime',
])

const packages = /^(?:clojure\.core|java\.lang|java\.util\.regex)[./](?=.)/

/** The name without its package. */
function bareName(name: string): string {
  return name.replace(packages, '')
}

/** Can the name be called though it is not in the table: a keyword? */
function keywordFunction(name: string): LibraryFunction {
  const f = callable(keyword(name)) as (args: readonly Value[]) => Value
  return {
    name,
    arity: [1, 2],
    params: 'map [default]',
    doc: 'The value of this key.',
    example: [`(${name} {${name} 1})`, '1'],
    run: f,
  }
}

/**
 * The function of that name, or null when there is none. A name that queries may not call throws `:yore/forbidden-function`.
 *
 *     libraryFunction('inc')?.run([9])                    // 10
 *     libraryFunction('clojure.string/upper-case')        // and so on
 *     libraryFunction(':a')                               // the keyword as a function of maps
 *
 * A symbol among the *arguments* of a call stands for the function itself: `functionValue(libraryFunction('+'))` of callable.ts.
 */
export function libraryFunction(name: string): LibraryFunction | null {
  const known = table.get(name)
  if (known !== undefined) return known
  if (name.length > 1 && name.startsWith(':')) return keywordFunction(name)
  const bare = bareName(name)
  if (forbidden.has(bare)) {
    raise(':yore/forbidden-function', `a query may not call '${name}'`, { function: name })
  }
  return table.get(bare) ?? null
}

/** The names of all functions, without aliases. */
export function libraryNames(): readonly string[] {
  return groups.flatMap(([, rows]) => rows.map((row) => row.name))
}
