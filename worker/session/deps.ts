import type { Clock } from '../../shared/clock.ts'
import type { Jid } from '../../shared/wire/jid.ts'
import type { Gate } from '../../shared/gate.ts'
import type { KnownFeatures } from '../features.ts'
import type { Logger } from '../log.ts'
import type { Post } from '../push.ts'
import type { Rows } from '../rows.ts'
import type { Trace } from '../trace.ts'
import type { View } from '../translate/effects.ts'
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
  readonly target: XmppTarget
  readonly streamLimits: { readonly loginTimeoutMs: number; readonly maxStanzaBytes: number }
  readonly wireLimits: View['limits']
  readonly frameLimits: BucketLimits
  readonly reconnectForMs: number
  readonly maxQueueBytes: number
  /** A login costs milliseconds of processor; a herd of them at once would make every one time out. */
  readonly logins: Gate
  readonly features: KnownFeatures
  readonly rows: Rows
  readonly post: Post
  /** Closes the socket at the gateway. */
  readonly hangUp: (connectionId: string) => Promise<void>
}

export interface SessionStart {
  readonly id: string
  readonly connectionId: string
  readonly username: string
  readonly own: Jid
  readonly credential: Credential
  readonly resource: string
  readonly register: boolean
  readonly joinId: string | undefined
  readonly handshake: boolean
  readonly onEnded: () => void
}
