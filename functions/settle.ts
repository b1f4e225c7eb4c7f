import type { Account } from '../shared/stores/accounts.ts'
import { undoAttempt, type Attempt } from './attempts.ts'
import type { Deps } from './deps.ts'
import { errorFacts, nameTag } from './log.ts'
import type { Opened } from './opening.ts'
import type { Reservation } from './registration.ts'

export interface Candidate extends Attempt {
  readonly username: string
}

/** What was known when the XMPP server was asked. */
export interface Asked extends Candidate {
  readonly password: string
  readonly account: Account | undefined
  /** The password is the one of the stored hash. */
  readonly matches: boolean
  readonly reservation: Reservation
}

/**
 * Puts the books in order once the XMPP server has spoken. The answer stands by then, so a store that fails here fails
 * no JOIN.
 */
export async function settle(deps: Deps, asked: Asked, opened: Opened): Promise<void> {
  const code = opened.kind === 'refused' ? opened.code : undefined
  const registered = opened.kind === 'joined' ? opened.registered : undefined
  deps.log.info(`join.${opened.kind}`, { user: nameTag(asked.username), code, registered })
  const work = [
    settleAccount(deps, asked, opened),
    settleAttempt(deps, asked, opened),
    settleReservation(deps, asked.reservation, opened),
  ]
  for (const done of await Promise.allSettled(work)) {
    if (done.status === 'rejected') deps.log.error('join.unsettled', errorFacts(done.reason))
  }
}

async function settleAccount(
  { accounts, passwords, clock }: Deps,
  { username, password, account, matches }: Asked,
  opened: Opened,
): Promise<void> {
  if (opened.kind === 'joined' && !matches) {
    const createdAt = account?.createdAt ?? clock.now()
    await accounts.put({ username, hash: await passwords.hash(password), createdAt })
  }
  // The password was changed at the XMPP server, or the account is gone there.
  if (opened.kind === 'refused' && matches && account) await accounts.forget(username, account.hash)
}

/** Only a refusal is a failure; an attempt that nobody could decide is given back. */
async function settleAttempt({ attempts }: Deps, attempt: Attempt, opened: Opened): Promise<void> {
  if (opened.kind !== 'refused') await undoAttempt(attempts, attempt, opened.kind === 'joined')
}

async function settleReservation(
  { attempts }: Deps,
  reservation: Reservation,
  opened: Opened,
): Promise<void> {
  const spent = opened.kind === 'unanswered' || (opened.kind === 'joined' && opened.registered)
  if (reservation.kind === 'held' && !spent) await attempts.giveBack(reservation.key)
}
