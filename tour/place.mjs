/**
 * Where the tour's databases are, and how they come there: `music`, filled by an import at the first start and kept, and `inventory`.
 *
 * (1) While it is imported the music has another name, so what is named `music` is whole. An import that was interrupted is begun anew.
 * (2) Of the directory nothing is removed but databases of the tour; the files only when there are no others in them.
 */

import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connect, createDatabase, deleteDatabase, getDatabaseNames, renameDatabase } from 'yore'
import { importMusic } from './import.mjs'
import { dim, say } from './screen.mjs'
import { cell, duration, number } from './table.mjs'

export const usualDirectory = fileURLToPath(new URL('../.yore-tour', import.meta.url))
const unfinished = 'music-unfinished'
const ours = ['music', unfinished, 'inventory']
const files = /^yore\.(?:mdb|mdb-lock|journal-[a-z0-9]+|writer|writing|opening)$/

/** The path as somebody in the current directory writes it. */
export function shown(directory) {
  const path = relative(process.cwd(), resolve(directory))
  return path === '' ? '.' : path.startsWith('..') ? resolve(directory) : `.${sep}${path}`
}

const uriAt = (path, name) =>
  `yore:file://${path.split(sep).map(encodeURIComponent).join('/')}/${name}`

/** The URI of a database in a directory, whatever characters its path has. */
export const uriOf = (directory, name) => uriAt(resolve(directory), name)
/** The same, for somebody in the current directory. */
export const shownUri = (directory, name) => uriAt(shown(directory), name)

/** The files of the directory with their sizes. */
export function filesIn(directory) {
  return readdirSync(directory)
    .filter((name) => files.test(name))
    .map((name) => [name, statSync(join(directory, name)).size])
}

/** Takes the tour's databases away. */
export async function clear(directory) {
  if (!existsSync(directory)) return
  let others = []
  try {
    for (const name of ours) await deleteDatabase(uriOf(directory, name))
    others = await getDatabaseNames(uriOf(directory, '*'))
  } catch (error) {
    // what is damaged goes with its files
    if (error.code !== ':yore/storage-corrupt') throw error
  }
  if (others.length > 0) return
  for (const [name] of filesIn(directory)) rmSync(join(directory, name))
}

/** The music, imported if it is not there. */
export async function openMusic(directory) {
  const uri = uriOf(directory, 'music')
  const started = performance.now()
  const took = () => duration(performance.now() - started)
  const names = existsSync(directory) ? await getDatabaseNames(uriOf(directory, '*')) : []
  if (names.includes('music')) {
    const conn = await connect(uri)
    const db = conn.db()
    say(
      `  ${number(db.stats().datoms)} datoms are there since ${cell(importedAt(db))}, opened in ${took()}`,
    )
    say(dim('  nothing is imported again; npm start -- --fresh begins anew'))
    return conn
  }
  const importing = uriOf(directory, unfinished)
  if (!(await createDatabase(importing))) {
    say('  An earlier start was interrupted before its import ended; it is begun anew.')
    await deleteDatabase(importing)
    await createDatabase(importing)
  }
  const conn = await connect(importing)
  const datoms = await importMusic(conn)
  say(
    `  ${number(datoms)} datoms imported, every transaction on disk before it was acknowledged, ${took()}`,
  )
  await conn.syncIndex(conn.db().basisT)
  await conn.gcStorage(new Date())
  await renameDatabase(importing, 'music')
  say(dim(`  and all of them in segments of the index: ready after ${took()}`))
  return conn
}

// The moment of the first transaction.
const importedAt = (db) => db.entity(db.entidAt(':db.part/tx', 1000))?.[':db/txInstant']

/** The inventory, empty if it is not there. */
export async function openInventory(directory) {
  const uri = uriOf(directory, 'inventory')
  await createDatabase(uri)
  return connect(uri)
}
