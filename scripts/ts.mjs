/**
 * Lets Node 20 run TypeScript files: `node --conditions=yore-source --import ./scripts/ts.mjs FILE.ts`. Types are stripped one file
 * at a time (by esbuild), nothing is bundled and nothing is checked: that is what `npm run types` is for.
 */

import { register } from 'node:module'

register('./ts-hooks.mjs', import.meta.url)
