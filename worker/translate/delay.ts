import { parseJid, type Jid } from '../../shared/wire/jid.ts'
import type { Element } from '../xmpp/xml.ts'
import { isHome, ns } from './stanza.ts'

/** XEP-0082 3.2. */
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/

/**
 * Since when a message waited, in milliseconds since 1970: the earliest stamp (XEP-0203) on any of its layers. Only
 * those of the own server and account are believed; undefined when there is none.
 */
export function delayedSince(layers: readonly Element[], own: Jid): number | undefined {
  const stamps = layers
    .flatMap(layer => layer.getChildren('delay', ns.delay))
    .filter(delay => isFromHome(delay, own))
    .map(stampOf)
    .filter(stamp => stamp !== undefined)
  return stamps.length === 0 ? undefined : Math.min(...stamps)
}

function isFromHome(delay: Element, own: Jid): boolean {
  const from = parseJid(delay.attrs['from'] ?? '')
  return from.ok && from.value.resource === undefined && isHome(from.value, own)
}

/** Milliseconds since 1970. */
export function stampOf(delay: Element): number | undefined {
  const text = delay.attrs['stamp'] ?? ''
  const stamp = DATE_TIME.test(text) ? Date.parse(text) : Number.NaN
  return stamp >= 0 ? stamp : undefined
}
