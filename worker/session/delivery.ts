import type { FramesRequest, Handover } from '../../shared/handoff/schemas.ts'
import type { DownFrame } from '../../shared/wire/down.ts'
import type { ErrorFrame, JoinSuccess, JoinWithToken, Sequence } from '../../shared/wire/frames/session.ts'
import type { UpFrame } from '../../shared/wire/up.ts'
import type { PushEnd } from '../push.ts'
import type { Missing } from './down-log.ts'
import type { FrameOutcome } from './line.ts'

const LOG_TYPES: ReadonlySet<DownFrame['messageType']> = new Set([
  'NEW_MESSAGE',
  'STATE',
  'SUBSCRIPTION',
  'GAP',
  'ERROR',
])

/**
 * Whether a client must not miss it: while it is on its way, `h` does not pass the stanza that it came from. The rest is state,
 * or a reply that is asked for again.
 */
export function isLogged({ messageType }: DownFrame): boolean {
  return LOG_TYPES.has(messageType)
}

/** A socket that the session goes on at. */
export interface Arrival {
  readonly connectionId: string
  /** The socket is still in its handshake. */
  readonly handshake: boolean
  /** Where its client stands, when it came with a token. */
  readonly join: JoinWithToken | undefined
  /** The frame that says so; a sequenced client is told where the log goes on. */
  readonly welcome: (place?: Omit<Sequence, 'token' | 'epoch'>) => JoinSuccess
}

/** What a way of delivery asks of its session. */
export interface DeliveryPort {
  /** A frame of the client whose turn it is. `suspect`: an earlier worker may have sent it already. */
  readonly take: (frame: UpFrame, suspect: boolean) => FrameOutcome
  /** What is answered without being taken costs the same; the ERROR `rate-limited` when it is too much. */
  readonly charge: (id: string | undefined) => ErrorFrame | undefined
  /** `h` may go up to here. */
  readonly moved: (h: number) => void
  /** The gateway took something for this session. */
  readonly taken: () => void
  /** The gateway says that this socket is gone. */
  readonly gone: (connectionId: string) => void
  /** Nothing more can be pushed: no room for what waits, or the gateway has failed for too long. */
  readonly ended: (why: PushEnd) => void
}

/**
 * One client's side of a session, both ways: what it is told, in which order and how often, and in which order its frames are
 * taken. Simple and sequenced clients differ in this alone.
 */
export interface Delivery {
  /** So much waits that long answers should not be asked for. */
  readonly crowded: boolean
  /** See Line. */
  readonly gathered: boolean
  /** What a successor cannot bring; nothing where clients do not acknowledge. */
  readonly missing: Missing
  /** A resumed stream brings again what `h` had not passed; true for what was heard already. */
  isRepeat(count: number): boolean
  /** What one inbound stanza tells the client, once for each, in order; its XEP-0198 number where the server counts. */
  heard(count: number | undefined, frames: readonly DownFrame[]): void
  /** A frame that comes from no stanza. */
  push(frame: DownFrame): void
  /** What the client sent. */
  receive(request: FramesRequest): void
  /** These frames of the client need no care any more. */
  settled(seqs: readonly number[]): void
  /** From now on pushes go to this socket, the welcome first. */
  attach(arrival: Arrival): void
  /** The session of another process is online in this one: its client, welcomed there, is to say where it stands. */
  adopted(): void
  /** From now on what cannot be missed waits. */
  detach(): void
  /** A new XMPP stream: counts begin again. Also in place of `adopted`. */
  restart(): void
  /** Resolves when all that waits is taken, as far as it can be. */
  flush(): Promise<void>
  /** The last frame. Resolves when all that waits, and it, is taken. */
  finish(last: DownFrame): Promise<void>
  /** Nothing more is pushed. */
  stop(): void
  /** What a successor needs to know of the client's frames. */
  handover(): Handover['up']
}
