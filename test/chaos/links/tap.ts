import type { IncomingMessage, ServerResponse } from 'node:http'
import * as z from 'zod/mini'
import type { RequestGate } from '../../../local/dynamo.ts'
import { mulberry32 } from '../../../local/gateway/faults.ts'
import { jsonOrNothing } from '../../../local/json.ts'
import type { Random } from '../plan/draw.ts'

/** Each of these is billed as at least one write. */
const WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'TransactWriteItems', 'BatchWriteItem'])

const tableNamed = z.object({ TableName: z.string() })

interface Refusal {
  readonly status: number
  readonly error: string
  readonly message: string
}

/** "Error handling with DynamoDB" has both; the SDK tries again after either. */
const FAILED: Refusal = {
  status: 500,
  error: 'InternalServerError',
  message: 'The request could not be processed.',
}
const THROTTLED: Refusal = {
  status: 400,
  error: 'ProvisionedThroughputExceededException',
  message: 'The level of configured provisioned throughput for the table was exceeded.',
}

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
 * Stands in the server of the local DynamoDB, counts what is asked for, and answers it with an error when told to: all of it
 * as a store that fails, or a share as one that is asked for too much.
 */
export class StoreTap {
  readonly #writes = new Map<string, number>()
  readonly #onWrite: (write: StoreWrite) => void
  readonly #random: Random
  failing = false
  /** The share of all that is asked which is throttled, from 0 to 1. */
  throttled = 0

  /**
   * `onWrite` takes each write as it is answered; those to one row come in the order in which the store did them. `random` says
   * what is throttled: as the order of calls is another in each run, so is what is hit, whatever the seed.
   */
  constructor(onWrite: (write: StoreWrite) => void = () => undefined, random: Random = mulberry32(1)) {
    this.#onWrite = onWrite
    this.#random = random
  }

  /** Goes before the store (`startDynamo`). */
  readonly gate: RequestGate = (request, response, next) => {
    const refusal = this.#refusal()
    if (refusal !== undefined) {
      request.resume()
      refuse(response, refusal)
      return
    }
    if (WRITES.has(operationOf(request))) this.#follow(request, response)
    next()
  }

  /** Writes by table since the start; those that were answered with an error of ours are not among them. */
  get writes(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#writes)
  }

  #refusal(): Refusal | undefined {
    if (this.failing) return FAILED
    return this.throttled > 0 && this.#random() < this.throttled ? THROTTLED : undefined
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

function refuse(response: ServerResponse, { status, error, message }: Refusal): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
  response.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${error}`, message }))
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
