/** Values that nobody should pass and somebody will. Made anew at every call, since some of them are changed by use. */

import fc from 'fast-check'
import { BigDecimal } from 'yore'
import {
  Double,
  Instant,
  Keyword,
  keyword,
  readEdn,
  symbol,
  Tagged,
  Uuid,
  ValueMap,
} from 'yore/edn'

/** What makes an object look like a promise: joined, since the linter refuses the name on an object. */
export const thenName: string = ['th', 'en'].join('')

const cyclicArray = (): unknown[] => {
  const x: unknown[] = [1]
  x.push(x)
  return x
}
const cyclicObject = (): object => {
  const x: Record<string, unknown> = { ':p/name': 'x' }
  x[':p/friend'] = x
  return x
}
const cyclicMap = (): unknown => {
  const x = new Map<unknown, unknown>()
  x.set(':a', x)
  return x
}
const cyclicSet = (): unknown => {
  const x = new Set<unknown>()
  x.add(x)
  return x
}
const throwing = (): object => ({
  get ':p/name'(): never {
    throw new Error('a getter that throws')
  },
})
/** `depth` times in itself: an array, or what `wrap` makes. */
export function deep(
  depth: number,
  wrap: (x: unknown) => unknown = (x) => [x],
  core: unknown = 1,
): unknown {
  let x = core
  for (let i = 0; i < depth; i++) x = wrap(x)
  return x
}
const revoked = (): unknown => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
const revokedArray = (): unknown => {
  const { proxy, revoke } = Proxy.revocable([], {})
  revoke()
  return proxy
}
const trap = (): never => {
  throw new RangeError('a trap that throws')
}
const traps: ProxyHandler<object> = {
  get: trap,
  has: trap,
  ownKeys: trap,
  getPrototypeOf: trap,
  getOwnPropertyDescriptor: trap,
}

class Program {
  readonly x = 1
  toString(): string {
    throw new Error('no text')
  }
}

