/*
 * What the table of codes (shared/wire/codes.ts) tells a client to do, without its texts. A test holds the two together.
 */

const REFUSALS_THAT_PASS = ['locked', 'registration-limited']
const ENDS_FOR_GOOD = ['left', 'replaced', 'signed-out', 'moved']

/** FORBIDDEN: not to be retried. Nor is a JOIN that is refused for a reason of tomorrow. */
export function isFinalRefusal(code: string): boolean {
  return !REFUSALS_THAT_PASS.includes(code)
}

/** LEAVE: not to come back. A session that ends for a reason of tomorrow is begun anew, slowly. */
export function isFinalEnd(code: string): boolean {
  return ENDS_FOR_GOOD.includes(code)
}

/** ERROR: the frame was not handled: it is to be resent, or repeated if it has no number. */
export function isTemporary(code: string): boolean {
  return code === 'try-again' || code === 'rate-limited'
}
