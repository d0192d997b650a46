/** Random pull patterns, well formed, for a given schema. */

import { ValueMap } from '../../packages/yore/src/data/equal.ts'
import { keyword, symbol } from '../../packages/yore/src/data/values.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'
import type { GenAttribute } from './gen-world.ts'
import type { Random } from './random.ts'

const star = symbol('*')
const ellipsis = symbol('...')

/** A pattern; no attribute twice, no key twice. */
export function genPattern(
  random: Random,
  attributes: readonly GenAttribute[],
  depth = 0,
): readonly Value[] {
  const out: Value[] = []
  if (random.chance(0.3)) out.push(star)
  if (random.chance(0.4)) out.push(keyword(':db/id'))
  if (random.chance(0.1)) out.push(keyword(':no/such'))
  if (random.chance(0.1)) out.push(keyword(':db/ident'))
  const named = random.some(namesOf(attributes), 1 + random.int(4))
  named.forEach(({ name, attribute }, i) => {
    const isRef = attribute.type === 'ref'
    const nests = depth < 3 && random.chance(isRef ? 0.6 : attribute.type === 'long' ? 0.1 : 0)
    const item = genItem(random, attribute, name, i, nests)
    if (nests) {
      out.push(new ValueMap().set(item, genNested(random, attributes, depth)))
    } else out.push(item)
  })
  return random.some(out, out.length)
}

function namesOf(
  attributes: readonly GenAttribute[],
): { readonly name: string; readonly attribute: GenAttribute }[] {
  return attributes
    .flatMap((attribute) => {
      const forward = { name: attribute.ident, attribute }
      if (attribute.type !== 'ref') return [forward]
      const backwards = { name: attribute.ident.replace('/', '/_'), attribute }
      return [forward, forward, backwards]
    })
    .filter(({ name }, i, all) => all.findIndex((x) => x.name === name) === i)
}

function genNested(random: Random, attributes: readonly GenAttribute[], depth: number): Value {
  if (random.chance(0.25)) return 1 + random.int(3)
  if (random.chance(0.15)) return ellipsis
  return genPattern(random, attributes, depth + 1)
}

function genItem(
  random: Random,
  attribute: GenAttribute,
  name: string,
  i: number,
  nests: boolean,
): Value {
  const options: Value[] = []
  if (random.chance(0.15)) {
    options.push(keyword(':limit'), random.pick<Value>([0, 1, 2, 3, null]))
  }
  if (random.chance(0.15))
    options.push(keyword(':as'), random.pick<Value>([`k${i}`, keyword(`:k/n${i}`)]))
  if (random.chance(0.15)) {
    options.push(
      keyword(':default'),
      random.pick<Value>([0, false, 'none', keyword(':x'), [1, 'a']]),
    )
  }
  if (
    !nests &&
    !attribute.many &&
    ['string', 'long'].includes(attribute.type) &&
    random.chance(0.15)
  ) {
    const name = attribute.type === 'string' && random.chance(0.5) ? 'keyword' : 'str'
    options.push(keyword(':xform'), symbol(name))
  }
  return options.length === 0 ? keyword(name) : [keyword(name), ...options]
}
