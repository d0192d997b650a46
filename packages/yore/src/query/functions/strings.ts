/** Text: `str subs format` and clojure.string. Positions and lengths count UTF-16 units, as in Java. */

import { readAllEdn } from '../../data/edn/read.ts'
import { Char } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import { callable, callableArg } from './callable.ts'
import type { Definition } from './call.ts'
import { arg, charSequenceArg, checkText, indexArg, refuse, textArg, textMax } from './call.ts'
import { formatText } from './format.ts'
import { asRegex, replaceMatches, splitText } from './patterns.ts'
import { regexOf } from './regex/match.ts'
import { elementsArg } from './sequences.ts'
import { isWhitespace, prText, strText } from './text.ts'
import { raise } from '../../base/errors.ts'

function joinTexts(items: readonly Value[], separator: string): string {
  const parts: string[] = []
  let length = 0
  for (const x of items) {
    const text = strText(x)
    length += text.length + separator.length
    if (length > textMax + separator.length) {
      raise(':yore/limit-exceeded', `the text would have more than ${textMax} characters`)
    }
    parts.push(text)
  }
  return parts.join(separator)
}

/** The part of a text between two positions; beyond its ends is an error. */
export function part(args: readonly Value[], text: string): string {
  const start = indexArg(args, 1)
  const end = args.length > 2 ? indexArg(args, 2) : text.length
  if (start < 0 || start > text.length)
    refuse(1, `is out of range for a text of length ${text.length}`)
  if (end < start || end > text.length)
    refuse(2, `is out of range for a text of length ${text.length}`)
  return text.slice(start, end)
}

function trimLeft(text: string): string {
  let start = 0
  while (start < text.length && isWhitespace(text.charCodeAt(start))) start++
  return text.slice(start)
}
function trimRight(text: string): string {
  let end = text.length
  while (end > 0 && isWhitespace(text.charCodeAt(end - 1))) end--
  return text.slice(0, end)
}
/** Without white space at both ends. */
export const stripped = (text: string): string => trimRight(trimLeft(text))
const isBlank = (text: string): boolean => trimLeft(text) === ''

/** Every character turned round, but pairs stay pairs. */
const reversed = (text: string): string => Array.from(text).reverse().join('')

const capitalized = (text: string): string =>
  text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase()

/** The replacement of clojure.string/replace for what is looked for; see there. */
function replaceText(args: readonly Value[], onlyFirst: boolean): string {
  const text = charSequenceArg(args, 0)
  const wanted = arg(args, 1)
  const replacement = arg(args, 2)
  if (wanted instanceof Char || typeof wanted === 'string') {
    if (
      wanted instanceof Char !== replacement instanceof Char ||
      (typeof replacement === 'object' && !(replacement instanceof Char))
    ) {
      refuse(2, 'must be of the kind of what it replaces', replacement)
    }
    return replaceLiterally(text, strText(wanted), strText(replacement), onlyFirst)
  }
  const regex =
    asRegex(wanted) ?? refuse(1, 'must be a string, character or regular expression', wanted)
  if (typeof replacement === 'string') return replaceMatches(text, regex, replacement, onlyFirst)
  const f = callable(replacement) ?? refuse(2, 'must be a string or function', replacement)
  return replaceMatches(text, regex, (groups) => strText(f([groups])), onlyFirst)
}

/** Literally: no character of what is looked for or of the replacement means anything special. */
export function replaceLiterally(
  text: string,
  wanted: string,
  by: string,
  onlyFirst: boolean,
): string {
  if (onlyFirst) {
    const at = text.indexOf(wanted)
    return at < 0 ? text : checkText(text.slice(0, at) + by + text.slice(at + wanted.length))
  }
  const count = wanted === '' ? text.length + 1 : text.split(wanted).length - 1
  if (text.length + count * by.length > textMax) {
    raise(':yore/limit-exceeded', `the text would have more than ${textMax} characters`)
  }
  return text.replaceAll(wanted, () => by)
}

function indexOf(args: readonly Value[], last: boolean): Value {
  const text = charSequenceArg(args, 0)
  const x = arg(args, 1)
  const wanted = x instanceof Char ? x.text : textArg(args, 1)
  const from = args.length > 2 ? indexArg(args, 2) : last ? text.length : 0
  if (last && from < 0) return null
  const at = last ? text.lastIndexOf(wanted, from) : text.indexOf(wanted, from)
  return at < 0 ? null : at
}

