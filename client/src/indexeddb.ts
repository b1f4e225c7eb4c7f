/// <reference lib="dom" />
import { listen } from './listen.ts'
import { StoreError } from './store-error.ts'

/*
 * IndexedDB with promises, as much of it as a store needs. https://w3c.github.io/IndexedDB/
 */

/** Opens a database, at its first version, and makes what it needs. Rejects with StoreError or DOMException. */
export async function openDatabase(
  factory: IDBFactory | undefined,
  name: string,
  make: (database: IDBDatabase) => void,
): Promise<IDBDatabase> {
  if (factory === undefined) throw new StoreError('unavailable', 'no IndexedDB')
  const request = factory.open(name, 1)
  const { promise, resolve, reject } = Promise.withResolvers<IDBDatabase>()
  let isLate = false
  listen(
    [request, 'upgradeneeded', () => make(request.result)],
    // Nobody waits for one that comes after all.
    [request, 'success', () => (isLate ? request.result.close() : resolve(request.result))],
    [request, 'error', () => reject(request.error)],
    [
      request,
      'blocked',
      () => {
        isLate = true
        reject(new StoreError('blocked', 'reload other tabs of this page'))
      },
    ],
  )
  return promise
}

/**
 * Asks for something in one transaction, and resolves when all of it is kept: a single request's success is not enough.
 * When it fails, nothing of it is kept.
 */
export async function transact<Asked>(transaction: IDBTransaction, ask: () => Asked): Promise<Asked> {
  const asked = orAbort(transaction, ask)
  await new Promise((resolve, reject) => {
    listen([transaction, 'complete', resolve], [transaction, 'abort', () => reject(transaction.error)])
  })
  return asked
}

function orAbort<Asked>(transaction: IDBTransaction, ask: () => Asked): Asked {
  try {
    return ask()
  } catch (error) {
    transaction.abort()
    throw error
  }
}
