import { within, type Clock } from '../shared/clock.ts'
import type { ClaimRequest, Handover } from '../shared/handoff/schemas.ts'
import type { Meter } from '../shared/metrics.ts'
import type { SessionRow, Sessions, Tenure } from '../shared/stores/sessions.ts'
import type { Workers } from '../shared/stores/workers.ts'
import type { Fence } from './fence.ts'
import type { Logger } from './log.ts'
import type { HandoverOutcome, Whereabouts } from './server.ts'
import type { Tenures } from './sessions-api.ts'

export interface ClaimsOptions {
  readonly workerId: string
  readonly sessions: Pick<Sessions, 'get' | 'claim'>
  readonly workers: Pick<Workers, 'get'>
  readonly tenures: Pick<Tenures, 'count' | 'tenure' | 'adopt'>
  readonly fence: Fence
  readonly maxSessions: number
  readonly draining: () => boolean
  readonly clock: Clock
  readonly log: Logger
  readonly meter: Meter
}

/**
 * Several logins in a row, and a sixth of the time after which a peer takes a claim for unanswered. When every login takes longer,
 * 2,000 sessions, 16 at a time, are still given within 63 s.
 */
const GOES_ON_WITHIN_MS = 500
/**
 * Since the request came: a claim that takes longer is waited for, and nothing beside it. A peer that has no answer after 3 s, of
 * which up to 1.3 s go to a new connection, offers this worker nothing more and lets the session go.
 */
const ANSWERS_WITHIN_MS = 1500

type Found =
  | Whereabouts
  /** By this worker; `adopted` resolves when the session goes on here. */
  | { readonly kind: 'claimed'; readonly adopted: Promise<void> }

/** What is known of a session that is not held here, though its row may be this worker's. */
interface Doubt {
  /** The highest that the row has as long as nobody else has acted for the session. */
  readonly epoch: number
  /** With what it goes on then. */
  readonly handover: Handover | undefined
}

/**
 * Sessions that become this worker's: each by one conditional write, and one claim for a session at a time, whoever asks
 * for it.
 */
export class Claims {
  readonly #options: ClaimsOptions
  readonly #running = new Map<string, Promise<Found>>()
  /** Claims whose answer never came, and sessions that a peer did not say whether it took. */
  readonly #doubts = new Map<string, Doubt>()
  #claiming = 0
  #adopting = 0

  constructor(options: ClaimsOptions) {
    this.#options = options
  }

  /** Whether one more session may be taken: the fence is open, a place is left, and this worker is to stay. */
  get able(): boolean {
    const { fence, tenures, maxSessions, draining } = this.#options
    return fence.open && !draining() && tenures.count + this.#claiming < maxSessions
  }

  /** How many sessions are claimed and do not go on here yet. */
  get adopting(): number {
    return this.#adopting
  }

  /** Finds out who holds a session that was not found here, and takes it when its owner is dead. Never rejects. */
  async claimFor(sessionId: string): Promise<Whereabouts> {
    try {
      const found = await this.#once(sessionId, () => this.#find(sessionId))
      return found.kind === 'claimed' ? { kind: 'later' } : found
    } catch (error) {
      this.#options.log.warn({ err: error, sessionId }, 'the owner of a session could not be found')
      return { kind: 'later' }
    }
  }

  /**
   * Takes a session whose owner was found dead after this row was read, and resolves when it goes on here; false when it is
   * not to be had. Rejects as the stores do.
   */
  async takeOver(row: SessionRow): Promise<boolean> {
    const taken = await this.#once(row.sessionId, () => this.#claimIfAble(row))
    if (taken.kind !== 'claimed') return false
    await taken.adopted
    return true
  }

  /**
   * A peer gives its session away. Resolves when it goes on here, or half a second after its claim: a peer that is answered
   * sooner gives the next ones, which nobody serves while they wait here for a login. After a slow claim that is less, or none.
   * Rejects as the store does: whether it was taken is not known then.
   */
  async acceptHandover(sessionId: string, request: ClaimRequest): Promise<HandoverOutcome> {
    const { clock } = this.#options
    const { owner, epoch, handover } = request
    const answerByMs = clock.monotonic() + ANSWERS_WITHIN_MS
    // Somebody who asked for it while its owner still had it; the answer says nothing about this offer.
    await this.#running.get(sessionId)?.catch(() => undefined)
    if (!this.able) return 'busy'
    const taken = await this.#once(sessionId, () => this.#claim({ sessionId, owner, epoch }, handover))
    if (taken.kind !== 'claimed') return 'taken'
    const waitMs = Math.min(GOES_ON_WITHIN_MS, answerByMs - clock.monotonic())
    if (waitMs > 0) await within(clock, waitMs, taken.adopted)
    return 'claimed'
  }

