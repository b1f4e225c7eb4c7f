/// <reference lib="dom" />
import { listen } from './listen.ts'

/*
 * IndexedDB with promises, as much of it as a store needs. https://w3c.github.io/IndexedDB/
 */

/** Opens a database, at its first version, and makes what it needs. Rejects with DOMException, or TypeError where there is no IndexedDB. */
export async function openDatabase(
  factory: IDBFactory,
  name: string,
  make: (database: IDBDatabase) => void,
): Promise<IDBDatabase> {
  const request = factory.open(name, 1)
  // Nobody can be in the way of a first version, so `blocked` does not happen.
  listen([request, 'upgradeneeded', () => make(request.result)])
  await new Promise((resolve, reject) => {
    listen([request, 'success', resolve], [request, 'error', () => reject(request.error)])
  })
  return request.result
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
