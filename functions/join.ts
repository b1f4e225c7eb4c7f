import { forbiddenCodes, type ForbiddenCode } from '../shared/wire/codes.ts'
import { prepareLocal } from '../shared/wire/jid.ts'
import { sleep } from '../shared/clock.ts'
import type { OpenRequest } from '../shared/handoff/schemas.ts'
import { networkOf, takeAttempt, type Attempt } from './attempts.ts'
import type { Caller } from './caller.ts'
import type { Deps } from './deps.ts'
import { nameTag } from './log.ts'
import { openSomewhere, type Opened } from './opening.ts'
import { passwordProblem } from './password.ts'
import { refusalCode, reserve, wantsRegistration, type Reservation } from './registration.ts'
import { replace } from './replace.ts'
import { settle, type Candidate } from './settle.ts'

export interface JoinRequest extends Caller {
  readonly sourceIp: string
  readonly username: string
  readonly password: string
  /** A new account was asked for. */
  readonly register: boolean
  readonly joinId: string | undefined
  readonly handshake: boolean
  readonly mode: OpenRequest['mode']
}

export type JoinOutcome =
  | { kind: 'joined' }
  | { kind: 'forbidden'; code: ForbiddenCode; message: string; retryAfterMs?: number }
  | { kind: 'try-again' }

/** Below the 29 s that API Gateway waits, with room for the answer. */
const JOIN_WITHIN_MS = 27_000

/** Signs in with a password. The XMPP server decides; the stored hash only saves it from most wrong guesses. */
export async function join(deps: Deps, request: JoinRequest): Promise<JoinOutcome> {
  const untilMs = deps.clock.monotonic() + JOIN_WITHIN_MS
  const problem = passwordProblem(request.password)
  // A rule that anybody can read tells nothing about an account, and costs nothing to check.
  if (problem !== undefined) return forbidden('bad-credentials', problem)
  const name = prepareLocal(request.username)
  const attempt = { network: networkOf(request.sourceIp), username: name.ok ? name.value : undefined }
  const permission = await takeAttempt(deps, attempt)
  if (permission.kind === 'locked') return locked(deps, attempt, permission.retryAfterMs)
  if (permission.waitMs > 0) await sleep(deps.clock, permission.waitMs)
  if (name.ok) return signIn(deps, request, { network: attempt.network, username: name.value }, untilMs)
  await deps.passwords.matches(request.password, undefined)
  return forbidden('bad-credentials')
}

async function signIn(
  deps: Deps,
  request: JoinRequest,
  candidate: Candidate,
  untilMs: number,
): Promise<JoinOutcome> {
  const { username, network } = candidate
  const account = await deps.accounts.get(username)
  const matches = await deps.passwords.matches(request.password, account?.hash)
  const { mode, perNetwork } = deps.registration
  const register = !matches && wantsRegistration(mode, request.register, account !== undefined)
  const reservation: Reservation = register
    ? await reserve(deps.attempts, network, perNetwork)
    : { kind: 'none' }
  const opened = await openSomewhere(
    deps,
    {
      connectionId: request.connectionId,
      username,
      password: request.password,
      register: reservation.kind === 'held',
      joinId: request.joinId,
      handshake: request.handshake,
      verified: matches,
      mode: request.mode,
    },
    request.traceId,
    untilMs,
  )
  await Promise.all([
    opened.kind === 'joined' && replace(deps, request, opened),
    settle(deps, { ...candidate, password: request.password, account, matches, reservation }, opened),
  ])
  return toOutcome(deps, request, reservation, opened)
}

function toOutcome(
  { registration: { mode } }: Deps,
  { register: asked }: JoinRequest,
  reservation: Reservation,
  opened: Opened,
): JoinOutcome {
  switch (opened.kind) {
    case 'joined':
      return { kind: 'joined' }
    case 'refused': {
      const code = refusalCode(opened.code, { mode, asked, reservation })
      const limited = code === 'registration-limited' && reservation.kind === 'over'
      return limited ? { ...forbidden(code), retryAfterMs: reservation.retryAfterMs } : forbidden(code)
    }
    case 'nowhere':
    case 'unanswered':
      return { kind: 'try-again' }
  }
}

function locked(deps: Deps, { network, username }: Attempt, retryAfterMs: number): JoinOutcome {
  const user = username === undefined ? undefined : nameTag(username)
  deps.log.warn('join.locked', { network, user, retryAfterMs })
  return { ...forbidden('locked'), retryAfterMs }
}

function forbidden(code: ForbiddenCode, message: string = forbiddenCodes[code].means) {
  return { kind: 'forbidden', code, message } as const
}