  /**
   * A session of ours is let go, since a peer to which it was offered may hold it: unless the row says so, it comes back when
   * it is asked for or its doubt is settled, with what was to be handed over.
   */
  letGo({ sessionId, epoch }: Tenure, handover: Handover): void {
    this.#doubts.set(sessionId, { epoch, handover })
  }

  /** Asks about each session of which it is not known whose it is, lest it be nobody's. Never rejects. */
  async settleDoubts(): Promise<void> {
    await Promise.all([...this.#doubts.keys()].map(sessionId => this.claimFor(sessionId)))
  }

  #once(sessionId: string, work: () => Promise<Found>): Promise<Found> {
    const running = this.#running.get(sessionId)
    if (running !== undefined) return running
    const begun = work().finally(() => this.#running.delete(sessionId))
    this.#running.set(sessionId, begun)
    return begun
  }

  async #find(sessionId: string): Promise<Found> {
    const { workerId, sessions, tenures, draining } = this.#options
    // Whoever has looked here just now missed a socket of it, not the session.
    if (tenures.tenure(sessionId) !== undefined) return { kind: 'none' }
    const row = await sessions.get(sessionId)
    const doubt = this.#doubts.get(sessionId)
    if (row?.owner === workerId && doubt !== undefined) return this.#claimAnew(row, doubt)
    this.#doubts.delete(sessionId)
    if (row === undefined) return { kind: 'none' }
    if (row.owner !== workerId) return this.#takeFromDead(row)
    // Ours and not held has just ended and its row is on the way out, or it was let go for whoever comes next.
    return { kind: tenures.tenure(sessionId) !== undefined || draining() ? 'later' : 'none' }
  }

  /**
   * The owner is looked at after its session was: one that has come back is alive before it claims its sessions anew (see
   * Lease), so a session that was read as claimed anew finds its owner alive; of any other the condition decides.
   */
  async #takeFromDead(row: SessionRow): Promise<Found> {
    const owner = await this.#options.workers.get(row.owner)
    if (owner !== undefined && owner.phase !== 'dead') return { kind: 'elsewhere', owner: row.owner }
    return this.#claimIfAble(row)
  }

  async #claimIfAble(row: SessionRow): Promise<Found> {
    return this.able ? this.#claim(row) : { kind: 'later' }
  }

  /**
   * A claim on the row as it was read, whether of a peer that had it offered or of one that saw this worker dead, may still be
   * under way. The next epoch makes it fail, or finds that it was faster.
   */
  async #claimAnew(row: SessionRow, { epoch, handover }: Doubt): Promise<Found> {
    if (!this.#options.fence.open) return { kind: 'later' }
    return this.#claim(row, row.epoch <= epoch ? handover : undefined)
  }

  async #claim({ sessionId, owner, epoch }: Tenure, handover?: Handover): Promise<Found> {
    const { sessions, workerId, meter } = this.#options
    this.#claiming += 1
    this.#doubts.set(sessionId, { epoch: epoch + 1, handover })
    try {
      const row = await sessions.claim({ sessionId, owner, epoch }, workerId)
      this.#doubts.delete(sessionId)
      // Who was faster is found when it is asked for again.
      if (row === undefined) return { kind: 'later' }
      if (owner !== workerId) meter.count(handover === undefined ? 'TakeOvers' : 'HandOvers', 1)
      return { kind: 'claimed', adopted: this.#adopt(row, handover) }
    } finally {
      this.#claiming -= 1
    }
  }

  async #adopt(row: SessionRow, handover: Handover | undefined): Promise<void> {
    this.#adopting += 1
    await this.#options.tenures.adopt(row, handover)
    this.#adopting -= 1
  }
}
