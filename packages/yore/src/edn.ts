/**
 * The public door to EDN: text to exact values and back (`yore/edn`). The database itself takes and gives plain JavaScript; who reads data
 * files, keeps 1 and 1.0 apart, or writes EDN, needs these.
 *
 * ```ts
 * import { fromJs, keyword, printEdn, readEdn, toJs } from 'yore/edn'
 *
 * const value = readEdn('{:artist/name "Ali", :scores [1 1.0 1.50M]}')
 * printEdn(value)                            // the same text
 * toJs(value)                                // { ':artist/name': 'Ali', ':scores': [1, 1, BigDecimal 1.50] }
 * printEdn(fromJs([{ a: new Date(0) }]))     // '[{"a" #inst "1970-01-01T00:00:00.000-00:00"}]'
 * ```
 */

export { YoreError } from './base/errors.ts'
export type { Category, ErrorCode } from './base/errors.ts'
export { BigDecimal } from './data/big-decimal.ts'
export { compareValues } from './data/compare.ts'
export { printEdn } from './data/edn/print.ts'
export { readAllEdn, readEdn } from './data/edn/read.ts'
export type { ReadOptions } from './data/edn/options.ts'
export { equalValues, ValueMap, ValueSet } from './data/equal.ts'
export { fromPublic as fromJs, toPublic as toJs } from './data/public.ts'
export {
  Char,
  double,
  Double,
  Float,
  Instant,
  keyword,
  Keyword,
  list,
  List,
  Opaque,
  Sym,
  symbol,
  Tagged,
  Uri,
  Uuid,
} from './data/values.ts'
export type { Value, ValueArray } from './data/values.ts'
