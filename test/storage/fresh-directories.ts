/** Directories for the tests of a file: `const fresh = freshDirectories()` at its top; what a test has made is gone after it. */

import { afterEach } from 'vitest'
import { makeDirectory } from './places.ts'

export function freshDirectories(): () => string {
  const made: { remove(): void }[] = []
  afterEach(() => made.splice(0).forEach((directory) => directory.remove()))
  return () => {
    const directory = makeDirectory()
    made.push(directory)
    return directory.path
  }
}
