/** Methods of Java on other values than strings, `(.getTime ?i)`, and static functions of String and Character. */

import { BigDecimal } from '../../data/big-decimal.ts'
import { isNumber } from '../../data/compare.ts'
import { ValueMap } from '../../data/equal.ts'
import { Char, Instant, Keyword, Sym, Uri, double } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { lookup } from './callable.ts'
import type { Definition } from './call.ts'
import { arg, checkText, indexArg, refuse, textArg } from './call.ts'
import { countOf } from './collections.ts'
import { compareJava, equiv } from './equivalence.ts'
import { signOf, toDouble, truncate } from './numbers.ts'
import { elementsArg } from './sequences.ts'
import { method } from './text-methods.ts'
import { isWhitespace, strText } from './text.ts'

const onText =
  (f: (text: string) => Value) =>
  (args: readonly Value[]): Value =>
    f(textArg(args, 0))

function hashCode(text: string): number {
  let h = 0
  for (let i = 0; i < text.length; i++) h = (Math.imul(h, 31) + text.charCodeAt(i)) | 0
  return h
}

function getOf(args: readonly Value[]): Value {
  const x = arg(args, 0)
  if (x instanceof ValueMap) return lookup(x, arg(args, 1), null)
  if (!Array.isArray(x)) return refuse(0, 'must be a map or vector', x)
  const i = indexArg(args, 1)
  return i >= 0 && i < x.length
    ? (x[i] as Value)
    : refuse(1, `is out of range: there are ${x.length} elements`)
}

function instantArg(args: readonly Value[], i: number): Instant {
  const x = args[i]
  return x instanceof Instant ? x : refuse(i, 'must be an instant', x)
}

function comparedTo(args: readonly Value[]): Value {
  const a = arg(args, 0)
  const b = arg(args, 1)
  const alike = isNumber(a)
    ? isNumber(b)
    : typeof a === typeof b && a?.constructor === b?.constructor
  if (!alike || a === null) refuse(1, 'must be of the kind of what it is compared with', b)
  return compareJava(a, b)
}

function namedArg(args: readonly Value[]): Keyword | Sym {
  const x = args[0]
  return x instanceof Keyword || x instanceof Sym ? x : refuse(0, 'must be a keyword or symbol', x)
}

const uriPart = (
  name: string,
  doc: string,
  example: readonly [string, string],
  pattern: RegExp,
): Definition =>
  method(name, 'uri', doc, example, (args) => {
    const x = args[0]
    if (!(x instanceof Uri)) return refuse(0, 'must be a uri', x)
    return pattern.exec(x.text)?.[1] ?? null
  })

