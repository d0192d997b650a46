/**
 * The tree of a regular expression, as java.util.regex writes it; parse.ts makes it, program.ts compiles it.
 *
 * Yore matches regular expressions itself: what a query may ask of is then bounded in steps (no pattern can hang), and means what it means in Java.
 */

/** Is this code point in the class? */
export type CodePoints = (c: number) => boolean

export type Node =
  | { readonly kind: 'empty' }
  | { readonly kind: 'char'; readonly code: number }
  | { readonly kind: 'set'; readonly has: CodePoints }
  | { readonly kind: 'sequence'; readonly items: readonly Node[] }
  | { readonly kind: 'choice'; readonly items: readonly Node[] }
  | {
      readonly kind: 'repeat'
      readonly body: Node
      readonly min: number
      readonly max: number
      readonly mode: 'greedy' | 'lazy' | 'possessive'
    }
  | { readonly kind: 'group'; readonly body: Node; readonly index: number }
  | { readonly kind: 'atomic'; readonly body: Node }
  | {
      readonly kind: 'look'
      readonly body: Node
      readonly behind: boolean
      readonly negative: boolean
    }
  | { readonly kind: 'back'; readonly index: number; readonly ignoreCase: boolean }
  | { readonly kind: 'assert'; readonly at: Assertion }

export type Assertion =
  | 'start'
  | 'line-start'
  | 'end'
  | 'end-or-last-line'
  | 'line-end'
  | 'word-boundary'
  | 'no-word-boundary'
  | 'last-match'

export interface Syntax {
  readonly source: string
  readonly root: Node
  /** Capturing groups, without the whole match. */
  readonly groups: number
  readonly names: ReadonlyMap<string, number>
}

export const isLineTerminator: CodePoints = (c) =>
  c === 10 || c === 13 || c === 0x85 || c === 0x2028 || c === 0x2029
