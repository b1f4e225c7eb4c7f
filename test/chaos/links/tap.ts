import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import * as z from 'zod/mini'
import { readBody } from '../../../local/gateway/http.ts'
import { jsonOrNothing } from '../../../local/json.ts'
import { listenOn } from '../../../local/ports.ts'

/** Each of these is billed as at least one write. */
const WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'TransactWriteItems', 'BatchWriteItem'])

/** "Service, account, and table quotas in Amazon DynamoDB": no request is longer than 16 MB. */
const MAX_REQUEST_BYTES = 16 * 1024 * 1024
const tableNamed = z.object({ TableName: z.string() })

const FAILURE = JSON.stringify({
  __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError',
  message: 'The request could not be processed.',
})

/**
 * Stands before the local DynamoDB, counts what is asked for, and answers it with an error when told to
 * ("Error handling with DynamoDB": InternalServerError is a 500).
 */
export class StoreTap {
  readonly #target: string
  readonly #agent = new Agent({ keepAlive: true })
  readonly #server = createServer((incoming, answer) => void this.#handle(incoming, answer))
  readonly #writes = new Map<string, number>()
  #port = 0
  failing = false

  private constructor(target: string) {
    this.#target = target
  }

  /** `target` is the endpoint behind it. */
  static async open(target: string): Promise<StoreTap> {
    const tap = new StoreTap(target)
    tap.#port = await listenOn(tap.#server, 0, 'the tap')
    return tap
  }

  get port(): number {
    return this.#port
  }

  /** Writes by table since the start; those that were answered with an error of ours are not among them. */
  get writes(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#writes)
  }

  async stop(): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve))
    this.#server.closeAllConnections()
    this.#agent.destroy()
    await closed
  }

  async #handle(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    incoming.on('error', () => undefined)
    answer.on('error', () => undefined)
    if (this.failing) {
      incoming.resume()
      return void answer.writeHead(500, { 'content-type': 'application/x-amz-json-1.0' }).end(FAILURE)
    }
    // "DynamoDB low-level API": the header names the version and the operation.
    const name = String(incoming.headers['x-amz-target']).split('.').at(-1) ?? ''
    const body = await readBody(incoming, MAX_REQUEST_BYTES).catch(() => undefined)
    if (body === undefined) return void answer.destroy()
    if (WRITES.has(name)) this.#count(body)
    const { method, headers, url = '/' } = incoming
    const onward = request(new URL(url, this.#target), { method, headers, agent: this.#agent }, response => {
      answer.writeHead(response.statusCode ?? 502, response.headers)
      response.pipe(answer)
    })
    onward.on('error', () => answer.destroy())
    onward.end(body)
  }

  #count(body: Buffer): void {
    const named = tableNamed.safeParse(jsonOrNothing(body.toString()))
    const table = named.success ? named.data.TableName : 'several'
    this.#writes.set(table, (this.#writes.get(table) ?? 0) + 1)
  }
}
