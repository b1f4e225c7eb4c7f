import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { generate } from 'selfsigned'
import type { WorkerRow } from '../../../shared/stores/workers.ts'
import { workerIdOf, workerRowOf } from '../stores/rows.ts'

export interface Seen {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: unknown
}

export interface TestWorker {
  /** The row by which it is found and trusted. */
  readonly row: WorkerRow
  /** Every request that came through, oldest first. */
  readonly seen: Seen[]
  /** Every TCP connection there ever was. */
  readonly sockets: Socket[]
  stop(): Promise<void>
}

export type Respond = (response: ServerResponse, request: IncomingMessage) => void

/** Answers with a status and a body of JSON. */
export function answerWith(status: number, body?: unknown): Respond {
  return response =>
    void response.writeHead(status).end(body === undefined ? undefined : JSON.stringify(body))
}

/** An HTTPS server on loopback as a worker has it, with a certificate for each of the names. */
export async function startTestWorker(
  respond: Respond,
  names: readonly string[] = ['a'],
): Promise<TestWorker> {
  const { cert, key } = await certificateFor(names.map(workerIdOf))
  const seen: Seen[] = []
  const sockets: Socket[] = []
  const server = createServer({ cert, key, minVersion: 'TLSv1.3' }, (request, response) => {
    void note(request, seen).then(() => respond(response, request))
  })
  // Clients that turn away from the certificate are what some tests are about.
  server.on('tlsClientError', () => {})
  server.on('connection', socket => sockets.push(socket as Socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    row: workerRowOf(names[0] ?? 'a', { port, certificate: cert }),
    seen,
    sockets,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

export async function certificateFor(names: readonly string[]): Promise<{ cert: string; key: string }> {
  const made = await generate([{ name: 'commonName', value: names[0] ?? '' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: names.map(value => ({ type: 2, value })) }],
  })
  return { cert: made.cert, key: made.private }
}

async function note(request: IncomingMessage, seen: Seen[]): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString('utf8')
  const body = text === '' ? undefined : (JSON.parse(text) as unknown)
  seen.push({ method: request.method, url: request.url, headers: request.headers, body })
}
