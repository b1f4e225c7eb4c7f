import { defineConfig } from 'vitest/config'
import { planFor, planText } from './test/target/parts.ts'
import { readTarget, type Target } from './test/target/target.ts'

const target = readTarget(process.env)
const plan = planFor(target)
// Without files nothing below would say why.
if (plan.files.length === 0) process.stdout.write(`${planText(target, plan)}\n`)

/** The integration suite on a target. One stack at a time: two cores carry one Prosody, one gateway and their workers. */
function integration(name: string, on: Target, groupOrder: number) {
  return {
    test: {
      name,
      include: [...planFor(on).files],
      env: { TARGET: on.name },
      globalSetup: 'test/target/global-setup.ts',
      setupFiles: 'test/target/setup.ts',
      testTimeout: 60_000,
      hookTimeout: 120_000,
      sequence: { groupOrder },
      fileParallelism: false,
    },
  }
}

export default defineConfig({
  test: {
    passWithNoTests: plan.files.length === 0,
    projects: [
      {
        test: {
          name: 'unit',
          // All but those that need a whole stack, so that no new folder is passed over.
          include: ['test/**/*.test.ts'],
          exclude: ['test/integration/**', 'test/browser/**'],
          testTimeout: 30_000,
        },
      },
      integration('integration', target, 0),
      // Wiring errors shall be found here and not in an account.
      ...(target.name === 'local' ? [integration('template', { name: 'template' }, 1)] : []),
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // One browser and one stack at a time, as above; and after the others, whose load would slow it down.
          sequence: { groupOrder: 2 },
          fileParallelism: false,
        },
      },
    ],
  },
})
