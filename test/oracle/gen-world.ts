/**
 * Random databases: a schema, a dozen entities, then transactions of all forms; and views of them.
 *
 * (1) The first two transactions make the schema and the entities; the others may be dropped, whole or in part, and what is left is
 *     still a story.
 * (2) Values come from small pools, so that they meet.
 */

import { BigDecimal } from '../../packages/yore/src/data/big-decimal.ts'
import { ValueMap } from '../../packages/yore/src/data/equal.ts'
import { Instant, Uuid, double, keyword, list } from '../../packages/yore/src/data/values.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'
import type { Random } from './random.ts'

export interface GenAttribute {
  readonly ident: string
  readonly type: string
  readonly many: boolean
  readonly component: boolean
  readonly unique: boolean
}

/** How much there is: entities at the start, and whether values are many or few. */
export interface Size {
  readonly entities: number
  readonly wide: boolean
}

export const small: Size = { entities: 10, wide: false }
export const large: Size = { entities: 150, wide: true }

export interface Story {
  readonly size: Size
  readonly attributes: readonly GenAttribute[]
  readonly transactions: readonly Value[]
}

export const keyAttribute: GenAttribute = {
  ident: ':e/key',
  type: 'string',
  many: false,
  component: false,
  unique: true,
}

const pools: { readonly [type: string]: readonly Value[] } = {
  long: [-1, 0, 1, 2, 3, 4],
  string: ['a', 'b', 'c', 'B', 'aa'],
  keyword: [keyword(':a'), keyword(':k/a'), keyword(':k/b')],
  boolean: [true, false],
  double: [0.5, double(1), double(2), -1.5],
  instant: [new Instant(0), new Instant(1_000_000), new Instant(-5)],
  uuid: [
    new Uuid('00000000-0000-0000-0000-000000000001'),
    new Uuid('80000000-0000-0000-0000-000000000001'),
    new Uuid('00000000-0000-0000-8000-000000000001'),
  ],
  bigint: [12345678901234567890n, 2n ** 70n, -(2n ** 70n)],
  bigdec: [BigDecimal.parse('1.5'), BigDecimal.parse('2.25'), BigDecimal.parse('-1')],
}

/** A value of that type. */
export function genValue(random: Random, type: string, wide = false): Value {
  if (wide && type === 'long') return random.int(60) - 5
  if (wide && type === 'string') return `s${random.int(50)}`
  if (wide && type === 'instant') return new Instant(random.int(100) * 1000)
  return random.pick(pools[type] as readonly Value[])
}

/** The lookup ref of the entity with that number. */
export const entityRef = (n: number): Value => [keyword(keyAttribute.ident), `k${n}`]

export function genStory(random: Random, steps: number, size: Size = small): Story {
  const attributes = genAttributes(random)
  const transactions = [schemaTx(attributes), entitiesTx(random, attributes, size)]
  for (let i = 0; i < steps; i++) {
    const forms: Value[] = []
    const most = Math.max(5, size.entities / 3)
    for (let n = 1 + random.int(most); n > 0; n--) forms.push(genForm(random, attributes, size))
    transactions.push(forms)
  }
  return { size, attributes, transactions }
}

function genAttributes(random: Random): GenAttribute[] {
  const out: GenAttribute[] = [keyAttribute]
  const types = ['long', 'long', 'string', 'string', ...random.some(Object.keys(pools), 3)]
  types.forEach((type, i) => {
    out.push({
      ident: `:a/${type}${i}`,
      type,
      many: random.chance(0.35),
      component: false,
      unique: type === 'long' && random.chance(0.2),
    })
  })
  for (let i = 0; i < 3; i++) {
    out.push({
      ident: `:r/ref${i}`,
      type: 'ref',
      many: random.chance(0.6),
      component: i === 2 && random.chance(0.7),
      unique: false,
    })
  }
  return out
}

const map = (entries: readonly (readonly [string, Value])[]): ValueMap =>
  ValueMap.of(entries.map(([k, v]) => [keyword(k), v] as const))

function schemaTx(attributes: readonly GenAttribute[]): Value {
  return attributes.map((a, i) =>
    map([
      [':db/ident', keyword(a.ident)],
      [':db/valueType', keyword(`:db.type/${a.type}`)],
      [':db/cardinality', keyword(a.many ? ':db.cardinality/many' : ':db.cardinality/one')],
      ...(a.ident === keyAttribute.ident
        ? ([[':db/unique', keyword(':db.unique/identity')]] as const)
        : a.unique
          ? ([[':db/unique', keyword(':db.unique/value')]] as const)
          : i % 2 === 0
            ? ([[':db/index', true]] as const)
            : []),
      ...(a.component ? ([[':db/isComponent', true]] as const) : []),
    ]),
  )
}

function entitiesTx(random: Random, attributes: readonly GenAttribute[], size: Size): Value {
  const out: Value[] = []
  for (let i = 0; i < size.entities; i++) {
    const entries: [string, Value][] = [
      [':db/id', `e${i}`],
      [keyAttribute.ident, `k${i}`],
    ]
    const filled = Math.ceil(attributes.length * (0.4 + random.next() * 0.6))
    for (const a of random.some(attributes, filled)) {
      if (a.unique) continue
      const value = (): Value =>
        a.type === 'ref' ? `e${random.int(size.entities)}` : genValue(random, a.type, size.wide)
      entries.push([a.ident, a.many ? [value(), value()] : value()])
    }
    if (random.chance(0.2)) entries.push([':db/ident', keyword(`:id/n${i}`)])
    out.push(map(entries))
  }
  return out
}

/** An assertable value: for a reference an entity, now and then a new one. */
function genTarget(random: Random, a: GenAttribute, size: Size): Value {
  if (a.type !== 'ref') return genValue(random, a.type, size.wide)
  return random.chance(0.05) ? 'new' : entityRef(random.int(size.entities))
}

function genForm(random: Random, attributes: readonly GenAttribute[], size: Size): Value {
  const e = entityRef(random.int(size.entities))
  const a = random.pick(attributes.slice(1))
  const name = keyword(a.ident)
  switch (random.int(10)) {
    case 0:
    case 1:
      return [keyword(':db/retract'), e, name, genTarget(random, a, size)]
    case 2:
      return [keyword(':db/retract'), e, name]
    case 3:
      if (random.chance(0.3)) return [keyword(':db/retractEntity'), e]
      return [
        keyword(':db/add'),
        e,
        keyword(keyAttribute.ident),
        `k${size.wide ? size.entities + random.int(9) : random.int(size.entities)}`,
      ]
    case 4:
    case 5:
      return genMap(random, attributes, e, size)
    default:
      return [keyword(':db/add'), e, name, genTarget(random, a, size)]
  }
}

function genMap(random: Random, attributes: readonly GenAttribute[], e: Value, size: Size): Value {
  const entries: [string, Value][] = [[':db/id', e]]
  for (const a of random.some(attributes.slice(1), 1 + random.int(3))) {
    if (a.component && random.chance(0.7)) {
      const child = map([
        [':a/long0', genValue(random, 'long')],
        [':e/key', `c${random.int(5)}`],
      ])
      entries.push([a.ident, a.many ? [child] : child])
    } else {
      const value = genTarget(random, a, size)
      entries.push([a.ident, a.many ? [value, genTarget(random, a, size)] : value])
    }
  }
  return map(entries)
}

/** The transactions as they can be read again. */
export const asForm = (story: Story): Value => list(story.transactions)
