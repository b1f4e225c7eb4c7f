import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { type ConnectVerdict, readConnectAnswer } from './answers.ts'
import { Connection } from './connection.ts'
import { type GatewayContext, newRequest } from './context.ts'
import { dispatchDisconnect, dispatchMessage, logFailure } from './dispatch.ts'
import { type Caller, connectEvent } from './events.ts'
import { isHandshake, readHandshake } from './handshake.ts'
import { gatewayId, xrayId } from './ids.ts'
import { IntegrationTimedOut } from './integration.ts'
import { closes } from './limits.ts'

/** An upgrade request as the HTTP server hands it over. */
export interface Upgrade {
  request: IncomingMessage
  socket: Socket
  head: Buffer
}

/** Holds the handshake until `$connect` has answered, then completes or refuses it. */
export async function answerUpgrade(gateway: GatewayContext, upgrade: Upgrade): Promise<void> {
  const { request, socket } = upgrade
  // A client that resets while `$connect` runs.
  socket.on('error', () => socket.destroy())
  if (!isHandshake(request)) return refuse(socket, 400)

  const caller = readCaller(gateway, upgrade)
  const verdict = await askConnect(gateway, upgrade, caller)
  gateway.log({ event: 'connect', connectionId: caller.connectionId, ...verdict })
  if (gateway.stopping.aborted) return refuse(socket, 503)
  if (verdict.kind === 'refuse') return refuse(socket, verdict.status, caller.connectionId)
  establish(gateway, upgrade, caller, verdict.subprotocol)
}

function readCaller(gateway: GatewayContext, { request, socket }: Upgrade): Caller {
  return {
    connectionId: gatewayId(gateway.random),
    connectedAtMs: gateway.clock.now(),
    host: request.headers.host ?? '',
    sourceIp: socket.remoteAddress ?? '',
    userAgent: request.headers['user-agent'],
  }
}

async function askConnect(
  gateway: GatewayContext,
  upgrade: Upgrade,
  caller: Caller,
): Promise<ConnectVerdict> {
  const { request, socket } = upgrade
  const handshake = readHandshake(request.rawHeaders, request.url ?? '/', {
    sourceIp: caller.sourceIp,
    port: socket.localPort ?? 0,
    xrayId: xrayId(gateway.random, caller.connectedAtMs),
  })
  try {
    const event = connectEvent(gateway.api, caller, newRequest(gateway), handshake)
    return readConnectAnswer(await gateway.integration.run('$connect', event))
  } catch (error) {
    logFailure(gateway, '$connect', caller, error)
    return { kind: 'refuse', status: error instanceof IntegrationTimedOut ? 504 : 502 }
  }
}

function establish(
  gateway: GatewayContext,
  { request, socket, head }: Upgrade,
  caller: Caller,
  subprotocol: string | undefined,
): void {
  // `$connect` has let this client in, so its function is told of the end even when nobody is left to be let in.
  const gone = socket.destroyed || !socket.readable || !socket.writable
  if (gone) return void dispatchDisconnect(gateway, caller, closes.lost)
  const handshakes = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    // The library would pick the first offer; what the function says is written below, offered or not.
    handleProtocols: () => false,
  })
  if (subprotocol !== undefined) {
    handshakes.on('headers', head101 => head101.push(`Sec-WebSocket-Protocol: ${subprotocol}`))
  }
  handshakes.handleUpgrade(request, socket, head, webSocket => {
    const connection = new Connection(webSocket, socket, caller, gateway, {
      message: body => dispatchMessage(gateway, connection, body),
      end: close => {
        gateway.connections.delete(caller.connectionId)
        gateway.log({ event: 'disconnect', connectionId: caller.connectionId, ...close })
        void dispatchDisconnect(gateway, caller, close)
      },
    })
    gateway.connections.set(caller.connectionId, connection)
  })
}

function refuse(socket: Duplex, status: number, connectionId?: string): void {
  const reason = STATUS_CODES[status] ?? 'Refused'
  const body = JSON.stringify({ message: reason, connectionId })
  const head = [
    `HTTP/1.1 ${status} ${reason}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}
