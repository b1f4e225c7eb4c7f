import type { Clock } from '../shared/clock.ts'
import type { Connections } from '../shared/stores/connections.ts'
import type { Sessions } from '../shared/stores/sessions.ts'
import { unixSeconds } from '../shared/stores/table.ts'
import type { Logger } from './log.ts'

/** The rows by which functions find a session of this worker. */
export interface Rows {
  /** Writes them. When that fails nothing of them is left that could mislead. */
  claim(session: ClaimedSession): Promise<Claim>
  /** Never fails: what cannot be deleted expires. */
  release(session: ClaimedSession): Promise<void>
  /** The worker that holds a session which is not held here; undefined when nobody does. */
  ownerElsewhere(sessionId: string): Promise<string | undefined>
}

/** `replaced`: the session that the socket belonged to until then. */
export type Claim = { readonly ok: true; readonly replaced: string | undefined } | { readonly ok: false }

export interface ClaimedSession {
  readonly sessionId: string
  readonly connectionId: string
  readonly username: string
  readonly jid: string
}

export interface RowsOptions {
  readonly workerId: string
  readonly sessions: Sessions
  readonly connections: Connections
  readonly clock: Clock
  readonly log: Logger
}

/** A socket lives 2 h at most (API Gateway), and a simple session no longer than its socket. */
const ROW_LIFE_MS = 3 * 3_600_000
/** A session's first owner has the first tenure. */
const FIRST_EPOCH = 1

export function makeRows({ workerId, sessions, connections, clock, log }: RowsOptions): Rows {
  const tenure = (sessionId: string) => ({ sessionId, owner: workerId, epoch: FIRST_EPOCH })
  return {
    async claim({ sessionId, connectionId, username, jid }) {
      const expiresAt = unixSeconds(clock.now() + ROW_LIFE_MS)
      const sockets = [{ connectionId, mode: 'simple' as const }]
      try {
        if (!(await sessions.create({ ...tenure(sessionId), username, jid, sockets, expiresAt })))
          return { ok: false }
        return { ok: true, replaced: await connections.put({ connectionId, sessionId, expiresAt }) }
      } catch (cause) {
        log.error({ err: cause, sessionId }, 'the rows of a session could not be written')
        return { ok: false }
      }
    },
    async release({ sessionId, connectionId }) {
      const removed = await Promise.allSettled([
        connections.remove(connectionId, sessionId),
        sessions.remove(tenure(sessionId)),
      ])
      for (const result of removed) {
        if (result.status === 'rejected')
          log.warn({ err: result.reason as unknown, sessionId }, 'a row is left to expire')
      }
    },
    async ownerElsewhere(sessionId) {
      const owner = (await sessions.get(sessionId))?.owner
      return owner === workerId ? undefined : owner
    },
  }
}
