/** A case that ends the process, on purpose. */

import type { Report } from './report.ts'

export function run(report: Report): void {
  report.call('the end', () => process.exit(7))
}
