import { within, type Clock } from '../shared/clock.ts'
import { Gate } from '../shared/gate.ts'
import type { Handover } from '../shared/handoff/schemas.ts'
import type { Tenure } from '../shared/stores/sessions.ts'
import type { WorkerRow } from '../shared/stores/workers.ts'
import type { Claims } from './claims.ts'
import { fairShares } from './fair-shares.ts'
import type { Fence } from './fence.ts'
import { handOverInTime, offerInTurn, type Offer } from './giving.ts'
import type { Logger } from './log.ts'
import { Peers } from './peers.ts'
import type { Tenures } from './sessions-api.ts'

export interface BalanceOptions {
  readonly workerId: string
  readonly tenures: Pick<Tenures, 'count' | 'ids' | 'handOver'>
  readonly claims: Pick<Claims, 'adopting' | 'letGo'>
  readonly fence: Fence
  readonly offer: Offer
  /** Between two readings of the fleet. */
  readonly everyMs: number
  readonly clock: Clock
  readonly log: Logger
}

/**
 * Deployments, deaths and waves of JOINs move the numbers by themselves. A row is two periods old at most, one until it is
 * written and one until it is read, so the last of three readings shows all that the pass before them has given.
 */
const READINGS = 3
/** In periods: after a longer gap a reading has failed or was not allowed, and those before it are not counted. */
const LONGEST_GAP = 2
/** As few as a drain has at least: nothing is in a hurry. */
const CONCURRENT_HAND_OVERS = 4
/** A peer that answers nobody and yet renews its lease would cost some users a pause in each pass. */
const AVOID_MS = 60_000
/** What is under way when a drain begins has mostly ended then; a session is handed over once at a time in any case. */
const STOP_WITHIN_MS = 3000

type Phase =
  /** `uneven`: how many readings in a row asked for a pass, the last of them at `lastMs` (monotonic). */
  | { readonly kind: 'watching'; readonly uneven: number; readonly lastMs: number }
  | { readonly kind: 'giving'; readonly pass: Promise<void> }

const NOTHING_SEEN: Phase = { kind: 'watching', uneven: 0, lastMs: 0 }

/** Gives sessions to peers that hold fewer, by the hand-over of a drain, one bounded pass after the other. */
export class Balance {
  readonly #options: BalanceOptions
  readonly #over = new AbortController()
  /** Peers that gave no answer, and until when they are given nothing (monotonic). */
  readonly #avoided = new Map<string, number>()
  #phase: Phase = NOTHING_SEEN

  constructor(options: BalanceOptions) {
    this.#options = options
  }

  /** A reading of the fleet: all that may be given sessions. Begins a pass when it is time for one. */
  follow(ready: readonly WorkerRow[]): void {
    if (this.#phase.kind === 'giving') return
    const { tenures, clock, everyMs } = this.#options
    const lastMs = clock.monotonic()
    const unbroken = lastMs - this.#phase.lastMs < everyMs * LONGEST_GAP
    const shares = this.#may() ? fairShares(tenures.count, this.#peersIn(ready)) : []
    const uneven = shares.length === 0 ? 0 : 1 + (unbroken ? this.#phase.uneven : 0)
    this.#phase =
      uneven < READINGS
        ? { kind: 'watching', uneven, lastMs }
        : { kind: 'giving', pass: this.#give(new Peers(shares)) }
  }

  /** Begins with no further session; resolves when none is under way, at the latest after 3 s. */
  async stop(): Promise<void> {
    this.#over.abort()
    if (this.#phase.kind === 'giving') await within(this.#options.clock, STOP_WITHIN_MS, this.#phase.pass)
  }

  /** While sessions come in none go out: they would wait for a login twice. */
  readonly #may = (): boolean => {
    const { fence, claims } = this.#options
    return !this.#over.signal.aborted && fence.open && claims.adopting === 0
  }

  #peersIn(ready: readonly WorkerRow[]): readonly WorkerRow[] {
    const nowMs = this.#options.clock.monotonic()
    for (const [id, untilMs] of this.#avoided) if (untilMs <= nowMs) this.#avoided.delete(id)
    return ready.filter(({ workerId: id }) => id !== this.#options.workerId && !this.#avoided.has(id))
  }

  /** Never rejects. */
  async #give(peers: Peers): Promise<void> {
    const { tenures, clock, log } = this.#options
    const startedMs = clock.monotonic()
    const held = tenures.count
    const pass = new Pass(this.#options, peers, this.#may)
    await pass.toTheEnd()
    for (const id of peers.struck) this.#avoided.set(id, clock.monotonic() + AVOID_MS)
    const tookMs = Math.round(clock.monotonic() - startedMs)
    log.info({ held, ...pass.counts, left: tenures.count, tookMs }, 'balanced')
    this.#phase = NOTHING_SEEN
  }
}

/** As many sessions as the peers have room for, each offered once. */
class Pass {
  readonly counts = { given: 0, inDoubt: 0 }
  readonly #options: BalanceOptions
  readonly #peers: Peers
  readonly #may: () => boolean

  constructor(options: BalanceOptions, peers: Peers, may: () => boolean) {
    this.#options = options
    this.#peers = peers
    this.#may = may
  }

  async toTheEnd(): Promise<void> {
    const gate = new Gate(CONCURRENT_HAND_OVERS)
    // Those that were held longest: what has come lately does not move on at once.
    const ids = this.#options.tenures.ids().slice(0, this.#peers.room)
    await Promise.all(ids.map(id => gate.run(() => this.#handOver(id))))
  }

  async #handOver(sessionId: string): Promise<void> {
    if (!this.#may() || this.#peers.room === 0) return
    await handOverInTime(this.#options, sessionId, (tenure, handover) => this.#offer(tenure, handover))
  }

  /** False: it goes on here. One that a peer may hold is let go, and comes back when its row says that nobody took it. */
  async #offer(tenure: Tenure, handover: Handover): Promise<boolean> {
    const { claims, offer } = this.#options
    if (!this.#may()) return false
    const end = await offerInTurn(this.#peers, peer => offer(peer, tenure, handover))
    switch (end) {
      case 'claimed':
        this.counts.given += 1
        return true
      case 'unanswered':
        this.counts.inDoubt += 1
        claims.letGo(tenure, handover)
        return true
      case 'nobody':
        return false
    }
  }
}
