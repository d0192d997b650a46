/**
 * Is an answer the recorded one? Both sides become nodes first: what JavaScript values cannot tell apart (3.0 and 3, a keyword and
 * its text) is one node, everything else is not.
 *
 * (1) Ids and instants that have names are named on the side of the answer, as the oracle did when it wrote down the record.
 * (2) The record says what is ordered: an array answers a set or a bag in any order, a vector only in its own.
 * (3) Whole numbers compare exactly, other doubles within 1e-9 relative.
 * (4) An instant of the clock that has no name (of a nameless `[:with ..]`) answers any recorded one of the years of recording.
 */

import { BigDecimal } from '../../packages/yore/src/data/big-decimal.ts'
import { ValueMap, ValueSet } from '../../packages/yore/src/data/equal.ts'
import { publicKey } from '../../packages/yore/src/data/public.ts'
import {
  Char,
  Double,
  Float,
  Instant,
  Keyword,
  List,
  Sym,
  Tagged,
  Uri,
  Uuid,
} from '../../packages/yore/src/data/values.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'

export type Node =
  | { readonly kind: 'atom'; readonly text: string }
  | { readonly kind: 'number'; readonly value: number; readonly float?: boolean }
  | { readonly kind: 'any-string' }
  | { readonly kind: 'vector' | 'set' | 'bag'; readonly items: readonly Node[] }
  | { readonly kind: 'map'; readonly entries: ReadonlyMap<string, Node> }

/** How ids and instants of the answer are called. */
export interface Names {
  ofId(id: number | bigint): string | undefined
  /** A name, or `clockText` for a moment of the clock that has none. */
  ofInstant(ms: number): string | undefined
}

/** What a moment of the clock without a name is called, and the records that it answers. */
export const clockText = '#inst now'
const recordedClock = /^#inst 202[6-9]/

const noNames: Names = { ofId: () => undefined, ofInstant: () => undefined }
const entityIdFloor = 2 ** 42

const atom = (text: string): Node => ({ kind: 'atom', text })
const textual = (text: string): Node => atom(JSON.stringify(text))

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')
}

function scalarNode(x: unknown, names: Names): Node | null {
  if (x === null) return atom('nil')
  if (typeof x === 'string') return textual(x)
  if (typeof x === 'boolean') return atom(String(x))
  if (typeof x === 'number') {
    const name = x >= entityIdFloor ? names.ofId(x) : undefined
    return name === undefined ? { kind: 'number', value: x === 0 ? 0 : x } : atom(name)
  }
  if (typeof x === 'bigint') return atom(names.ofId(x) ?? `${x}N`)
  if (x instanceof Double) return { kind: 'number', value: x.value === 0 ? 0 : x.value }
  if (x instanceof Float) return { kind: 'number', value: x.value === 0 ? 0 : x.value, float: true }
  if (x instanceof Keyword || x instanceof Sym || x instanceof Uuid) return textual(x.text)
  if (x instanceof Uri || x instanceof Char) return textual(x.text)
  if (x instanceof BigDecimal) return atom(`${x.toString()}M`)
  if (x instanceof Uint8Array) return atom(`#bytes ${hex(x)}`)
  if (x instanceof Date || x instanceof Instant) {
    const ms = x instanceof Date ? x.getTime() : x.ms
    return atom(names.ofInstant(ms) ?? `#inst ${new Date(ms).toISOString()}`)
  }
  return null
}

/** Within it ids keep their numbers: `#raw` of the records. */
export class Raw {
  readonly value: unknown
  constructor(value: unknown) {
    this.value = value
  }
}

/** The node of an answer: public data, or exact values, or both mixed. */
export function answerNode(x: unknown, names: Names): Node {
  const scalar = scalarNode(x, names)
  if (scalar !== null) return scalar
  if (x instanceof Raw) return answerNode(x.value, noNames)
  if (Array.isArray(x)) return { kind: 'vector', items: x.map((item) => answerNode(item, names)) }
  if (x instanceof Set || x instanceof ValueSet) {
    return { kind: 'set', items: [...x].map((item) => answerNode(item, names)) }
  }
  if (x instanceof Map || x instanceof ValueMap) return mapNode(x.entries(), names)
  if (typeof x === 'object' && x !== null) return mapNode(Object.entries(x), names)
  return atom(`#${typeof x}`)
}

function mapNode(entries: Iterable<readonly [unknown, unknown]>, names: Names): Node {
  const out = new Map<string, Node>()
  for (const [k, v] of entries) out.set(keyText(k as Value), answerNode(v, names))
  return { kind: 'map', entries: out }
}

/** The keys of a JS object are text, so the keys of a record are compared as such. */
function keyText(key: Value): string {
  return key instanceof List ? nodeText(recordNode(key)) : JSON.stringify(publicKey(key))
}