const onText =
  (f: (text: string) => Value) =>
  (args: readonly Value[]): Value =>
    f(charSequenceArg(args, 0))

const both =
  (f: (text: string, other: string) => Value) =>
  (args: readonly Value[]): Value =>
    f(charSequenceArg(args, 0), textArg(args, 1))

const upperOf = (text: string): Value => checkText(text.toUpperCase())
const lowerOf = (text: string): Value => checkText(text.toLowerCase())

export const strings: readonly Definition[] = [
  {
    name: 'str',
    params: '& xs',
    doc: 'The texts of all, joined. nil has none; doubles are "1.0", keywords ":a/b"; collections are printed as EDN.',
    example: ['(str "a" 1 :k 2.5 nil true)', '"a1:k2.5true"'],
    run: (args) => joinTexts(args, ''),
  },
  {
    name: 'pr-str',
    params: '& xs',
    doc: 'The values as EDN text, with spaces between.',
    example: ['(pr-str "a" 1)', '"\\"a\\" 1"'],
    run: (args) => checkText(args.map(prText).join(' ')),
  },
  {
    name: 'clojure.edn/read-string',
    params: 's',
    doc: 'The value that the text means, as EDN.',
    example: ['(clojure.edn/read-string "[1 :a]")', '[1 :a]'],
    run: (args) =>
      textArg(args, 0).trim() === '' ? null : (readAllEdn(textArg(args, 0))[0] ?? null),
  },
  {
    name: 'subs',
    params: 's start [end]',
    doc: 'The part of the text from start up to end. Out of range is an error.',
    example: ['(subs "hello" 1 3)', '"el"'],
    run: (args) => part(args, textArg(args, 0)),
  },
  {
    name: 'format',
    aliases: ['String/format'],
    params: 'fmt & xs',
    doc: "Java's format: %s %d %f %e %x %o %b %c %n %% with flags, width and precision.",
    example: ['(format "%05d %.2f" 42 1.005)', '"00042 1.01"'],
    run: (args) => checkText(formatText(textArg(args, 0), args)),
  },
  {
    name: 'char',
    params: 'x',
    doc: 'The character of this code.',
    example: ['(char 97)', '\\a'],
    run: (args) => {
      const x = arg(args, 0)
      if (x instanceof Char) return x
      const code = indexArg(args, 0)
      return code >= 0 && code < 65_536
        ? new Char(String.fromCharCode(code))
        : refuse(0, 'is the code of no character')
    },
  },
  {
    name: 'clojure.string/upper-case',
    params: 's',
    doc: 'In capital letters.',
    example: ['(clojure.string/upper-case "abC")', '"ABC"'],
    run: onText(upperOf),
  },
  {
    name: 'clojure.string/lower-case',
    params: 's',
    doc: 'In small letters.',
    example: ['(clojure.string/lower-case "ABc")', '"abc"'],
    run: onText(lowerOf),
  },
  {
    name: 'clojure.string/capitalize',
    params: 's',
    doc: 'The first letter capital, the others small.',
    example: ['(clojure.string/capitalize "hELLO")', '"Hello"'],
    run: onText((text) => checkText(capitalized(text))),
  },
  {
    name: 'clojure.string/trim',
    params: 's',
    doc: 'Without white space at both ends.',
    example: ['(clojure.string/trim "  a b ")', '"a b"'],
    run: onText(stripped),
  },
  {
    name: 'clojure.string/triml',
    params: 's',
    doc: 'Without white space at the beginning.',
    example: ['(clojure.string/triml "  a ")', '"a "'],
    run: onText(trimLeft),
  },
  {
    name: 'clojure.string/trimr',
    params: 's',
    doc: 'Without white space at the end.',
    example: ['(clojure.string/trimr " a ")', '" a"'],
    run: onText(trimRight),
  },
  {
    name: 'clojure.string/trim-newline',
    params: 's',
    doc: 'Without line ends at the end.',
    example: ['(clojure.string/trim-newline "a\\n")', '"a"'],
    run: onText((text) => {
      let end = text.length
      while (end > 0 && (text[end - 1] === '\n' || text[end - 1] === '\r')) end--
      return text.slice(0, end)
    }),
  },
  {
    name: 'clojure.string/reverse',
    params: 's',
    doc: 'From back to front.',
    example: ['(clojure.string/reverse "abc")', '"cba"'],
    run: onText(reversed),
  },
  {
    name: 'clojure.string/join',
    params: 'separator-or-coll [coll]',
    doc: 'The texts of the elements, with the separator between.',
    example: ['(clojure.string/join ", " ["a" 1])', '"a, 1"'],
    run: (args) =>
      args.length === 1
        ? joinTexts(elementsArg(args, 0), '')
        : joinTexts(elementsArg(args, 1), strText(arg(args, 0))),
  },
  {
    name: 'clojure.string/replace',
    params: 's match replacement',
    doc: 'Every match replaced: a string by a string, or a regular expression by a text with $1 for its groups or by a function.',
    example: ['(clojure.string/replace "hello" "l" "L")', '"heLLo"'],
    run: (args) => replaceText(args, false),
  },
  {
    name: 'clojure.string/replace-first',
    params: 's match replacement',
    doc: 'The first match replaced.',
    example: ['(clojure.string/replace-first "hello" "l" "L")', '"heLlo"'],
    run: (args) => replaceText(args, true),
  },
  {
    name: 'clojure.string/escape',
    params: 's cmap',
    doc: 'With every character replaced that the map (or function) has something for.',
    example: ['(clojure.string/escape "a<b" {\\< "&lt;"})', '"a&lt;b"'],
    run: (args) => {
      const f = callableArg(args, 1)
      const text = charSequenceArg(args, 0)
      const parts: Value[] = Array.from({ length: text.length }, (_, i) => {
        const c = new Char(text[i] as string)
        return f([c]) ?? c
      })
      return joinTexts(parts, '')
    },
  },
  {
    name: 'clojure.string/re-quote-replacement',
    params: 's',
    doc: 'The replacement that means this text literally.',
    example: ['(clojure.string/re-quote-replacement "$1")', '"\\\\$1"'],
    run: onText((text) => checkText(text.replace(/[\\$]/g, '\\$&'))),
  },
  {
    name: 'clojure.string/split',
    params: 's re [limit]',
    doc: 'The parts of the text between the matches; empty ones at the end are dropped, unless a limit is given.',
    example: ['(clojure.string/split "a,b,c" #",")', '["a" "b" "c"]'],
    run: (args) => {
      const regex = asRegex(arg(args, 1)) ?? refuse(1, 'must be a regular expression', args[1])
      return splitText(charSequenceArg(args, 0), regex, args.length > 2 ? indexArg(args, 2) : 0)
    },
  },
  {
    name: 'clojure.string/split-lines',
    params: 's',
    doc: 'The lines of the text.',
    example: ['(clojure.string/split-lines "a\\nb")', '["a" "b"]'],
    run: onText((text) => splitText(text, regexOf('\\r?\\n'), 0)),
  },
  {
    name: 'clojure.string/index-of',
    params: 's value [from]',
    doc: 'Where the value first stands in the text, or nil.',
    example: ['(clojure.string/index-of "hello" "l")', '2'],
    run: (args) => indexOf(args, false),
  },
  {
    name: 'clojure.string/last-index-of',
    params: 's value [from]',
    doc: 'Where the value last stands in the text, or nil.',
    example: ['(clojure.string/last-index-of "hello" "l")', '3'],
    run: (args) => indexOf(args, true),
  },
  {
    name: 'clojure.string/starts-with?',
    params: 's prefix',
    doc: 'Does the text begin so?',
    example: ['(clojure.string/starts-with? "hello" "he")', 'true'],
    run: both((text, other) => text.startsWith(other)),
  },
  {
    name: 'clojure.string/ends-with?',
    params: 's suffix',
    doc: 'Does the text end so?',
    example: ['(clojure.string/ends-with? "hello" "lo")', 'true'],
    run: both((text, other) => text.endsWith(other)),
  },
  {
    name: 'clojure.string/includes?',
    params: 's part',
    doc: 'Is the part in the text?',
    example: ['(clojure.string/includes? "hello" "el")', 'true'],
    run: both((text, other) => text.includes(other)),
  },
  {
    name: 'clojure.string/blank?',
    params: 's',
    doc: 'Is it nil, empty or nothing but white space?',
    example: ['(clojure.string/blank? " ")', 'true'],
    run: (args) => args[0] === null || isBlank(charSequenceArg(args, 0)),
  },
]
