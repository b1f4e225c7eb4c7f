import { errorCodes, type ErrorCode } from '../shared/wire/codes.ts'
import type { ErrorFrame, Forbidden } from '../shared/wire/frames/session.ts'
import type { SessionFrame } from '../shared/wire/up.ts'
import type { JoinOutcome } from './join.ts'

/** Long enough for a client's own retry to meet another worker, or the one that took over. */
export const TRY_AGAIN_AFTER_MS = 1000

/** An ERROR of the function itself, in the words of the code unless there are better ones. */
export function errorFrame(
  code: ErrorCode,
  id: string | undefined,
  message: string = errorCodes[code].means,
): ErrorFrame {
  const retryAfterMs = code === 'try-again' ? TRY_AGAIN_AFTER_MS : undefined
  return { messageType: 'ERROR', id, code, message, retryAfterMs }
}

/** A refused JOIN as its client gets it. */
export function forbiddenFrame(
  { code, message, retryAfterMs }: Extract<JoinOutcome, { kind: 'forbidden' }>,
  id: string | undefined,
): Forbidden {
  return { messageType: 'FORBIDDEN', id, code, message, retryAfterMs }
}

/** A frame that was sent to a worker which then said nothing may have been handled. */
export function unsureFrame(frame: SessionFrame): ErrorFrame {
  return errorFrame(frame.messageType === 'NEW_MESSAGE' ? 'unsure' : 'no-answer', frame.id)
}