/** The node of a recorded answer. */
export function recordNode(x: Value): Node {
  if (x instanceof List)
    return atom(`(${x.map((part) => nodeText(recordNode(part as Value))).join(' ')})`)
  if (Array.isArray(x)) return { kind: 'vector', items: (x as readonly Value[]).map(recordNode) }
  if (x instanceof ValueSet) return { kind: 'set', items: [...x].map(recordNode) }
  if (x instanceof ValueMap) {
    const entries = [...x].map(([k, v]) => [keyText(k), recordNode(v)] as const)
    return { kind: 'map', entries: new Map(entries) }
  }
  if (!(x instanceof Tagged)) return scalarNode(x, noNames) ?? atom('#unknown')
  switch (x.tag.text) {
    case 'bag':
      return { kind: 'bag', items: (x.value as readonly Value[]).map(recordNode) }
    case 'any':
      return { kind: 'any-string' }
    case 'bytes':
      return atom(`#bytes ${x.value as string}`)
    case 'uri':
      return textual(x.value as string)
    case 'float': {
      const value = Math.fround(Number(x.value as number))
      return { kind: 'number', value: value === 0 ? 0 : value, float: true }
    }
    default:
      return recordNode(x.value)
  }
}

/** The name of an id or an instant, as `recordNode` writes it. */
export function nameText(kind: '$id' | '$tx' | '$inst', name: Value): string {
  return nodeText(recordNode(new List<Value>(kind, name)))
}

/** A node as text; equal nodes have equal texts, but for doubles that differ a little. */
export function nodeText(node: Node): string {
  switch (node.kind) {
    case 'atom':
      return node.text
    case 'number':
      return String(node.value)
    case 'any-string':
      return '#any :string'
    case 'vector':
      return `[${node.items.map(nodeText).join(' ')}]`
    case 'set':
    case 'bag':
      return `#{${node.items.map(nodeText).sort().join(' ')}}`
    case 'map':
      return `{${[...node.entries]
        .map(([k, v]) => `${k} ${nodeText(v)}`)
        .sort()
        .join(', ')}}`
  }
}

function sameNumber(record: number, answer: number, float: boolean): boolean {
  if (Object.is(record, answer) || record === answer) return true
  if (float && Math.fround(answer) === record) return true
  if (!Number.isFinite(record) || !Number.isFinite(answer)) return false
  if (Number.isSafeInteger(record) && Number.isSafeInteger(answer)) return false
  return Math.abs(record - answer) <= 1e-9 * Math.max(Math.abs(record), Math.abs(answer))
}

function sameAtom(record: string, answer: string): boolean {
  return answer === record || (answer === clockText && recordedClock.test(record))
}

/** Does the answer say what the record says? */
export function matches(record: Node, answer: Node): boolean {
  switch (record.kind) {
    case 'any-string':
      return answer.kind === 'atom' && answer.text.startsWith('"')
    case 'atom':
      return answer.kind === 'atom' && sameAtom(record.text, answer.text)
    case 'number':
      return (
        answer.kind === 'number' && sameNumber(record.value, answer.value, record.float === true)
      )
    case 'vector':
      return (
        answer.kind === 'vector' &&
        answer.items.length === record.items.length &&
        record.items.every((item, i) => matches(item, answer.items[i] as Node))
      )
    case 'set':
    case 'bag':
      if (!('items' in answer) || answer.items.length !== record.items.length) return false
      return unmatched(record.items, answer.items).missing.length === 0
    case 'map':
      if (answer.kind !== 'map' || answer.entries.size !== record.entries.size) return false
      for (const [k, v] of record.entries) {
        const other = answer.entries.get(k)
        if (other === undefined || !matches(v, other)) return false
      }
      return true
  }
}

/** What of two multisets has no partner in the other. */
export function unmatched(
  record: readonly Node[],
  answer: readonly Node[],
): { readonly missing: readonly Node[]; readonly extra: readonly Node[] } {
  const byText = new Map<string, Node[]>()
  for (const node of answer) {
    const text = nodeText(node)
    const same = byText.get(text)
    if (same === undefined) byText.set(text, [node])
    else same.push(node)
  }
  const rest = record.filter((node) => byText.get(nodeText(node))?.pop() === undefined)
  const extra = [...byText.values()].flat()
  // What is equal in text is paired; doubles, free strings and inner sets need a closer look.
  const missing = rest.filter((node) => {
    const i = extra.length > 3000 ? -1 : extra.findIndex((other) => matches(node, other))
    if (i >= 0) extra.splice(i, 1)
    return i < 0
  })
  return { missing, extra }
}
