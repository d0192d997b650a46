/**
 * Runs a call written as text, `(subs "hello" 1 3)`, on the library of query functions: what tables of examples mean.
 * Nested calls are run first, `(quote x)` is x, a bare symbol among arguments is the function of that name, `#"[a-z]"` a regular expression.
 */

import { readEdn } from '../../packages/yore/src/data/edn/read.ts'
import { ValueMap, ValueSet } from '../../packages/yore/src/data/equal.ts'
import { List, Sym, Tagged, keyword } from '../../packages/yore/src/data/values.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'
import { callable, functionValue } from '../../packages/yore/src/query/functions/callable.ts'
import { libraryFunction } from '../../packages/yore/src/query/functions/library.ts'
import { prText } from '../../packages/yore/src/query/functions/text.ts'

const regexLiteral = /#"((?:[^"\\]|\\[\s\S])*)"/g

/** Text with regular expressions as tagged strings, which EDN can read. */
function readable(text: string): string {
  return text
    .replaceAll(
      regexLiteral,
      (_all, source: string) =>
        `#yore/regex "${source.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`,
    )
    .replaceAll(/([ [(])'([\w/.+*-]+)/g, '$1(quote $2)')
    .replaceAll(/#inst "(\d{4}-\d\d-\d\d)"/g, '#inst "$1T00:00:00Z"')
}

const run = (name: string, args: readonly Value[]): Value => {
  const f = libraryFunction(name)
  if (f === null) throw new Error(`no function ${name}`)
  return f.run(args)
}

function evaluate(form: Value): Value {
  if (form instanceof Sym) {
    const f = libraryFunction(form.text)
    if (f === null) throw new Error(`no function ${form.text}`)
    return functionValue(f)
  }
  if (form instanceof Tagged && form.tag.text === 'yore/regex')
    return run('re-pattern', [form.value])
  if (form instanceof List) {
    const [head, ...rest] = form as readonly Value[]
    if (head instanceof Sym && head.text === 'quote') return rest[0] as Value
    const args = rest.map(evaluate)
    if (head instanceof Sym) return run(head.text, args)
    return (callable(evaluate(head as Value)) ?? (() => keyword('none')))(args)
  }
  if (Array.isArray(form)) return (form as Value[]).map(evaluate)
  if (form instanceof ValueMap)
    return ValueMap.of([...form].map(([k, v]) => [evaluate(k), evaluate(v)]))
  if (form instanceof ValueSet) return ValueSet.of([...form].map(evaluate))
  return form
}

/** The value of a call. */
export function call(text: string): Value {
  return evaluate(readEdn(readable(text)))
}

/** The value of a call as text. */
export function callText(text: string): string {
  return prText(call(text))
}
