/** Tells what has been done to the objects that everything in a process shares. */

const shared: readonly (readonly [string, object])[] = [
  ['Object.prototype', Object.prototype],
  ['Array.prototype', Array.prototype],
  ['Function.prototype', Function.prototype],
  ['String.prototype', String.prototype],
  ['Number.prototype', Number.prototype],
  ['Boolean.prototype', Boolean.prototype],
  ['Map.prototype', Map.prototype],
  ['Set.prototype', Set.prototype],
  ['Date.prototype', Date.prototype],
  ['Promise.prototype', Promise.prototype],
  ['Object', Object],
  ['Array', Array],
  ['Map', Map],
  ['JSON', JSON],
  ['Math', Math],
]

function facts([name, object]: readonly [string, object]): Map<string, unknown> {
  const out = new Map<string, unknown>([
    [`the prototype of ${name}`, Object.getPrototypeOf(object)],
  ])
  for (const key of Reflect.ownKeys(object)) {
    const p = Object.getOwnPropertyDescriptor(object, key)
    const value: unknown = p && ('value' in p ? p.value : Reflect.get(p, 'get'))
    out.set(`${name}.${String(key)}`, value)
  }
  return out
}

/** Remembers them as they are; the function tells what differs later. */
export function pristine(): () => string[] {
  const before = shared.map(facts)
  return () =>
    shared.flatMap((s, i) => {
      const [was, is] = [before[i] as Map<string, unknown>, facts(s)]
      return [...new Set([...was.keys(), ...is.keys()])]
        .filter((key) => !Object.is(was.get(key), is.get(key)) || was.has(key) !== is.has(key))
        .map((key) => `${key} has been changed`)
    })
}
