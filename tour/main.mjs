/**
 * `npm start`: opens two databases, imports the MusicBrainz sample, shows what Yore does step by step, and ends in a prompt
 * where there is a terminal, with exit code 0 where there is none.
 */

import { connect, createDatabase } from 'yore'
import { importMusic } from './import.mjs'
import { inventoryTour } from './inventory.mjs'
import { musicTour } from './music.mjs'
import { messageOf, prompt } from './prompt.mjs'
import { bold, isTerminal, red, say } from './screen.mjs'
import { duration, number } from './table.mjs'

async function open(name) {
  const uri = `yore:mem://${name}`
  await createDatabase(uri)
  return connect(uri)
}

async function main() {
  const started = performance.now()
  say(bold('Yore: an immutable, temporal database of facts'))
  say()
  const music = await open('music')
  const datoms = await importMusic(music)
  const { datoms: all } = music.db().stats()
  say(
    `  ${number(datoms)} datoms imported, ${number(all)} in the database, ${duration(performance.now() - started)}`,
  )
  await musicTour(music.db())
  const inventory = await open('inventory')
  await inventoryTour(inventory)
  say()
  say(`The tour took ${duration(performance.now() - started)}.`)
  if (isTerminal && !process.argv.includes('--no-prompt')) await prompt({ music, inventory })
  await music.release()
  await inventory.release()
}

process.on('SIGINT', () => process.exit(130))
process.stdout.on('error', (error) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})
try {
  await main()
} catch (error) {
  say(red(messageOf(error)))
  process.exitCode = 1
}
