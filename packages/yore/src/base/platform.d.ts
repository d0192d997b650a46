/**
 * The few names that every runtime has (Node, browsers, workers) and that the language library does not declare.
 * The core is compiled without Node's and the DOM's types, so what is not listed here cannot be used by accident.
 */

interface TextDecoderLike {
  decode(bytes?: Uint8Array): string
}
interface TextEncoderLike {
  encode(text?: string): Uint8Array
}
declare const TextDecoder: {
  new (label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean }): TextDecoderLike
}
declare const TextEncoder: { new (): TextEncoderLike }

interface AbortSignal {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}
declare function queueMicrotask(callback: () => void): void
