/**
 * Runs cases of hostile input in a process of their own, with an eye on the clock.
 *
 * (1) A case ends with an answer or a `YoreError`. Whatever else it throws is a fault, and so is a case that takes longer than a minute:
 *     then the process is killed and the case named.
 * (2) After the cases nothing in the process's prototypes has changed.
 * (3) The process has the stack that a program has.
 */

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What the child prints as its last line. */
export interface Outcome {
  readonly cases: number
  readonly faults: readonly string[]
}

/** How long one case may take. Far more than any takes: it only has to end what would never end. */
const caseMs = 60_000
const root = fileURLToPath(new URL('../../', import.meta.url))

/** Runs the module `name` of this folder (it exports `run(report)`). */
export async function guarded(name: string, limitMs: number = caseMs): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'yore-hostile-'))
  const progress = join(folder, 'case')
  const child = spawn(
    process.execPath,
    [
      '--conditions=yore-source',
      '--import',
      './scripts/ts.mjs',
      'test/hostile/child.ts',
      name,
      progress,
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let output = ''
  let errors = ''
  child.stdout.on('data', (text: Buffer) => (output += text.toString()))
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()))
  let last = { text: '', since: performance.now() }
  let stuck: string | null = null
  const timer = setInterval(() => {
    const text = caseAt(progress)
    // until the first case begins there are modules to load
    if (text !== last.text || text === '') last = { text, since: performance.now() }
    else if (performance.now() - last.since > limitMs) {
      stuck = text
      child.kill('SIGKILL')
    }
  }, 250)
  const code = await new Promise<number | null>((done) => child.on('close', done))
  clearInterval(timer)
  const at = caseAt(progress)
  rmSync(folder, { recursive: true, force: true })
  if (stuck !== null) return { cases: 0, faults: [`does not end: ${stuck as string}`] }
  if (code !== 0) return { cases: 0, faults: [`died with ${code} in ${at}: ${errors.slice(-800)}`] }
  return JSON.parse(output.slice(output.lastIndexOf('\n{') + 1)) as Outcome
}

function caseAt(path: string): string {
  try {
    return readFileSync(path, 'utf8').split('\n')[0] ?? ''
  } catch {
    return ''
  }
}
