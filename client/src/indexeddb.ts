/// <reference lib="dom" />
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
  request.addEventListener('upgradeneeded', () => make(request.result))
  request.addEventListener('success', () => resolve(request.result))
  request.addEventListener('error', () => reject(request.error))
  request.addEventListener('blocked', () => {
    reject(new StoreError('blocked', 'an older version of this page is open in another tab: reload it'))
    // It may still come, when nobody waits for it any more.
    request.addEventListener('success', () => request.result.close())
  })
  return promise
}

/**
 * Does something in one transaction, and resolves when all of it is kept: a single request's success is not enough. When
 * it fails, nothing of it is kept.
 */
export async function transact<Result>(
  transaction: IDBTransaction,
  work: () => Promise<Result> | Result,
): Promise<Result> {
  const done = new Promise<void>((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve())
    transaction.addEventListener('abort', () => reject(transaction.error))
  })
  const [result] = await Promise.all([orAbort(transaction, work), done])
  return result
}

async function orAbort<Result>(transaction: IDBTransaction, work: () => Promise<Result> | Result) {
  try {
    return await work()
  } catch (error) {
    try {
      transaction.abort()
    } catch {
      // It has aborted by itself, for the same reason.
    }
    throw error
  }
}

export function answer<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error))
  })
}
