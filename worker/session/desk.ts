import type { DownFrame } from '../../shared/wire/down.ts'
import type { ErrorFrame } from '../../shared/wire/frames/session.ts'
import type { ReadFrame } from '../../shared/wire/read.ts'
import type { UpFrame } from '../../shared/wire/up.ts'
import { errorFrame } from '../translate/error-frame.ts'
import type { FrameOutcome } from './line.ts'

/** A frame whose turn it is. */
export interface Turn {
  readonly frame: UpFrame
  /** Its place in the sequence; undefined for a request or a state. */
  readonly seq: number | undefined
  /** An earlier worker may have sent it already. */
  readonly suspect: boolean
}

/** Who deals with the frames of a client, one at a time. */
export interface Desk {
  readonly handle: (turn: Turn) => FrameOutcome
  /** Before anything is answered that was not handled: undefined, or that there were too many. */
  readonly charge: () => ErrorFrame | undefined
}

/** A frame for the client. With a `seq`: the ack of that must not reach the client before it, nor without it. */
export interface Answer {
  readonly frame: DownFrame
  readonly seq: number | undefined
}

type Unread = Extract<ReadFrame, { ok: false }>
type Refused = Extract<FrameOutcome, { kind: 'refused' }>

/** Has a request or a state handled, or refuses a frame that cannot be read and asks for no place. */
export function handleBeside(read: ReadFrame, desk: Desk): readonly Answer[] {
  const outcome = read.ok
    ? desk.handle({ frame: read.frame, seq: undefined, suspect: false })
    : refuseUnread(read, desk)
  return outcome.kind === 'taken' ? [] : [{ frame: outcome.error, seq: undefined }]
}

/** What a frame that cannot be read is answered; it costs what a frame does. */
export function refuseUnread({ code, message, id }: Unread, desk: Desk): Refused {
  return { kind: 'refused', error: desk.charge() ?? errorFrame(code, message, id) }
}

/** What was refused for the time being may be sent again under the same `seq`: it takes no place. */
export function isTemporary({ code }: ErrorFrame): boolean {
  return code === 'rate-limited' || code === 'try-again'
}

/** Another frame came under this `seq` before. */
export function conflict(id: string | undefined, desk: Desk): Answer {
  const message = 'Another frame has this seq; this one was not handled.'
  return { frame: desk.charge() ?? errorFrame('seq-conflict', message, id), seq: undefined }
}

/** Of all that is too much in one batch one ERROR tells. */
export function limitedOnce({ handle, charge }: Desk): Desk {
  let limited: ErrorFrame | undefined
  return {
    handle,
    charge: () => {
      limited ??= charge()
      return limited
    },
  }
}

/** What would be said to one batch again and again is said once: SYNC, `rate-limited`, what came of one frame. */
export function withoutEchoes(answers: readonly Answer[]): readonly Answer[] {
  const said = new Set<DownFrame>()
  return answers.filter(({ frame }) => !said.has(frame) && said.add(frame))
}
