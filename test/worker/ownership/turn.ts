import type { FakeClock } from '../../support/fake-clock.ts'

/** Everything that waits for no timer has run. */
export function settled(): Promise<void> {
  return new Promise(resolve => void setImmediate(resolve))
}

/** Lets time pass in steps that are short beside every period, and what each step sets off run out. */
export async function turn(
  clock: FakeClock,
  ms: number,
  afterEach: () => void = () => undefined,
): Promise<void> {
  const STEP_MS = 100
  for (let passedMs = 0; passedMs < ms; passedMs += STEP_MS) {
    clock.advance(Math.min(STEP_MS, ms - passedMs))
    await settled()
    afterEach()
  }
}
