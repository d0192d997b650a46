/** The end of the tour: what lies on disk. */

import { storageStats } from 'yore'
import { filesIn, shown, shownUri } from './place.mjs'
import { chapter, step } from './steps.mjs'
import { bold, columns, dim, say } from './screen.mjs'
import { number, size, table } from './table.mjs'

const what = {
  'yore.mdb': 'everything: the log, segments of the index, roots',
  'yore.journal': 'the last transactions, before they are in the file',
  'yore.mdb-lock': 'which processes read',
  'yore.writer': 'which process writes',
  'yore.writing': 'whether it writes at this moment',
  'yore.opening': 'which process is opening the file',
}
const indexed = (t, basisT) => (t === null ? 'none' : t === basisT ? 'all' : `to t ${t}`)
const perDatom = (bytes, n) => (n === 0 ? '' : (bytes / n).toFixed(1))

/** Files, databases, and the parts of one of them, as lines. */
export async function diskLines(directory, conns) {
  const show = (rows, headings) => table(rows, headings, { width: columns() })
  const files = filesIn(directory).map(([name, bytes]) => [
    name,
    size(bytes),
    what[name] ?? what[name.replace(/-.*/, '')] ?? '',
  ])
  const out = [`  ${shown(directory)}`, '', ...show(files, ['file', 'size', 'what is in it'])]
  const rows = []
  let largest = null
  for (const [name, conn] of Object.entries(conns)) {
    const stats = await storageStats(conn)
    const { basisT, bytes, datoms, index, log, garbage } = stats
    rows.push([
      name,
      number(datoms),
      size(bytes),
      index.basisT === null ? '' : perDatom(bytes, datoms),
      indexed(index.basisT, basisT),
      number(index.segments + log.segments),
      number(log.slots),
      size(garbage.bytes),
    ])
    if (largest === null || bytes > largest.stats.bytes) largest = { name, stats }
  }
  out.push(
    '',
    ...show(rows, [
      'database',
      'datoms',
      'size',
      'B/datom',
      'indexed',
      'segments',
      'slots',
      'garbage',
    ]),
  )
  if (largest !== null) out.push('', ...partLines(largest, show))
  return out
}

function partLines({ name, stats }, show) {
  const { index, log, datoms } = stats
  const rows = Object.entries(index.orders).map(([order, { facts, segments, bytes }]) => [
    order === 'fulltext' ? order : order.toUpperCase(),
    number(facts),
    number(segments),
    size(bytes),
    perDatom(bytes, datoms),
  ])
  const inLog = log.segmentBytes + log.slotBytes
  rows.push(['log', '', number(log.segments), size(inLog), perDatom(inLog, datoms)])
  return show(rows, [`parts of ${name}`, 'facts', 'segments', 'size', 'bytes a datom'])
}

export async function diskTour(directory, conns) {
  chapter('What lies on disk')
  const conn = conns.music
  await step({
    title: 'Every transaction is in the log, and in an index for each kind of question',
    words:
      'A transaction is a slot of the log before it is acknowledged. Index jobs move slots into segments, columns of some thousand facts that never change.',
    run: async () => {
      const { datoms, bytes, index, log } = await storageStats(conn)
      return {
        datoms,
        'bytes a datom': bytes / datoms,
        'index up to t': index.basisT,
        'slots since': log.slots,
      }
    },
  })
  say()
  for (const line of await diskLines(directory, conns)) say(line)
  say()
  say('From a program of your own, also while this one runs:')
  const uri = shownUri(directory, 'music')
  say(bold(`    const conn = await connect('${uri}', { readOnly: true })`))
  say(
    dim(
      '  docs/durability.md says what a transaction on disk is worth, docs/operations.md how to take care of it.',
    ),
  )
}
