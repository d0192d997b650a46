/**
 * Imports the MusicBrainz sample: nine files of transactions, compressed, in data/mbrainz.
 */

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { readAllEdn } from 'yore/edn'
import { progress } from './screen.mjs'

/** The files in the order in which they refer to each other. */
export const files = [
  'schema',
  'enums',
  'super-enums',
  'artists',
  'areleases',
  'areleases-artists',
  'labels',
  'releases',
  'releases-artists',
]
const total = 227_096

const read = (name) =>
  gunzipSync(readFileSync(new URL(`../data/mbrainz/${name}.edn.gz`, import.meta.url))).toString(
    'utf8',
  )
const data = ':data'

// Under way at a time: they share a synchronisation of the disk.
const atOnce = 64

/** Transacts everything; answers with the number of datoms. */
export async function importMusic(conn, { show = true } = {}) {
  const bar = show ? progress('MusicBrainz', total, 'datoms') : { at() {}, end() {} }
  let datoms = 0
  for (const file of files) {
    const waiting = []
    for (const form of readAllEdn(read(file))) {
      const report = conn.transact(dataOf(form))
      // the first that fails ends the import; those behind it are not asked
      report.catch(() => {})
      waiting.push(report)
      if (waiting.length === atOnce) {
        datoms += (await waiting.shift()).txData.length
        bar.at(datoms)
        // let the terminal and Ctrl-C in
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    for (const report of await Promise.all(waiting)) datoms += report.txData.length
    bar.at(datoms)
  }
  bar.end(datoms)
  return datoms
}

// A form is {:batch-ident k, :data [...]} or the data itself.
function dataOf(form) {
  if (Array.isArray(form)) return form
  for (const [k, v] of form) if (String(k) === data) return v
  throw new Error('no :data in a form of the sample')
}