const others: readonly Definition[] = [
  method('toString', 'x', 'The text, as `str` has it.', ['(.toString 5)', '"5"'], (args) =>
    args[0] === null ? refuse(0, 'may not be nil') : strText(arg(args, 0)),
  ),
  method('equals', 'x y', 'Are they the same value?', ['(.equals "a" "a")', 'true'], (args) =>
    equiv(arg(args, 0), arg(args, 1)),
  ),
  method(
    'compareTo',
    'x y',
    'The order of two values of one kind.',
    ['(.compareTo "a" "c")', '-2'],
    comparedTo,
  ),
  method(
    'hashCode',
    's',
    "A text's hash, as Java computes it.",
    ['(.hashCode "abc")', '96354'],
    onText(hashCode),
  ),
  method(
    'isEmpty',
    'x',
    'Is there nothing in the text or collection?',
    ['(.isEmpty "")', 'true'],
    (args) => countOf(args[0] === null ? refuse(0, 'may not be nil') : arg(args, 0)) === 0,
  ),
  method(
    'size',
    'coll',
    'How many elements.',
    ['(.size [1 2])', '2'],
    (args) => elementsArg(args, 0).length,
  ),
  method(
    'get',
    'coll key',
    'The value of a key in a map, the element at an index.',
    ['(.get {:a 1} :a)', '1'],
    getOf,
  ),
  method(
    'containsKey',
    'map key',
    'Has the map this key?',
    ['(.containsKey {:a 1} :a)', 'true'],
    (args) => {
      const x = args[0]
      return x instanceof ValueMap ? x.has(arg(args, 1)) : refuse(0, 'must be a map', x)
    },
  ),
  method(
    'getTime',
    'inst',
    'The milliseconds of an instant since 1970.',
    ['(.getTime #inst "2020-01-01")', '1577836800000'],
    (args) => instantArg(args, 0).ms,
  ),
  method(
    'before',
    'inst other',
    'Is the instant before the other?',
    ['(.before #inst "2020-01-01" #inst "2021-01-01")', 'true'],
    (args) => instantArg(args, 0).ms < instantArg(args, 1).ms,
  ),
  method(
    'after',
    'inst other',
    'Is the instant after the other?',
    ['(.after #inst "2020-01-01" #inst "2021-01-01")', 'false'],
    (args) => instantArg(args, 0).ms > instantArg(args, 1).ms,
  ),
  method(
    'getName',
    'name',
    'The name of a keyword or symbol.',
    ['(.getName :a/b)', '"b"'],
    (args) => namedArg(args).name,
  ),
  method(
    'getNamespace',
    'name',
    'The namespace of a keyword or symbol, or nil.',
    ['(.getNamespace :a/b)', '"a"'],
    (args) => namedArg(args).ns,
  ),
  method(
    'longValue',
    'n',
    'The number cut to a long.',
    ['(.longValue 3.7)', '3'],
    (args) => truncate(num(args)) ?? 0,
  ),
  method('intValue', 'n', 'The number cut to 32 bits.', ['(.intValue 3.7)', '3'], (args) =>
    Number(BigInt.asIntN(32, BigInt(truncate(num(args)) ?? 0))),
  ),
  method('doubleValue', 'n', 'The number as a double.', ['(.doubleValue 3)', '3.0'], (args) =>
    double(toDouble(num(args))),
  ),
  method('signum', 'n', '-1, 0 or 1.', ['(.signum -1.5M)', '-1'], (args) =>
    args[0] instanceof BigDecimal ? signOf(args[0]) : refuse(0, 'must be a bigdec', args[0]),
  ),
  method('scale', 'n', 'The places of a bigdec.', ['(.scale 1.50M)', '2'], (args) =>
    args[0] instanceof BigDecimal ? args[0].scale : refuse(0, 'must be a bigdec', args[0]),
  ),
  uriPart(
    'getScheme',
    'The scheme of a uri.',
    ['(.getScheme #uri "http://a.b/c")', '"http"'],
    /^([a-zA-Z][a-zA-Z0-9+.-]*):/,
  ),
  uriPart(
    'getHost',
    'The host of a uri.',
    ['(.getHost #uri "http://a.b/c")', '"a.b"'],
    /^(?:[^/?#]*:)?\/\/(?:[^@/?#]*@)?([^:/?#]*)/,
  ),
  uriPart(
    'getPath',
    'The path of a uri.',
    ['(.getPath #uri "http://a.b/c")', '"/c"'],
    /^(?:[a-zA-Z][^/?#:]*:)?(?:\/\/[^/?#]*)?([^?#]*)/,
  ),
]

function num(args: readonly Value[]): Parameters<typeof toDouble>[0] {
  const x = args[0]
  return x !== undefined && isNumber(x) ? x : refuse(0, 'must be a number', x)
}

const character = (
  name: string,
  doc: string,
  example: readonly [string, string],
  test: (c: string) => Value,
): Definition => ({
  name: `Character/${name}`,
  params: 'c',
  doc,
  example,
  run: (args) => {
    const x = args[0]
    return x instanceof Char ? test(x.text) : refuse(0, 'must be a character', x)
  },
})

const statics: readonly Definition[] = [
  {
    name: 'String/valueOf',
    params: 'x',
    doc: 'The text, as `str` has it; "null" for nil.',
    example: ['(String/valueOf 5)', '"5"'],
    run: (args) => (args[0] === null ? 'null' : strText(arg(args, 0))),
  },
  {
    name: 'String/join',
    params: 'separator coll',
    doc: 'The texts with the separator between.',
    example: ['(String/join "," ["a" "b"])', '"a,b"'],
    run: (args) =>
      checkText(
        elementsArg(args, 1)
          .map((_, i, all) => textArg(all, i))
          .join(textArg(args, 0)),
      ),
  },
  character('isDigit', 'Is it a digit?', ['(Character/isDigit \\a)', 'false'], (c) =>
    /^\p{Nd}$/u.test(c),
  ),
  character('isLetter', 'Is it a letter?', ['(Character/isLetter \\a)', 'true'], (c) =>
    /^\p{L}$/u.test(c),
  ),
  character(
    'isLetterOrDigit',
    'Is it a letter or digit?',
    ['(Character/isLetterOrDigit \\a)', 'true'],
    (c) => /^[\p{L}\p{Nd}]$/u.test(c),
  ),
  character(
    'isUpperCase',
    'Is it a capital letter?',
    ['(Character/isUpperCase \\a)', 'false'],
    (c) => /^\p{Uppercase}$/u.test(c),
  ),
  character('isLowerCase', 'Is it a small letter?', ['(Character/isLowerCase \\a)', 'true'], (c) =>
    /^\p{Lowercase}$/u.test(c),
  ),
  character(
    'isWhitespace',
    'Is it white space?',
    ['(Character/isWhitespace \\space)', 'true'],
    (c) => isWhitespace(c.charCodeAt(0)),
  ),
  character(
    'toUpperCase',
    'The capital letter.',
    ['(Character/toUpperCase \\a)', '\\A'],
    (c) => new Char(c.toUpperCase().length === 1 ? c.toUpperCase() : c),
  ),
  character(
    'toLowerCase',
    'The small letter.',
    ['(Character/toLowerCase \\A)', '\\a'],
    (c) => new Char(c.toLowerCase().length === 1 ? c.toLowerCase() : c),
  ),
]

export const methods: readonly Definition[] = [...others, ...statics]