/** Each with a name. */
export const nasty: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  NaN: () => NaN,
  Infinity: () => Infinity,
  '-Infinity': () => -Infinity,
  '-0': () => -0,
  '1.5': () => 1.5,
  '-1': () => -1,
  '2^53': () => 2 ** 53,
  '2^53 + 2': () => 2 ** 53 + 2,
  '2^54': () => 2 ** 54,
  '-2^53': () => -(2 ** 53),
  '2^42': () => 2 ** 42,
  '1e308': () => 1e308,
  '5e-324': () => 5e-324,
  '0n': () => 0n,
  '-1n': () => -1n,
  '2n**62n': () => 2n ** 62n,
  '2n**63n - 1n': () => 2n ** 63n - 1n,
  '2n**63n': () => 2n ** 63n,
  '-(2n**63n)': () => -(2n ** 63n),
  '2n**4000n': () => 2n ** 4000n,
  'empty text': () => '',
  ':': () => ':',
  '::': () => '::',
  ':/': () => ':/',
  '://': () => '://',
  ':a/b/c': () => ':a/b/c',
  ':p/name': () => ':p/name',
  ':p/age': () => ':p/age',
  ':p/friend': () => ':p/friend',
  ':p/nam': () => ':p/nam',
  ':_': () => ':_',
  ':p/_friend': () => ':p/_friend',
  ':p/__friend': () => ':p/__friend',
  ':db/id': () => ':db/id',
  ':db/ident': () => ':db/ident',
  ':db/fn': () => ':db/fn',
  'p/name': () => 'p/name',
  __proto__: () => '__proto__',
  ':__proto__': () => ':__proto__',
  ':a/__proto__': () => ':a/__proto__',
  ':constructor': () => ':constructor',
  constructor: () => 'constructor',
  ':toString': () => ':toString',
  ':hasOwnProperty': () => ':hasOwnProperty',
  'a NUL': () => '\0',
  'a lone surrogate': () => '\ud800',
  'a keyword with a lone surrogate': () => ':\udc00/\ud800',
  'white space': () => ' \n\t',
  'a long text': () => 'x'.repeat(3_000_000),
  'a long keyword': () => `:${'k'.repeat(1_000_000)}`,
  'EDN cut off': () => '[:find ?x :where [?x :p/name "A',
  'EDN of a map': () => '{:p/name "x"}',
  'deep EDN': () => '['.repeat(100_000),
  'deep closed EDN': () => '['.repeat(100_000) + ']'.repeat(100_000),
  'deep quotes in EDN': () => "'".repeat(100_000),
  'deep discards in EDN': () => '#_'.repeat(100_000),
  'deep tags in EDN': () => '#a '.repeat(100_000) + '1',
  'deep metadata in EDN': () => '^:a '.repeat(100_000) + '[]',
  'ten thousand brackets': () => ')'.repeat(10_000),
  'a symbol': () => Symbol('s'),
  'Symbol.iterator': () => Symbol.iterator,
  'a function': () => () => 1,
  'a class': () => Program,
  'a generator': () =>
    (function* () {
      yield 1
    })(),
  'a promise': () => Promise.resolve(1),
  'an instance': () => new Program(),
  'an error': () => new Error('e'),
  'a regex': () => /(a+)+$/,
  'a boxed text': () => Object('text') as unknown,
  'a boxed bigint': () => Object(1n) as unknown,
  'an invalid Date': () => new Date(NaN),
  'the last Date': () => new Date(8.64e15),
  'the first Date': () => new Date(-8.64e15),
  'empty array': () => [],
  'array of arrays': () => [[], [[]], [[[]]]],
  'sparse array': () => Object.assign([], { 1: 1, 3: 2 }),
  'sparse huge array': () => Object.assign([], { length: 4_000_000_000 }),
  'frozen array': () => Object.freeze([1, Object.freeze([':p/name', 'x'])]),
  'array with a property': () => Object.assign([1, 2], { extra: 1 }),
  'array of undefined': () => [undefined],
  'lookup ref': () => [':p/name', 'Ann'],
  'lookup ref of nothing': () => [':p/name', 'Nobody'],
  'lookup ref of no unique attribute': () => [':p/age', 1],
  'lookup ref in itself': () => [':p/name', [':p/name', [':p/name', 'x']]],
  'lookup ref of __proto__': () => [':__proto__', '__proto__'],
  'lookup ref of three': () => [':p/name', 'Ann', 1],
  'lookup ref of NaN': () => [':p/name', NaN],
  'empty object': () => ({}),
  'object of __proto__': () =>
    JSON.parse(
      '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}',
    ) as unknown,
  'keyword object of __proto__': () =>
    JSON.parse(
      '{":__proto__": {":polluted": 1}, ":db/id": "__proto__", ":p/name": "__proto__"}',
    ) as unknown,
  'object without prototype': () =>
    Object.assign(Object.create(null) as object, { ':p/name': 'x' }),
  'object with a getter that throws': throwing,
  'object with a symbol key': () => ({ [Symbol('s')]: 1, ':p/name': 'x' }),
  'object with then': () => ({ [thenName]: () => 1 }),
  'object with toJSON that throws': () => ({ toJSON: trap, ':p/age': 1 }),
  'object with a length': () => ({ length: 1e9 }),
  'cyclic array': cyclicArray,
  'cyclic object': cyclicObject,
  'cyclic map': cyclicMap,
  'cyclic set': cyclicSet,
  'deep array': () => deep(100_000),
  'deep object': () => deep(100_000, (x) => ({ ':p/friend': x })),
  'deep map': () => deep(100_000, (x) => new Map([[':a', x]])),
  'deep set': () => deep(100_000, (x) => new Set([x])),
  'many numbers': () => Array.from({ length: 300_000 }, (_, i) => i),
  'many rows': () => Array.from({ length: 100_000 }, (_, i) => [i, i]),
  'a Map': () =>
    new Map<unknown, unknown>([
      ['a', 1],
      [NaN, undefined],
    ]),
  'a Set': () => new Set([1, 'a', NaN]),
  'a Set of undefined': () => new Set([undefined]),
  'a WeakMap': () => new WeakMap(),
  bytes: () => new Uint8Array([0, 255]),
  'an ArrayBuffer': () => new ArrayBuffer(8),
  floats: () => new Float64Array([NaN, 1]),
  'many bytes': () => new Uint8Array(1_000_000).fill(255),
  'a proxy that throws': () => new Proxy({}, traps),
  'a proxy of an array that throws': () => new Proxy([], traps),
  'a proxy of an array with holes': () =>
    new Proxy([1, 2], { get: (t, k) => (k === 'length' ? 3 : Reflect.get(t, k)) as unknown }),
  'a revoked proxy': revoked,
  'a revoked proxy of an array': revokedArray,
  'a decimal': () => new BigDecimal(1n, 3),
  'a decimal with a scale of 2^31': () => new BigDecimal(1n, 2 ** 31),
  'a decimal with a scale of -2^31': () => new BigDecimal(7n, -(2 ** 31)),
  'a decimal with a scale of NaN': () =>
    Object.assign(Object.create(BigDecimal.prototype) as object, { unscaled: 1n, scale: NaN }),
  'a uuid without a text': () => Object.create(Uuid.prototype) as unknown,
  'a keyword without a text': () => Object.create(Keyword.prototype) as unknown,
  'a made keyword': () => new Keyword('p', 'name', ':p/name'),
  'an instant of NaN': () => new Instant(NaN),
  'a double of a text': () => new Double('1' as never),
  'an exact keyword': () => keyword(':p/name'),
  'an exact symbol': () => symbol('?x'),
  'an exact map': () => ValueMap.of([[keyword(':p/name'), 'x']]),
  'an exact tag': () => new Tagged(symbol('db/id'), [keyword(':db.part/user'), -1]),
  'an exact tag in itself': () => {
    const inner: unknown[] = []
    const x = new Tagged(symbol('db/id'), inner as never)
    inner.push(x)
    return x
  },
  'an exact list': () => readEdn('(a b (c))'),
  globalThis: () => globalThis,
}

