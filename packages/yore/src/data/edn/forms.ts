/**
 * What Clojure's reader asks of forms that belong together: metadata and what it stands before, a namespaced map and its keys.
 *
 * (1) Metadata is checked and then dropped: values have none.
 */

import { ValueMap, ValueSet } from '../equal.ts'
import { Keyword, keyword, Sym, symbol, Tagged } from '../values.ts'
import type { Value } from '../values.ts'

/** May it stand after `^`? */
export const isMeta = (x: Value): boolean =>
  x instanceof Keyword || x instanceof Sym || x instanceof ValueMap || typeof x === 'string'

/** May metadata stand before it? */
export const canHaveMeta = (x: Value): boolean =>
  x instanceof Sym ||
  Array.isArray(x) ||
  x instanceof ValueMap ||
  x instanceof ValueSet ||
  x instanceof Tagged

/** The key of a namespaced map, `#:a{:x 1 :_/y 2}`: names without namespace get it, the namespace `_` stands for none. */
export function qualified(key: Value, ns: string): Value {
  if (!(key instanceof Keyword) && !(key instanceof Sym)) return key
  if (key.ns !== null && key.ns !== '_') return key
  const text = key.ns === null ? `${ns}/${key.name}` : key.name
  return key instanceof Keyword ? keyword(`:${text}`) : symbol(text)
}
