/** The process in which one suite of hostile cases runs: `child.ts SUITE PROGRESS-FILE`. Prints the outcome as its last line. */

import { pristine } from './pristine.ts'
import { Report } from './report.ts'

const [name = '', progress = ''] = process.argv.slice(2)
const { run } = (await import(`./${name}.ts`)) as { run: (report: Report) => Promise<void> | void }
const report = new Report(progress)
const changed = pristine()
process.on('unhandledRejection', (error) =>
  report.fault(`an unhandled rejection: ${String(error)}`),
)
await run(report)
// what is rejected late is seen too
await new Promise((done) => setTimeout(done, 20))
for (const text of changed()) report.fault(text)
process.stdout.write(`\n${JSON.stringify({ cases: report.cases, faults: report.faults })}\n`, () =>
  process.exit(0),
)
