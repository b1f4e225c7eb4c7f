import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Connection } from './connection.ts'
import type { GatewayContext } from './context.ts'
import { readBody, sendJson } from './http.ts'
import { MAX_MESSAGE_BYTES, closes } from './limits.ts'

// The errors of the service model, which the SDK tells apart by `x-amzn-errortype`.
const errors = {
  403: { type: 'ForbiddenException', message: 'Forbidden' },
  410: { type: 'GoneException', message: 'Gone' },
  413: { type: 'PayloadTooLargeException', message: 'Message too long' },
  429: { type: 'LimitExceededException', message: 'Rate exceeded' },
  500: { type: 'InternalServerErrorException', message: 'Internal server error' },
} as const

type Answer =
  | { status: 200; body?: Record<string, unknown> }
  | { status: 204 }
  | { status: keyof typeof errors }

/** Presence and shape only ("Signature Version 4 signing process"): local callers have no real credentials. */
const signature = /^AWS4-HMAC-SHA256 Credential=[^,]+, ?SignedHeaders=[^,]+, ?Signature=[0-9a-f]{64}$/

/** The id in `/@connections/{id}`, decoded, or undefined for another path; an undecodable id is nobody's. */
export function readConnectionId(path: string): string | undefined {
  const encoded = /^\/(?:@|%40)connections\/(.+)$/i.exec(path)?.[1]
  if (encoded === undefined) return undefined
  try {
    return decodeURIComponent(encoded)
  } catch {
    return ''
  }
}

/** The `@connections` API ("Use @connections commands in your backend service"). */
export async function answerManagement(
  gateway: GatewayContext,
  request: IncomingMessage,
  response: ServerResponse,
  connectionId: string,
): Promise<void> {
  const answer = signature.test(request.headers.authorization ?? '')
    ? await command(gateway, request, connectionId)
    : ({ status: 403 } as const)
  gateway.log({ event: 'management', method: request.method, connectionId, status: answer.status })
  send(response, answer)
}

async function command(gateway: GatewayContext, request: IncomingMessage, id: string): Promise<Answer> {
  switch (request.method) {
    case 'POST':
      return post(gateway, await readBody(request, MAX_MESSAGE_BYTES), id)
    case 'GET':
      return describe(gateway.connections.get(id))
    case 'DELETE':
      return remove(gateway.connections.get(id))
    default:
      return { status: 403 }
  }
}

/**
 * The quota page has a message above 32 KB "split into multiple frames, each 32 KB or smaller. This applies to
 * @connections commands": so up to 128 KB is taken and sent as such frames, and more is 413.
 */
function post(gateway: GatewayContext, body: Buffer | undefined, id: string): Answer {
  const fault = gateway.faults.postStatus()
  if (fault !== undefined) return { status: fault }
  if (!body) return { status: 413 }
  const outcome = gateway.connections.get(id)?.post(body) ?? 'gone'
  switch (outcome) {
    case 'sent':
      return { status: 200 }
    case 'full':
      return { status: 429 }
    case 'gone':
      return { status: 410 }
  }
}

function describe(connection: Connection | undefined): Answer {
  if (!connection) return { status: 410 }
  const { connectedAtMs, sourceIp, userAgent } = connection.caller
  const body = {
    connectedAt: new Date(connectedAtMs).toISOString(),
    lastActiveAt: new Date(connection.lastActiveAtMs).toISOString(),
    // The service model has the agent as a required member.
    identity: { sourceIp, userAgent: userAgent ?? '' },
  }
  return { status: 200, body }
}

function remove(connection: Connection | undefined): Answer {
  if (!connection) return { status: 410 }
  connection.close(closes.deleted)
  return { status: 204 }
}

function send(response: ServerResponse, answer: Answer): void {
  switch (answer.status) {
    case 200:
      return sendJson(response, 200, answer.body ?? {})
    case 204:
      response.writeHead(204).end()
      return
    default: {
      const { type, message } = errors[answer.status]
      return sendJson(response, answer.status, { message }, { 'x-amzn-errortype': type })
    }
  }
}
