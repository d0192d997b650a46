/** Stands in for data/codec until that is here. */

import { readEdn } from '../data/edn/read.ts'
import { printEdn } from '../data/edn/print.ts'
import type { Value } from '../data/values.ts'
import { Float } from '../data/values.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export function encodeValue(v: Value): Uint8Array {
  return encoder.encode(v instanceof Float ? `#float ${v.value}` : printEdn(v))
}
export function decodeValue(bytes: Uint8Array): Value {
  const text = decoder.decode(bytes)
  return text.startsWith('#float ') ? new Float(Number(text.slice(7))) : readEdn(text)
}

export function frame(kind: string, payload: Uint8Array): Uint8Array {
  const out = new Uint8Array(payload.length + 8)
  for (let i = 0; i < 4; i++) out[i] = kind.charCodeAt(i)
  out.set(payload, 8)
  return out
}
export function unframe(kind: string, bytes: Uint8Array): Uint8Array {
  for (let i = 0; i < 4; i++) if (bytes[i] !== kind.charCodeAt(i)) throw new Error('no frame')
  return bytes.slice(8)
}
