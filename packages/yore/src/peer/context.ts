/** What a database value carries beside its facts: the program's functions and the world. */

import type { Env } from '../base/env.ts'
import type { Functions } from './functions.ts'

export interface PeerContext {
  readonly functions: Functions
  readonly env: Env
}
