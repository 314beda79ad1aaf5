import { defineConfig } from 'vitest/config'

/** One configuration for the whole repository: tests sit beside their source, end-to-end tests below `tests/`. */
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
    // Most tests wait for processes: two at a time keep two cores busy, and the one-second limits meaningful.
    maxWorkers: 2,
  },
})
