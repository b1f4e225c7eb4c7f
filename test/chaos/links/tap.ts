import type { IncomingMessage, ServerResponse } from 'node:http'
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

/** A write that the store has answered. */
export interface StoreWrite {
  /** The access key that signed it. */
  readonly by: string
  readonly operation: string
  readonly table: string
  /** The body, as JSON. */
  readonly request: unknown
  /** Whether it took place: its condition held. */
  readonly taken: boolean
}

/**
 * Stands in the server of the local DynamoDB, counts what is asked for, and answers it with an error when told to
 * ("Error handling with DynamoDB": InternalServerError is a 500).
 */
export class StoreTap {
  readonly #writes = new Map<string, number>()
  readonly #onWrite: (write: StoreWrite) => void
  failing = false

  /** `onWrite` takes each write as it is answered; those to one row come in the order in which the store did them. */
  constructor(onWrite: (write: StoreWrite) => void = () => undefined) {
    this.#onWrite = onWrite
  }

  /** Goes before the store (`startDynamo`). */
  readonly gate: RequestGate = (request, response, next) => {
    if (this.failing) {
      request.resume()
      response.writeHead(500, { 'content-type': 'application/x-amz-json-1.0' }).end(FAILURE)
      return
    }
    if (WRITES.has(operationOf(request))) this.#follow(request, response)
    next()
  }

  /** Writes by table since the start; those that were answered with an error of ours are not among them. */
  get writes(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#writes)
  }

  /** Listens beside the store, which takes the same pieces of the body. */
  #follow(request: IncomingMessage, response: ServerResponse): void {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.once('end', () => {
      const body = jsonOrNothing(Buffer.concat(pieces).toString())
      const named = tableNamed.safeParse(body)
      const table = named.success ? named.data.TableName : 'several'
      this.#writes.set(table, (this.#writes.get(table) ?? 0) + 1)
      const write = { by: signerOf(request), operation: operationOf(request), table, request: body }
      onAnswer(response, status => this.#onWrite({ ...write, taken: status === 200 }))
    })
  }
}

/**
 * The store answers in the same turn in which it lets go of the row, before any other write gets at it. Whether the answer
 * arrives is another matter (it has no 'finish' when its reader is gone), so the call itself is what is heard.
 */
function onAnswer(response: ServerResponse, heard: (status: number) => void): void {
  const end = response.end.bind(response)
  response.end = (...args: unknown[]) => {
    heard(response.statusCode)
    return Reflect.apply(end, response, args)
  }
}

/** "DynamoDB low-level API": the header names the version and the operation. */
function operationOf({ headers }: IncomingMessage): string {
  return String(headers['x-amz-target']).split('.').at(-1) ?? ''
}

/** "Signature Version 4": `Credential=<access key>/<date>/<Region>/dynamodb/aws4_request`. */
function signerOf({ headers }: IncomingMessage): string {
  return /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? 'nobody'
}
