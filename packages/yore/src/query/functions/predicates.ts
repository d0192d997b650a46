/** What kind of value it is: `string? number? map?` and relatives. */

import { BigDecimal } from '../../data/big-decimal.ts'
import { isNumber } from '../../data/compare.ts'
import { ValueMap, ValueSet } from '../../data/equal.ts'
import { Char, Float, Instant, Keyword, List, Opaque, Sym, Uri, Uuid } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import type { Definition } from './call.ts'
import { arg } from './call.ts'
import { fitsLong, isFloating, isWhole, signOf } from './numbers.ts'

const is = (
  name: string,
  doc: string,
  example: readonly [string, string],
  test: (x: Value) => boolean,
): Definition => ({ name, params: 'x', doc, example, run: (args) => test(arg(args, 0)) })

// A bigint that JS shows as one is a bigint, not a long, where it could have been a number.
const isLong = (x: Value): x is number | bigint =>
  isWhole(x) &&
  (typeof x === 'number' || (fitsLong(x) && (x > 0x1fffffffffffffn || x < -0x1fffffffffffffn)))

export const isVector = (x: Value): boolean => Array.isArray(x) && !(x instanceof List)
const isCollection = (x: Value): boolean =>
  Array.isArray(x) || x instanceof ValueMap || x instanceof ValueSet
const isIdent = (x: Value): x is Keyword | Sym => x instanceof Keyword || x instanceof Sym

export const predicates: readonly Definition[] = [
  is('string?', 'Is it a string?', ['(string? "a")', 'true'], (x) => typeof x === 'string'),
  is('char?', 'Is it a character?', ['(char? "a")', 'false'], (x) => x instanceof Char),
  is(
    'boolean?',
    'Is it true or false?',
    ['(boolean? false)', 'true'],
    (x) => typeof x === 'boolean',
  ),
  is('number?', 'Is it a number of any kind?', ['(number? 3M)', 'true'], isNumber),
  is('integer?', 'Is it a long or bigint?', ['(integer? 3N)', 'true'], isWhole),
  is('int?', 'Is it a long?', ['(int? 3)', 'true'], isLong),
  is(
    'pos-int?',
    'Is it a long above 0?',
    ['(pos-int? 3)', 'true'],
    (x) => isLong(x) && signOf(x) > 0,
  ),
  is(
    'neg-int?',
    'Is it a long below 0?',
    ['(neg-int? 3)', 'false'],
    (x) => isLong(x) && signOf(x) < 0,
  ),
  is(
    'nat-int?',
    'Is it a long not below 0?',
    ['(nat-int? 0)', 'true'],
    (x) => isLong(x) && signOf(x) >= 0,
  ),
  is('float?', 'Is it a double or float?', ['(float? 1.5)', 'true'], isFloating),
  is(
    'double?',
    'Is it a double?',
    ['(double? 1.5)', 'true'],
    (x) => isFloating(x) && !(x instanceof Float),
  ),
  is('decimal?', 'Is it a bigdec?', ['(decimal? 1M)', 'true'], (x) => x instanceof BigDecimal),
  is(
    'rational?',
    'Is it a long, bigint or bigdec?',
    ['(rational? 1.5)', 'false'],
    (x) => isWhole(x) || x instanceof BigDecimal,
  ),
  is('ratio?', 'False: there are no fractions.', ['(ratio? 1)', 'false'], () => false),
  is('keyword?', 'Is it a keyword?', ['(keyword? :k)', 'true'], (x) => x instanceof Keyword),
  is('symbol?', 'Is it a symbol?', ['(symbol? :k)', 'false'], (x) => x instanceof Sym),
  is('ident?', 'Is it a keyword or symbol?', ['(ident? :k)', 'true'], isIdent),
  is(
    'simple-keyword?',
    'Is it a keyword without namespace?',
    ['(simple-keyword? :a/b)', 'false'],
    (x) => x instanceof Keyword && x.ns === null,
  ),
  is(
    'qualified-keyword?',
    'Is it a keyword with a namespace?',
    ['(qualified-keyword? :a/b)', 'true'],
    (x) => x instanceof Keyword && x.ns !== null,
  ),
  is(
    'simple-symbol?',
    'Is it a symbol without namespace?',
    ['(simple-symbol? :a)', 'false'],
    (x) => x instanceof Sym && x.ns === null,
  ),
  is(
    'qualified-symbol?',
    'Is it a symbol with a namespace?',
    ['(qualified-symbol? :a/b)', 'false'],
    (x) => x instanceof Sym && x.ns !== null,
  ),
  is(
    'simple-ident?',
    'Is it a keyword or symbol without namespace?',
    ['(simple-ident? :a)', 'true'],
    (x) => isIdent(x) && x.ns === null,
  ),
  is(
    'qualified-ident?',
    'Is it a keyword or symbol with a namespace?',
    ['(qualified-ident? :a/b)', 'true'],
    (x) => isIdent(x) && x.ns !== null,
  ),
  is('map?', 'Is it a map?', ['(map? {:a 1})', 'true'], (x) => x instanceof ValueMap),
  is('vector?', 'Is it a vector?', ['(vector? [1])', 'true'], isVector),
  is('list?', 'Is it a list?', ['(list? [1])', 'false'], (x) => x instanceof List),
  is(
    'seq?',
    'Is it a list or what a function such as `map` gave?',
    ['(seq? [1])', 'false'],
    (x) => x instanceof List,
  ),
  is('set?', 'Is it a set?', ['(set? #{1})', 'true'], (x) => x instanceof ValueSet),
  is('coll?', 'Is it a vector, list, map or set?', ['(coll? "a")', 'false'], isCollection),
  is('sequential?', 'Is it a vector or list?', ['(sequential? [1])', 'true'], Array.isArray),
  is(
    'associative?',
    'Is it a map or vector?',
    ['(associative? [1])', 'true'],
    (x) => x instanceof ValueMap || isVector(x),
  ),
  is('counted?', 'Is it a collection?', ['(counted? [1])', 'true'], isCollection),
  is('indexed?', 'Is it a vector?', ['(indexed? [1])', 'true'], isVector),
  is(
    'seqable?',
    'Is it nil, text or a collection?',
    ['(seqable? 5)', 'false'],
    (x) => x === null || typeof x === 'string' || isCollection(x) || x instanceof Uint8Array,
  ),
  is(
    'inst?',
    'Is it an instant?',
    ['(inst? #inst "2020-01-01")', 'true'],
    (x) => x instanceof Instant,
  ),
  is('uuid?', 'Is it a uuid?', ['(uuid? "u")', 'false'], (x) => x instanceof Uuid),
  is('uri?', 'Is it a uri?', ['(uri? "u")', 'false'], (x) => x instanceof Uri),
  is(
    'bytes?',
    'Is it an array of bytes?',
    ['(bytes? "u")', 'false'],
    (x) => x instanceof Uint8Array,
  ),
  is(
    'fn?',
    'Is it a function?',
    ['(fn? 1)', 'false'],
    (x) => x instanceof Opaque && x.kind === 'function',
  ),
  is(
    'ifn?',
    'Can it be called: a function, keyword, map, set, vector?',
    ['(ifn? :a)', 'true'],
    (x) =>
      x instanceof Keyword ||
      x instanceof ValueMap ||
      x instanceof ValueSet ||
      isVector(x) ||
      (x instanceof Opaque && x.kind === 'function'),
  ),
]
