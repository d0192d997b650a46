/** The text of docs/query-functions.md, made of the tables in packages/yore/src/query: the page says what the code does. */

import { aggregates } from '../packages/yore/src/query/answer/aggregates.ts'
import { sizeMax, textMax } from '../packages/yore/src/query/functions/call.ts'
import { groups } from '../packages/yore/src/query/functions/library.ts'

const code = (text: string): string => {
  const tick = text.includes('`') ? '``' : '`'
  return `${tick}${text.replaceAll('|', '\\|')}${tick}`
}

const row = (
  name: string,
  params: string,
  doc: string,
  example: readonly [string, string],
  aliases: readonly string[] = [],
): string => {
  const call = code(`(${name}${params === '' ? '' : ` ${params}`})`)
  const also = aliases.length === 0 ? '' : ` Also ${aliases.map(code).join(', ')}.`
  return `| ${call} | ${doc.replaceAll('|', '\\|')}${also} | ${code(example[0])} → ${code(example[1])} |`
}

const head = ['| call | meaning | example |', '|---|---|---|']

const introduction = `# Query functions

What a clause \`[(function arguments ...) binding]\` of a query may call, and what may aggregate in \`:find\`.
This page is made from the tables of the library (\`npm run query-functions\`); a test runs every example.

\`\`\`ts
import { q } from 'yore'

console.log(q('[:find ?word ?n :in [?word ...] :where [(count ?word) ?n] [(> ?n 2)]]', ['ox', 'cat', 'horse']))
// => [ [ 'cat', 3 ], [ 'horse', 5 ] ]
console.log(q('[:find [?x ...] :in ?pattern [?x ...] :where [(re-pattern ?pattern) ?re] [(re-find ?re ?x)]]', '^c', ['ox', 'cat']))
// => [ 'cat' ]
\`\`\`

- **Names** are Clojure's. \`clojure.core/inc\` is \`inc\`, \`java.lang.Math/abs\` is \`Math/abs\`; static functions of Java are \`Class/name\`, methods \`.name\`.
  A keyword can be called: \`(:a ?map)\`. An unknown name is an error (\`:yore/unknown-function\`); \`eval\`, \`slurp\` and their like are refused (\`:yore/forbidden-function\`).
- **Arguments** are variables, constants, sources and names of functions: \`(apply + ?v)\`, \`(map inc ?v)\`. Calls do not nest; intermediate results have clauses of their own, in any order.
- **A result of nil** drops the row, whatever the binding; so does a result of false or nil in a predicate, a call without binding.
- **A wrong argument** is \`:yore/invalid-function-call\`; its message and data name the function and the argument.
- **Numbers** are long (64 bits, overflow is an error), bigint, bigdec, double or float, and the wider kind wins: long, bigint, bigdec, double. \`/\` cuts on whole numbers.
- **Sizes** are bounded: a function makes at most ${sizeMax} elements or a text of ${textMax} characters, else \`:yore/limit-exceeded\`.
- **Regular expressions** are written as in Java and matched by Yore itself: the steps of a match are counted, so that none can hang.
- **Your own functions** are given to \`connect\`: see [Functions of your own](query.md#functions-of-your-own).

The functions that read a database or a log (\`get-else\`, \`missing?\`, \`fulltext\`, \`tx-data\`, ...) are part of the [query language](query.md).
`

const aggregateText = `## Aggregates

In \`:find\`, over the values of a group: \`(sum ?x)\`, \`(min 3 ?x)\`. Equal rows count once; \`:with\` keeps them apart. Over no rows there is no result.
Any function of this page that takes a collection may aggregate too: \`(set ?x)\`, \`(frequencies ?x)\`, \`(apply + ?x)\`. A name that is none is \`:db.error/invalid-aggregate\`.
`

/** The whole page. */
export function queryFunctionsPage(): string {
  const parts = groups.map(([title, table]) =>
    [
      `## ${title}\n`,
      ...head,
      ...table.map((r) => row(r.name, r.params, r.doc, r.example, r.aliases)),
    ].join('\n'),
  )
  const own = [
    aggregateText,
    ...head,
    ...aggregates.map((r) => row(r.name, `${r.params} ?x`.trim(), r.doc, r.example)),
  ].join('\n')
  return `${[introduction, ...parts, own].join('\n\n').replaceAll('\n\n\n', '\n\n')}\n`
}
