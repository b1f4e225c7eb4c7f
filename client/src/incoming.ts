import type { DownFrame } from '../../shared/wire/down.ts'
import type { ErrorFrame, JoinSuccess } from '../../shared/wire/frames/session.ts'
import { adviceOfForbidden, adviceOfLeave, isTemporary } from './advice.ts'
import type { Emitter } from './emitter.ts'
import { ClientError } from './errors.ts'
import { toMessage } from './messages.ts'
import type { Outbox } from './outbox.ts'
import { read, type Batch } from './read.ts'
import type { Requests } from './requests.ts'
import type { Event } from './state.ts'
import type { SubscriptionRequest } from './types.ts'
import type { RosterItem, View } from './view.ts'

export interface IncomingPorts {
  readonly outbox: Outbox
  readonly requests: Requests
  readonly view: View
  readonly emitter: Emitter
  readonly dispatch: (event: Event) => void
  readonly joined: (frame: JoinSuccess, second: boolean) => void
  /** The token is no good (any more). Whether there is another way in. */
  readonly expired: () => boolean
  /** Whether the batch is of the worker that holds the session now. */
  readonly accepts: (batch: Batch) => boolean
  /** The log items of a batch. */
  readonly receive: (batch: Batch) => void
  /** The bridge says which frames it has taken, or asks where we stand. */
  readonly synced: (taken: number | undefined) => void
  /** What was sent last may not have been handled; from `seq` on, if that is known. */
  readonly again: (seq: number | undefined, retryAfterMs: number | undefined) => void
  /** Whether a message with this id is from this device. */
  readonly isMine: (id: string) => boolean
}

/** The bridge says when there is room for one frame; after this there is room for a batch. */
const RATE_PAUSE_MS = 1000

type Handlers = {
  readonly [Type in DownFrame['messageType']]: (
    frame: Extract<DownFrame, { messageType: Type }>,
  ) => Promise<void> | void
}

/** Tells each frame that came to whom it concerns. */
export class Incoming {
  readonly #ports: IncomingPorts
  /** The parts of a SNAPSHOT that are here. */
  #contacts: RosterItem[] = []
  #asking: SubscriptionRequest[] = []

  constructor(ports: IncomingPorts) {
    this.#ports = ports
  }

  /** One WebSocket message. `second`: over the socket that is to take over, which only joins. */
  onMessage(data: unknown, second: boolean): void {
    const incoming = read(data)
    const { dispatch, again } = this.#ports
    if (incoming.kind === 'frame' && incoming.frame.messageType === 'JOIN_SUCCESS')
      this.#ports.joined(incoming.frame, second)
    else if (second) dispatch({ kind: 'next-failed' })
    else if (incoming.kind === 'gateway') again(undefined, undefined)
    else if (incoming.kind === 'batch') this.#onBatch(incoming.batch)
    else if (incoming.kind === 'frame') void this.tell(incoming.frame)
    else this.#report(new ClientError('bad-frame', 'not a frame'))
  }

  /** One frame. Resolves when whoever listens to it is done. */
  async tell(frame: DownFrame): Promise<void> {
    // The compiler cannot follow that a frame picks its own handler.
    const handler = this.#handlers[frame.messageType] as (frame: DownFrame) => Promise<void> | void
    await handler(frame)
  }

  readonly #handlers: Handlers = {
    NEW_MESSAGE: async frame => {
      const { view, emitter } = this.#ports
      if (frame.own && frame.id !== undefined && this.#isMine(frame.id)) return
      view.setTyping({ from: frame.from, state: 'paused' })
      await emitter.emit('message', toMessage(frame))
    },
    STATE: async ({ id, state, code, from }) => {
      const { outbox, emitter, view } = this.#ports
      const to = outbox.get(id)?.frame.to
      if (to === undefined) await emitter.emit('state', { id, state, code })
      // Others could guess an id, and say that they have the message.
      else if (from === undefined || view.isSame(from, to)) outbox.settle(id, state, code)
    },
    SUBSCRIPTION: async ({ from, status }) => {
      this.#ports.view.addRequest({ from, status })
      await this.#ports.emitter.emit('subscription', { from, status })
    },
    GAP: ({ reason, with: contact, after, before }) =>
      this.#ports.emitter.emit('gap', { reason, with: contact, after, before }),
    CONTACT: async frame => {
      const { messageType: _, removed = false, ...item } = frame
      const contact = this.#ports.view.setContact(item, removed)
      await this.#ports.emitter.emit('contact', { contact, removed })
    },
    PRESENCE: async ({ from, show, status }) => {
      this.#ports.view.setPresence(from, { show, status })
      await this.#ports.emitter.emit('presence', { from, show, status })
    },
    TYPING: async ({ from, state }) => {
      this.#ports.view.setTyping({ from, state })
      await this.#ports.emitter.emit('typing', { from, state })
    },
    SNAPSHOT: ({ contacts, requests, part: [index, of] = [1, 1] }) => {
      if (index === 1) this.#contacts = this.#asking = []
      this.#contacts = [...this.#contacts, ...contacts]
      this.#asking = [...this.#asking, ...requests]
      if (index === of) this.#ports.view.setRoster(this.#contacts, this.#asking)
    },
    GET_CONTACTS: frame => this.#ports.requests.answer(frame),
    ADD_CONTACT: frame => this.#ports.requests.answer(frame),
    UNSUBSCRIBE: frame => this.#ports.requests.answer(frame),
    HISTORY: frame => this.#ports.requests.answer(frame),
    FORBIDDEN: ({ code, retryAfterMs }) => {
      const { dispatch, expired } = this.#ports
      if (code === 'token-expired' && expired()) dispatch({ kind: 'expired' })
      else dispatch({ kind: 'refused', code, advice: adviceOfForbidden(code), retryAfterMs })
    },
    LEAVE: ({ code }) => this.#ports.dispatch({ kind: 'left', code, advice: adviceOfLeave(code) }),
    SYNC: ({ ack }) => this.#ports.synced(ack),
    ERROR: frame => this.#onError(frame),
    // A bare JOIN_SUCCESS is taken above, a RESET by the log; that anything came is noted already.
    JOIN_SUCCESS: () => undefined,
    RESET: () => undefined,
    PONG: () => undefined,
  }

  #onBatch(batch: Batch): void {
    const { accepts, receive } = this.#ports
    if (!accepts(batch)) return
    // What is said of a frame comes before the acknowledgement that covers it.
    for (const frame of batch.loose) void this.tell(frame)
    receive(batch)
  }

  /** The archive has it: whatever became of its acknowledgement, it was sent. */
  #isMine(id: string): boolean {
    const { outbox, isMine } = this.#ports
    outbox.settle(id, 'sent')
    return outbox.get(id) !== undefined || isMine(id)
  }

  #onError({ id = '', code, message, retryAfterMs }: ErrorFrame): void {
    const { requests, outbox, dispatch, again } = this.#ports
    if (code === 'not-joined') return dispatch({ kind: 'not-joined' })
    const temporary = isTemporary(code)
    const error = new ClientError(code, message)
    if (requests.refuse(id, error, temporary ? (retryAfterMs ?? 0) : undefined)) return
    if (code === 'rate-limited') return again(outbox.placeOf(id), Math.max(RATE_PAUSE_MS, retryAfterMs ?? 0))
    if (temporary) return again(outbox.placeOf(id), retryAfterMs)
    if (id === '') return this.#report(error)
    outbox.settle(id, code === 'unsure' ? 'unsure' : 'failed', code)
  }

  #report(error: ClientError): void {
    void this.#ports.emitter.emit('error', error)
  }
}
