import fc from 'fast-check'
import { test } from 'vitest'
import { LayeredMap } from './names.ts'

test('a layered map is a map, and the old ones stay as they were', () => {
  const additions = fc.array(fc.array(fc.tuple(fc.nat(60), fc.nat()), { maxLength: 30 }), {
    maxLength: 30,
  })
  fc.assert(
    fc.property(additions, (all) => {
      let layered = LayeredMap.of(new Map<number, number>())
      let plain = new Map<number, number>()
      const versions: [LayeredMap<number, number>, Map<number, number>][] = []
      for (const entries of all) {
        layered = layered.with(entries)
        plain = new Map([...plain, ...entries])
        versions.push([layered, plain])
      }
      return versions.every(([l, p]) => {
        const same = [...p].every(([k, v]) => l.get(k) === v && l.has(k))
        const listed = new Map(l)
        return (
          same &&
          l.size === p.size &&
          listed.size === p.size &&
          [...l.keys()].length === p.size &&
          [...listed].every(([k, v]) => p.get(k) === v) &&
          l.get(1000) === undefined &&
          !l.has(1000)
        )
      })
    }),
  )
})
