import type { DownFrame } from '../../shared/wire/down.ts'
import type { ErrorFrame } from '../../shared/wire/frames/session.ts'
import { isTemporary } from './advice.ts'
import type { Emit } from './emitter.ts'
import type { Entrance } from './entrance.ts'
import { ClientError } from './errors.ts'
import { RATE_PAUSE_MS } from './limits.ts'
import { toMessage } from './messages.ts'
import type { Outbox } from './outbox.ts'
import { collect } from './pieces.ts'
import type { Event } from './state.ts'
import type { AnswerFrame, Unnumbered } from './unnumbered.ts'
import type { View } from './view.ts'

export interface IncomingParts {
  readonly emit: Emit
  readonly view: View
  readonly device: string
}

/** What a frame may concern. */
export interface IncomingSession {
  readonly outbox: Outbox
  readonly unnumbered: Unnumbered
  readonly entrance: Entrance
  dispatch(event: Event): void
  /** The bridge says which frames it has taken, or asks where we stand. */
  onSync(taken: number | undefined): void
  /** What was sent last may not have been handled; from `seq` on, if that is known. */
  unhandled(seq?: number, retryAfterMs?: number): void
}

type Snapshot = Extract<DownFrame, { messageType: 'SNAPSHOT' }>

/** A bare JOIN_SUCCESS is taken before, a RESET by the log; that anything came is noted already; nobody asks GET_CONTACTS. */
type Silent = 'JOIN_SUCCESS' | 'RESET' | 'PONG' | 'GET_CONTACTS'

type Handler<Frame> = (frame: Frame) => Promise<void> | void

type Handlers = {
  readonly [Type in Exclude<DownFrame['messageType'], Silent>]: Handler<
    Extract<DownFrame, { messageType: Type }>
  >
}

/** Tells each frame that came to whom it concerns. The function resolves when whoever listens to a frame is done. */
export function incoming(
  parts: IncomingParts,
  session: IncomingSession,
): (frame: DownFrame) => Promise<void> {
  const handlers: Handlers = { ...tellsUser(parts, session), ...tellsSession(parts, session) }
  // The compiler cannot follow that a frame picks its own handler.
  const all = handlers as Readonly<Record<string, Handler<DownFrame>>>
  return async frame => all[frame.messageType]?.(frame)
}

function tellsUser({ emit, view, device }: IncomingParts, { outbox }: IncomingSession) {
  /** The archive has it: whatever became of its acknowledgement, it was sent. */
  const isMine = (id: string) => {
    outbox.settle(id, 'sent')
    return outbox.get(id) !== undefined || id.startsWith(`${device}-`)
  }
  /** The parts of a SNAPSHOT that are here. */
  const parts = new Map<number, Snapshot>()
  return {
    NEW_MESSAGE: async frame => {
      if (frame.own && isMine(frame.id ?? '')) return
      view.setTyping({ from: frame.from, state: 'paused' })
      await emit('message', toMessage(frame))
    },
    STATE: async ({ id, state, code, from }) => {
      const to = outbox.get(id)?.frame.to
      // Of one that is forgotten, only who sent it knows where it went.
      if (to === undefined) await emit('state', { id, state, code, from })
      // Others could guess an id, and say that they have the message.
      else if (from === undefined || view.isSame(from, to)) outbox.settle(id, state, code)
    },
    SUBSCRIPTION: ({ from, status }) => {
      const request = { from, status }
      view.addRequest(request)
      return emit('subscription', request)
    },
    GAP: ({ reason, with: contact, after, before }) => emit('gap', { reason, with: contact, after, before }),
    CONTACT: frame => {
      const { messageType: _, removed = false, ...item } = frame
      return emit('contact', { contact: view.setContact(item, removed), removed })
    },
    PRESENCE: ({ from, show, status }) => {
      view.setPresence(from, { show, status })
      return emit('presence', { from, show, status })
    },
    TYPING: ({ from, state }) => {
      const change = { from, state }
      view.setTyping(change)
      return emit('typing', change)
    },
    SNAPSHOT: frame => {
      // Another one begins; the one before may have been cut off.
      if ((frame.part?.[0] ?? 1) === 1) parts.clear()
      const all = collect(parts, frame)
      if (all === undefined) return
      view.setRoster(
        all.flatMap(({ contacts }) => contacts),
        all.flatMap(({ requests }) => requests),
      )
    },
  } satisfies Partial<Handlers>
}

function tellsSession({ emit }: IncomingParts, session: IncomingSession) {
  const { outbox, unnumbered } = session
  const answer = (frame: AnswerFrame) => unnumbered.answer(frame)
  return {
    ADD_CONTACT: answer,
    UNSUBSCRIBE: answer,
    HISTORY: answer,
    FORBIDDEN: ({ code, retryAfterMs }) => {
      const expired = code === 'token-expired' && session.entrance.expire()
      session.dispatch(expired ? { kind: 'expired' } : { kind: 'refused', code, retryAfterMs })
    },
    LEAVE: ({ code }) => session.dispatch({ kind: 'left', code }),
    SYNC: ({ ack }) => session.onSync(ack),
    ERROR: ({ id = '', code, message, retryAfterMs }: ErrorFrame) => {
      if (code === 'not-joined') return session.dispatch({ kind: 'not-joined' })
      const temporary = isTemporary(code)
      const error = new ClientError(code, message)
      if (unnumbered.refuse(id, error, temporary ? (retryAfterMs ?? 0) : undefined)) return
      const pauseMs = code === 'rate-limited' ? Math.max(RATE_PAUSE_MS, retryAfterMs ?? 0) : retryAfterMs
      if (temporary) return session.unhandled(outbox.get(id)?.seq || undefined, pauseMs)
      if (id === '') return void emit('error', error)
      outbox.settle(id, code === 'unsure' ? 'unsure' : 'failed', code)
    },
  } satisfies Partial<Handlers>
}
