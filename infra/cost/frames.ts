import { PERSISTENCE } from '../../worker/session/persistence.ts'
import { DOWN_PER_SENT } from './measured.ts'

/** What one person does in a minute online. Each message comes by chance, at any time alike. */
export interface Talk {
  readonly sent: number
  readonly received: number
  /** Messages received that go out in one push. */
  readonly perPush: number
}

/** What follows from it in the same minute. */
export interface Frames {
  /** WebSocket messages of any kind from the client; each is one invoke. */
  readonly up: number
  /** And to it; each is one push. */
  readonly down: number
  /** Of the session's row. */
  readonly rowWrites: number
}

/** A client that has heard nothing for so long asks whether the bridge is there (worker/session/welcome.ts). */
const PING_AFTER_MINUTES = 4
/** A client acknowledges by itself after so many messages or so long, if nothing that it sends does it before (client/src/uplink.ts). */
const ACK_AFTER = { items: 32, minutes: 1 }

/** What goes over the wire for a sequenced client, and what is written about it. */
export function framesOf({ sent, received, perPush }: Talk): Frames {
  const told = received / perPush + DOWN_PER_SENT * sent
  const pings = pausesLongerThan(PING_AFTER_MINUTES, told)
  return {
    up: sent + loneAcknowledgements(sent, received) + pings,
    down: told + pings,
    // Each message sent brings a receipt, which is a stanza as well.
    rowWrites: rowWrites(received + sent),
  }
}

/** How often a minute events at `rate` leave a pause of so many minutes, a pause twice as long counting twice. */
function pausesLongerThan(minutes: number, rate: number): number {
  return rate === 0 ? 1 / minutes : rate / Math.expm1(rate * minutes)
}

/** Acknowledgements with nothing else in them: a message came, and nothing was sent until the time was up. */
function loneAcknowledgements(sent: number, received: number): number {
  if (received === 0) return 0
  const minutes = Math.min(ACK_AFTER.minutes, ACK_AFTER.items / received)
  const waiting = sent === 0 ? minutes : -Math.expm1(-sent * minutes) / sent
  return (received * Math.exp(-sent * minutes)) / (1 + received * waiting)
}

/** How often `h` is stored, as worker/session/persistence.ts has it. */
function rowWrites(stanzas: number): number {
  if (stanzas === 0) return 0
  const { stanzas: many, afterMs } = PERSISTENCE.sequenced
  return Math.max(stanzas / many, 1 / (afterMs / 60_000 + 1 / stanzas))
}
