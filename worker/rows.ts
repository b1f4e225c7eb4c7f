import type { Clock } from '../shared/clock.ts'
import type { Connections } from '../shared/stores/connections.ts'
import type { SessionChange, SessionRow, Sessions, Tenure } from '../shared/stores/sessions.ts'
import { unixSeconds } from '../shared/stores/table.ts'
import type { SessionFence } from './fence.ts'
import type { Logger } from './log.ts'

/**
 * `lost`: another tenure holds the row, or it is gone; nothing was written. `failed`: the table could not be written, or this
 * worker may not write just now, its fence being closed.
 */
export type Saved = 'saved' | 'lost' | 'failed'

/** `replaced`: the session that the socket belonged to until then. */
export type SocketSaved =
  | { readonly kind: 'saved'; readonly replaced: string | undefined }
  | { readonly kind: 'lost' }
  | { readonly kind: 'failed' }

/** A row without the time at which it may go, which each write sets. */
export type NewRow = Omit<SessionRow, 'expiresAt'>

/** The rows of sessions and of their sockets; the only way of the sessions to the tables. None of it throws. */
export interface Rows {
  /** Writes a new session and that `connectionId` belongs to it. When that fails nothing is left that could mislead. */
  create(row: NewRow, connectionId: string): Promise<SocketSaved>
  save(tenure: Tenure, change: SessionChange): Promise<Saved>
  /** Writes that `connectionId` belongs to the session, and what changes with it. */
  attach(tenure: Tenure, connectionId: string, change: SessionChange): Promise<SocketSaved>
  /**
   * Deletes the session and that these, which may still be open, belong to it. What cannot be deleted expires, and so does
   * the row of a socket that is gone: no other ever has its id.
   */
  release(tenure: Tenure, connectionIds: readonly string[]): Promise<void>
  /** Strongly consistent; undefined when there is none; 'failed' when the table cannot be read. */
  read(sessionId: string): Promise<SessionRow | undefined | 'failed'>
  /** Whether the socket belongs to the session, strongly consistent; 'failed' when the table cannot be read. */
  isAt(sessionId: string, connectionId: string): Promise<boolean | 'failed'>
  /** The sessions of a user, of which the youngest may be missing; none when the table cannot be read. */
  ofUser(username: string): Promise<readonly SessionRow[]>
}

type Readers = Pick<Rows, 'read' | 'isAt' | 'ofUser'>

export interface RowsOptions {
  readonly sessions: Sessions
  readonly connections: Connections
  readonly fence: SessionFence
  /** The longest time that a session is kept without a socket, and so without a write. */
  readonly keepMs: number
  readonly clock: Clock
  readonly log: Logger
}

/** A session with a socket is written at least every 2 h, when the gateway closes the socket; an hour more is for trouble. */
const ROW_LIFE_MS = 3 * 3_600_000

export function makeRows(options: RowsOptions): Rows {
  return { ...makeWriters(options), ...makeReaders(options) }
}

function makeWriters(options: RowsOptions): Omit<Rows, keyof Readers> {
  const { sessions, connections, fence, keepMs, clock, log } = options
  const expiry = () => unixSeconds(clock.now() + ROW_LIFE_MS + keepMs)

  /** `write` is told when it began (monotonic). */
  async function guarded<T>(
    sessionId: string,
    failed: T,
    write: (beganMs: number) => Promise<T>,
  ): Promise<T> {
    if (!fence.open) return failed
    try {
      return await write(clock.monotonic())
    } catch (cause) {
      log.error({ err: cause, sessionId }, 'the rows of a session could not be written')
      return failed
    }
  }

  async function save(tenure: Tenure, change: SessionChange): Promise<Saved> {
    return (await sessions.update(tenure, { ...change, expiresAt: expiry() })) ? 'saved' : 'lost'
  }

  /**
   * For each connection the row of its session comes first: none may lead to a session that does not know it. A worker that stood
   * still between the two must not take the socket back from the session that another has given it to, so the second is not
   * written once the fence was closed since the first. The write itself has no condition: the row does not tell a session that came
   * before from one that came after. Whom it overtakes in that moment is `replaced`, and is told by the function, if that still
   * waits (functions/replace.ts).
   */
  async function connect(
    { sessionId, owner }: Pick<Tenure, 'sessionId' | 'owner'>,
    connectionId: string,
    beganMs: number,
  ): Promise<SocketSaved> {
    if (fence.openSinceMs > beganMs) return { kind: 'failed' }
    const replaced = await connections.put({ connectionId, sessionId, owner, expiresAt: expiry() })
    return { kind: 'saved', replaced: replaced === sessionId ? undefined : replaced }
  }

  return {
    create: (row, connectionId) =>
      guarded<SocketSaved>(row.sessionId, { kind: 'failed' }, async beganMs => {
        const made = await sessions.create({ ...row, expiresAt: expiry() })
        return made ? connect(row, connectionId, beganMs) : { kind: 'lost' }
      }),

    save: (tenure, change) => guarded<Saved>(tenure.sessionId, 'failed', () => save(tenure, change)),

    attach: (tenure, connectionId, change) =>
      guarded<SocketSaved>(tenure.sessionId, { kind: 'failed' }, async beganMs =>
        (await save(tenure, change)) === 'saved' ? connect(tenure, connectionId, beganMs) : { kind: 'lost' },
      ),

    release: (tenure, connectionIds) =>
      guarded<void>(tenure.sessionId, undefined, async () => {
        // What another tenure holds keeps its connections.
        if (!(await sessions.remove(tenure))) return
        await Promise.all(connectionIds.map(id => connections.remove(id, tenure.sessionId)))
      }),
  }
}

function makeReaders({ sessions, connections, log }: RowsOptions): Readers {
  return {
    async read(sessionId) {
      try {
        return await sessions.get(sessionId)
      } catch (cause) {
        log.warn({ err: cause, sessionId }, 'the row of a session could not be read')
        return 'failed'
      }
    },

    async isAt(sessionId, connectionId) {
      try {
        return (await connections.get(connectionId))?.sessionId === sessionId
      } catch (cause) {
        log.warn({ err: cause, sessionId, connectionId }, 'the row of a socket could not be read')
        return 'failed'
      }
    },

    async ofUser(username) {
      try {
        const { rows, unread } = await sessions.getMany(await sessions.ofUser(username))
        if (unread.length === 0) return rows
        log.warn({ unread }, 'not all sessions of a user can be read')
        return []
      } catch (cause) {
        log.warn({ err: cause }, 'the sessions of a user could not be found')
        return []
      }
    },
  }
}
