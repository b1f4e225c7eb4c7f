import { vi } from 'vitest'

/** Resolves when the condition holds, which is looked at every few milliseconds; else fails and says what was awaited. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  await vi.waitUntil(holds, { timeout: 30_000, interval: 20 }).catch(() => {
    throw new Error(`never came: ${what}`)
  })
}
