/**
 * Random queries, well formed, for a given schema: joins, constants, predicates, functions, not, or, rules, aggregates, inputs.
 *
 * (1) Every variable has a type, and meets only its like.
 * (2) What the original refuses or gets wrong is not written: full scans, variables of `not` that are not bound outside, groups of
 *     clauses without a common variable are rare.
 */

import { List, Opaque, Sym, keyword, list, symbol } from '../../packages/yore/src/data/values.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'
import { genPattern } from './gen-pull.ts'
import { genRules } from './gen-rules.ts'
import type { GenRules } from './gen-rules.ts'
import { entityRef, genValue } from './gen-world.ts'
import type { GenAttribute } from './gen-world.ts'
import type { Random } from './random.ts'

export interface GenQuery {
  readonly find: readonly Value[]
  readonly with: readonly Value[]
  /** The forms of `:in` after `$`, each with its input; that of `$old` is null. */
  readonly inputs: readonly (readonly [Value, Value])[]
  readonly where: readonly Value[]
}

/** The query as one form. */
export function queryForm(q: GenQuery): readonly Value[] {
  return [
    keyword(':find'),
    ...q.find,
    ...(q.with.length > 0 ? [keyword(':with'), ...q.with] : []),
    keyword(':in'),
    symbol('$'),
    ...q.inputs.map(([form]) => form),
    keyword(':where'),
    ...q.where,
  ]
}

const blank = symbol('_')
const oldSource = symbol('$old')
const plain = (...xs: readonly Value[]): Value => xs
const call = (name: string, ...args: readonly Value[]): Value => list([symbol(name), ...args])

export class QueryWriter {
  readonly #random: Random
  readonly #attributes: readonly GenAttribute[]
  readonly #refs: readonly GenAttribute[]
  readonly #ids: readonly number[]
  readonly #isHistory: boolean
  #hasOld = false
  readonly #vars = new Map<string, string>()
  readonly #inputs: (readonly [Value, Value])[] = []
  #rules: GenRules | null = null
  /** The attribute that the input `?attr` names. */
  #given: GenAttribute | undefined
  #hasRows = false

  constructor(
    random: Random,
    attributes: readonly GenAttribute[],
    ids: readonly number[],
    isHistory: boolean,
  ) {
    this.#random = random
    this.#attributes = attributes
    this.#refs = attributes.filter((a) => a.type === 'ref')
    this.#ids = ids
    this.#isHistory = isHistory
  }

