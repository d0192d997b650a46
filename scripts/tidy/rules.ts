/** All rules of the tree, in the order in which their problems are shown. */

import { errorRules } from './errors.ts'
import { importRules } from './imports.ts'
import { textRules } from './text.ts'
import type { Rule } from './tree.ts'

export const rules: readonly Rule[] = [...importRules, ...textRules, ...errorRules]
