import { createHash } from 'node:crypto'
import packageFile from '../../package.json' with { type: 'json' }
import { xml, type Element } from '../xmpp/xml.ts'
import type { View } from './effects.ts'
import { ns } from './stanza.ts'

export const NAME = 'Stanzagate'
export const VERSION = packageFile.version

interface DiscoIdentity {
  readonly category: string
  readonly type: string
  readonly name: string
}

/** In the registry of XEP-0030 identities `client/web` is one that is used through a web page. */
const identity: DiscoIdentity = { category: 'client', type: 'web', name: NAME }

/** What is answered or read below, and nothing else. */
const common = [ns.caps, ns.delay, ns.disco, ns.ids, ns.ping, ns.receipts, ns.time, ns.version]

/** A simple client is not told who writes and who has read what, so nobody needs to say it. */
const features = {
  simple: common,
  sequenced: [...common, ns.chatStates, ns.markers],
} as const satisfies Record<View['mode'], readonly string[]>

/** XEP-0115 4: a URI that names the software. */
const NODE = 'urn:x-stanzagate'

const vers = {
  simple: capsVer(identity, features.simple),
  sequenced: capsVer(identity, features.sequenced),
} as const satisfies Record<View['mode'], string>

/** Goes with each presence, so that the clients of contacts ask once for all sessions (XEP-0115). */
export function caps(mode: View['mode']): Element {
  return xml('c', { xmlns: ns.caps, hash: 'sha-1', node: NODE, ver: vers[mode] })
}

/** Answers disco#info (XEP-0030 3.1); undefined for a node there is not. */
export function discoInfo(node: string | undefined, mode: View['mode']): Element | undefined {
  if (node !== undefined && node !== `${NODE}#${vers[mode]}`) return undefined
  return xml(
    'query',
    { xmlns: ns.disco, node },
    xml('identity', { ...identity }),
    ...features[mode].map(feature => xml('feature', { var: feature })),
  )
}

/** XEP-0115 5.1, for one identity without a language; of ASCII names, as code units are sorted, not octets. */
export function capsVer({ category, type, name }: DiscoIdentity, vars: readonly string[]): string {
  const parts = [`${category}/${type}//${name}`, ...[...vars].sort()]
  return createHash('sha1')
    .update(parts.map(part => `${part}<`).join(''))
    .digest('base64')
}
