/**
 * `npm start`: opens two databases on disk, imports the MusicBrainz sample where it is not there yet, shows what Yore does step by step
 * and what then lies on disk, and ends in a prompt where there is a terminal, with exit code 0 where there is none.
 */

import { parseArgs } from 'node:util'
import { diskTour } from './disk.mjs'
import { inventoryTour } from './inventory.mjs'
import { musicTour } from './music.mjs'
import { clear, openInventory, openMusic, shown, usualDirectory } from './place.mjs'
import { messageOf, prompt } from './prompt.mjs'
import { bold, dim, isTerminal, red, say } from './screen.mjs'
import { duration } from './table.mjs'

const usage = `npm start -- [--fresh] [--directory PATH] [--no-prompt]

  --fresh            takes the tour's databases away and begins anew
  --directory PATH   where they are; ./.yore-tour if it is not given
  --no-prompt        ends after the tour
`

function optionsOf(args) {
  const { values } = parseArgs({
    args,
    options: {
      fresh: { type: 'boolean', default: false },
      directory: { type: 'string', default: usualDirectory },
      'no-prompt': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false, short: 'h' },
    },
  })
  if (values.directory === '') throw new Error('--directory wants a path')
  return values
}

let stage = 'opening'

async function main({ directory, fresh, 'no-prompt': noPrompt }) {
  const started = performance.now()
  say(bold('Yore: an immutable, temporal database of facts'))
  say()
  say(`The databases of this tour lie in ${shown(directory)}.`)
  if (fresh) await clear(directory)
  stage = 'importing'
  const music = await openMusic(directory)
  stage = 'touring'
  await musicTour(music.db())
  const inventory = await openInventory(directory)
  const conns = { music, inventory }
  await inventoryTour(inventory)
  await diskTour(directory, conns)
  say()
  say(`The tour took ${duration(performance.now() - started)}.`)
  if (isTerminal && !noPrompt) await prompt(conns, { directory })
  await music.release()
  await inventory.release()
}

// What the codes of errors mean to somebody who only wants to take the tour.
function adviceOn({ code }, { directory }) {
  const elsewhere = 'npm start -- --directory PATH takes the tour in another directory'
  switch (code) {
    case ':yore/storage-busy':
      return `Is another npm start running? End it (:quit at its prompt), or: ${elsewhere}.`
    case ':yore/storage-corrupt':
      return 'npm start -- --fresh begins anew.'
    case ':yore/storage-unavailable':
    case ':yore/invalid-argument':
      return `The tour writes some 20 MB to ${shown(directory)}; ${elsewhere}.`
    case ':yore/driver-missing':
      return 'npm ci installs it with everything else that is needed here.'
    default:
      return ''
  }
}

process.on('SIGINT', () => {
  if (stage === 'importing') say(dim('\n  interrupted: the next start begins the import anew'))
  process.exit(130)
})
process.stdout.on('error', (error) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

let options = null
try {
  options = optionsOf(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error.message}\n\n${usage}`)
  process.exitCode = 2
}
if (options?.help) say(usage)
else if (options !== null) {
  try {
    await main(options)
  } catch (error) {
    say()
    say(red(messageOf(error)))
    const advice = adviceOn(error, options)
    if (advice !== '') say(advice)
    // what is open may not be able to close, on a full disk for one
    process.exit(1)
  }
}
