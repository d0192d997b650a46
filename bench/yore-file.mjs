/** Yore in files: durable. */

import { adapter } from './yore-adapter.mjs'

export default adapter('yore-file', 'file')
