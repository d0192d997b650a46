/**
 * A step of the tour: words, a piece of code, its answer as a table and the time it took. What is shown is the source of the very
 * functions that run.
 */

import { bold, columns, cyan, dim, say } from './screen.mjs'
import { answer, duration } from './table.mjs'

// The body of an arrow function, without its braces, moved to the left margin.
export function sourceOf(run) {
  const text = run.toString()
  const body = text.slice(text.indexOf('=>') + 2).trim()
  const block = body.startsWith('{')
  const lines = (block ? body.slice(1, -1).replace(/^\n|\s+$/g, '') : body).split('\n')
  const indent = (line) => line.search(/\S/)
  // the first line of a bare expression stands at the margin already; a last line that only closes shows where it was
  const last = lines.at(-1)
  const margin = block ? indent(lines[0]) : indent(last) - (/^\s*[)\]}]/.test(last) ? 0 : 2)
  return lines.map((line) =>
    indent(line) < margin ? line.trimStart() : line.slice(Math.max(margin, 0)),
  )
}

/**
 * Shows and runs one step; gives back what it answered. `change` transacts, and is left out where `isDone` says that an earlier start did
 * it; `run` asks.
 */
export async function step({ title, words, change, isDone, run, headings }) {
  say()
  say(bold(title))
  for (const line of wrap(words ?? '', columns() - 2)) say(line)
  const show = (code) => {
    say()
    for (const line of sourceOf(code)) say(`    ${cyan(line)}`)
  }
  if (change !== undefined) {
    show(change)
    if (isDone()) say(dim('  (on disk since an earlier start, and not done again)'))
    else await timed(change)
  }
  show(run)
  const started = performance.now()
  const result = await run()
  const ms = performance.now() - started
  say()
  for (const line of answer(result, headings, { width: columns() })) say(line)
  say(dim(`  ${duration(ms)}`))
  return result
}

async function timed(change) {
  const started = performance.now()
  await change()
  say(dim(`  on disk after ${duration(performance.now() - started)}`))
}

/** A heading between chapters. */
export function chapter(title) {
  say()
  say(bold(`── ${title} ${'─'.repeat(Math.max(0, columns() - title.length - 4))}`))
}

function wrap(text, width) {
  const lines = []
  let line = ''
  for (const word of text.split(/\s+/).filter(Boolean)) {
    if (line !== '' && line.length + word.length + 1 > width) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
  }
  return line === '' ? lines : [...lines, line]
}