  write(): GenQuery {
    const where: Value[] = []
    if (this.#random.chance(0.3)) this.#input()
    this.#hasOld = this.#random.chance(0.2)
    if (this.#hasOld) this.#inputs.push([oldSource, null])
    const patterns = 1 + this.#random.int(4)
    for (let i = 0; i < patterns; i++) where.push(this.#sourced(this.#pattern()))
    for (let n = this.#random.int(4); n > 0; n--) where.push(this.#sourced(this.#extra()))
    while (usedVars(where).size === 0) where.push(this.#pattern())
    if (this.#rules !== null) this.#inputs.push([symbol('%'), this.#rules.rules])
    const { find, with: extra } = this.#find(where)
    return {
      find,
      with: extra,
      inputs: this.#inputs,
      where: this.#random.some(where, where.length),
    }
  }

  // ---- variables ----

  #new(type: string): Sym {
    const name = `?${type === 'ref' ? 'e' : (type[0] as string)}${this.#vars.size}`
    this.#vars.set(name, type)
    return symbol(name)
  }

  #known(type: string): Sym | undefined {
    const names = [...this.#vars].filter(([, t]) => t === type).map(([name]) => name)
    return names.length === 0 ? undefined : symbol(this.#random.pick(names))
  }

  #var(type: string, fresh = 0.5): Sym {
    const known = this.#random.chance(fresh) ? undefined : this.#known(type)
    return known ?? this.#new(type)
  }

  #constant(type: string): Value {
    if (type === 'ref' && this.#random.chance(0.05)) return keyword(`:id/n${this.#random.int(9)}`)
    return type === 'ref'
      ? this.#random.pick(this.#ids)
      : genValue(this.#random, type, this.#ids.length > 50)
  }

  #attribute(): GenAttribute {
    return this.#random.chance(0.4)
      ? this.#random.pick(this.#refs)
      : this.#random.pick(this.#attributes)
  }

  #entity(fresh: number): Value {
    return this.#random.chance(0.08) ? this.#random.pick(this.#ids) : this.#var('ref', fresh)
  }

  #input(): void {
    const random = this.#random
    const type = random.pick(['long', 'string', 'ref', 'ref'])
    switch (random.int(6)) {
      case 4:
        this.#given = this.#attribute()
        this.#inputs.push([symbol('?attr'), keyword(this.#given.ident)])
        break
      case 5: {
        this.#hasRows = true
        const row = (): Value => [this.#constant('ref'), this.#constant('long'), 'extra']
        this.#inputs.push([symbol('$rows'), [row(), row(), row(), row()]])
        break
      }
      case 0: {
        const isName = type === 'ref' && random.chance(0.4)
        const value = isName ? entityRef(random.int(this.#ids.length)) : this.#constant(type)
        // A name stays a name in its variable: nothing else may meet it but patterns, so it is not registered by its type.
        const name = isName ? symbol('?named') : this.#new(type)
        if (isName) this.#vars.set('?named', 'named')
        this.#inputs.push([name, value])
        break
      }
      case 1: {
        const values = [0, 1, 2].map(() => this.#constant(type))
        this.#inputs.push([[this.#new(type), symbol('...')], values])
        break
      }
      case 2:
        this.#inputs.push([
          [this.#new(type), this.#new('long')],
          [this.#constant(type), this.#constant('long')],
        ])
        break
      default: {
        const rows = [0, 1, 2].map(() => [this.#constant(type), this.#constant('long')])
        this.#inputs.push([[[this.#new(type), this.#new('long')]], rows])
      }
    }
  }

  // ---- clauses ----

  /** The clause on the other database, now and then. */
  #sourced(clause: Value): Value {
    const parts = clause as readonly Value[]
    const isCall = parts[0] instanceof List
    const hasSource = parts[0] instanceof Sym && parts[0].text.startsWith('$')
    if (!this.#hasOld || isCall || hasSource || this.#random.chance(0.6)) return clause
    return clause instanceof List ? list([oldSource, ...parts]) : [oldSource, ...parts]
  }

  #pattern(): Value {
    const random = this.#random
    if (this.#hasRows && random.chance(0.4)) {
      return [symbol('$rows'), this.#var('ref'), this.#var('long')]
    }
    const named = this.#vars.has('?named') && random.chance(0.4)
    const given = random.chance(0.6) ? this.#given : undefined
    const attribute = given ?? this.#attribute()
    const e = named ? symbol('?named') : this.#entity(0.3)
    const out: Value[] = [e, given === undefined ? keyword(attribute.ident) : symbol('?attr')]
    if (random.chance(0.85)) {
      out.push(this.#value(attribute, e))
      if (this.#isHistory && random.chance(0.5)) {
        out.push(random.chance(0.6) ? this.#var('tx', 0.7) : blank)
        if (random.chance(0.6))
          out.push(random.chance(0.5) ? random.chance(0.5) : this.#var('op', 0.7))
      } else if (random.chance(0.15)) out.push(this.#var('tx', 0.5))
    }
    return out
  }

  #value(attribute: GenAttribute, e: Value): Value {
    const random = this.#random
    if (random.chance(0.12)) return this.#constant(attribute.type)
    const value = random.chance(0.1) ? blank : this.#var(attribute.type)
    return value === e && random.chance(0.85) ? this.#new(attribute.type) : value
  }

  /** A pattern that binds only what it is given. */
  #test(e: Value): Value {
    const attribute = this.#attribute()
    const known = this.#random.chance(0.4) ? this.#known(attribute.type) : undefined
    const value = known ?? (this.#random.chance(0.4) ? blank : this.#constant(attribute.type))
    return [e, keyword(attribute.ident), value]
  }

  #extra(): Value {
    const e = this.#known('ref')
    const random = this.#random
    switch (random.int(e === undefined ? 3 : 9)) {
      case 0:
      case 1:
        return this.#predicate()
      case 2:
        return this.#function()
      case 3:
        return this.#not(e as Sym)
      case 4:
        return this.#or(e as Sym)
      case 5:
        return this.#anyAttribute(e as Sym)
      case 6:
        return random.chance(0.5)
          ? plain(call('missing?', symbol('$'), e as Sym, keyword(this.#attribute().ident)))
          : this.#getElse(e as Sym)
      default:
        return this.#ruleCall()
    }
  }

  #predicate(): Value {
    const random = this.#random
    const types = [...new Set(this.#vars.values())].filter(
      (t) => !['named', 'op', 'any', 'attribute', 'tx'].includes(t),
    )
    if (types.length === 0) return this.#pattern()
    const type = random.pick(types)
    const x = this.#known(type) as Sym
    if (random.chance(0.1)) {
      const other = this.#known(random.pick(types)) as Sym
      return plain(call(random.pick(['=', '<', '>=', '!=']), x, other))
    }
    if (type === 'long' && random.chance(0.3)) return plain(call(random.pick(['even?', 'pos?']), x))
    const y = random.chance(0.5) ? (this.#known(type) as Sym) : this.#constant(type)
    if (y === x && random.chance(0.9)) return this.#pattern()
    const name = random.pick(['=', 'not=', '<', '<=', '>', '>='])
    return plain(random.chance(0.5) ? call(name, x, y) : call(name, y, x))
  }

  #function(): Value {
    const random = this.#random
    const x = this.#known('long')
    if (x !== undefined && random.chance(0.6)) {
      const form = random.pick([
        call('+', x, 1),
        call('inc', x),
        call('*', x, x),
        call('-', x, this.#known('long') as Sym),
      ])
      return [form, this.#var('long', 0.7)]
    }
    if (x !== undefined && random.chance(0.2)) {
      const pair = this.#new('any')
      return [
        call(
          'tuple',
          x,
          random.pick([...this.#vars.keys()].filter((v) => v !== pair.text).map(symbol)),
        ),
        pair,
      ]
    }
    const s = this.#known('string')
    if (s !== undefined && random.chance(0.6)) {
      return random.chance(0.5)
        ? [call('count', s), this.#var('long', 0.7)]
        : [call('str', s, 'x'), this.#new('string')]
    }
    return random.chance(0.5)
      ? [call('ground', [0, 1, 2]), [this.#var('long', 0.5), symbol('...')]]
      : [
          call('ground', [
            [1, 'a'],
            [2, 'b'],
          ]),
          [[this.#var('long', 0.5), this.#var('string', 0.5)]],
        ]
  }

  #getElse(e: Sym): Value {
    const one = this.#attributes.filter((a) => !a.many && a.type === 'long')
    if (one.length === 0) return this.#pattern()
    const name = keyword(this.#random.pick(one).ident)
    return [call('get-else', symbol('$'), e, name, 9), this.#var('long', 0.7)]
  }

  /** The attribute is a variable. So the value may be of any type, and must not stand where an entity is meant. */
  #anyAttribute(e: Sym): Value {
    const a = this.#random.chance(0.7) ? this.#new('attribute') : blank
    return [e, a, this.#random.chance(0.2) ? blank : this.#new('any')]
  }

  #not(e: Sym): Value {
    const random = this.#random
    if (random.chance(0.2)) return call('not', this.#ruleCall(true))
    if (random.chance(0.15)) {
      return call('not-join', [e], this.#test(e), call('not', this.#orTest(e)))
    }
    if (random.chance(0.5)) {
      const clauses = random.chance(0.7) ? [this.#test(e)] : [this.#test(e), this.#test(e)]
      return call('not', ...clauses)
    }
    const inner = symbol('?inner')
    const ref = this.#ref()
    const last = keyword(random.pick(this.#attributes).ident)
    const first = random.chance(0.5) ? [e, ref, inner] : [inner, ref, e]
    const clauses: Value[] = random.chance(0.5) ? [first] : [first, [inner, last, blank]]
    return call('not-join', [e], ...clauses)
  }

  #or(e: Sym): Value {
    const random = this.#random
    if (random.chance(0.4)) return call('or', this.#orTest(e), this.#orTest(e))
    if (random.chance(0.3)) {
      const guarded = call('and', this.#orTest(e), call('not', this.#orTest(e)))
      return call('or-join', [e], guarded, this.#orTest(e))
    }
    if (random.chance(0.3)) return this.#orOfValue(e)
    const other = this.#var('ref')
    if (random.chance(0.2)) {
      this.#rules ??= genRules(random, this.#attributes)
      const required = random.chance(0.5) ? [[e], other] : [e, other]
      return call('or-join', required, call('reach', e, other), [e, this.#ref(), other])
    }
    const between = symbol('?between')
    const step = (x: Value, y: Value): Value => {
      return random.chance(0.7) ? [x, this.#ref(), y] : [y, this.#ref(), x]
    }
    return call(
      'or-join',
      [e, other],
      step(e, other),
      random.chance(0.6) ? call('and', step(e, between), step(between, other)) : step(e, other),
    )
  }

  /** Both branches bind the same new variable. */
  #orOfValue(e: Sym): Value {
    const attribute = this.#attribute()
    const others = this.#attributes.filter((a) => a.type === attribute.type)
    const v = this.#var(attribute.type, 0.7)
    const second: Value = [e, keyword(this.#random.pick(others).ident), v]
    return call('or', [e, keyword(attribute.ident), v], second)
  }

  #ref(): Value {
    return keyword(this.#random.pick(this.#refs).ident)
  }

  // the branches of an `or` must have the same variables
  #orTest(e: Sym): Value {
    const attribute = this.#attribute()
    return [
      e,
      keyword(attribute.ident),
      this.#random.chance(0.5) ? blank : this.#constant(attribute.type),
    ]
  }

  // ---- rules ----

  /** A call of one of the rules; with `known` only of variables that are bound anyway. */
  #ruleCall(known = false): Value {
    const random = this.#random
    this.#rules ??= genRules(random, this.#attributes)
    const [name, types] = random.pick(this.#rules.heads)
    const terms = types.map((type, i): Value => {
      const bound = this.#known(type) ?? this.#constant(type)
      if (i === 0 || known) return bound
      if (random.chance(0.1)) return blank
      return random.chance(0.2) ? this.#constant(type) : this.#var(type, 0.6)
    })
    return call(name, ...terms)
  }

  // ---- find ----

  #find(where: readonly Value[]): {
    readonly find: readonly Value[]
    readonly with: readonly Value[]
  } {
    const random = this.#random
    const used = usedVars(where)
    const vars = [...this.#vars.keys()].filter((v) => used.has(v))
    const chosen = random.some(vars, 1 + random.int(3)).map(symbol)
    if (random.chance(0.25)) {
      const [last, ...rest] = chosen as [Sym, ...Sym[]]
      const isLong = this.#vars.get(last.text) === 'long'
      const name = random.pick([
        'count',
        'count-distinct',
        'min',
        'max',
        'distinct',
        ...(isLong ? ['sum', 'avg', 'median'] : []),
      ])
      const others = vars.filter((v) => !chosen.some((c) => c.text === v))
      const extra = random.chance(0.4) ? random.some(others, 1).map(symbol) : []
      const element =
        ['min', 'max'].includes(name) && random.chance(0.3) ? call(name, 2, last) : call(name, last)
      if (rest.length > 0) return { find: [...rest, element], with: extra }
      const alone = random.pick<readonly Value[]>([
        [element],
        [element, symbol('.')],
        [[element, call('count', last)]],
      ])
      return { find: alone, with: extra }
    }
    const [pulled] = chosen.filter((v) => this.#vars.get(v.text) === 'ref')
    if (pulled !== undefined && !this.#isHistory && random.chance(0.15)) {
      const pattern = genPattern(random, this.#attributes, 2)
      return { find: chosen.map((v) => (v === pulled ? call('pull', v, pattern) : v)), with: [] }
    }
    if (chosen.length === 1 && random.chance(0.3))
      return { find: [[...chosen, symbol('...')]], with: [] }
    return { find: chosen, with: [] }
  }
}

export function usedVars(x: Value, into = new Set<string>()): Set<string> {
  if (x instanceof Sym && x.text.startsWith('?')) into.add(x.text)
  else if (Array.isArray(x)) for (const y of x) usedVars(y as Value, into)
  return into
}

/** The inputs with the database in front, and the other database where it is asked for. */
export function inputsOf(q: GenQuery, db: unknown, old: unknown): Value[] {
  return [
    new Opaque('db', db),
    ...q.inputs.map(([form, value]) => (form === oldSource ? new Opaque('db', old) : value)),
  ]
}
