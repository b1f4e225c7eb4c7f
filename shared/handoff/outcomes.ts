import type * as z from 'zod/mini'
import {
  attached,
  attachRefused,
  notOwner,
  openBusy,
  openJoined,
  openRefused,
  type OpenBusy,
  type RefusalCode,
} from './schemas.ts'

/** Nothing was done, and nothing that could be done was sent: another worker may be asked the same. */
export type Unreachable = { kind: 'unreachable'; cause: unknown }
/** It was sent, and no answer that can be read came back: whether it was done is not known. */
export type Unanswered = { kind: 'unanswered'; cause: unknown }
export type NoAnswer = Unreachable | Unanswered
/** Another worker holds the session; it was not handled here. */
export type NotOwner = { kind: 'not-owner'; owner: string }
/** Nobody holds the session now, and somebody soon will: nothing was done. */
export type Later = { kind: 'later' }
/** There is no such session, or it has not this socket. */
type NotHere = { kind: 'not-here' }

export type OpenOutcome =
  | { kind: 'joined'; sessionId: string; registered: boolean; replaced?: string | undefined }
  | { kind: 'refused'; code: RefusalCode }
  | { kind: 'busy'; code: OpenBusy['code'] }
  | NotOwner
  | NoAnswer
export type AttachOutcome =
  | { kind: 'attached'; replaced?: string | undefined }
  /** The token does not open the session. */
  | { kind: 'refused' }
  | NotHere
  | NotOwner
  | Later
  | NoAnswer
export type FramesOutcome = { kind: 'taken' } | NotHere | NotOwner | Later | NoAnswer
export type SocketGoneOutcome = { kind: 'gone' } | NotHere | NotOwner | Later | NoAnswer
export type EvictOutcome = { kind: 'evicted' } | NotHere | NotOwner | Later | NoAnswer
export type ClaimOutcome = { kind: 'claimed' } | { kind: 'not-claimed' } | NoAnswer
export type PushOutcome = { kind: 'pushed' } | NoAnswer

export interface Answer {
  readonly status: number
  /** The JSON of the body; undefined when it was empty or none. */
  readonly body: unknown
}

/** The worker does not take the token of its row; it looks at nothing else before that. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused'
  constructor() {
    super('The worker refused the token of its row.')
  }
}

/** An answer that the hand-off API does not know. */
export class UnknownAnswer extends Error {
  override readonly name = 'UnknownAnswer'
  readonly status: number
  constructor(status: number) {
    super(`The worker answered ${status} with a body that is not described.`)
    this.status = status
  }
}

/** `POST /sessions` */
export function readOpen({ status, body }: Answer): OpenOutcome {
  switch (status) {
    case 200:
      return read(openJoined, body, joined => ({ kind: 'joined', ...joined })) ?? unknown(status)
    case 401:
      return read(openRefused, body, refused => ({ kind: 'refused', ...refused })) ?? unknown(status)
    case 409:
      return readNotOwner(body) ?? unknown(status)
    case 503:
      return read(openBusy, body, busy => ({ kind: 'busy', ...busy })) ?? unknown(status)
    default:
      return unknown(status)
  }
}

/** `POST /sessions/{sessionId}/socket` */
export function readAttach(answer: Answer): AttachOutcome {
  const { status, body } = answer
  switch (status) {
    case 200:
      return read(attached, body, value => ({ kind: 'attached', ...value })) ?? unknown(status)
    case 401:
      return read(attachRefused, body, () => ({ kind: 'refused' })) ?? unknown(status)
    default:
      return readElsewhere(answer)
  }
}

/** `POST /sessions/{sessionId}/frames` */
export function readFrames(answer: Answer): FramesOutcome {
  return answer.status === 202 ? { kind: 'taken' } : readElsewhere(answer)
}

/** `DELETE /sessions/{sessionId}/sockets/{connectionId}` */
export function readSocketGone(answer: Answer): SocketGoneOutcome {
  return answer.status === 204 ? { kind: 'gone' } : readElsewhere(answer)
}

/** `DELETE /sessions/{sessionId}` */
export function readEvict(answer: Answer): EvictOutcome {
  return answer.status === 204 ? { kind: 'evicted' } : readElsewhere(answer)
}

/** `POST /sessions/{sessionId}/claim` */
export function readClaim({ status }: Answer): ClaimOutcome {
  if (status === 204) return { kind: 'claimed' }
  return status === 409 || status === 503 ? { kind: 'not-claimed' } : unknown(status)
}

/** `POST /push` */
export function readPush({ status }: Answer): PushOutcome {
  return status === 202 ? { kind: 'pushed' } : unknown(status)
}

/** What every route of a session answers when it is not held there. */
function readElsewhere({ status, body }: Answer): NotHere | NotOwner | Later | NoAnswer {
  switch (status) {
    case 404:
      return { kind: 'not-here' }
    case 409:
      return readNotOwner(body) ?? unknown(status)
    case 503:
      return { kind: 'later' }
    default:
      return unknown(status)
  }
}

function readNotOwner(body: unknown): NotOwner | undefined {
  return read(notOwner, body, ({ owner }) => ({ kind: 'not-owner', owner }))
}

function read<T, Outcome>(schema: z.ZodMiniType<T>, body: unknown, to: (value: T) => Outcome) {
  const value = schema.safeParse(body)
  return value.success ? to(value.data) : undefined
}

function unknown(status: number): NoAnswer {
  if (status === 401) return { kind: 'unreachable', cause: new TokenRefused() }
  return { kind: 'unanswered', cause: new UnknownAnswer(status) }
}
