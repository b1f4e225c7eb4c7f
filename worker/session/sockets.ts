import type { Clock } from '../../shared/clock.ts'
import type { SessionChange } from '../../shared/stores/sessions.ts'
import type { Fence } from '../fence.ts'
import type { SocketSaved } from '../rows.ts'
import { Alarm } from './alarm.ts'
import {
  decideAttachment,
  dueAt,
  isSocket,
  socketsOf,
  type Attachment,
  type AttachmentAction,
  type AttachmentEvent,
} from './attachment.ts'
import type { SessionRecord } from './record.ts'

export interface SocketsOptions {
  readonly clock: Clock
  readonly fence: Fence
  readonly keepMs: number
  readonly record: SessionRecord
  readonly hangUp: (connectionId: string) => Promise<void>
  /** There is one, when there was none. */
  readonly onAttached: () => void
  /** The last socket is gone: nothing can be pushed until there is another. */
  readonly onDetached: () => void
  readonly onAway: (away: boolean) => void
  /** There was none for too long. */
  readonly onExpired: () => void
}

/** The fence is looked at again after this. */
const FENCED_MS = 1000

/** The effects of session/attachment.ts: rows, timers, closing of sockets. */
export class Sockets {
  readonly #options: SocketsOptions
  readonly #alarm: Alarm
  #state: Attachment

  constructor(options: SocketsOptions, state: Attachment) {
    this.#options = options
    this.#state = state
    this.#alarm = new Alarm(options.clock, () => this.#ring())
    this.#arm()
  }

  get attached(): boolean {
    return this.#state.phase !== 'detached'
  }

  /** The one that is pushed to. */
  get current(): string | undefined {
    return socketsOf(this.#state)[0]
  }

  get all(): readonly string[] {
    return socketsOf(this.#state)
  }

  has(connectionId: string): boolean {
    return isSocket(this.#state, connectionId)
  }

  /** A frame came, or the gateway took one. */
  heard(): void {
    this.#run({ kind: 'heard' })
  }

  /** Writes the rows, with what else changes, and then the session is at this socket. */
  async attach(connectionId: string, change: SessionChange): Promise<SocketSaved> {
    const { record } = this.#options
    const before = this.all
    const { state } = this.#decide({ kind: 'attach', connectionId })
    const sockets = rowSockets(state)
    const saved = await record.attach(connectionId, { ...change, sockets, detachedAt: undefined })
    if (saved.kind === 'saved') {
      const { attached, all } = this
      this.#run({ kind: 'attach', connectionId })
      // What else came or went meanwhile was written without this one, perhaps after it.
      if (all.join() !== before.join())
        void record.save({ sockets: rowSockets(this.#state), detachedAt: undefined })
      if (!attached) this.#options.onAttached()
    }
    return saved
  }

  gone(connectionId: string): void {
    const rolled = this.#state.phase === 'rolling' && this.#state.old === connectionId
    this.#run({ kind: 'gone', connectionId })
    if (rolled) this.#dropped(connectionId)
  }

  /** Nothing happens by itself any more. */
  stop(): void {
    this.#alarm.stop()
  }

  #decide(event: AttachmentEvent) {
    const { clock, keepMs } = this.#options
    return decideAttachment(this.#state, event, { nowMs: clock.monotonic(), keepMs })
  }

  #run(event: AttachmentEvent): void {
    const { state, actions } = this.#decide(event)
    this.#state = state
    for (const action of actions) this.#do(action)
    // A sign of life only puts off what is due: that is found out when the timer rings.
    if (event.kind !== 'heard') this.#arm()
  }

  #do(action: AttachmentAction): void {
    const { record, clock, hangUp, onDetached, onAway, onExpired } = this.#options
    switch (action.kind) {
      case 'detach':
        void record.detach(action.connectionId, { sockets: [], detachedAt: clock.now() })
        return onDetached()
      case 'hang-up':
        void hangUp(action.connectionId)
        return this.#dropped(action.connectionId)
      case 'away':
        return onAway(action.away)
      case 'expire':
        return onExpired()
    }
  }

  /** One of two sockets is none of ours any more. */
  #dropped(connectionId: string): void {
    void this.#options.record.detach(connectionId, { sockets: rowSockets(this.#state) })
  }

  #arm(): void {
    this.#alarm.at(dueAt(this.#state, this.#options.keepMs))
  }

  #ring(): void {
    const { clock, fence } = this.#options
    // Whoever may not act ends nothing, and says nothing of anybody.
    if (fence.open) this.#run({ kind: 'time' })
    else this.#alarm.at(clock.monotonic() + FENCED_MS)
  }
}

function rowSockets(state: Attachment): { connectionId: string }[] {
  return socketsOf(state).map(connectionId => ({ connectionId }))
}
