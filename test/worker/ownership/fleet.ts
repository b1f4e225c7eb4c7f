import { expect } from 'vitest'
import { sleep, within } from '../../../shared/clock.ts'
import type { ClaimOutcome } from '../../../shared/handoff/outcomes.ts'
import { noMeter } from '../../../shared/metrics.ts'
import type { Workers } from '../../../shared/stores/workers.ts'
import { Balance } from '../../../worker/balance.ts'
import { Claims } from '../../../worker/claims.ts'
import { drain } from '../../../worker/drain.ts'
import { LeaseFence } from '../../../worker/fence.ts'
import type { Offer } from '../../../worker/giving.ts'
import { Lease } from '../../../worker/lease.ts'
import { reclaimAll } from '../../../worker/reclaim.ts'
import { Takeover } from '../../../worker/takeover.ts'
import { Watch } from '../../../worker/watch.ts'
import { sessionRowOf, workerIdOf, workerRowOf } from '../../shared/stores/rows.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { silentLog } from '../../support/log.ts'
import { FakeTenures } from './fake-tenures.ts'
import { MemoryTables, Unreachable, type Way } from './memory-stores.ts'
import { PausableClock } from './pausable-clock.ts'
import { settled, turn } from './turn.ts'

export const LEASE_MS = 6000
export const RENEW_MS = 2000

interface MemberOptions {
  readonly skewMs: number
  readonly maxSessions: number
  /** Gives sessions to peers that hold fewer. */
  readonly balancing: boolean
  /** Of a call to the tables, one way. */
  readonly latencyMs: () => number
  /** All that there are, itself among them. */
  readonly peers: readonly Member[]
}

/** As the hand-off's client: a call that is not answered by then has no answer. */
const CALL_TIMEOUT_MS = 3000

/** A worker reduced to the question of what is its own. */
export class Member {
  readonly workerId: string
  readonly tenures = new FakeTenures()
  readonly fence: LeaseFence
  readonly claims: Claims
  readonly lease: Lease
  readonly process: PausableClock
  way: 'open' | 'cut' | 'answers-lost' = 'open'
  readonly #workers: Workers
  readonly #peers: readonly Member[]
  readonly #watch: Watch
  readonly #takeover: Takeover
  readonly #balance: Balance
  #alive = true
  #phase: 'ready' | 'draining' = 'ready'

  constructor(name: string, clock: FakeClock, tables: MemoryTables, options: MemberOptions) {
    this.workerId = workerIdOf(name)
    this.process = new PausableClock(clock, options.skewMs)
    const way = this.#way(options.latencyMs)
    const sessions = tables.sessionsOver(way)
    const workers = tables.workersOver(way)
    this.#workers = workers
    this.#peers = options.peers
    const { workerId, tenures } = this
    this.fence = new LeaseFence(this.process, LEASE_MS)
    const common = {
      workerId,
      sessions,
      workers,
      tenures,
      fence: this.fence,
      clock: this.process,
      log: silentLog,
      meter: noMeter,
      everyMs: RENEW_MS,
    }
    const { maxSessions, balancing } = options
    const row = { ...workerRowOf(name), maxSessions }
    this.lease = new Lease({
      ...common,
      row,
      standing: () => ({ sessions: tenures.count, phase: this.#phase }),
      reclaim: () => reclaimAll(common),
      renewMs: RENEW_MS,
      leaseMs: LEASE_MS,
    })
    this.claims = new Claims({ ...common, maxSessions, draining: () => this.#phase === 'draining' })
    this.#takeover = new Takeover({ ...common, claims: this.claims })
    this.#balance = new Balance({ ...common, claims: this.claims, offer: this.#offer })
    this.#watch = new Watch({
      ...common,
      onFleet: fleet => {
        this.#takeover.follow(fleet)
        void this.claims.settleDoubts()
        if (balancing) this.#balance.follow(fleet.ready)
      },
      leaseMs: LEASE_MS,
    })
  }

  async start(): Promise<void> {
    await this.lease.start()
    this.#watch.start()
    await settled()
  }

  /** What this worker may act for now. */
  get active(): readonly string[] {
    return this.#alive && this.fence.open ? this.tenures.ids() : []
  }

  /** SIGTERM. */
  async stop(): Promise<void> {
    this.#phase = 'draining'
    this.#takeover.stop()
    await Promise.all([this.lease.announce(), this.#watch.stop(), this.#balance.stop()])
    await drain({
      startedAt: 0,
      tenures: this.tenures,
      listPeers: async () => (await this.#workers.list()).filter(row => row.phase === 'ready'),
      offer: this.#offer,
      withinMs: 90_000,
      clock: this.process,
      log: silentLog,
    })
    await this.lease.stop()
    this.kill()
  }

  /** What is offered to a peer that is paused it hears when it goes on. */
  readonly #offer: Offer = async ({ workerId }, { sessionId, owner, epoch }, handover) => {
    const peer = this.#peers.find(each => each.workerId === workerId)
    if (peer === undefined || !peer.#alive) return { kind: 'unreachable', cause: undefined }
    const heard = peer.process.paused ? sleep(peer.process, 0) : Promise.resolve()
    let outcome: ClaimOutcome = { kind: 'unanswered', cause: undefined }
    const answer = heard
      .then(() => peer.claims.acceptHandover(sessionId, { owner, epoch, handover }))
      .then(accepted => (outcome = { kind: accepted === 'claimed' ? 'claimed' : 'not-claimed' }))
      // It answers 500.
      .catch(() => undefined)
    await within(this.process, CALL_TIMEOUT_MS, answer)
    return outcome
  }

  kill(): void {
    this.#alive = false
    this.process.end()
  }

  #way(latencyMs: () => number): Way {
    const take = async () => {
      const ms = latencyMs()
      if (ms > 0) await sleep(this.process, ms)
    }
    return {
      before: async () => {
        await take()
        if (this.way === 'cut') throw new Unreachable()
      },
      after: async () => {
        await take()
        if (this.way === 'answers-lost') throw new Unreachable()
      },
    }
  }
}

/** Workers on the same tables, and the one rule that holds at every moment: no session has two who may act for it. */
export class Fleet {
  readonly clock = new FakeClock()
  readonly tables = new MemoryTables(this.clock)
  readonly members: Member[] = []
  readonly #latencyMs: () => number

  constructor(latencyMs: () => number = () => 0) {
    this.#latencyMs = latencyMs
  }

  async add(name: string, { skewMs = 0, maxSessions = 100, balancing = false } = {}): Promise<Member> {
    const member = new Member(name, this.clock, this.tables, {
      skewMs,
      maxSessions,
      balancing,
      latencyMs: this.#latencyMs,
      peers: this.members,
    })
    this.members.push(member)
    const started = member.start()
    await this.turn(2000)
    await started
    return member
  }

  /** Gives a worker sessions of these names. */
  open(member: Member, ...names: readonly string[]): void {
    for (const name of names) {
      const row = sessionRowOf(name, { owner: member.workerId })
      this.tables.sessions.set(row.sessionId, row)
      member.tenures.hold(row)
    }
  }

  /** Lets time pass. */
  async turn(ms: number): Promise<void> {
    await turn(this.clock, ms, () => this.check())
  }

  /** Tells a worker to stop, and lets the time pass that it takes. */
  async stop(member: Member): Promise<void> {
    const over = new AbortController()
    void member.stop().finally(() => over.abort())
    while (!over.signal.aborted) await this.turn(100)
  }

  check(): void {
    const active = this.members.flatMap(member => member.active)
    expect(active.toSorted()).toEqual([...new Set(active)].toSorted())
  }
}
