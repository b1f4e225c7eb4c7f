import { sleep, type Clock } from '../../shared/clock.ts'
import type { SessionChange } from '../../shared/stores/sessions.ts'
import type { SessionFence } from '../fence.ts'
import type { SocketSaved } from '../rows.ts'
import { Alarm } from './alarm.ts'
import {
  decideAttachment,
  dueAt,
  inDoubt,
  isSocket,
  socketsOf,
  type Attachment,
  type AttachmentAction,
  type AttachmentEvent,
} from './attachment.ts'
import type { SessionRecord } from './record.ts'

export interface SocketsOptions {
  readonly clock: Clock
  readonly fence: SessionFence
  readonly keepMs: number
  /** How long the row may name a socket that is gone. */
  readonly rowLagMs: number
  readonly record: SessionRecord
  readonly hangUp: (connectionId: string) => Promise<void>
  /** There is one, when there was none. */
  readonly onAttached: () => void
  /** The last socket is gone: nothing can be pushed until there is another. */
  readonly onDetached: () => void
  /** There is none, and the row has to say so now. */
  readonly onAbsent: () => void
  readonly onAway: (away: boolean) => void
  /** There was none for too long. */
  readonly onExpired: () => void
}

/**
 * Most sockets that drop are followed by another within seconds, and that one writes the row anyway. A worker that takes the
 * session over in between finds the old one in the row, pushes to it, is told 410, and knows.
 */
export const ROW_LAG_MS = 5000

/** The fence is looked at again after this. */
const FENCED_MS = 1000
/** A post in doubt is tried some six times a second; a table that fails is asked once, for each session. */
const LOOK_AGAIN_MS = 1000

/** The effects of session/attachment.ts: rows, timers, closing of sockets. */
export class Sockets {
  readonly #options: SocketsOptions
  readonly #alarm: Alarm
  readonly #absence: Alarm
  #noted: Attachment
  /** Monotonic: what is noted was so then, or later. */
  #notedAtMs: number
  #asking: Promise<boolean> | undefined
  /** Monotonic: after a look that failed no other is taken before this. */
  #mayAskMs = 0
  readonly #over = new AbortController()

  constructor(options: SocketsOptions, state: Attachment) {
    this.#options = options
    this.#noted = state
    this.#notedAtMs = options.clock.monotonic()
    this.#alarm = fencedAlarm(options, () => this.#run({ kind: 'time' }))
    this.#absence = fencedAlarm(options, options.onAbsent)
    this.#arm()
  }

  get attached(): boolean {
    return this.#state.phase !== 'detached'
  }

  /** Whether there is one that is known to be this session's. */
  get reachable(): boolean {
    return this.attached && this.#state.phase !== 'inherited'
  }

