import { createHash, timingSafeEqual } from 'node:crypto'
import type { TokenHash } from '../../shared/stores/sessions.ts'

/** 2^256 values: nobody guesses one, so tries need no counting. */
const TOKEN_BYTES = 32
/** One that leaked, in a log or a backup of a browser, is worth something for a day. */
const RENEW_AFTER_MS = 24 * 3_600_000
/** The new one may be lost on its way to the client, which then comes back with the one before it. */
const OVERLAP_MS = 10 * 60_000

/** What opens the session again, in plain and as it is kept. `random` gives so many random bytes. */
export function makeToken(
  sessionId: string,
  random: (bytes: number) => Buffer,
  nowMs: number,
): { readonly token: string; readonly kept: TokenHash } {
  const token = `${sessionId}.${random(TOKEN_BYTES).toString('base64url')}`
  return { token, kept: { hash: hashOf(token), issuedAt: nowMs } }
}

/** The kept one that this token is, in constant time for each; undefined when it opens nothing (any more). */
export function checkToken(kept: readonly TokenHash[], token: string, nowMs: number): TokenHash | undefined {
  const given = Buffer.from(hashOf(token))
  return kept.filter(one => isEqual(Buffer.from(one.hash), given) && nowMs < (one.until ?? Infinity)).at(0)
}

/** Whether a client that shows this one should get another: it is old, or has been replaced already. */
export function isWorn(kept: TokenHash, nowMs: number): boolean {
  return kept.until !== undefined || nowMs - kept.issuedAt >= RENEW_AFTER_MS
}

/** What is kept once `made` is told: it, and for a while the one that the client has shown; nothing else. */
export function renewed(shown: TokenHash, made: TokenHash, nowMs: number): readonly TokenHash[] {
  const until = Math.min(shown.until ?? Infinity, nowMs + OVERLAP_MS)
  return [{ ...shown, until }, made]
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

function isEqual(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
