import type { DownFrame } from '../../shared/wire/down.ts'
import type { ErrorFrame, JoinSuccess } from '../../shared/wire/frames/session.ts'
import { adviceOfForbidden, adviceOfLeave, isTemporary } from './advice.ts'
import type { Emitter } from './emitter.ts'
import { ClientError } from './errors.ts'
import type { Position } from './inbox.ts'
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
  readonly reset: (at: Position) => void
  /** The bridge says which frames it has taken, or asks where we stand. */
  readonly synced: (taken: number | undefined) => void
  /** What was sent last may not have been handled; from `seq` on, if that is known. */
  readonly again: (seq: number | undefined, retryAfterMs: number | undefined) => void
  /** Whether a message with this id is from this device. */
  readonly isMine: (id: string) => boolean
}

/** The bridge says when there is room for one frame; after this there is room for a batch. */
const RATE_PAUSE_MS = 1000

interface SnapshotParts {
  readonly contacts: RosterItem[]
  readonly requests: SubscriptionRequest[]
}

/** Tells each frame that came to whom it concerns. */
export class Incoming {
  readonly #ports: IncomingPorts
  /** The parts of a SNAPSHOT that are here. */
  #snapshot: SnapshotParts = { contacts: [], requests: [] }

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
    else this.#report(new ClientError('bad-frame', 'the bridge said something that is no frame'))
  }

  /** One frame. Resolves when whoever listens to it is done. */
  async tell(frame: DownFrame): Promise<void> {
    const { requests, emitter, view } = this.#ports
    switch (frame.messageType) {
      case 'NEW_MESSAGE':
        if (frame.own && frame.id !== undefined && this.#isMine(frame.id)) return
        view.setTyping({ from: frame.from, state: 'paused' })
        return emitter.emit('message', toMessage(frame))
      case 'STATE':
        return this.#onState(frame)
      case 'SUBSCRIPTION': {
        const request = { from: frame.from, status: frame.status }
        view.addRequest(request)
        return emitter.emit('subscription', request)
      }
      case 'GAP': {
        const { reason, with: contact, after, before } = frame
        return emitter.emit('gap', { reason, with: contact, after, before })
      }
      case 'GET_CONTACTS':
      case 'ADD_CONTACT':
      case 'UNSUBSCRIBE':
      case 'HISTORY':
        requests.answer(frame)
        return
      case 'CONTACT':
      case 'PRESENCE':
      case 'TYPING':
      case 'SNAPSHOT':
        return this.#onShown(frame)
      default:
        this.#onProtocol(frame)
    }
  }

  #onBatch(batch: Batch): void {
    const { accepts, receive } = this.#ports
    if (!accepts(batch)) return
    // A RESET says where the items go on.
    for (const frame of batch.loose) void this.tell(frame)
    receive(batch)
  }

  /** The archive has it: whatever became of its acknowledgement, it was sent. */
  #isMine(id: string): boolean {
    const { outbox, isMine } = this.#ports
    outbox.settle(id, 'sent')
    return outbox.get(id) !== undefined || isMine(id)
  }

  async #onState({ id, state, code }: Extract<DownFrame, { messageType: 'STATE' }>): Promise<void> {
    const { outbox, emitter } = this.#ports
    if (outbox.get(id) === undefined) await emitter.emit('state', { id, state, code })
    else outbox.settle(id, state, code)
  }

  async #onShown(
    frame: Extract<DownFrame, { messageType: 'CONTACT' | 'PRESENCE' | 'TYPING' | 'SNAPSHOT' }>,
  ): Promise<void> {
    const { view, emitter } = this.#ports
    switch (frame.messageType) {
      case 'CONTACT': {
        const { messageType: _, removed = false, ...item } = frame
        const contact = view.setContact(item, removed)
        return emitter.emit('contact', { contact, removed })
      }
      case 'PRESENCE': {
        const { from, show, status } = frame
        view.setPresence(from, { show, status })
        return emitter.emit('presence', { from, show, status })
      }
      case 'TYPING': {
        const { from, state } = frame
        view.setTyping({ from, state })
        return emitter.emit('typing', { from, state })
      }
      case 'SNAPSHOT':
        return this.#onSnapshot(frame)
    }
  }

  #onSnapshot({ contacts, requests, part }: Extract<DownFrame, { messageType: 'SNAPSHOT' }>): void {
    const [index, of] = part ?? [1, 1]
    if (index === 1) this.#snapshot = { contacts: [], requests: [] }
    this.#snapshot.contacts.push(...contacts)
    this.#snapshot.requests.push(...requests)
    if (index === of) this.#ports.view.setRoster(this.#snapshot.contacts, this.#snapshot.requests)
  }

  /** What is about the session itself. */
  #onProtocol(
    frame: Extract<
      DownFrame,
      { messageType: 'JOIN_SUCCESS' | 'FORBIDDEN' | 'ERROR' | 'LEAVE' | 'PONG' | 'SYNC' | 'RESET' }
    >,
  ): void {
    const { dispatch, expired, synced, reset } = this.#ports
    switch (frame.messageType) {
      case 'FORBIDDEN': {
        const { code, retryAfterMs } = frame
        if (code === 'token-expired' && expired()) dispatch({ kind: 'expired' })
        else dispatch({ kind: 'refused', code, advice: adviceOfForbidden(code), retryAfterMs })
        return
      }
      case 'LEAVE':
        return dispatch({ kind: 'left', code: frame.code, advice: adviceOfLeave(frame.code) })
      case 'ERROR':
        return this.#onError(frame)
      case 'SYNC':
        return synced(frame.ack)
      case 'RESET':
        return reset({ stream: frame.stream, seq: frame.seq })
      // A bare JOIN_SUCCESS is taken above; that anything came is noted already.
      case 'JOIN_SUCCESS':
      case 'PONG':
    }
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