  /** Nothing may go to this one yet: another session may have it. */
  isInDoubt(connectionId: string): boolean {
    return this.#state.phase === 'inherited' && this.#state.connectionId === connectionId
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
    const { record, clock } = this.#options
    const sinceMs = clock.monotonic()
    const before = this.all
    const { state } = this.#decide({ kind: 'attach', connectionId })
    const sockets = rowSockets(state)
    const saved = await record.attach(connectionId, { ...change, sockets, detachedAt: undefined })
    if (saved.kind === 'saved') {
      const { attached, all } = this
      this.#absence.at(undefined)
      this.#run({ kind: 'attach', connectionId })
      this.#notedAtMs = sinceMs
      // What else came or went meanwhile was written without this one, perhaps after it.
      if (all.join() !== before.join())
        void record.save({ sockets: rowSockets(this.#state), detachedAt: undefined })
      if (!attached) this.#options.onAttached()
    }
    return saved
  }

  /**
   * Finds out whether a socket in doubt is still this session's; one that is not is gone. False when that cannot be known now:
   * it stays in doubt, and is to be asked again, which takes a second longer than the table does.
   *
   * One write of the socket's row gives it to another session. Only after that anything is pushed for the other, and the owner
   * of this session is looked up and told (functions/replace.ts). This worker had claimed the session, and held it, before it
   * reads: so either it sees that write, or the look-up comes after the claim, finds this worker, and it is told. A worker that
   * stood still or was cut off may not have heard that: it finds its fence closed, and reads once that is open again.
   */
  verify(): Promise<boolean> {
    if (this.#state.phase !== 'inherited') return Promise.resolve(true)
    this.#asking ??= this.#ask(this.#state.connectionId).finally(() => (this.#asking = undefined))
    return this.#asking
  }

  /** Whether a push may go to it now; where that is in doubt it is found out. */
  async mayReach(connectionId: string): Promise<boolean> {
    if (!this.isInDoubt(connectionId)) return true
    return (await this.verify()) && this.has(connectionId)
  }

  /** `taken`: it belongs to another session now, so a successor of this one must not find it in the row. */
  gone(connectionId: string, taken = false): void {
    const had = this.has(connectionId)
    this.#run({ kind: 'gone', connectionId })
    if (had && this.attached) this.#noteSockets()
    if (taken && !this.attached) this.#sayAbsent()
  }

  /** Nothing happens by itself any more. */
  stop(): void {
    this.#over.abort()
    this.#alarm.stop()
    this.#absence.stop()
  }

  /** What can be relied on: nobody may have told a worker behind a closed fence that the socket is another session's. */
  get #state(): Attachment {
    return this.#options.fence.openSinceMs > this.#notedAtMs ? inDoubt(this.#noted) : this.#noted
  }

  async #ask(connectionId: string): Promise<boolean> {
    const { record, clock } = this.#options
    const { signal } = this.#over
    const waitMs = this.#mayAskMs - clock.monotonic()
    if (waitMs > 0) await sleep(clock, waitMs, signal)
    if (signal.aborted) return false
    const askedMs = clock.monotonic()
    const ours = await record.isAt(connectionId)
    if (ours === 'failed') this.#mayAskMs = clock.monotonic() + LOOK_AGAIN_MS
    if (ours === 'failed' || signal.aborted) return false
    // Otherwise it has come anew meanwhile, or is gone.
    if (this.isInDoubt(connectionId)) {
      if (ours) this.#run({ kind: 'ours' })
      else this.gone(connectionId, true)
      // Not the time of the answer: where the fence was closed meanwhile this is as old as what was known before.
      this.#notedAtMs = askedMs
    }
    return this.#state.phase !== 'inherited'
  }

  #decide(event: AttachmentEvent) {
    const { clock, keepMs } = this.#options
    return decideAttachment(this.#state, event, { nowMs: clock.monotonic(), keepMs })
  }

  #run(event: AttachmentEvent): void {
    const { state, actions } = this.#decide(event)
    this.#noted = state
    for (const action of actions) this.#do(action)
    // A sign of life only puts off what is due: that is found out when the timer rings.
    if (event.kind !== 'heard') this.#arm()
  }

  #do(action: AttachmentAction): void {
    const { hangUp, onAway, onExpired } = this.#options
    switch (action.kind) {
      case 'detach':
        return this.#detach()
      case 'hang-up':
        void hangUp(action.connectionId)
        return this.#noteSockets()
      case 'away':
        return onAway(action.away)
      case 'expire':
        return onExpired()
    }
  }

  #detach(): void {
    const { record, clock, rowLagMs, onDetached } = this.#options
    record.note({ sockets: [], detachedAt: clock.now() })
    onDetached()
    if (rowLagMs > 0) this.#absence.at(clock.monotonic() + rowLagMs)
    else this.#sayAbsent()
  }

  #sayAbsent(): void {
    this.#absence.at(undefined)
    this.#options.onAbsent()
  }

  /** One of two is none of ours any more. That is not worth a write: what goes on with a row goes on with the first. */
  #noteSockets(): void {
    this.#options.record.note({ sockets: rowSockets(this.#state) })
  }

  #arm(): void {
    this.#alarm.at(dueAt(this.#state, this.#options.keepMs))
  }
}

/** Whoever may not act ends nothing, and says nothing of anybody: the alarm rings again while the fence is closed. */
function fencedAlarm({ clock, fence }: Pick<SocketsOptions, 'clock' | 'fence'>, ring: () => void): Alarm {
  const alarm: Alarm = new Alarm(clock, () => (fence.open ? ring() : alarm.at(clock.monotonic() + FENCED_MS)))
  return alarm
}

function rowSockets(state: Attachment): { connectionId: string }[] {
  return socketsOf(state).map(connectionId => ({ connectionId }))
}
