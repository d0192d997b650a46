import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['yore-source'] },
  ssr: { resolve: { conditions: ['yore-source'] } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 60_000,
    // Processes: a test has the stack that a program has, and one that dies does not take the others along.
    pool: 'forks',
  },
})
