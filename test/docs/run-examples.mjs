/**
 * Runs examples, each in a fresh world of fixture.mjs: `node run-examples.mjs FILE.json`, the file being a list of {place, text}.
 * Prints those that throw; the exit code is 1 when there are any.
 */

import { readFileSync } from 'node:fs'
import { runInThisContext } from 'node:vm'
import { transform } from 'esbuild'
import { makeWorld } from './fixture.mjs'

const examples = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const print = console.log
console.log = () => {}

let worlds = 0
for (const { place, text } of examples) {
  try {
    const world = await makeWorld(++worlds)
    // The inner block lets an example declare a name that the world has too.
    const wrapped = `(async (${Object.keys(world).join(', ')}) => {{\n${text}\n}})`
    const { code } = await transform(wrapped, { loader: 'ts', target: 'node20' })
    await runInThisContext(code)(...Object.values(world))
  } catch (error) {
    const [what, at] = String(error?.stack ?? error).split('\n')
    print(`${place}: ${what} ${at ?? ''}`)
    process.exitCode = 1
  }
}
