import type { ErrorCode } from '../../shared/wire/codes.ts'
import type { ErrorFrame } from '../../shared/wire/frames/session.ts'

/** ERROR for the frame with this `id`, or for none. With `retryAfterMs` the same frame is worth sending again then. */
export function errorFrame(
  code: ErrorCode,
  message: string,
  id: string | undefined,
  retryAfterMs?: number,
): ErrorFrame {
  return { messageType: 'ERROR', id, code, message, ...(retryAfterMs !== undefined && { retryAfterMs }) }
}
