import type { SessionRow } from '../../shared/stores/sessions.ts'
import type { NewRow } from '../rows.ts'

/** A session's first owner has the first tenure. */
const FIRST_EPOCH = 1
/** Its first XMPP stream. */
const FIRST_STREAM = 1

/** The row of a session that is about to log in, without what the login tells. */
export function newRow({
  connectionId,
  ...known
}: Pick<SessionRow, 'sessionId' | 'username' | 'owner' | 'mode' | 'openedAt'> & {
  readonly connectionId: string
}): NewRow {
  return {
    ...known,
    epoch: FIRST_EPOCH,
    stream: FIRST_STREAM,
    jid: '',
    credential: '',
    sockets: [{ connectionId }],
    tokens: [],
  }
}
