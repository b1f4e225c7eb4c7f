import type { ClientError } from './errors.ts'

/** Those who wait for one thing to happen. */
export class Waiters {
  #waiting: { readonly resolve: () => void; readonly reject: (error: ClientError) => void }[] = []

  wait(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.push({ resolve, reject })
    return promise
  }

  resolve(): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve()
  }

  reject(error: ClientError): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}
