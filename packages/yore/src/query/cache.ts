/**
 * What has been parsed is kept: by text, and by the identity of a program's list or map.
 *
 * (1) A list that was changed since it was parsed is parsed again: what is kept goes with a copy of its items.
 * (2) Texts are kept up to a number, the one used last the last to go; lists as long as the program has them.
 */

const textsMax = 512
const depthMax = 100

interface Kept<T> {
  readonly copy: unknown
  readonly parsed: T
}

export class ParseCache<T> {
  readonly #parse: (form: unknown) => T
  readonly #texts = new Map<string, T>()
  readonly #objects = new WeakMap<object, Kept<T>>()

  constructor(parse: (form: unknown) => T) {
    this.#parse = parse
  }

  get(form: unknown): T {
    if (typeof form === 'string') return this.#ofText(form)
    if (typeof form !== 'object' || form === null) return this.#parse(form)
    const known = this.#objects.get(form)
    if (known !== undefined && same(form, known.copy, 0)) return known.parsed
    const parsed = this.#parse(form)
    this.#objects.set(form, { copy: copyOf(form, 0), parsed })
    return parsed
  }

  #ofText(text: string): T {
    const known = this.#texts.get(text)
    const parsed = known ?? this.#parse(text)
    if (known !== undefined) this.#texts.delete(text)
    this.#texts.set(text, parsed)
    if (this.#texts.size > textsMax) {
      for (const oldest of this.#texts.keys()) {
        this.#texts.delete(oldest)
        break
      }
    }
    return parsed
  }
}

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && Object.getPrototypeOf(x) === Object.prototype

// Only arrays and plain objects can change; the classes of exact values never do.
function copyOf(x: unknown, depth: number): unknown {
  if (depth > depthMax) return x
  if (Array.isArray(x)) return x.map((y) => copyOf(y, depth + 1))
  if (!isRecord(x)) return x
  return Object.entries(x).map(([k, v]): [string, unknown] => [k, copyOf(v, depth + 1)])
}

function same(x: unknown, copy: unknown, depth: number): boolean {
  if (depth > depthMax) return x === copy
  if (Array.isArray(x)) {
    if (!Array.isArray(copy) || x.length !== copy.length) return false
    for (let i = 0; i < x.length; i++) if (!same(x[i], copy[i], depth + 1)) return false
    return true
  }
  if (!isRecord(x)) return Object.is(x, copy)
  const entries = copy as readonly (readonly [string, unknown])[]
  const keys = Object.keys(x)
  if (!Array.isArray(copy) || keys.length !== entries.length) return false
  return keys.every((k, i) => entries[i]?.[0] === k && same(x[k], entries[i][1], depth + 1))
}
