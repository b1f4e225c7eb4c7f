import type { DownFrame } from '../../shared/wire/down.ts'
import type { ErrorFrame } from '../../shared/wire/frames/session.ts'
import type { ServerFeatures } from '../translate/effects.ts'
import type { Element } from '../xmpp/xml.ts'

/** `number`: the stanza's outbound count, undefined where the server does not count. `over`: nothing was sent. */
export type Sent = { readonly kind: 'sent'; readonly number: number | undefined } | { readonly kind: 'over' }

/** What the conversation needs of the session that holds it. */
export interface Line {
  send(stanza: Element): Sent
  /**
   * What one inbound stanza tells the client, once per stanza and in their order, with [] when nothing. The session numbers
   * and keeps it. `count` is the stanza's XEP-0198 number, undefined where the server does not count. A text is whole, of up to
   * `maxTextBytes`.
   */
  heard(count: number | undefined, frames: readonly DownFrame[]): void
  /** A frame that comes from no stanza of its own: replies, refusals, STATE after a lost stream. */
  push(frame: DownFrame): void
  /** What a new stream, or a stream in a new process, asks for first is answered; `snapshot()` is complete. */
  introduced(features: ServerFeatures): void
  /**
   * These frames of the client are settled: the XMPP server has them, or their end was told. Sequenced only; each once.
   * May be called while `onFrame` still runs, where the server does not count or nothing goes out.
   */
  settled(seqs: readonly number[]): void
  /** Whether all that an earlier worker may have sent has come from the client again. */
  gathered(): boolean
}

/** What became of a frame of the client. */
export type FrameOutcome =
  /** Its stanza is on its way, or will be, in order; `settled` comes later. Or it needs none (a request, a state). */
  | { readonly kind: 'taken' }
  /** Not pushed yet: that is for the session. Temporary when the code is `rate-limited` or `try-again`. */
  | { readonly kind: 'refused'; readonly error: ErrorFrame }
