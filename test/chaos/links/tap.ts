import type { IncomingMessage } from 'node:http'
import * as z from 'zod/mini'
import type { RequestGate } from '../../../local/dynamo.ts'
import { jsonOrNothing } from '../../../local/json.ts'

/** Each of these is billed as at least one write. */
const WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'TransactWriteItems', 'BatchWriteItem'])

const tableNamed = z.object({ TableName: z.string() })

const FAILURE = JSON.stringify({
  __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError',
  message: 'The request could not be processed.',
})

/**
 * Stands in the server of the local DynamoDB, counts what is asked for, and answers it with an error when told to
 * ("Error handling with DynamoDB": InternalServerError is a 500).
 */
export class StoreTap {
  readonly #writes = new Map<string, number>()
  failing = false

  /** Goes before the store (`startDynamo`). */
  readonly gate: RequestGate = (request, response, next) => {
    if (this.failing) {
      request.resume()
      response.writeHead(500, { 'content-type': 'application/x-amz-json-1.0' }).end(FAILURE)
      return
    }
    if (WRITES.has(operationOf(request))) this.#countWrite(request)
    next()
  }

  /** Writes by table since the start; those that were answered with an error of ours are not among them. */
  get writes(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#writes)
  }

  /** Listens beside the store, which takes the same pieces of the body. */
  #countWrite(request: IncomingMessage): void {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.once('end', () => {
      const named = tableNamed.safeParse(jsonOrNothing(Buffer.concat(pieces).toString()))
      const table = named.success ? named.data.TableName : 'several'
      this.#writes.set(table, (this.#writes.get(table) ?? 0) + 1)
    })
  }
}

/** "DynamoDB low-level API": the header names the version and the operation. */
function operationOf({ headers }: IncomingMessage): string {
  return String(headers['x-amz-target']).split('.').at(-1) ?? ''
}
