import type { Join, JoinSuccess, JoinWithToken } from '../../shared/wire/frames/session.ts'
import type { SavedSession } from './store.ts'
import type { Credentials, Self } from './types.ts'
import type { UplinkLimits } from './uplink.ts'

/** The version of sequenced frames that this client speaks. */
const PROTOCOL = 1

/** Where this side stands, both ways. */
export type Standing = Omit<JoinWithToken, 'messageType' | 'protocol' | 'token'>
export type Sequence = NonNullable<JoinSuccess['sequence']>

/** The way back into a session that the bridge may still hold. */
export function joinWithToken({ token }: SavedSession, standing: Standing): JoinWithToken {
  return { messageType: 'JOIN', protocol: PROTOCOL, token, ...standing }
}

/** A session of its own. */
export function joinWithPassword({ username, password, register }: Credentials): Join {
  return { messageType: 'JOIN', protocol: PROTOCOL, username, password, register }
}

/** What a later start needs to come back into this session. */
export function toSavedSession(frame: JoinSuccess, { token, epoch }: Sequence): SavedSession {
  const { sessionId, jid, features, limits } = frame
  const { maxTextBytes = limits.maxContentBytes } = limits
  return { sessionId, token, epoch, jid, archive: features.archive, resume: features.resume, maxTextBytes }
}

/** The wire's own sizes where the bridge names none: one frame at a time is always allowed. */
export function toUplinkLimits({ limits }: JoinSuccess): UplinkLimits {
  const { maxContentBytes, window = 1, maxBatchBytes = 2 * maxContentBytes } = limits
  return { maxContentBytes, maxBatchBytes, frames: window, bytes: limits.windowBytes ?? maxBatchBytes }
}

/** The user, as the store or the bridge has it. */
export function selfOf({ jid, resume, archive }: SavedSession): Self {
  return { jid: jid.split('/', 1)[0] ?? jid, features: { resume, archive } }
}
