/** One configuration for the whole repository: tests sit beside their source, end-to-end tests below `tests/`. */
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      '{packages,plugins}/*/{src,page}/**/*.test.{ts,tsx}',
      'examples/*/*.test.ts',
      '{tests,bench}/**/*.test.ts',
    ],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // A file leaves nothing behind in its process, so the next one may have it: a fifth of the suite's processor time was start-up.
    isolate: false,
    // Processes that tests start from source find it stripped and compiled: a third of their time.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compiled') },
    // Most tests wait for processes: three at a time keep two cores busy, and the one-second limits meaningful.
    maxWorkers: 3,
  },
})
