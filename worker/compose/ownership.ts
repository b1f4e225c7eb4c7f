import { randomUUID } from 'node:crypto'
import { systemClock as clock } from '../../shared/clock.ts'
import type { HandoffClient } from '../../shared/handoff/client.ts'
import type { Meter } from '../../shared/metrics.ts'
import type { WorkerRow } from '../../shared/stores/workers.ts'
import { Balance } from '../balance.ts'
import { Claims } from '../claims.ts'
import { drain } from '../drain.ts'
import type { LeaseFence } from '../fence.ts'
import type { Offer } from '../giving.ts'
import type { Identity } from '../identity.ts'
import { Lease } from '../lease.ts'
import type { Logger } from '../log.ts'
import { reclaimAll } from '../reclaim.ts'
import type { Tenures } from '../sessions-api.ts'
import { Takeover } from '../takeover.ts'
import { Watch, type Fleet } from '../watch.ts'
import type { WorkerSettings } from '../settings.ts'
import type { Stores } from './stores.ts'

export interface OwnershipOptions {
  readonly settings: WorkerSettings
  readonly identity: Identity
  readonly stores: Stores
  readonly fence: LeaseFence
  readonly tenures: Tenures
  readonly handoff: HandoffClient
  readonly log: Logger
  readonly meter: Meter
}

/** Of DRAIN_MS, for handing over; the rest is for the end of everything else. */
const DRAIN_SHARE = 0.9

/**
 * Which sessions are this worker's: its lease, what it takes over from the dead, and what it hands over when it holds more
 * than its peers, or stops.
 */
export class Ownership {
  readonly claims: Claims
  readonly #options: OwnershipOptions
  readonly #takeover: Takeover
  readonly #balance: Balance
  readonly #watch: Watch
  readonly #startedAt = clock.now()
  #lease: Lease | undefined
  #phase: 'ready' | 'draining' = 'ready'
  #ready: readonly WorkerRow[] = []
  readonly #offer: Offer = (peer, { sessionId, owner, epoch }, handover) =>
    this.#options.handoff.claim(peer, sessionId, { owner, epoch, handover }, randomUUID())

  constructor(options: OwnershipOptions) {
    const { settings, identity, stores, fence, tenures, log, meter } = options
    const { workerId } = identity
    const common = { workerId, fence, tenures, clock, log, everyMs: settings.RENEW_MS }
    this.#options = options
    this.claims = new Claims({
      ...stores,
      ...common,
      meter,
      maxSessions: settings.MAX_SESSIONS,
      draining: () => this.#phase === 'draining',
    })
    this.#takeover = new Takeover({ ...stores, ...common, claims: this.claims })
    this.#balance = new Balance({ ...common, claims: this.claims, offer: this.#offer })
    this.#watch = new Watch({
      ...common,
      workers: stores.workers,
      onFleet: fleet => this.#follow(fleet),
      leaseMs: settings.LEASE_MS,
    })
  }

  /** May be given sessions. */
  get ready(): boolean {
    return this.#phase === 'ready' && this.#options.fence.open
  }

  get draining(): boolean {
    return this.#phase === 'draining'
  }

  /** About how many sessions all workers hold. The rows of the others are seconds old, so in a rush our own number counts for all. */
  get fleetSessions(): number {
    const { identity, tenures } = this.#options
    const others = this.#ready.filter(({ workerId }) => workerId !== identity.workerId)
    const theirs = others.reduce((sum, { sessions }) => sum + sessions, 0)
    return tenures.count + Math.max(theirs, tenures.count * others.length)
  }

  /** From now on functions and peers find this worker at the port. @throws what the store throws. */
  async start(port: number): Promise<void> {
    this.#lease = this.#makeLease(port)
    await this.#lease.start()
    this.#watch.start()
  }

  /** Takes no more, gives away what it holds, and says so. Never rejects. */
  async stop(): Promise<void> {
    const { settings, identity, stores, tenures, log } = this.#options
    const { workerId } = identity
    this.#phase = 'draining'
    tenures.takeNoMore()
    this.#takeover.stop()
    await Promise.all([this.#lease?.announce(), this.#watch.stop(), this.#balance.stop()])
    await drain({
      startedAt: this.#startedAt,
      tenures,
      listPeers: async () => (await stores.workers.list()).filter(row => isPeer(row, workerId)),
      offer: this.#offer,
      withinMs: settings.DRAIN_MS * DRAIN_SHARE,
      clock,
      log,
    })
    await this.#lease?.stop()
  }

  #follow(fleet: Fleet): void {
    this.#ready = fleet.ready
    this.#takeover.follow(fleet)
    void this.claims.settleDoubts()
    this.#balance.follow(fleet.ready)
  }

  #makeLease(port: number): Lease {
    const { settings, identity, stores, fence, tenures, log } = this.#options
    const { workerId, certificate, token } = identity
    const { HANDOFF_HOST: host, MAX_SESSIONS: maxSessions } = settings
    return new Lease({
      row: { workerId, host, port, certificate, token, maxSessions, startedAt: this.#startedAt },
      standing: () => ({ sessions: tenures.count, phase: this.#phase }),
      workers: stores.lease,
      fence,
      reclaim: () => reclaimAll({ workerId, sessions: stores.sessions, tenures, log }),
      renewMs: settings.RENEW_MS,
      leaseMs: settings.LEASE_MS,
      clock,
      log,
    })
  }
}

function isPeer(row: WorkerRow, workerId: string): boolean {
  return row.phase === 'ready' && row.workerId !== workerId
}
