/** Random rule sets: reachability in several manners, rules that call each other, with negation, with values and with counters. */

import { keyword, list, symbol } from '../../packages/yore/src/data/values.ts'
import type { Sym, Value } from '../../packages/yore/src/data/values.ts'
import type { GenAttribute } from './gen-world.ts'
import type { Random } from './random.ts'

export interface GenRules {
  readonly rules: readonly Value[]
  /** Each rule's name and what its arguments are. */
  readonly heads: readonly (readonly [string, readonly string[]])[]
}

const blank = symbol('_')
const [x, y, z, v, n, m] = ['?x', '?y', '?z', '?v', '?n', '?m'].map(symbol) as [
  Sym,
  Sym,
  Sym,
  Sym,
  Sym,
  Sym,
]
const call = (name: string, ...args: readonly Value[]): Value => list([symbol(name), ...args])

/** Rules over this schema; whatever their form, all of them bind all of their variables. */
export function genRules(random: Random, attributes: readonly GenAttribute[]): GenRules {
  const refs = attributes.filter((a) => a.type === 'ref')
  const ref = (): Value => keyword(random.pick(refs).ident)
  const name = (): Value => keyword(random.pick(attributes).ident)
  const long = keyword(':a/long0')
  const r = ref()
  const recursive = random.pick<Value>([
    [call('reach', x, y), [x, r, z], call('reach', z, y)],
    [call('reach', x, y), call('reach', x, z), [z, r, y]],
    [call('reach', x, y), call('reach', x, z), call('reach', z, y)],
    [call('reach', x, y), [z, ref(), x], call('reach', z, y)],
  ])
  return {
    heads: [
      ['reach', ['ref', 'ref']],
      ['odd', ['ref', 'ref']],
      ['even', ['ref', 'ref']],
      ['alike', ['ref', 'ref']],
      ['lonely', ['ref']],
      ['near', ['ref', 'ref']],
      ['inherits', ['ref', 'long']],
      ['far', ['ref', 'ref', 'long']],
    ],
    rules: [
      [call('reach', x, y), [x, r, y]],
      recursive,
      [call('odd', x, y), [x, r, y]],
      [call('odd', x, y), [x, r, z], call('even', z, y)],
      [call('even', x, y), [x, r, z], call('odd', z, y)],
      [call('alike', x, y), [x, long, v], [y, long, v]],
      [call('lonely', x), [x, name(), blank], call('not-join', [x], [x, ref(), z])],
      [call('near', [x], y), call('or', [x, ref(), y], [y, ref(), x])],
      [call('inherits', x, v), [x, long, v]],
      [call('inherits', x, v), [x, ref(), z], call('inherits', z, v)],
      [call('far', x, y, n), [x, r, y], [call('ground', 1), n]],
      [
        call('far', x, y, n),
        call('far', x, z, m),
        [call('<', m, 3)],
        [z, r, y],
        [call('inc', m), n],
      ],
    ],
  }
}
