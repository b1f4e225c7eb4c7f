import type { RefusalCode } from '../../shared/handoff/schemas.ts'
import type { JoinSuccess } from '../../shared/wire/frames/session.ts'
import type { WireLimits } from '../translate/effects.ts'
import type { Opening } from '../xmpp/stream.ts'
import type { SessionDeps } from './deps.ts'

/** What became of a session's first login. */
export type FirstLogin =
  /** `replaced`: the session that lost its socket to this one, and does not know it yet. */
  | { readonly kind: 'joined'; readonly registered: boolean; readonly replaced: string | undefined }
  | { readonly kind: 'refused'; readonly code: RefusalCode }
  | { readonly kind: 'unavailable' }

export type Mode = 'simple' | 'sequenced'

/** API Gateway closes a socket that is idle for 10 minutes; a client pings well before. */
const PING_MS = 240_000
/** API Gateway meters posts in steps of 32 KiB and takes no frame beyond; the rest is for what JSON adds. */
export const MAX_BATCH_BYTES = 28_672
/** What a batch has around its frames. */
const BATCH_HEADER_BYTES = 256
/** Text of one frame: three fit into a batch, so that one long message is no obstacle for the others. */
const MAX_CONTENT_BYTES = 8192
/** What XMPP servers and archives take as one message without trouble. */
const MAX_TEXT_BYTES = 65_536
/** A client keeps so much until it is acknowledged. */
const WINDOW = 32
const WINDOW_BYTES = 131_072
/** API Gateway closes every socket after 2 h. Not all clients of a restarted bridge roll in the same minute. */
const ROLL_MS = 6_600_000
const ROLL_SPREAD_MS = 300_000
/**
 * A cut may be shared with every other client, and a socket does not say. API Gateway takes 500 new connections a second
 * ("Amazon API Gateway quotas"), and who came earlier was told a shorter time, when there were fewer: at 120 for each
 * second of the spread a thousand that joined one by one come back at no more than some 460 a second.
 */
const BACK_PER_SECOND = 120
const SHORTEST_SPREAD_MS = 500
const LONGEST_SPREAD_MS = 30_000

/** What a login that did not succeed means to the person who tried. */
export function outcomeOf(opening: Exclude<Opening, { kind: 'online' }>): FirstLogin {
  if (opening.kind === 'failed') return { kind: 'unavailable' }
  switch (opening.code) {
    case 'not-authorized':
    // Somebody else has this name.
    case 'account-exists':
      return { kind: 'refused', code: 'bad-credentials' }
    case 'registration-refused':
      return { kind: 'refused', code: 'registration-refused' }
    // Settings of the bridge or the server, which the log names; not the fault of who signs in.
    case 'insecure':
    case 'no-mechanism':
      return { kind: 'unavailable' }
  }
}

/** What a session of this mode keeps its frames to. */
export function wireLimitsOf(mode: Mode, { wireLimits }: SessionDeps): WireLimits {
  if (mode === 'simple') return { ...wireLimits, maxTextBytes: wireLimits.maxContentBytes }
  return {
    maxContentBytes: MAX_CONTENT_BYTES,
    maxTextBytes: MAX_TEXT_BYTES,
    maxFrameBytes: MAX_BATCH_BYTES - BATCH_HEADER_BYTES,
  }
}

type Welcome = Omit<JoinSuccess, 'messageType' | 'limits'>

/** The frame that welcomes a client: who it is, what the server offers, which limits hold. */
export function joinSuccess(mode: Mode, deps: SessionDeps, welcome: Welcome): JoinSuccess {
  const { maxFrameBytes, maxContentBytes } = wireLimitsOf(mode, deps)
  const { rate, burst } = deps.frameLimits
  const limits = { maxFrameBytes, maxContentBytes, framesPerSecond: rate, burst, pingMs: PING_MS }
  const more = mode === 'sequenced' ? sequencedLimits(deps) : {}
  return { messageType: 'JOIN_SUCCESS', ...welcome, limits: { ...limits, ...more } }
}

/** In how much time to come back after a cut, with so many sessions on all workers. */
export function reconnectSpreadMs(sessions: number): number {
  const ms = Math.ceil((sessions * 1000) / BACK_PER_SECOND)
  return Math.min(LONGEST_SPREAD_MS, Math.max(SHORTEST_SPREAD_MS, ms))
}

function sequencedLimits({ random, fleetSessions }: SessionDeps): Partial<JoinSuccess['limits']> {
  return {
    maxBatchBytes: MAX_BATCH_BYTES,
    maxTextBytes: MAX_TEXT_BYTES,
    window: WINDOW,
    windowBytes: WINDOW_BYTES,
    rollMs: Math.round(ROLL_MS + (random() * 2 - 1) * ROLL_SPREAD_MS),
    reconnectSpreadMs: reconnectSpreadMs(fleetSessions()),
  }
}
