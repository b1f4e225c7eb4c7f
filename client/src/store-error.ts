/**
 * unavailable: this browser (or its private mode) has no IndexedDB · taken: another client of this device opened the same
 * store after this one · quota: the disk or the site's share of it is full · newer-version: a newer version of this page
 * has changed the database · blocked: an older version of this page holds it open · failed: anything else, see `cause`.
 */
export type StoreFault = 'unavailable' | 'taken' | 'quota' | 'newer-version' | 'blocked' | 'failed'

/** The store could not be read or written. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly fault: StoreFault

  constructor(fault: StoreFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.fault = fault
  }
}

/** Whatever IndexedDB threw, as what it means for a page. */
export function storeError(error: unknown, name: string): StoreError {
  if (error instanceof StoreError) return error
  const kind = nameOf(error)
  if (kind === 'ConstraintError') {
    return new StoreError('taken', `Another tab or client of this device has taken the store "${name}".`, {
      cause: error,
    })
  }
  if (kind === 'QuotaExceededError') {
    return new StoreError('quota', 'There is no room left for what the page keeps.', { cause: error })
  }
  if (kind === 'VersionError') {
    return new StoreError('newer-version', 'A newer version of this page has run here: reload this one.', {
      cause: error,
    })
  }
  return new StoreError('failed', `The store "${name}" could not be read or written.`, { cause: error })
}

/** What kind of error; a DOMException says it by its name alone. */
export function nameOf(error: unknown): string | undefined {
  return error instanceof Error ? error.name : undefined
}
