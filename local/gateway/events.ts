import type { Close } from './limits.ts'

export type RouteKey = '$connect' | '$default' | '$disconnect'

/** The API that the events say they come from. */
export interface Api {
  apiId: string
  stage: string
  /** Host and port: nothing may build the callback URL from it on AWS, where a custom domain changes it. */
  domainName: string
}

/** What the gateway remembers of a connection and repeats in each of its events. */
export interface Caller {
  connectionId: string
  connectedAtMs: number
  /** The Host header of the handshake, which `$disconnect` shows again. */
  host: string
  sourceIp: string
  userAgent: string | undefined
}

/** One request of the gateway to a function. */
export interface Request {
  requestId: string
  nowMs: number
}

export interface Handshake {
  headers: Record<string, string[]>
  query: Record<string, string[]>
}

/**
 * The event of `$connect`: the handshake's headers and query, no body, no messageId.
 * The shapes of all three follow events captured on AWS (2022 to 2024), field by field.
 */
export function connectEvent(api: Api, caller: Caller, request: Request, handshake: Handshake) {
  const hasQuery = Object.keys(handshake.query).length > 0
  return {
    headers: lastValues(handshake.headers),
    multiValueHeaders: handshake.headers,
    ...(hasQuery && {
      queryStringParameters: lastValues(handshake.query),
      multiValueQueryStringParameters: handshake.query,
    }),
    requestContext: { routeKey: '$connect', eventType: 'CONNECT', ...context(api, caller, request) },
    isBase64Encoded: false,
  }
}

/** The event of `$default`: body and messageId, no headers, no query. */
export function messageEvent(api: Api, caller: Caller, request: Request, messageId: string, body: string) {
  return {
    requestContext: {
      routeKey: '$default',
      messageId,
      eventType: 'MESSAGE',
      ...context(api, caller, request),
    },
    body,
    isBase64Encoded: false,
  }
}

/** The event of `$disconnect`: the close, and headers that only name the host. */
export function disconnectEvent(api: Api, caller: Caller, request: Request, close: Close) {
  const headers = { Host: [caller.host], 'x-api-key': [''], 'X-Forwarded-For': [''], 'x-restapi': [''] }
  return {
    headers: lastValues(headers),
    multiValueHeaders: headers,
    requestContext: {
      routeKey: '$disconnect',
      disconnectStatusCode: close.code,
      eventType: 'DISCONNECT',
      disconnectReason: close.reason,
      ...context(api, caller, request),
    },
    isBase64Encoded: false,
  }
}

function context(api: Api, caller: Caller, request: Request) {
  return {
    extendedRequestId: request.requestId,
    requestTime: requestTime(request.nowMs),
    messageDirection: 'IN',
    stage: api.stage,
    connectedAt: caller.connectedAtMs,
    requestTimeEpoch: request.nowMs,
    identity: { sourceIp: caller.sourceIp, ...(caller.userAgent && { userAgent: caller.userAgent }) },
    requestId: request.requestId,
    domainName: api.domainName,
    connectionId: caller.connectionId,
    apiId: api.apiId,
  }
}

/** The log format of Apache, in UTC: `22/Nov/2026:06:56:00 +0000`. */
function requestTime(nowMs: number): string {
  const [, day, month, year, time] = new Date(nowMs).toUTCString().split(' ')
  return `${day}/${month}/${year}:${time} +0000`
}

function lastValues(values: Record<string, string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, all]) => [name, all.at(-1) ?? '']))
}
