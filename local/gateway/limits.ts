import type { FrameHeader } from './frames.ts'

// The sizes and times of "Quotas for configuring and running a WebSocket in API Gateway". None can be raised.

export const MAX_WEBSOCKET_FRAME_BYTES = 32 * 1024
export const MAX_MESSAGE_BYTES = 128 * 1024
/** The page's "Integration timeout", the same for all three routes. */
export const INTEGRATION_TIMEOUT_MS = 29_000
/** A frame in either direction, ping and pong included, starts these ten minutes again. */
export const IDLE_TIMEOUT_MS = 10 * 60_000
export const MAX_CONNECTION_MS = 2 * 60 * 60_000

/**
 * How much may wait for a slow reader before a POST is answered 429. AWS names the reason in the service model
 * of its SDK ("the WebSocket client side buffer is full") but no size: 1 MiB is eight of the largest messages,
 * so a short stall passes and a reader that has stopped is noticed.
 */
export const CLIENT_BUFFER_BYTES = 1024 * 1024

/** A close code and its words, as the peer's close frame and the `$disconnect` event carry them. */
export interface Close {
  code: number
  reason: string
}

/**
 * Codes and words from captured `$disconnect` events and the pages named beside the rules in test/local/gateway;
 * the words of 1003, 1006 and 1009 are written down nowhere.
 */
export const closes = {
  deleted: { code: 1000, reason: 'Connection Closed Normally' },
  goingAway: { code: 1001, reason: 'Going away' },
  binary: { code: 1003, reason: 'Binary is not supported' },
  unset: { code: 1005, reason: 'Client-side close frame status not set' },
  lost: { code: 1006, reason: 'Connection Closed Abnormally' },
  tooLarge: { code: 1009, reason: 'Message too big' },
} as const satisfies Record<string, Close>

const BINARY = 0x2

/** Why a frame ends its connection, from its header alone; undefined when the frame may pass. */
export function judgeFrame(frame: FrameHeader): Close | undefined {
  if (frame.opcode === BINARY) return closes.binary
  if (frame.payloadBytes > MAX_WEBSOCKET_FRAME_BYTES) return closes.tooLarge
  if (frame.messageBytes > MAX_MESSAGE_BYTES) return closes.tooLarge
  return undefined
}

export type LifeLeft = { kind: 'close'; close: Close } | { kind: 'wait'; ms: number }

/** Whether a connection is over its total time or was silent until `silentMs`, or how many milliseconds until the next look. */
export function lifeLeft(openedMs: number, silentMs: number, nowMs: number): LifeLeft {
  const endsMs = Math.min(openedMs + MAX_CONNECTION_MS, silentMs)
  if (nowMs >= endsMs) return { kind: 'close', close: closes.goingAway }
  return { kind: 'wait', ms: Math.ceil(endsMs - nowMs) }
}

/** The end that a socket's own close event tells of, in the words of `$disconnect`. */
export function clientClose(code: number, reason: string): Close {
  if (code === closes.unset.code) return closes.unset
  if (code === closes.lost.code) return closes.lost
  return { code, reason }
}
