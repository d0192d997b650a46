/** A case without end, on purpose. */

import type { Report } from './report.ts'

export function run(report: Report): void {
  report.call('for ever', () => {
    for (;;) report.cases += 0
  })
}
