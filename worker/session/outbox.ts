import type { ErrorFrame } from '../../shared/wire/frames/session.ts'

/** So many messages may wait for the server's acknowledgement; a healthy one acknowledges within a second. */
const LIMIT = 256

/** Messages on their way to the XMPP server, by their outbound number, until it acknowledges them (XEP-0198 4). */
export class Outbox {
  readonly #waiting = new Map<number, string | undefined>()

  get full(): boolean {
    return this.#waiting.size >= LIMIT
  }

  /** A message went out under this number. */
  add(number: number, frameId: string | undefined): void {
    this.#waiting.set(number, frameId)
  }

  /** The server has all up to this number. */
  acknowledged(count: number): void {
    for (const number of this.#waiting.keys()) if (number <= count) this.#waiting.delete(number)
  }

  /**
   * The stream is gone for good. Returns what to tell the client about each message that is not known to have arrived:
   * with the server's own count (`failedH`) the rest was certainly not handled, without it nobody knows.
   */
  startOver(failedH: number | undefined): readonly ErrorFrame[] {
    if (failedH !== undefined) this.acknowledged(failedH)
    const lost = [...this.#waiting.values()].map(id => (failedH === undefined ? unsure(id) : notSent(id)))
    this.#waiting.clear()
    return lost
  }
}

function unsure(id: string | undefined): ErrorFrame {
  return {
    messageType: 'ERROR',
    id,
    code: 'unsure',
    message: 'The connection to the XMPP server broke before it confirmed this message.',
  }
}

/** The message certainly did not reach the server. */
export function notSent(id: string | undefined): ErrorFrame {
  return {
    messageType: 'ERROR',
    id,
    code: 'try-again',
    message: 'The XMPP server did not get this message.',
    retryAfterMs: 1000,
  }
}
