/** Every storage keeps the contract. */

import { describe, test } from 'vitest'
import { storageSuite } from '../../packages/yore/src/testing/storage-suite.ts'
import { places } from './places.ts'

describe.each(Object.entries(places))('%s', (_, make) => {
  test.each(storageSuite)('$name', (one) => one.run(make))
})
