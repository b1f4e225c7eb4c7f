export interface Credentials {
  readonly username: string
  readonly password: string
}

/** The limits of JOIN, so that the one way in takes no more than the other. */
const MAX_USERNAME_CHARACTERS = 1023
const MAX_PASSWORD_CHARACTERS = 1024

/** Reads the header `Authorization: Basic …` (RFC 7617, with its charset UTF-8); undefined when it is not exactly that. */
export function parseBasic(authorization: string): Credentials | undefined {
  const [, token] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization.trim()) ?? []
  const pair = token === undefined ? undefined : decode(token)
  // RFC 7617 section 2: no control characters; the user-id ends at the first colon and cannot hold one.
  if (pair === undefined || /\p{Cc}/u.test(pair)) return undefined
  const colon = pair.indexOf(':')
  if (colon < 1 || colon > MAX_USERNAME_CHARACTERS) return undefined
  const password = pair.slice(colon + 1)
  if (password === '' || password.length > MAX_PASSWORD_CHARACTERS) return undefined
  return { username: pair.slice(0, colon), password }
}

function decode(token: string): string | undefined {
  const bytes = Buffer.from(token, 'base64')
  const canonical = bytes.toString('base64')
  // Buffer passes over what is no Base64; only text that comes out again the same was any.
  if (token !== canonical && token !== canonical.replace(/=+$/, '')) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
