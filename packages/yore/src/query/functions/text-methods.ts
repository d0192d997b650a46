/** Methods of java.lang.String that queries call: `(.startsWith ?s "A")`. */

import { ValueSet } from '../../data/equal.ts'
import { Char } from '../../data/values.ts'
import type { Value } from '../../data/values.ts'
import type { Definition } from './call.ts'
import { arg, checkText, indexArg, refuse, textArg, textMax } from './call.ts'
import { raise } from '../../base/errors.ts'
import { compareJava, equiv } from './equivalence.ts'
import { matchesWhole, replaceMatches, splitText } from './patterns.ts'
import { regexOf } from './regex/match.ts'
import { elementsArg } from './sequences.ts'
import { part, replaceLiterally, stripped } from './strings.ts'
import { strText } from './text.ts'

/** A row of a method. */
export const method = (
  name: string,
  params: string,
  doc: string,
  example: readonly [string, string],
  run: (args: readonly Value[]) => Value,
): Definition => ({ name: `.${name}`, params, doc, example, run })

const onText =
  (f: (text: string) => Value) =>
  (args: readonly Value[]): Value =>
    f(textArg(args, 0))
const withText =
  (f: (text: string, other: string) => Value) =>
  (args: readonly Value[]): Value =>
    f(textArg(args, 0), textArg(args, 1))

function position(args: readonly Value[], last: boolean): number {
  const text = textArg(args, 0)
  const x = arg(args, 1)
  const wanted =
    x instanceof Char
      ? x.text
      : typeof x === 'number' && x >= 0 && x <= 0x10ffff
        ? String.fromCodePoint(Math.trunc(x))
        : textArg(args, 1)
  if (args.length < 3) return last ? text.lastIndexOf(wanted) : text.indexOf(wanted)
  const from = indexArg(args, 2)
  if (last) return from < 0 ? -1 : text.lastIndexOf(wanted, from)
  return text.indexOf(wanted, from)
}

/** String.trim: what is not above the space. */
function trim(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && text.charCodeAt(start) <= 32) start++
  while (end > start && text.charCodeAt(end - 1) <= 32) end--
  return text.slice(start, end)
}

function contains(args: readonly Value[]): Value {
  const x = arg(args, 0)
  if (typeof x === 'string') return x.includes(textArg(args, 1))
  if (x instanceof ValueSet) return x.has(arg(args, 1))
  return elementsArg(args, 0).some((item) => equiv(item, arg(args, 1)))
}

function repeated(args: readonly Value[]): string {
  const text = textArg(args, 0)
  const n = indexArg(args, 1)
  if (n < 0) refuse(1, 'may not be below 0')
  if (text.length * n > textMax)
    raise(':yore/limit-exceeded', `the text would have more than ${textMax} characters`)
  return text.repeat(n)
}

export const textMethods: readonly Definition[] = [
  method(
    'startsWith',
    's prefix',
    'Does the text begin so?',
    ['(.startsWith "Ann" "A")', 'true'],
    withText((a, b) => a.startsWith(b)),
  ),
  method(
    'endsWith',
    's suffix',
    'Does the text end so?',
    ['(.endsWith "Ann" "n")', 'true'],
    withText((a, b) => a.endsWith(b)),
  ),
  method(
    'contains',
    'x part',
    'Is the part in the text, the value in the collection?',
    ['(.contains "Bob" "o")', 'true'],
    contains,
  ),
  method(
    'toUpperCase',
    's',
    'In capital letters.',
    ['(.toUpperCase "a")', '"A"'],
    onText((a) => checkText(a.toUpperCase())),
  ),
  method(
    'toLowerCase',
    's',
    'In small letters.',
    ['(.toLowerCase "A")', '"a"'],
    onText((a) => checkText(a.toLowerCase())),
  ),
  method(
    'length',
    's',
    'The number of UTF-16 units.',
    ['(.length "abc")', '3'],
    onText((a) => a.length),
  ),
  method(
    'indexOf',
    's part [from]',
    'Where the part first stands, or -1.',
    ['(.indexOf "hello" "l")', '2'],
    (args) => position(args, false),
  ),
  method(
    'lastIndexOf',
    's part [from]',
    'Where the part last stands, or -1.',
    ['(.lastIndexOf "hello" "l")', '3'],
    (args) => position(args, true),
  ),
  method(
    'substring',
    's start [end]',
    'The part of the text.',
    ['(.substring "hello" 1 3)', '"el"'],
    (args) => part(args, textArg(args, 0)),
  ),
  method('trim', 's', 'Without white space at both ends.', ['(.trim " a ")', '"a"'], onText(trim)),
  method(
    'strip',
    's',
    'Without white space at both ends.',
    ['(.strip " a ")', '"a"'],
    onText(stripped),
  ),
  method(
    'equalsIgnoreCase',
    's other',
    'Are the texts the same but for case?',
    ['(.equalsIgnoreCase "ann" "ANN")', 'true'],
    withText((a, b) => a.toUpperCase() === b.toUpperCase()),
  ),
  method(
    'concat',
    's other',
    'One text after the other.',
    ['(.concat "a" "b")', '"ab"'],
    withText((a, b) => checkText(a + b)),
  ),
  method(
    'replace',
    's match replacement',
    'Every match replaced, literally.',
    ['(.replace "hello" "l" "L")', '"heLLo"'],
    (args) =>
      replaceLiterally(textArg(args, 0), strText(arg(args, 1)), strText(arg(args, 2)), false),
  ),
  method(
    'replaceAll',
    's regex replacement',
    'Every match of a regular expression (as text) replaced.',
    ['(.replaceAll "hello" "l+" "L")', '"heLo"'],
    (args) => replaceMatches(textArg(args, 0), regexOf(textArg(args, 1)), textArg(args, 2), false),
  ),
  method(
    'replaceFirst',
    's regex replacement',
    'The first match of a regular expression (as text) replaced.',
    ['(.replaceFirst "hello" "l" "L")', '"heLlo"'],
    (args) => replaceMatches(textArg(args, 0), regexOf(textArg(args, 1)), textArg(args, 2), true),
  ),
  method(
    'matches',
    's regex',
    'Does the whole text match the regular expression (as text)?',
    ['(.matches "abc" "a.*")', 'true'],
    (args) => matchesWhole(textArg(args, 0), regexOf(textArg(args, 1))),
  ),
  method(
    'split',
    's regex [limit]',
    'The parts between the matches of a regular expression (as text).',
    ['(.split "a,b" ",")', '["a" "b"]'],
    (args) =>
      splitText(
        textArg(args, 0),
        regexOf(textArg(args, 1)),
        args.length > 2 ? indexArg(args, 2) : 0,
      ),
  ),
  method('charAt', 's i', 'The character at an index.', ['(.charAt "abc" 1)', '\\b'], (args) => {
    const text = textArg(args, 0)
    const i = indexArg(args, 1)
    return i >= 0 && i < text.length
      ? new Char(text[i] as string)
      : refuse(1, `is out of range for a text of length ${text.length}`)
  }),
  method(
    'isBlank',
    's',
    'Is there nothing but white space?',
    ['(.isBlank " ")', 'true'],
    onText((a) => stripped(a) === ''),
  ),
  method('repeat', 's n', 'The text n times.', ['(.repeat "ab" 2)', '"abab"'], repeated),
  method(
    'compareToIgnoreCase',
    's other',
    'The order of the texts but for case.',
    ['(.compareToIgnoreCase "a" "B")', '-1'],
    withText((a, b) => compareJava(a.toUpperCase().toLowerCase(), b.toUpperCase().toLowerCase())),
  ),
]
