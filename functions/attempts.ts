import { isIP } from 'node:net'
import { sleep, type Clock } from '../shared/clock.ts'
import type { Attempts, Budget, Counted } from '../shared/stores/attempts.ts'

/** Whom an attempt to sign in counts against. */
export interface Attempt {
  /** As `networkOf` names it. */
  readonly network: string
  /** Prepared; undefined for a name that nobody can have. */
  readonly username: string | undefined
}

export interface AttemptBudgets {
  readonly perUser: Budget
  readonly perNetwork: Budget
}

export type Permission = { kind: 'go'; waitMs: number } | { kind: 'locked'; retryAfterMs: number }

/** This many failures of one name, from all networks, are a person's; what comes after waits. */
const FAILURES_WITHOUT_WAIT = 20
const FIRST_WAIT_MS = 125
/** Guessing from many networks gets slow, and the owner of the name still signs in within a moment. */
const MAX_WAIT_MS = 2000

/** A good sign-in takes less, and gives its attempt back. */
const BURST_MS = 2000
/** So often a whole budget of them may go before. */
const MAX_BURST_WAITS = 3

/** The name of a caller's network: an IPv4 /24 or an IPv6 /56, which is what one subscriber is given at most. */
export function networkOf(sourceIp: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(sourceIp)?.[1] ?? sourceIp
  if (isIP(mapped) === 4) return `${mapped.split('.').slice(0, 3).join('.')}.0/24`
  if (isIP(mapped) === 6) return ipv6Network(mapped)
  return 'unknown'
}

function ipv6Network(address: string): string {
  // The URL standard writes all forms of one address alike (RFC 5952).
  const canonical = new URL(`http://[${address.replace(/%.*$/, '')}]/`).hostname.slice(1, -1)
  const [head = '', tail = ''] = canonical.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === '' ? [] : tail.split(':')
  const zeros = Array<string>(8 - before.length - after.length).fill('0')
  const groups = [...before, ...zeros, ...after].map(group => Number.parseInt(group, 16))
  const [first = 0, second = 0, third = 0, fourth = 0] = groups
  return `${[first, second, third, fourth & 0xff00].map(group => group.toString(16)).join(':')}::/56`
}

/** How long a check waits that is the `count`th of one name within the window, whichever network it came from. */
export function slowDownMs(count: number): number {
  if (count <= FAILURES_WITHOUT_WAIT) return 0
  return Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (count - FAILURES_WITHOUT_WAIT - 1))
}

interface Needs {
  readonly clock: Clock
  readonly attempts: Attempts
  readonly budgets: AttemptBudgets
}

/**
 * Counts one attempt before it is made. A name can only be locked within one network, so nobody can lock out its
 * owner; over all networks it only slows down.
 */
export async function takeAttempt(deps: Needs, attempt: Attempt): Promise<Permission> {
  const { attempts, budgets } = deps
  const { user, network, account } = keysOf(attempt)
  const byUser = user === undefined ? undefined : await takeAfterBurst(deps, user)
  if (byUser?.within === false) return { kind: 'locked', retryAfterMs: byUser.retryAfterMs }
  const byNetwork = await attempts.take(network, budgets.perNetwork)
  if (!byNetwork.within) {
    if (user !== undefined) await attempts.giveBack(user)
    return { kind: 'locked', retryAfterMs: byNetwork.retryAfterMs }
  }
  if (account === undefined) return { kind: 'go', waitMs: 0 }
  const everywhere = await attempts.take(account, { ...budgets.perUser, limit: Number.MAX_SAFE_INTEGER })
  return { kind: 'go', waitMs: everywhere.within ? slowDownMs(everywhere.count) : MAX_WAIT_MS }
}

/**
 * What spent the budget of a window that has only just begun may be under way and well: the tabs of a browser that is
 * back online sign in all at once. Then it waits to see. Guessing gains nothing by that, and waits in no later window.
 */
async function takeAfterBurst({ clock, attempts, budgets }: Needs, user: string): Promise<Counted> {
  const { perUser } = budgets
  let counted = await attempts.take(user, perUser)
  for (let waits = 0; !counted.within && waits < MAX_BURST_WAITS; waits += 1) {
    if (perUser.windowMs - counted.retryAfterMs >= BURST_MS) return counted
    await sleep(clock, BURST_MS)
    counted = await attempts.take(user, perUser)
  }
  return counted
}

/** The attempt was no failure: the password was right (`succeeded`), or nobody could say. */
export async function undoAttempt(attempts: Attempts, attempt: Attempt, succeeded: boolean): Promise<void> {
  const { user, network, account } = keysOf(attempt)
  await Promise.all([
    user !== undefined && (succeeded ? attempts.reset(user) : attempts.giveBack(user)),
    attempts.giveBack(network),
    account !== undefined && attempts.giveBack(account),
  ])
}

function keysOf({ network, username }: Attempt) {
  // A network holds no `#`, so no name can be chosen that runs into another key.
  return {
    user: username === undefined ? undefined : `user#${network}#${username}`,
    network: `network#${network}`,
    account: username === undefined ? undefined : `account#${username}`,
  }
}
