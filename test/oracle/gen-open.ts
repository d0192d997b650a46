/**
 * Queries with patterns that do not say which attribute: it is a variable that other clauses bind (an ident, a type, a reference to it,
 * an input, a rule) or that nothing binds, or it is left out. With values that are entities, attributes or known from elsewhere, and
 * with variables for transactions and operations.
 *
 * (1) The same data and queries for the same seed.
 * (2) Constants in value position are what the attribute holds, so that every order has the same answer.
 */

import { readEdn } from '../../packages/yore/src/data/edn/read.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'
import type { Db } from '../../packages/yore/src/db/db.ts'
import { databaseOf } from './bench-sets.ts'
import { hardNodes, hardSchema, withValue } from './gen-hard.ts'
import type { HardQuery } from './gen-hard.ts'
import type { Random } from './random.ts'

const openSchema = readEdn(`[
  {:db/ident :n/about :db/valueType :db.type/ref :db/cardinality :db.cardinality/one}
  {:db/ident :n/told :db/valueType :db.type/ref :db/cardinality :db.cardinality/many}]`)

const attributes = [
  ':n/id',
  ':n/name',
  ':n/tag',
  ':n/kind',
  ':n/size',
  ':n/score',
  ':n/born',
  ':n/in',
  ':n/owner',
  ':n/to',
  ':n/alias',
  ':n/about',
  ':n/told',
]
const references = [':n/in', ':n/owner', ':n/to']

/** The nodes of gen-hard.ts, so many in a transaction, what each is about (an attribute), and some changes at the end. */
export function openDatabase(random: Random, n: number, size: number): Db {
  const nodes = hardNodes(random, n)
  const parts = [hardSchema, openSchema, readEdn(`[${nodes.join(' ')}]`)]
  for (let from = 0; from < n; from += size) {
    const told = Array.from({ length: Math.min(size, n - from) }, (_, i) => {
      const some = random.some(attributes, random.int(3)).join(' ')
      return `{:db/id [:n/id ${from + i}] :n/about ${random.pick(attributes.slice(0, 8))} :n/told [${some}]}`
    })
    parts.push(readEdn(`[${told.join(' ')}]`))
  }
  const changes = Array.from({ length: Math.ceil(n / 4) }, () => {
    const e = `[:n/id ${random.int(n)}]`
    return `{:db/id ${e} :n/alias "alias ${random.int(40)}"}`
  })
  parts.push(readEdn(`[${changes.join(' ')}]`))
  return databaseOf(parts)
}

const rules = `[
  [(named ?a ?i) [?a :db/ident ?i]]
  [(has ?x ?a ?y) [?x ?a ?y] [?a :db/valueType :db.type/ref]]
  [(linked ?x ?y) [?x :n/in ?y]]
  [(linked ?x ?y) [?x :n/in ?z] (linked ?z ?y)]]`

/** Writes one query of about so many clauses. */
export class OpenWriter {
  readonly #random: Random
  readonly #where: string[] = []
  readonly #inputs: { readonly name: string; readonly value: Value }[] = []
  readonly #nodes: number
  readonly #entities = ['?e']
  readonly #attributes: string[] = []
  readonly #values: string[] = []
  readonly #transactions: string[] = []
  #count = 0
  #hasRules = false

  constructor(random: Random, nodes: number) {
    this.#random = random
    this.#nodes = nodes
  }

