import { vi } from 'vitest'

/** The first truthy answer. The limit is for a broken test alone: what is waited for comes within milliseconds. */
export function eventually<T>(look: () => T): Promise<NonNullable<T>> {
  return vi.waitUntil(look, { interval: 2, timeout: 10_000 }) as Promise<NonNullable<T>>
}
