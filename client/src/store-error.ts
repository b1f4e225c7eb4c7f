/**
 * unavailable: this browser (or its private mode) has no IndexedDB · taken: another client of this device opened the same
 * store after this one · quota: the disk or the site's share of it is full · newer-version: a newer version of this page
 * has changed the database · failed: anything else, see `cause`.
 */
export type StoreFault = 'unavailable' | 'taken' | 'quota' | 'newer-version' | 'failed'

/** The store could not be read or written. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly fault: StoreFault

  constructor(fault: StoreFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.fault = fault
  }
}

/** What a DOMException of IndexedDB means for a page, by its name. */
const FAULTS: Readonly<Record<string, StoreFault>> = {
  ConstraintError: 'taken',
  QuotaExceededError: 'quota',
  VersionError: 'newer-version',
}

/** Whatever IndexedDB threw, as what it means for a page; `otherwise` where its name does not tell. */
export function storeError(error: unknown, name: string, otherwise: StoreFault): StoreError {
  // A DOMException says what it is by its name alone.
  const fault = (error instanceof Error && FAULTS[error.name]) || otherwise
  return new StoreError(fault, `Store "${name}": ${fault}`, { cause: error })
}
