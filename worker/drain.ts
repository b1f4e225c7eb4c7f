import { sleep, within, type Clock } from '../shared/clock.ts'
import { Gate } from '../shared/gate.ts'
import type { Handover } from '../shared/handoff/schemas.ts'
import type { Tenure } from '../shared/stores/sessions.ts'
import type { WorkerRow } from '../shared/stores/workers.ts'
import { handOverInTime, offerInTurn, type Offer } from './giving.ts'
import type { Logger } from './log.ts'
import { Peers, successors } from './peers.ts'
import type { Tenures } from './sessions-api.ts'

export interface DrainOptions {
  readonly startedAt: number
  readonly tenures: Pick<Tenures, 'count' | 'ids' | 'handOver'>
  /** Workers that may take sessions, this one not among them. */
  readonly listPeers: () => Promise<readonly WorkerRow[]>
  readonly offer: Offer
  readonly withinMs: number
  readonly clock: Clock
  readonly log: Logger
}

/** Each costs the receiving worker a login at the XMPP server, of which it does this many at once. */
const MOST_AT_ONCE = 16
/** Enough for one that hangs to hold up no other. */
const LEAST_AT_ONCE = 4
/** A session is out of service for as long as those beside it take the processors: of few, few go at once. */
const ROUNDS = 6
/** Peers that have no room now may have some after so long. */
const ASK_AGAIN_MS = 2000

/**
 * Gives every held session to a peer. What no peer takes in the first half of the time is let go with its row and its XMPP
 * stream left as they are, for whoever takes it over later. A session that hangs holds up no other. Never rejects, and
 * resolves at the latest after `withinMs`.
 */
export async function drain(options: DrainOptions): Promise<void> {
  const { clock, tenures, withinMs, log } = options
  const startedMs = clock.monotonic()
  const held = tenures.count
  const run = new Draining(options)
  await within(clock, withinMs, run.toTheEnd())
  run.stop()
  const tookMs = Math.round(clock.monotonic() - startedMs)
  log.info({ held, ...run.counts, left: tenures.count, tookMs }, 'drained')
}

class Draining {
  readonly counts = { given: 0, parked: 0 }
  readonly #options: DrainOptions
  readonly #over = new AbortController()
  readonly #peers = new Peers()
  readonly #hung = new Set<string>()

  constructor(options: DrainOptions) {
    this.#options = options
  }

  stop(): void {
    this.#over.abort()
  }

  async toTheEnd(): Promise<void> {
    const { clock, withinMs } = this.#options
    const giveUpMs = clock.monotonic() + withinMs / 2
    while (!this.#over.signal.aborted) {
      const rows = await this.#list()
      this.#peers.update(successors(rows.filter(this.#mayBeAsked), this.#options.startedAt))
      await this.#pass(clock.monotonic() >= giveUpMs)
      if (this.#left().length === 0) return
      await sleep(clock, ASK_AGAIN_MS, this.#over.signal)
    }
  }

  async #pass(lastTime: boolean): Promise<void> {
    const left = this.#left()
    const gate = new Gate(atOnce(left.length))
    await Promise.all(left.map(id => gate.run(() => this.#handOver(id, lastTime))))
  }

  #left(): readonly string[] {
    return this.#options.tenures.ids().filter(id => !this.#hung.has(id))
  }

  readonly #mayBeAsked = ({ workerId }: WorkerRow): boolean => !this.#peers.struck.has(workerId)

  async #list(): Promise<readonly WorkerRow[]> {
    const { listPeers, log } = this.#options
    try {
      return await listPeers()
    } catch (error) {
      log.warn({ err: error }, 'the peers of a draining worker cannot be listed')
      return []
    }
  }

  async #handOver(sessionId: string, lastTime: boolean): Promise<void> {
    if (this.#over.signal.aborted) return
    const ended = await handOverInTime(this.#options, sessionId, (tenure, handover) =>
      this.#give(tenure, handover, lastTime),
    )
    if (!ended) this.#hung.add(sessionId)
  }

  /** True when this worker is done with the session. */
  async #give(tenure: Tenure, handover: Handover, lastTime: boolean): Promise<boolean> {
    const end = await offerInTurn(this.#peers, peer => this.#options.offer(peer, tenure, handover))
    if (end === 'claimed') {
      this.counts.given += 1
      return true
    }
    // Whether a peer that gave no answer has it or nobody does: the row leads whoever comes next to it.
    const park = end === 'unanswered' || lastTime || this.#peers.none
    if (park) this.counts.parked += 1
    return park
  }
}

function atOnce(sessions: number): number {
  return Math.min(MOST_AT_ONCE, Math.max(LEAST_AT_ONCE, Math.ceil(sessions / ROUNDS)))
}
