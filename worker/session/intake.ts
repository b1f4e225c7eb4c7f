import type { DownFrame } from '../../shared/wire/down.ts'
import type { ErrorFrame } from '../../shared/wire/frames/session.ts'
import type { SessionFrame, UpFrame } from '../../shared/wire/up.ts'
import { fullBucket, take, type Bucket } from './bucket.ts'
import type { SessionDeps } from './deps.ts'
import { errorFrame } from '../translate/error-frame.ts'
import type { FrameOutcome } from './line.ts'
import { isUp, retryAfterMs, type SessionState } from './state.ts'

/** What is said to a contact or the server: all but what the session answers itself. */
export type TalkFrame = Exclude<SessionFrame, { messageType: 'LEAVE' | 'PING' | 'SYNC' }>

export interface IntakePort {
  readonly state: () => SessionState
  /** So much waits for the client that long answers should not be asked for. */
  readonly crowded: () => boolean
  readonly leave: (id: string | undefined) => void
  readonly push: (frame: DownFrame) => void
  readonly heard: (frame: UpFrame) => void
  readonly talk: (frame: TalkFrame, suspect: boolean) => FrameOutcome
}

/** In this time a client that reads takes what has waited for it. */
const CROWDED_MS = 1000

const TAKEN: FrameOutcome = { kind: 'taken' }

/** The frames of a client that are checked and in order: what may not pass now, and where the rest goes. */
export class Intake {
  readonly #deps: SessionDeps
  readonly #port: IntakePort
  #bucket: Bucket

  constructor(deps: SessionDeps, port: IntakePort) {
    this.#deps = deps
    this.#port = port
    this.#bucket = fullBucket(deps.frameLimits, deps.clock.monotonic())
  }

  take(frame: UpFrame, suspect: boolean): FrameOutcome {
    this.#port.heard(frame)
    if (frame.messageType === 'LEAVE') {
      this.#port.leave(frame.id)
      return TAKEN
    }
    const limited = this.charge(frame.id)
    return limited === undefined ? this.#pass(frame, suspect) : refused(limited)
  }

  /** Takes the token that a frame costs, whether or not it can be read; when there is none, what its client is told. */
  charge(id: string | undefined): ErrorFrame | undefined {
    const { frameLimits, clock } = this.#deps
    const taken = take(this.#bucket, frameLimits, clock.monotonic())
    this.#bucket = taken.bucket
    if (taken.ok) return undefined
    return errorFrame('rate-limited', 'Too many frames; this one was not handled.', id, taken.retryAfterMs)
  }

  #pass(frame: Exclude<UpFrame, { messageType: 'LEAVE' }>, suspect: boolean): FrameOutcome {
    switch (frame.messageType) {
      case 'PING':
        this.#port.push({ messageType: 'PONG', id: frame.id })
        return TAKEN
      // A sequenced client's is handled where its sequence is; for a simple one there is nothing to say.
      case 'SYNC':
        return TAKEN
      case 'JOIN':
        return refused(errorFrame('bad-frame', 'This socket has joined already.', frame.id))
      default:
        return this.#refusal(frame) ?? this.#port.talk(frame, suspect)
    }
  }

  #refusal(frame: TalkFrame): FrameOutcome | undefined {
    const long = frame.messageType === 'GET_CONTACTS' || frame.messageType === 'HISTORY'
    if (long && this.#port.crowded()) {
      const message = 'What waits for this socket must be taken first; this one was not handled.'
      return refused(errorFrame('rate-limited', message, frame.id, CROWDED_MS))
    }
    const state = this.#port.state()
    if (isUp(state)) return undefined
    const againMs = retryAfterMs(state, this.#deps.clock.monotonic())
    return refused(errorFrame('try-again', 'The XMPP server cannot be reached now.', frame.id, againMs))
  }
}

function refused(error: ErrorFrame): FrameOutcome {
  return { kind: 'refused', error }
}
