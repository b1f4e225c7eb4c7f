import type { ServerOptions } from 'node:https'

/** What a caller may hold of the hand-off server, whether or not it has the token. */
export interface HandoffLimits {
  /** For the TLS handshake. */
  readonly handshakeMs: number
  /** For a whole request to arrive, from its first byte or, for the first one, from the handshake. Answers may take longer. */
  readonly requestMs: number
  /** How often the server looks for requests that are late. */
  readonly checkEveryMs: number
  /** Open at once; what comes beyond is hung up on. */
  readonly connections: number
}

export const HANDOFF_LIMITS: HandoffLimits = {
  // Callers give a handshake up after 1 s.
  handshakeMs: 5000,
  // 128 KB within a network take milliseconds; callers give most calls up after 3 s.
  requestMs: 10_000,
  checkEveryMs: 5000,
  // Each instance of a function keeps one connection, and an account has 1,000 ("Lambda quotas") until it asks for more;
  // each costs some 50 KB, so that these take 400 MB.
  connections: 8192,
}

/** Node's own are 120 s, 60 s and none at all as Fastify sets it, which half-open connections would sit out. */
export function timeLimits({
  handshakeMs,
  requestMs,
  checkEveryMs,
}: HandoffLimits): Pick<
  ServerOptions,
  'handshakeTimeout' | 'headersTimeout' | 'requestTimeout' | 'connectionsCheckingInterval'
> {
  return {
    handshakeTimeout: handshakeMs,
    headersTimeout: requestMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: checkEveryMs,
  }
}
