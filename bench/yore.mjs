/** Yore in memory. */

import { adapter } from './yore-adapter.mjs'

export default adapter('yore', 'memory')
