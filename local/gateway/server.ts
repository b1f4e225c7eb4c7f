import { readFile } from 'node:fs/promises'
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { Socket } from 'node:net'
import { type Clock, systemClock, within } from '../../shared/clock.ts'
import { listenOn } from '../ports.ts'
import { answerAdmin } from './admin.ts'
import type { GatewayContext } from './context.ts'
import { Faults } from './faults.ts'
import { pathOf, sendJson } from './http.ts'
import type { Random } from './ids.ts'
import { Integration, type Invoke } from './integration.ts'
import { closes, IDLE_TIMEOUT_MS } from './limits.ts'
import { answerManagement, readConnectionId } from './management.ts'
import { answerUpgrade } from './upgrade.ts'

/** How long `stop` waits for functions and clients: enough for `$disconnect`, short enough for Ctrl-C. */
const STOP_WAIT_MS = 2_000

/** Files by the path they are asked for with: where they are, and what they are. */
export type Pages = Readonly<Record<string, { readonly file: string; readonly type: string }>>

export interface GatewayOptions {
  /** 0 takes a free one. */
  port: number
  invoke: Invoke
  clock?: Clock
  log?: (entry: Record<string, unknown>) => void
  /** Files that `GET` serves, by path. */
  pages?: Pages
  stage?: string
  random?: Random
  /** Shorter than the ten minutes of AWS, for tests in which hours are to pass. */
  idleMs?: number
}

export interface Gateway {
  port: number
  /** For clients: ws://127.0.0.1:PORT */
  url: string
  /** For the SDK's ApiGatewayManagementApiClient: http://127.0.0.1:PORT */
  managementEndpoint: string
  stop(): Promise<void>
}

/**
 * Starts an API Gateway WebSocket API on loopback: sockets on any path, `/@connections/{id}` for the SDK,
 * `/_local/…` for tests. Each of its rules is a test in test/local/gateway, with its source.
 * @throws PortTaken
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const clock = options.clock ?? systemClock
  const stopping = new AbortController()
  const server = createServer()
  const port = await listenOn(server, options.port, 'PORT')
  const gateway: GatewayContext = {
    api: { apiId: 'local', stage: options.stage ?? 'local', domainName: `127.0.0.1:${port}` },
    clock,
    idleMs: options.idleMs ?? IDLE_TIMEOUT_MS,
    random: options.random ?? Math.random,
    integration: new Integration(options.invoke, clock),
    faults: new Faults(),
    connections: new Map(),
    log: options.log ?? (() => {}),
    stopping: stopping.signal,
  }
  const sockets = track(server)
  server.on(
    'upgrade',
    (request, socket: Socket, head) => void answerUpgrade(gateway, { request, socket, head }),
  )
  server.on(
    'request',
    (request, response) => void answerRequest(gateway, options.pages ?? {}, request, response),
  )

  return {
    port,
    url: `ws://127.0.0.1:${port}`,
    managementEndpoint: `http://127.0.0.1:${port}`,
    async stop() {
      stopping.abort()
      const closed = new Promise(resolve => server.close(resolve))
      for (const connection of gateway.connections.values()) connection.close(closes.goingAway)
      await within(clock, STOP_WAIT_MS, Promise.all([closed, gateway.integration.settled()]))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

async function answerRequest(
  gateway: GatewayContext,
  pages: Pages,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const path = pathOf(request)
    const connectionId = readConnectionId(path)
    if (connectionId !== undefined) await answerManagement(gateway, request, response, connectionId)
    else if (path.startsWith('/_local/')) await answerAdmin(gateway, request, response)
    else if (request.method === 'GET' && Object.hasOwn(pages, path)) await sendPage(pages[path], response)
    else sendJson(response, 404, { message: 'Not Found' })
  } catch (error) {
    gateway.log({ event: 'request-failed', path: request.url, error: String(error) })
    response.destroy()
  }
}

async function sendPage(page: Pages[string] | undefined, response: ServerResponse): Promise<void> {
  if (page === undefined) return
  const body = await readFile(page.file)
  response.writeHead(200, { 'content-type': `${page.type}; charset=utf-8`, 'cache-control': 'no-store' })
  response.end(body)
}

/** Every open TCP connection: upgraded ones are not closed by the HTTP server. */
function track(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>()
  server.on('connection', socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return sockets
}
