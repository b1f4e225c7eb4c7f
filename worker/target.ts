import { BadSetting } from '../shared/config.ts'
import { prepareDomain } from '../shared/wire/jid.ts'
import type { XmppTarget } from './xmpp/stream.ts'

const STARTTLS_PORT = 5222
/** XEP-0368 leaves the port to SRV records; 5223 is the custom where there are none. */
const DIRECT_TLS_PORT = 5223

/**
 * Where and how the XMPP server is dialled.
 * @throws BadSetting when XMPP_URL is not `xmpp://host[:port]` or `xmpps://host[:port]`.
 */
export function readTarget(
  url: string,
  domain: string,
  tls: 'required' | 'off',
  ca: string | undefined,
): XmppTarget {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  // `new URL` knows no default ports for these schemes and keeps the brackets of an IPv6 address.
  const host = parsed?.hostname.replace(/^\[|\]$/g, '') ?? ''
  if (parsed === undefined || host === '' || !['xmpp:', 'xmpps:'].includes(parsed.protocol)) {
    throw new BadSetting('XMPP_URL', 'must be xmpp://host:port (STARTTLS) or xmpps://host:port (direct TLS)')
  }
  const direct = parsed.protocol === 'xmpps:'
  const port = Number(parsed.port) || (direct ? DIRECT_TLS_PORT : STARTTLS_PORT)
  const security = direct ? 'direct-tls' : tls === 'off' ? 'none' : 'starttls'
  return { host, port, domain, security, ca }
}

/**
 * The domain of the accounts as the server writes it in addresses (RFC 7622), with which they are compared.
 * @throws BadSetting when XMPP_DOMAIN cannot be a domain.
 */
export function readDomain(setting: string): string {
  const domain = prepareDomain(setting)
  if (!domain.ok) throw new BadSetting('XMPP_DOMAIN', 'must be a domain name, like example.org')
  return domain.value
}
