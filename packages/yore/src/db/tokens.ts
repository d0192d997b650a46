/**
 * Cuts a text into the words that a search finds: Unicode's word breaking (UAX 29), in lower case, without the stop words.
 *
 * (1) Letters and digits join; "." and "'" hold between two letters or two digits, ":" between letters, "," and ";" between digits,
 *     "_" everywhere. An ideograph or hiragana is a word by itself, katakana and the scripts of South-East Asia are words by runs.
 * (2) Stop words leave their place: positions count them.
 * (3) What is longer than 255 characters is no word.
 *
 * Observed on the original (findings-schema "Fulltext"), not derived from its code.
 */

export interface Tokens {
  readonly terms: readonly string[]
  /** The place of each term; ascending. */
  readonly positions: readonly number[]
}

const lengthMax = 255

export const stopWords: ReadonlySet<string> = new Set(
  (
    'a an and are as at be but by for if in into is it no not of on or such ' +
    'that the their then there these they this to was will with'
  ).split(' '),
)

// The classes of code points that word breaking tells apart.
const other = 0
const letter = 1
const numeric = 2
const katakana = 3
const joiner = 4
const midLetter = 5
const midNumber = 6
const midBoth = 7
const extend = 8
const single = 9
const southEast = 10

const midLetters = ':\u00b7\u0387\u05f4\u2027\ufe13\ufe55\uff1a'
const midNumbers =
  ',;\u037e\u0589\u060c\u060d\u066c\u07f8\u2044\ufe10\ufe14\ufe50\ufe54\uff0c\uff1b'
const midBoths = ".'\u2018\u2019\u2024\ufe52\uff07\uff0e"
const katakanaExtras = '\u3031\u3032\u3033\u3034\u3035\u309b\u309c\u30a0\u30fc\uff70'

const isExtend = /^[\p{Grapheme_Extend}\p{Mc}\u200c\u200d]$/u
const isFormat = /^\p{Cf}$/u
const isJoiner = /^\p{Pc}$/u
const isSouthEast =
  /^[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tai_Le}\p{Script=New_Tai_Lue}\p{Script=Tai_Tham}\p{Script=Tai_Viet}]$/u
const isLetter = /^\p{Alphabetic}$/u

function classify(c: string): number {
  if (midLetters.includes(c)) return midLetter
  if (midNumbers.includes(c)) return midNumber
  if (midBoths.includes(c)) return midBoth
  if (katakanaExtras.includes(c) || /^\p{Script=Katakana}$/u.test(c)) return katakana
  if (/^\p{Nd}$/u.test(c) || c === '\u066b') return numeric
  if (isSouthEast.test(c) && /^[\p{L}\p{M}]$/u.test(c)) return southEast
  if (isExtend.test(c)) return extend
  if (isFormat.test(c)) return c === '\u200b' ? other : extend
  if (isJoiner.test(c)) return joiner
  if (/^[\p{Script=Han}\p{Script=Hiragana}]$/u.test(c)) return single
  if (/^\p{Ideographic}$/u.test(c)) return other
  return isLetter.test(c) ? letter : other
}

const classes = new Uint8Array(65_536).fill(255)

function classOf(code: number): number {
  if (code > 0xffff) return classify(String.fromCodePoint(code))
  let x = classes[code] as number
  if (x === 255) {
    x = classify(String.fromCharCode(code))
    classes[code] = x
  }
  return x
}

/** One code point at a time, as Java does it: no special cases at the ends of words. */
export function lowerCase(text: string): string {
  if (!/[\u0080-\uffff]/.test(text)) return text.toLowerCase()
  let out = ''
  for (const c of text) {
    const low = c.toLowerCase()
    out += String.fromCodePoint(low.codePointAt(0) as number)
  }
  return out
}

/** Walks the units of a text: a code point with the marks that follow it. */
class Units {
  readonly #text: string
  kind = other
  start = 0
  end = 0

  constructor(text: string) {
    this.#text = text
    this.next()
  }

  /** To the next unit; its kind is -1 at the end. */
  next(): void {
    this.start = this.end
    const text = this.#text
    if (this.end >= text.length) {
      this.kind = -1
      return
    }
    const code = text.codePointAt(this.end) as number
    this.kind = classOf(code)
    this.end += code > 0xffff ? 2 : 1
    // marks belong to what they follow
    for (;;) {
      const mark = text.codePointAt(this.end)
      if (mark === undefined || classOf(mark) !== extend) return
      this.end += mark > 0xffff ? 2 : 1
    }
  }

  /** The kind of the unit after this one. */
  following(): number {
    const code = this.#text.codePointAt(this.end)
    return code === undefined ? -1 : classOf(code)
  }
}

/** Do two units stand in one word? */
function holds(before: number, after: number): boolean {
  if (after === joiner)
    return before === letter || before === numeric || before === katakana || before === joiner
  if (before === joiner) return after === letter || after === numeric || after === katakana
  if (before === katakana || after === katakana) return before === after
  return (before === letter || before === numeric) && (after === letter || after === numeric)
}

/** Does a sign hold two of this kind together? */
function bridges(kind: number, sign: number): boolean {
  if (kind === letter) return sign === midLetter || sign === midBoth
  return kind === numeric && (sign === midNumber || sign === midBoth)
}

/** The end of the word that begins at the unit; the units stand after it then. */
function wordEnd(units: Units): { end: number; isWord: boolean } {
  let kind = units.kind
  let end = units.end
  let isWord = kind !== joiner
  units.next()
  for (;;) {
    if (holds(kind, units.kind)) {
      kind = units.kind
    } else if (bridges(kind, units.kind) && units.following() === kind) {
      units.next()
    } else {
      return { end, isWord }
    }
    if (units.kind !== joiner) isWord = true
    end = units.end
    units.next()
  }
}

/** The words of a text. */
export function tokensOf(text: string): Tokens {
  const terms: string[] = []
  const positions: number[] = []
  const units = new Units(text)
  let position = 0
  const add = (start: number, end: number): void => {
    if (end - start > lengthMax) return
    const term = lowerCase(text.slice(start, end))
    if (!stopWords.has(term)) {
      terms.push(term)
      positions.push(position)
    }
    position++
  }
  while (units.kind >= 0) {
    const start = units.start
    switch (units.kind) {
      case letter:
      case numeric:
      case katakana:
      case joiner: {
        const { end, isWord } = wordEnd(units)
        if (isWord) add(start, end)
        break
      }
      case single:
        add(start, units.end)
        units.next()
        break
      case southEast: {
        let end = units.end
        while (units.kind === southEast) {
          end = units.end
          units.next()
        }
        add(start, end)
        break
      }
      default:
        units.next()
    }
  }
  return { terms, positions }
}
