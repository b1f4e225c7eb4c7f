/// <reference lib="dom" />
import { listen } from './listen.ts'
import { storeError } from './store-error.ts'

/*
 * IndexedDB with promises, as much of it as a store needs. https://w3c.github.io/IndexedDB/
 */

/** Opens a database, at its first version, and makes what it needs. Rejects with StoreError or DOMException, or TypeError where there is no IndexedDB. */
export async function openDatabase(
  factory: IDBFactory,
  name: string,
  make: (database: IDBDatabase) => void,
): Promise<IDBDatabase> {
  const request = factory.open(name, 1)
  const { promise, resolve, reject } = Promise.withResolvers<IDBDatabase>()
  const onBlocked = () => {
    reject(storeError(undefined, name, 'blocked'))
    // Nobody waits for one that comes after all.
    listen([request, 'success', () => request.result.close()])
  }
  listen(
    [request, 'upgradeneeded', () => make(request.result)],
    [request, 'success', () => resolve(request.result)],
    [request, 'error', () => reject(request.error)],
    [request, 'blocked', onBlocked],
  )
  return promise
}

/**
 * Asks for something in one transaction, and resolves when all of it is kept: a single request's success is not enough.
 * When it fails, nothing of it is kept.
 */
export async function transact<Asked>(transaction: IDBTransaction, ask: () => Asked): Promise<Asked> {
  let asked: Asked
  try {
    asked = ask()
  } catch (error) {
    transaction.abort()
    throw error
  }
  await new Promise((resolve, reject) => {
    listen([transaction, 'complete', resolve], [transaction, 'abort', () => reject(transaction.error)])
  })
  return asked
}