/** Arrays that share arrays: 2^40 numbers on the way out. It takes a second to be refused. */
export const shared = (): unknown => deep(40, (x) => [x, x])

/** Takes long to make or to read, so not every function gets it. */
export const isHeavy = (name: string): boolean =>
  /deep|long|many|huge|thousand|globalThis/.test(name)

const words = [
  'Ann',
  ':p/name',
  ':p/age',
  ':p/friend',
  '?x',
  '?y',
  '$',
  '_',
  '%',
  '...',
  ':find',
  ':where',
  ':in',
  'not',
  'or',
  'datomic.tx',
  ':db/add',
  ':db/retract',
  ':db/cas',
  ':db/retractEntity',
]
const keys = [
  ':p/name',
  ':p/age',
  ':p/friend',
  ':p/part',
  ':p/_friend',
  ':db/id',
  '__proto__',
  ':x',
  'find',
  ':where',
  ':db/ident',
  ':db/ensure',
  ':db/force-partition',
]

type Make = () => unknown
const is =
  (x: unknown): Make =>
  () =>
    x

/**
 * Random values of JavaScript, the hostile ones among them: how to make them, for fast-check itself would fall over some.
 */
export const anything: fc.Arbitrary<Make> = fc.letrec<{ x: Make }>((tie) => ({
  x: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...Object.entries(nasty).flatMap(([name, f]) => (isHeavy(name) ? [] : [f]))),
    fc.constantFrom(...['0', ...words].map(is)),
    fc.constantFrom(...[0, 1, -1].map(is)),
    fc.double().map(is),
    fc.bigInt().map(is),
    fc.string({ unit: 'binary', maxLength: 6 }).map(is),
    fc.array(tie('x'), { maxLength: 5 }).map(
      (xs): Make =>
        () =>
          xs.map((f) => f()),
    ),
    fc.array(tie('x'), { maxLength: 3 }).map(
      (xs): Make =>
        () =>
          new Set(xs.map((f) => f())),
    ),
    fc.array(fc.tuple(fc.constantFrom(...keys), tie('x')), { maxLength: 4 }).map(
      (entries): Make =>
        () =>
          Object.fromEntries(entries.map(([k, f]) => [k, f()])),
    ),
  ),
})).x