  write(clauses: number): HardQuery {
    const random = this.#random
    this.#where.push(random.chance(0.7) ? this.#selective('?e') : this.#star('?e'))
    this.#open()
    while (this.#where.length < clauses) this.#add()
    const all = [
      ...this.#entities.slice(-1),
      ...random.some(this.#attributes, 1),
      ...random.some([...this.#values, ...this.#transactions], 1),
    ]
    const named = all.filter((v) => this.#where.join(' ').includes(`${v} `) || v === '?e')
    const find = random.chance(0.2) ? `?e (count ${named.at(-1)})` : ['?e', ...named].join(' ')
    const names = ['$b', ...(this.#hasRules ? ['%'] : []), ...this.#inputs.map((x) => x.name)]
    return {
      text: `[:find ${find} :in $ ${names.join(' ')} :where ${this.#where.join(' ')}]`,
      inputs: [...(this.#hasRules ? [readEdn(rules)] : []), ...this.#inputs.map((x) => x.value)],
    }
  }

  #new(list: string[], letter: string): string {
    const name = `?${letter}${++this.#count}`
    list.push(name)
    return name
  }

  #entity(): string {
    const { chance, pick } = this.#of()
    return chance(0.3) ? this.#new(this.#entities, 'e') : pick(this.#entities)
  }

  #attribute(): string {
    const { chance, pick } = this.#of()
    return this.#attributes.length === 0 || chance(0.3)
      ? this.#new(this.#attributes, 'a')
      : pick(this.#attributes)
  }

  #of(): { chance: (p: number) => boolean; pick: <T>(items: readonly T[]) => T } {
    const random = this.#random
    return { chance: (p) => random.chance(p), pick: (items) => random.pick(items) }
  }

  #open(): void {
    const random = this.#random
    const e = random.pick(this.#entities)
    const a = this.#attribute()
    const v = this.#new(this.#values, 'v')
    switch (random.int(9)) {
      case 0:
        this.#where.push(`[${e} ${a}]`)
        break
      case 1:
        this.#where.push(`[${e} ${a} ${v} ${this.#new(this.#transactions, 't')}]`)
        break
      case 2:
        this.#where.push(`[${this.#new(this.#entities, 'e')} ${a} ${e}]`)
        break
      case 3:
        this.#where.push(`[${e} ${a} ${this.#new(this.#entities, 'e')}]`)
        break
      case 4:
        this.#where.push(`[${e} ${a} ${v}]`, `[${this.#new(this.#entities, 'e')} ${a} ${v}]`)
        break
      default:
        this.#where.push(`[${e} ${a} ${v}]`)
    }
    if (random.chance(0.6)) this.#where.push(this.#binds(a))
  }

  #star(e: string): string {
    const a = this.#random.pick([
      ':n/name',
      ':n/tag',
      ':n/size',
      ':n/score',
      ':n/alias',
      ':n/owner',
    ])
    return `[${e} ${a} ${this.#new(this.#values, 'v')}]`
  }

  /** A clause that says something of an attribute. */
  #binds(a: string): string {
    const random = this.#random
    switch (random.int(9)) {
      case 0:
      case 1:
        return `[${a} :db/ident ${random.pick(attributes)}]`
      case 2:
        return `[${a} :db/valueType :db.type/${random.pick(['string', 'ref', 'long', 'instant'])}]`
      case 3:
        return `[${a} :db/cardinality :db.cardinality/${random.pick(['many', 'one'])}]`
      case 4:
        return `[${a} :db/index true]`
      case 5: {
        const value = readEdn(`[${random.some(attributes, 1 + random.int(4)).join(' ')}]`)
        this.#inputs.push({ name: `[${a} ...]`, value })
        return `[${a} :db/ident]`
      }
      case 6:
        return `[${this.#entity()} ${random.pick([':n/about', ':n/told'])} ${a}]`
      case 7:
        this.#hasRules = true
        return `(named ${a} ${this.#new(this.#values, 'i')})`
      default:
        return `[${a} :db/ident ${this.#new(this.#values, 'i')}]`
    }
  }

  #selective(e: string): string {
    const random = this.#random
    const names = ['id', 'name', 'tag', 'alias', 'about', 'born', 'size', 'size'] as const
    const name = random.pick(names)
    if (name === 'about') return `[${e} :n/about ${random.pick(attributes)}]`
    if (name === 'born') return `[${e} :n/born ${this.#new(this.#values, 'v')}]`
    return withValue(random, e, name, this.#nodes)
  }

  #add(): void {
    const random = this.#random
    const e = random.pick(this.#entities)
    switch (random.int(14)) {
      case 0:
        this.#where.push(this.#selective(e))
        break
      case 1:
      case 2:
        this.#open()
        break
      case 3:
        this.#where.push(this.#binds(this.#attribute()))
        break
      case 4:
        this.#where.push(`[${e} ${random.pick(references)} ${this.#new(this.#entities, 'e')}]`)
        break
      case 5:
        this.#where.push(`[${this.#new(this.#entities, 'e')} ${random.pick(references)} ${e}]`)
        break
      case 6:
        this.#transaction(e)
        break
      case 7: {
        const [t, o] = [this.#new(this.#transactions, 't'), this.#new(this.#values, 'o')]
        this.#where.push(`[${e} :n/alias _ ${t} ${o}]`)
        break
      }
      case 8: {
        const a = random.chance(0.5) ? '_' : this.#attribute()
        this.#where.push(`[${e} ${a} ${random.pick([e, this.#entity()])}]`)
        break
      }
      case 9:
        this.#where.push(this.#constant(e))
        break
      case 10:
        this.#negation(e)
        break
      case 11: {
        const v = random.pick([...this.#values, ...this.#attributes])
        if (v.startsWith('?v')) this.#where.push(`[(${random.pick(['=', '<', '!='])} ${v} 20)]`)
        else this.#where.push(`[${e} ${random.pick([':n/about', ':n/told'])} ${this.#attribute()}]`)
        break
      }
      case 12:
        this.#hasRules = true
        this.#where.push(
          random.chance(0.7)
            ? `(has ${e} ${this.#attribute()} ${this.#new(this.#entities, 'e')})`
            : `(linked ${e} ${this.#new(this.#entities, 'e')})`,
        )
        break
      default: {
        const a = this.#attribute()
        this.#where.push(
          `(or-join [${e} ${a}] [${e} ${a} ${random.int(30)}] (and [${e} ${a} "tag ${random.int(9)}"] [${e} :n/alias]))`,
        )
      }
    }
  }

  #transaction(e: string): void {
    const random = this.#random
    const known = this.#transactions.length > 0 && random.chance(0.5)
    const t = known ? random.pick(this.#transactions) : this.#new(this.#transactions, 't')
    this.#where.push(
      random.pick([
        `[${e} :n/about _ ${t}]`,
        `[${t} :db/txInstant ${this.#new(this.#values, 'w')}]`,
        `[${e} ${this.#attribute()} _ ${t}]`,
        `[${this.#entity()} :n/alias "alias ${random.int(30)}" ${t}]`,
        `[${t} ${this.#attribute()} ${this.#new(this.#values, 'w')}]`,
      ]),
    )
  }

  #constant(e: string): string {
    const random = this.#random
    const a = this.#attribute()
    return random.pick([
      `[${e} ${a} ${random.int(60)}]`,
      `[${e} ${a} "tag ${random.int(20)}"]`,
      `[${e} _ "name ${random.int(60)}"]`,
    ])
  }

  #negation(e: string): void {
    const random = this.#random
    const a = random.pick([...this.#attributes, '_'])
    this.#where.push(
      random.pick([
        `(not [${e} ${a} ${random.int(60)}])`,
        `(not [_ ${a} ${e}])`,
        `(not-join [${e}] [${e} ?no${++this.#count}] [?no${this.#count} :db/ident :n/score])`,
      ]),
    )
  }
}
