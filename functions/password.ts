import { compare, genSaltSync, hash } from 'bcryptjs'

/** bcrypt reads 72 bytes and no more: two longer passwords that begin alike would be one. */
const MAX_PASSWORD_BYTES = 72

export interface Passwords {
  hash(password: string): Promise<string>
  /** False after the same work when there is no hash, so that time does not tell who has an account. */
  matches(password: string, hash: string | undefined): Promise<boolean>
}

/** `cost` is the work factor: 2^cost rounds. */
export function bcryptPasswords(cost: number): Passwords {
  const nobody = `${genSaltSync(cost)}${'.'.repeat(31)}`
  return {
    hash: password => hash(password, cost),
    matches: async (password, known) => (await compare(password, known ?? nobody)) && known !== undefined,
  }
}

/** Why a password cannot be anybody's, in words for a person; undefined when it can. */
export function passwordProblem(password: string): string | undefined {
  if (Buffer.byteLength(password, 'utf8') > MAX_PASSWORD_BYTES)
    return `A password has at most ${MAX_PASSWORD_BYTES} bytes in UTF-8.`
  // RFC 8265 section 4.2.2 has none of these in a password. A NUL ends the text for many servers and a lone surrogate
  // becomes U+FFFD, so that two passwords would be one; XML cannot carry the others to the XMPP server.
  if (/[\p{Cc}\p{Noncharacter_Code_Point}]/u.test(password) || !password.isWellFormed())
    return 'A password holds no control characters and no broken ones.'
  return undefined
}
