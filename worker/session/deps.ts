import type { Clock } from '../../shared/clock.ts'
import type { Gate } from '../../shared/gate.ts'
import type { Handover } from '../../shared/handoff/schemas.ts'
import type { Meter } from '../../shared/metrics.ts'
import type { Jid } from '../../shared/wire/jid.ts'
import type { KnownFeatures } from '../features.ts'
import type { SessionFence } from '../fence.ts'
import type { Logger } from '../log.ts'
import type { Post } from '../posting.ts'
import type { NewRow, Rows } from '../rows.ts'
import type { Seal } from '../seal/port.ts'
import type { Trace } from '../trace.ts'
import type { WireLimits } from '../translate/effects.ts'
import type { Credential, XmppTarget } from '../xmpp/stream.ts'
import type { BucketLimits } from './bucket.ts'

/** What all sessions of a worker share. */
export interface SessionDeps {
  readonly clock: Clock
  /** 0 to 1. */
  readonly random: () => number
  readonly newId: () => string
  readonly log: Logger
  readonly trace: Trace
  readonly meter: Meter
  readonly workerId: string
  readonly target: XmppTarget
  readonly streamLimits: { readonly loginTimeoutMs: number; readonly maxStanzaBytes: number }
  /** Of simple clients; those of sequenced ones are in session/welcome.ts. */
  readonly wireLimits: Omit<WireLimits, 'maxTextBytes'>
  readonly frameLimits: BucketLimits
  readonly reconnectForMs: number
  readonly maxQueueBytes: number
  /** How long a sequenced session is kept without a socket. */
  readonly keepMs: number
  /** The same for a simple one. */
  readonly simpleKeepMs: number
  /** A login costs milliseconds of processor; a herd of them at once would make every one time out. */
  readonly logins: Gate
  readonly features: KnownFeatures
  readonly rows: Rows
  readonly seal: Seal
  readonly fence: SessionFence
  readonly post: Post
  /** Closes the socket at the gateway. */
  readonly hangUp: (connectionId: string) => Promise<void>
  /** About how many sessions all workers hold together. */
  readonly fleetSessions: () => number
  /** Sessions of one user; beyond it the one that has been without a socket longest goes, or else the oldest. */
  readonly sessionsPerUser: number
  /**
   * Asks the owner of a session to end it because its user has too many, even if it has a socket (`attached`). Never rejects; false
   * when it did not.
   */
  readonly evictElsewhere: (sessionId: string, owner: string, attached: boolean) => Promise<boolean>
}

/** What one session begins with. */
export interface SessionStart {
  /** Without what the first login tells, or as the last worker left it. */
  readonly row: NewRow
  readonly own: Jid
  /** What logs in first; undefined when there is nothing any more. @throws when it cannot be had now. */
  readonly credential: () => Promise<Credential | undefined>
  readonly resource: string
  /** Where it comes from: a client's JOIN, or another worker. */
  readonly from: Joining | Adoption
  readonly onEnded: () => void
}

export interface Joining {
  readonly kind: 'join'
  readonly connectionId: string
  readonly register: boolean
  readonly joinId: string | undefined
  /** The socket is still in its handshake. */
  readonly handshake: boolean
}

export interface Adoption {
  readonly kind: 'adoption'
  /** Undefined after a crash. */
  readonly handover: Handover | undefined
}
