/** The command `npm run tidy`: every place where the tree breaks one of its rules. test/tidy.test.ts asks the same. */

import { rules } from './rules.ts'
import { readTree } from './tree.ts'

const files = readTree()
let count = 0
for (const rule of rules) {
  for (const { path, message } of rule.check(files)) {
    process.stdout.write(`${path}: ${message}\n`)
    count++
  }
}
process.stdout.write(`${count} problems in ${files.length} files\n`)
process.exitCode = count === 0 ? 0 : 1
