export const NS_SM = 'urn:xmpp:sm:3'

/** Asks the other side for its count. */
export const ACK_REQUEST = `<r xmlns="${NS_SM}"/>`

/** XEP-0198 4: counts start again at 0 after 2^32 - 1. Inside they only grow; the wire shows the remainder. */
const WRAP = 2 ** 32

export function toWire(count: number): string {
  return String(count % WRAP)
}

/** The count an `h` stands for: the one nearest to `near`. undefined when it is no count at all. */
export function fromWire(h: string | undefined, near: number): number | undefined {
  if (h === undefined || !/^\d{1,10}$/.test(h) || Number(h) >= WRAP) return undefined
  const ahead = (((Number(h) - near) % WRAP) + WRAP) % WRAP
  return ahead < WRAP / 2 ? near + ahead : near + ahead - WRAP
}

/** What we sent: how many stanzas the server has acknowledged, and those it has not, oldest first, as XML. */
export interface Outbound {
  readonly acked: number
  readonly unacked: readonly string[]
}

export const NOTHING_SENT: Outbound = { acked: 0, unacked: [] }

export function sent(outbound: Outbound): number {
  return outbound.acked + outbound.unacked.length
}

export function withSent(outbound: Outbound, stanza: string): Outbound {
  return { acked: outbound.acked, unacked: [...outbound.unacked, stanza] }
}

/** After `<a h>`. 'too-high' when the server claims more than we sent (XEP-0198 4); an old `h` changes nothing. */
export function afterAck(outbound: Outbound, h: number): Outbound | 'too-high' {
  if (h > sent(outbound)) return 'too-high'
  if (h <= outbound.acked) return outbound
  return { acked: h, unacked: outbound.unacked.slice(h - outbound.acked) }
}

/**
 * After `<resumed h>`. Here the server's count rules: it may be ahead of ours, because a holder before us sent stanzas that it
 * had no time to write down. Left are the stanzas that must be sent again.
 */
export function afterResume(outbound: Outbound, h: number): Outbound {
  return { acked: h, unacked: outbound.unacked.slice(Math.max(0, h - outbound.acked)) }
}
