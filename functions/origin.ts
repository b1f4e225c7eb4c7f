import { BadSetting } from '../shared/config.ts'

/** Which pages may connect. There is no CORS on WebSocket, so this check is all that keeps foreign pages out. */
export interface AllowedOrigins {
  readonly exact: ReadonlySet<string>
  /** Any page that this machine serves to itself. */
  readonly loopback: boolean
}

const SETTING = 'ALLOWED_ORIGINS'
const LOOPBACK_WORD = 'loopback'
const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * Reads the setting: origins as a browser writes them, separated by commas.
 * @throws BadSetting for an entry that no browser would ever send, since a page would be refused without a reason.
 */
export function parseAllowedOrigins(setting: string): AllowedOrigins {
  const entries = setting
    .split(',')
    .map(entry => entry.trim())
    .filter(entry => entry !== '')
  const exact = entries.filter(entry => entry !== LOOPBACK_WORD)
  if (!exact.every(isSerialised))
    throw new BadSetting(SETTING, 'must list origins like https://chat.example.org, without a path')
  return { exact: new Set(exact), loopback: entries.includes(LOOPBACK_WORD) }
}

/**
 * Whether a handshake with these Origin headers may go on. Programs send none and may; a browser always sends one,
 * `null` for pages without an origin of their own, which may not.
 */
export function mayConnect(origins: readonly string[], allowed: AllowedOrigins): boolean {
  const [origin, ...more] = origins
  if (origin === undefined) return true
  if (more.length > 0) return false
  return allowed.exact.has(origin) || (allowed.loopback && isLoopback(origin))
}

function isLoopback(origin: string): boolean {
  const url = URL.parse(origin)
  if (url === null || url.origin !== origin) return false
  return ['http:', 'https:'].includes(url.protocol) && LOOPBACK_HOSTS.has(url.hostname)
}

/**
 * As the HTML standard serialises an origin; for a scheme that it does not know (`capacitor://localhost`) the shape must
 * do. The URL standard takes a `*` in a name, but no page has it: here it would be a pattern, which there is none of.
 */
function isSerialised(entry: string): boolean {
  const origin = URL.parse(entry)?.origin
  if (entry.includes('*')) return false
  return origin === entry || (origin === 'null' && /^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s]+$/.test(entry))
}
