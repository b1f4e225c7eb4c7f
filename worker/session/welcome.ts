import type { RefusalCode } from '../../shared/handoff/schemas.ts'
import type { JoinSuccess } from '../../shared/wire/frames/session.ts'
import type { Opening } from '../xmpp/stream.ts'
import type { SessionDeps, SessionStart } from './deps.ts'

/** What became of a session's first login. */
export type FirstLogin =
  /** `replaced`: the session that lost its socket to this one, and does not know it yet. */
  | { readonly kind: 'joined'; readonly registered: boolean; readonly replaced: string | undefined }
  | { readonly kind: 'refused'; readonly code: RefusalCode }
  | { readonly kind: 'unavailable' }

/** API Gateway closes a socket that is idle for 10 minutes; a client pings well before. */
const PING_MS = 240_000

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

type Welcome = Pick<JoinSuccess, 'jid' | 'registered' | 'features'>

/** The frame that welcomes a client: who it is, what the server offers, which limits hold. */
export function joinSuccess(
  start: Omit<SessionStart, 'credential'>,
  deps: SessionDeps,
  welcome: Welcome,
): JoinSuccess {
  const { wireLimits, frameLimits } = deps
  return {
    messageType: 'JOIN_SUCCESS',
    id: start.joinId,
    to: start.username,
    sessionId: start.id,
    ...welcome,
    limits: {
      maxFrameBytes: wireLimits.maxFrameBytes,
      maxContentBytes: wireLimits.maxContentBytes,
      framesPerSecond: frameLimits.rate,
      burst: frameLimits.burst,
      pingMs: PING_MS,
    },
  }
}
