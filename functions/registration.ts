import type { Values } from '../shared/config.ts'
import type { Attempts } from '../shared/stores/attempts.ts'
import type { RefusalCode } from '../shared/handoff/schemas.ts'
import type { ForbiddenCode } from '../shared/wire/codes.ts'

export type RegistrationMode = Values<'REGISTRATION'>['REGISTRATION']

/** What a JOIN may do about a missing account. */
export type Reservation =
  | { kind: 'none' }
  | { kind: 'held'; key: string }
  /** Too many accounts from that network: the JOIN may only sign in. */
  | { kind: 'over'; retryAfterMs: number }

const WINDOW_MS = 3_600_000

/** Whether a JOIN whose password matched no stored hash asks for a new account. */
export function wantsRegistration(mode: RegistrationMode, asked: boolean, known: boolean): boolean {
  switch (mode) {
    case 'on-first-join':
      return asked || !known
    case 'explicit':
      return asked
    case 'closed':
      return false
  }
}

/** Takes one from the network's new accounts of this hour. */
export async function reserve(attempts: Attempts, network: string, limit: number): Promise<Reservation> {
  const key = `registration#${network}`
  const taken = await attempts.take(key, { limit, windowMs: WINDOW_MS })
  return taken.within ? { kind: 'held', key } : { kind: 'over', retryAfterMs: taken.retryAfterMs }
}

/**
 * The code that a refused JOIN is told. It never depends on whether the XMPP server has the account: where the name
 * may not be registered, an unknown name and a wrong password get the same.
 */
export function refusalCode(
  worker: RefusalCode,
  { mode, asked, reservation }: { mode: RegistrationMode; asked: boolean; reservation: Reservation },
): ForbiddenCode {
  if (worker !== 'bad-credentials') return worker
  if (reservation.kind === 'over') return 'registration-limited'
  return asked && mode === 'closed' ? 'registration-closed' : 'bad-credentials'
}
