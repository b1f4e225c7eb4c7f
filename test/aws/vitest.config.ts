import { defineConfig } from 'vitest/config'

/** Tests against emulators of AWS; the runners beside this file start those and name the files. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/aws/suites/*.suite.ts', 'test/shared/stores/dynamo.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // They share one emulator, and some of them its tables.
    fileParallelism: false,
  },
})
