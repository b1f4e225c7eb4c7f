import type { TestProject } from 'vitest/node'
import { planFor, planText } from './parts.ts'
import { prepare } from './prepare.ts'
import { readTarget } from './target.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Variables that the tests of the project get. */
    targetEnvironment: Record<string, string>
  }
}

/** Says what runs on the project's target and what does not, and starts what all files share. Vitest calls what it returns at the end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const target = readTarget({ ...process.env, ...project.config.env })
  console.log(planText(target, planFor(target)))
  await using starting = new AsyncDisposableStack()
  project.provide('targetEnvironment', await prepare(target, starting))
  const running = starting.move()
  return () => running.disposeAsync()
}
