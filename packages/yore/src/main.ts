/** The public names of Yore. */

export { YoreError } from './base/errors.ts'
