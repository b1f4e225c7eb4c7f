import type { Advice } from './state.ts'

/*
 * What the table of codes (shared/wire/codes.ts) tells a client to do, without its texts. A test holds the two together.
 */

const FORBIDDEN_BACK_OFF = new Set(['locked', 'registration-limited'])
const LEAVE_STOP = new Set(['left', 'replaced', 'signed-out', 'moved'])

/** A JOIN that is refused for a reason of tomorrow is not tried again. */
export function adviceOfForbidden(code: string): Advice {
  return FORBIDDEN_BACK_OFF.has(code) ? 'back-off' : 'stop'
}

/** A session that ends for a reason of tomorrow is begun again, slowly. */
export function adviceOfLeave(code: string): Advice {
  return LEAVE_STOP.has(code) ? 'stop' : 'back-off'
}

/** Whether the frame was not handled and is to be sent again. */
export function isTemporary(code: string): boolean {
  return code === 'try-again' || code === 'rate-limited'
}
