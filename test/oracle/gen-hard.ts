/**
 * Queries that are hard to plan, over skewed data: stars, paths along references both ways, ranges, constants with and without index,
 * joins on values, negation, alternatives, defaults, aggregates, cycles, rules, collections as inputs, two databases with other
 * statistics.
 *
 * (1) The same data and queries for the same seed.
 * (2) Every variable of a comparison, a `not` and a function is bound by a pattern, so that all orders can run.
 */

import { readEdn } from '../../packages/yore/src/data/edn/read.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'
import type { Db } from '../../packages/yore/src/db/db.ts'
import { databaseOf } from './bench-sets.ts'
import type { Random } from './random.ts'

export interface HardQuery {
  readonly text: string
  /** After the two databases. */
  readonly inputs: readonly Value[]
}

export const hardSchema: Value = readEdn(`[
  ${[
    [':n/id', 'long', ':db/unique :db.unique/identity'],
    [':n/name', 'string', ':db/index true'],
    [':n/tag', 'string', ''],
    [':n/kind', 'keyword', ':db/index true'],
    [':n/size', 'long', ':db/index true'],
    [':n/score', 'double', ''],
    [':n/born', 'instant', ':db/index true'],
    [':n/in', 'ref', ''],
    [':n/owner', 'ref', ''],
  ]
    .map(
      ([ident, type, more]) =>
        `{:db/ident ${ident} :db/valueType :db.type/${type} :db/cardinality :db.cardinality/one ${more}}`,
    )
    .join(' ')}
  {:db/ident :n/to :db/valueType :db.type/ref :db/cardinality :db.cardinality/many}
  {:db/ident :n/alias :db/valueType :db.type/string :db/cardinality :db.cardinality/many :db/index true}]`)

const kinds = [':a', ':b', ':c', ':d']
const instant = (i: number): string => `#inst "${1900 + (i % 120)}-01-01T00:00:00.000-00:00"`

/** So many nodes: few values are very common, most are rare; a few nodes have most of the edges. */
export function hardDatabase(random: Random, n: number): Db {
  return databaseOf([hardSchema, readEdn(`[${hardNodes(random, n).join(' ')}]`)])
}

export function hardNodes(random: Random, n: number): string[] {
  // small numbers far more often than great ones
  const skewed = (most: number): number => Math.floor(most * random.next() ** 3)
  const node = (i: number): string => {
    const to = new Set<number>()
    const edges = i < 3 ? n / 4 : random.int(4)
    for (let k = 0; k < edges; k++) to.add(i < 3 ? random.int(n) : skewed(n))
    const aliases = Array.from({ length: random.int(3) }, () => `"alias ${skewed(40)}"`)
    const optional = random.chance(0.6) ? `:n/score ${random.int(50)}.5` : ''
    return `{:db/id "n${i}" :n/id ${i} :n/name "name ${skewed(n / 2)}" :n/tag "tag ${skewed(20)}"
      :n/kind ${kinds[skewed(4)]} :n/size ${skewed(200)} ${optional} :n/born ${instant(skewed(120))}
      :n/owner "n${skewed(Math.min(20, n))}" ${i > 0 ? `:n/in "n${random.int(i)}"` : ''}
      :n/to [${[...to].map((x) => `"n${x}"`).join(' ')}] :n/alias [${[...new Set(aliases)].join(' ')}]}`
  }
  return Array.from({ length: n }, (_, i) => node(i))
}

/** A pattern with a value of the attribute that some of so many nodes have. */
export function withValue(
  random: Random,
  e: string,
  name: 'id' | 'name' | 'tag' | 'alias' | 'size',
  nodes: number,
): string {
  const value = {
    id: () => random.int(nodes),
    name: () => `"name ${random.int(nodes / 2)}"`,
    tag: () => `"tag ${random.int(20)}"`,
    alias: () => `"alias ${random.int(40)}"`,
    size: () => random.int(60),
  }
  return `[${e} :n/${name} ${value[name]()}]`
}

const rules = `[
  [(near ?x ?y) [?x :n/to ?y]]
  [(near ?x ?y) [?y :n/in ?x]]
  [(kin ?x ?y) [?x :n/in ?p] [?y :n/in ?p]]
  [(above ?x ?y) [?x :n/in ?y]]
  [(above ?x ?y) [?x :n/in ?z] (above ?z ?y)]]`

/** Writes one query of at most so many clauses. */
export class HardWriter {
  readonly #random: Random
  readonly #where: string[] = []
  readonly #inputs: { readonly name: string; readonly value: Value }[] = []
  readonly #nodes: number
  #count = 0
  #entities = ['?e']
  #hasRules = false

  constructor(random: Random, nodes: number) {
    this.#random = random
    this.#nodes = nodes
  }

