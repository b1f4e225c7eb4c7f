import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as z from 'zod/mini'
import { pathOf, readBody, sendJson } from '../../local/gateway/http.ts'
import { MAX_MESSAGE_BYTES } from '../../local/gateway/limits.ts'
import { readConnectionId } from '../../local/gateway/management.ts'
import { workerRow, type WorkerRow } from '../../shared/stores/workers.ts'

/**
 * Stands for AWS beside a worker: takes whatever is pushed to whomever, and whatever is written to the store, and answers
 * at once. So a login at the hand-off API needs no socket at a gateway.
 */
export class Sink {
  readonly #server = createServer((request, response) => void this.#answer(request, response))
  readonly #awaited = new Map<string, () => void>()
  readonly #workers = new Map<string, WorkerRow>()

  /** Resolves with the address for MANAGEMENT_ENDPOINT and for the store. */
  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Resolves when JOIN_SUCCESS is pushed to the connection. */
  welcomed(connectionId: string): Promise<void> {
    return new Promise(resolve => this.#awaited.set(connectionId, resolve))
  }

  /** The row that a worker has written of itself. */
  workerRow(workerId: string): WorkerRow {
    const row = this.#workers.get(workerId)
    if (row === undefined) throw new Error(`The worker ${workerId} has not written its row.`)
    return row
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await readBody(request, MAX_MESSAGE_BYTES))?.toString() ?? ''
    if (request.method === 'DELETE') response.writeHead(204).end()
    else sendJson(response, 200, {})
    const connectionId = readConnectionId(pathOf(request))
    if (connectionId === undefined) this.#stored(body)
    else if (body.includes('"JOIN_SUCCESS"')) this.#welcomed(connectionId)
  }

  #welcomed(connectionId: string): void {
    this.#awaited.get(connectionId)?.()
    this.#awaited.delete(connectionId)
  }

  /** A request of "PutItem", Amazon DynamoDB API Reference; only the row of a worker is kept. */
  #stored(body: string): void {
    if (!body.includes('"certificate"')) return
    const { Item: item } = putItem.parse(JSON.parse(body))
    const values = Object.entries(item).map(([name, value]) => [
      name,
      'S' in value ? value.S : Number(value.N),
    ])
    const row = workerRow.parse(Object.fromEntries(values))
    this.#workers.set(row.workerId, row)
  }
}

const putItem = z.object({
  Item: z.record(z.string(), z.union([z.object({ S: z.string() }), z.object({ N: z.string() })])),
})
