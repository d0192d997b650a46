/** Hostile text and values for `yore/edn`. */

import fc from 'fast-check'
import {
  BigDecimal,
  YoreError,
  compareValues,
  equalValues,
  fromJs,
  keyword,
  list,
  printEdn,
  readAllEdn,
  readEdn,
  symbol,
  toJs,
  ValueMap,
  ValueSet,
} from 'yore/edn'
import type { Value } from 'yore/edn'
import { anything, deep, nasty, shared } from './nasty.ts'
import type { Report } from './report.ts'
import { told } from './report.ts'

const one: Readonly<Record<string, (x: unknown) => unknown>> = {
  readEdn: (x) => readEdn(x as string),
  readAllEdn: (x) => readAllEdn(x as string),
  'readEdn options': (x) => readEdn('#a 1', x as never),
  'readEdn depth': (x) => readEdn('[[1]]', { depthMax: x as number }),
  // what a tag's function gives is handed on as it is
  'readEdn tag': (x) => readEdn('#a/b 1', { tags: new Map([['a/b', () => x as Value]]) }) === x,
  fromJs: (x) => fromJs(x),
  'fromJs and back': (x) => toJs(fromJs(x)),
  'fromJs, printed': (x) => printEdn(fromJs(x)),
  'fromJs, compared': (x) => compareValues(fromJs(x), [1, 'a']),
  'fromJs, equal': (x) => equalValues(fromJs(x), fromJs(x)),
  'fromJs, as a key': (x) => ValueMap.of([[fromJs(x), 1]]).get(fromJs(x)),
  'fromJs, in a set': (x) => ValueSet.of([fromJs(x), fromJs(x)]).size,
  'BigDecimal.parse': (x) => BigDecimal.parse(x as string),
  'BigDecimal.of': (x) => BigDecimal.of(x as bigint),
  'decimal, scale': (x) => new BigDecimal(1n, x as number),
  'decimal, unscaled': (x) => new BigDecimal(x as bigint, 1),
  keyword: (x) => typeof x === 'string' && printEdn(keyword(x)),
  symbol: (x) => typeof x === 'string' && printEdn(symbol(x)),
}

const decimals = [
  '0',
  '1',
  '-1.50',
  '1E+90000',
  '1E-90000',
  '123456789012345678901234567890.123',
].map((x) => BigDecimal.parse(x))

export function run(report: Report): void {
  for (const [call, f] of Object.entries(one)) {
    for (const [name, make] of Object.entries(nasty))
      report.call(`${call} (${name})`, () => f(make()))
  }
  for (const a of decimals) {
    for (const b of decimals) {
      for (const op of ['add', 'subtract', 'multiply', 'compare', 'equals'] as const)
        report.call(`${a.scale} ${op} ${b.scale}`, () => a[op](b))
    }
    for (const op of ['negate', 'toNumber', 'toBigInt', 'toString', 'toJSON'] as const)
      report.call(`${op} of ${a.scale}`, () => a[op]())
  }
  const cyclic: unknown[] = []
  cyclic.push(cyclic)
  for (const [name, x] of Object.entries({
    cyclic,
    deep: deep(100_000),
    'a million': deep(20, (x) => [x, x]),
    list: deep(100_000, (x) => list([x as Value])),
  })) {
    report.call(`print ${name}`, () => printEdn(x as Value))
    report.call(`toJs ${name}`, () => toJs(x as Value))
    if (name === 'a million') continue
    report.call(`compare ${name}`, () => compareValues(x as Value, x as Value))
    report.call(`compare ${name} with 1`, () => compareValues(x as Value, [1]))
    report.call(`equal ${name}`, () => equalValues(x as Value, [x as Value]))
  }
  for (const f of [fromJs, toJs, printEdn])
    report.call(`${f.name} of shared arrays`, () => f(shared() as Value))
  const seed = Number(process.env['HOSTILE_SEED'] ?? Date.now() % 1e9)
  process.stderr.write(`edn: HOSTILE_SEED=${seed}\n`)
  const numRuns = Number(process.env['HOSTILE_RUNS'] ?? 1000)
  const bits = fc.constantFrom(
    '[',
    ']',
    '(',
    ')',
    '{',
    '}',
    '#{',
    '#',
    '#:a',
    '#:a{',
    '#_',
    '^',
    '^:m',
    "'",
    '\\',
    '\\u00',
    '\\newline',
    '"',
    '"\\u12',
    ':',
    ':a',
    '::a',
    ':/',
    '/',
    'a/b',
    '-',
    '+',
    '.',
    '-1',
    '1N',
    '1.5M',
    '1e',
    '0x',
    '1/2',
    '07',
    '##',
    '##Inf',
    '#inst',
    '#inst "2020-13-01"',
    '#uuid "x"',
    '#bytes "0"',
    '#a/b',
    ';',
    '\n',
    ',',
    ' ',
    '\0',
    '\ud800',
    'nil',
    'true',
    '%',
    '@',
    '~',
    '`',
  )
  fc.assert(
    fc.property(
      fc.array(fc.oneof(bits, fc.string({ unit: 'binary', maxLength: 4 })), { maxLength: 14 }),
      fc.constantFrom('', ' '),
      (xs, gap) => {
        const text = xs.join(gap)
        const read = report.call(`read ${text} seed ${seed}`, () => readAllEdn(text))
        if (read instanceof YoreError || !Array.isArray(read)) return
        report.call(`print ${text} seed ${seed}`, () => {
          const again = readAllEdn(read.map((x) => printEdn(x as Value)).join(' '))
          if (!equalValues(again, read as Value))
            report.fault(
              `'${text}' is printed as ${read.map((x) => printEdn(x as Value)).join(' ')}`,
            )
        })
      },
    ),
    { seed, numRuns },
  )
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(one)), anything, (call, make) => {
      const x = make()
      report.call(`${call} (${told(x)}) seed ${seed}`, () =>
        (one[call] as (x: unknown) => unknown)(x),
      )
    }),
    { seed, numRuns },
  )
}