  write(clauses: number): HardQuery {
    this.#where.push(this.#random.chance(0.5) ? this.#selective('?e') : this.#star('?e'))
    while (this.#where.length < clauses) this.#add(clauses - this.#where.length)
    const [first, last] = [this.#entities[0], this.#entities.at(-1)]
    const find = this.#random.chance(0.3)
      ? `${first} (count ${last === first ? this.#entities[0] : last})`
      : [...new Set([first, last])].join(' ')
    const names = ['$b', ...(this.#hasRules ? ['%'] : []), ...this.#inputs.map((x) => x.name)]
    return {
      text: `[:find ${find} :in $ ${names.join(' ')} :where ${this.#where.join(' ')}]`,
      inputs: [...(this.#hasRules ? [readEdn(rules)] : []), ...this.#inputs.map((x) => x.value)],
    }
  }

  #var(): string {
    return `?v${++this.#count}`
  }

  #entity(): string {
    return this.#random.pick(this.#entities)
  }

  #new(): string {
    const name = `?e${++this.#count}`
    this.#entities.push(name)
    return name
  }

  #add(left: number): void {
    const random = this.#random
    const e = this.#entity()
    switch (random.int(left >= 2 ? 15 : 8)) {
      case 0:
        this.#where.push(this.#star(e))
        break
      case 1:
        this.#where.push(this.#selective(e))
        break
      case 2:
        this.#where.push(`[${e} :n/to ${this.#new()}]`)
        break
      case 3: {
        const x = this.#new()
        this.#where.push(`[${x} ${random.pick([':n/in', ':n/owner', ':n/to'])} ${e}]`)
        break
      }
      case 4:
        this.#where.push(this.#negation(e))
        break
      case 5:
        this.#where.push(
          `(or-join [${e}] [${e} :n/kind ${random.pick(kinds)}] [${e} :n/tag "tag ${random.int(20)}"] (and [${e} :n/owner ?o${++this.#count}] [?o${this.#count} :n/size ${random.int(60)}]))`,
        )
        break
      case 6:
        this.#rule(e)
        break
      case 7:
        this.#where.push(`[${e} :n/in ${this.#new()}]`)
        break
      case 8:
      case 9:
        this.#range(e)
        break
      case 10:
        this.#valueJoin(e)
        break
      case 11:
        this.#cycle(e, left)
        break
      case 12:
        this.#default(e)
        break
      case 13:
        this.#collection(e)
        break
      default:
        this.#elsewhere(e)
    }
  }

  #star(e: string): string {
    const a = this.#random.pick([':n/name', ':n/tag', ':n/size', ':n/score', ':n/alias', ':n/born'])
    return `[${e} ${a} ${this.#var()}]`
  }

  #selective(e: string): string {
    const random = this.#random
    const name = random.pick(['id', 'name', 'tag', 'kind', 'alias', 'size'] as const)
    return name === 'kind'
      ? `[${e} :n/kind ${random.pick(kinds)}]`
      : withValue(random, e, name, this.#nodes)
  }

  #negation(e: string): string {
    const random = this.#random
    const inner = random.pick([
      `[${e} :n/kind ${random.pick(kinds)}]`,
      `[_ :n/to ${e}]`,
      `[${e} :n/score]`,
      `[?no${++this.#count} :n/in ${e}] [?no${this.#count} :n/size ${random.int(9)}]`,
    ])
    return inner.includes('?no') ? `(not-join [${e}] ${inner})` : `(not ${inner})`
  }

  #rule(e: string): void {
    this.#hasRules = true
    const x = this.#new()
    this.#where.push(
      this.#random.pick([`(near ${e} ${x})`, `(kin ${e} ${x})`, `(above ${e} ${x})`]),
    )
  }

  #range(e: string): void {
    const random = this.#random
    const v = this.#var()
    const i = random.int(120)
    const [a, low, high] = random.pick([
      [':n/size', String(i), String(i + random.int(40))],
      [':n/born', instant(i), instant(i + 1 + random.int(10))],
      [':n/name', `"name ${random.int(9)}"`, `"name ${random.int(9)}zz"`],
      [':n/score', `${i}.0`, `${i + 5}.0`],
    ])
    this.#where.push(`[${e} ${a} ${v}]`, `[(${random.pick(['<', '>=', '>'])} ${v} ${low})]`)
    if (random.chance(0.3)) this.#where.push(`[(<= ${v} ${high})]`)
  }

  #valueJoin(e: string): void {
    const a = this.#random.pick([':n/name', ':n/size', ':n/tag', ':n/alias', ':n/born'])
    const v = this.#var()
    this.#where.push(`[${e} ${a} ${v}]`, `[${this.#new()} ${a} ${v}]`)
  }

  #cycle(e: string, left: number): void {
    const x = this.#new()
    if (left < 3 || this.#random.chance(0.3)) {
      this.#where.push(`[${e} :n/to ${x}]`, `[${x} :n/to ${e}]`)
      return
    }
    const y = this.#new()
    const last = this.#random.pick([`[${y} :n/to ${e}]`, `[${e} :n/to ${y}]`])
    this.#where.push(`[${e} :n/to ${x}]`, `[${x} :n/to ${y}]`, last)
  }

  #default(e: string): void {
    const v = this.#var()
    if (this.#random.chance(0.4)) {
      this.#where.push(this.#star(e), `[(missing? $ ${e} :n/score)]`)
    } else {
      this.#where.push(this.#star(e), `[(get-else $ ${e} :n/score 0.5) ${v}]`)
    }
  }

  #collection(e: string): void {
    const random = this.#random
    const v = this.#var()
    const size = random.pick([2, 10, 200])
    const [a, of] = random.pick([
      [':n/id', (): Value => random.int(this.#nodes * 2)],
      [':n/size', (): Value => random.int(300)],
      [':n/name', (): Value => `name ${random.int(this.#nodes)}`],
      [':n/tag', (): Value => `tag ${random.int(60)}`],
    ] as const)
    this.#inputs.push({ name: `[${v} ...]`, value: Array.from({ length: size }, of) })
    this.#where.push(`[${e} ${a} ${v}]`, this.#star(e))
  }

  #elsewhere(e: string): void {
    const a = this.#random.pick([':n/name', ':n/id', ':n/alias'])
    const v = this.#var()
    this.#where.push(`[${e} ${a} ${v}]`, `[$b ${this.#new()} ${a} ${v}]`)
    this.#entities.pop()
  }
}
