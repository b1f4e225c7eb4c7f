import * as z from 'zod/mini'

const proxyAnswer = z.object({
  statusCode: z.int().check(z.minimum(200), z.maximum(599)),
  headers: z.nullish(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
})

/** RFC 6455 11.3.4 allows a server one token; anything else would break the handshake's head. */
const subprotocol = z.string().check(z.regex(/^[\w!#$%&'*+.^`|~-]+$/))

export type ConnectVerdict =
  | { kind: 'accept'; subprotocol: string | undefined }
  | { kind: 'refuse'; status: number }

/**
 * What the answer of the `$connect` function means: only 2xx lets the client in, any other status is passed on,
 * and what is no proxy answer at all is a bad gateway. The one header that counts is `Sec-WebSocket-Protocol`
 * ("Setting up a $connect route that requires a WebSocket subprotocol").
 */
export function readConnectAnswer(result: unknown): ConnectVerdict {
  const answer = proxyAnswer.safeParse(result)
  if (!answer.success) return { kind: 'refuse', status: 502 }
  const { statusCode, headers } = answer.data
  if (statusCode >= 300) return { kind: 'refuse', status: statusCode }
  const chosen = Object.entries(headers ?? {}).find(
    ([name]) => name.toLowerCase() === 'sec-websocket-protocol',
  )
  if (!chosen) return { kind: 'accept', subprotocol: undefined }
  const token = subprotocol.safeParse(chosen[1])
  return token.success ? { kind: 'accept', subprotocol: token.data } : { kind: 'refuse', status: 502 }
}

/** Whether a function answered as a proxy integration must; without a route response the rest is not looked at. */
export function isProxyAnswer(result: unknown): boolean {
  return proxyAnswer.safeParse(result).success
}

export type GatewayMessage = 'Internal server error' | 'Endpoint request timed out'

/** The frame that the gateway itself sends when the function behind `$default` gave no answer. */
export function inBandError(message: GatewayMessage, connectionId: string, requestId: string): string {
  return JSON.stringify({ message, connectionId, requestId })
}
