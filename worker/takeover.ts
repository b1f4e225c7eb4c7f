import { sleep, type Clock } from '../shared/clock.ts'
import { Gate } from '../shared/gate.ts'
import type { SessionRow, Sessions } from '../shared/stores/sessions.ts'
import type { Workers } from '../shared/stores/workers.ts'
import type { Claims } from './claims.ts'
import type { Logger } from './log.ts'
import { rendezvous } from './rendezvous.ts'
import type { Fleet } from './watch.ts'

export interface TakeoverOptions {
  readonly workerId: string
  readonly sessions: Pick<Sessions, 'getMany' | 'ownedBy'>
  readonly workers: Pick<Workers, 'get'>
  readonly claims: Pick<Claims, 'able' | 'takeOver'>
  readonly clock: Clock
  readonly log: Logger
}

/** The index is eventually consistent, so it is asked again. */
const ASK_EVERY_MS = 2000
/** And believed when it was empty so many times in a row. */
const EMPTY_TIMES = 2
/** The XMPP servers keep a lost stream for about that long; what is found later is only found on demand. */
const GIVE_UP_MS = 600_000
/** A share that its worker has not taken by then (full, slow, dead as well) is for anybody. */
const OWN_SHARE_MS = 6000
/** Twice the logins that run at once, so that none of them waits for a claim. */
const CONCURRENT_TAKES = 32

/** Takes over the sessions of dead workers: each worker its share, those with an open socket first. */
export class Takeover {
  readonly #options: TakeoverOptions
  /** By the dead worker; one that is through stays, lest it begin again. */
  readonly #runs = new Map<string, AbortController>()
  #ready: readonly string[] = []

  constructor(options: TakeoverOptions) {
    this.#options = options
  }

  /** Begins with each worker that is newly dead, and leaves one in peace that has come back. */
  follow({ ready, dead }: Fleet): void {
    this.#ready = ready.map(row => row.workerId)
    const deadIds = new Set(dead.map(row => row.workerId))
    for (const [workerId, over] of this.#runs) {
      if (deadIds.has(workerId)) continue
      over.abort()
      this.#runs.delete(workerId)
    }
    for (const workerId of deadIds) {
      if (this.#runs.has(workerId)) continue
      const over = new AbortController()
      this.#runs.set(workerId, over)
      void this.#empty(workerId, over.signal)
    }
  }

  /** Begins with no further session. */
  stop(): void {
    for (const over of this.#runs.values()) over.abort()
  }

  /** Until nothing is left of a dead worker. */
  async #empty(dead: string, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options
    const sinceMs = clock.monotonic()
    const ageMs = () => clock.monotonic() - sinceMs
    for (let empty = 0; empty < EMPTY_TIMES && ageMs() < GIVE_UP_MS;) {
      const found = await this.#pass(dead, ageMs() >= OWN_SHARE_MS, signal)
      empty = found === 0 ? empty + 1 : 0
      await sleep(clock, ASK_EVERY_MS, signal)
      if (signal.aborted) return
    }
  }

  /** How many sessions were still the dead worker's; undefined when that is not known. */
  async #pass(dead: string, anybody: boolean, signal: AbortSignal): Promise<number | undefined> {
    const { workerId, sessions, log, clock } = this.#options
    const startedMs = clock.monotonic()
    try {
      const ids = await sessions.ownedBy(dead)
      // Who takes a session is plain from its id: its row is read, and paid for, by that worker alone.
      const share = ids.filter(id => anybody || rendezvous(id, this.#ready) === workerId)
      const { rows, unread } = await this.#rowsOf(dead, share)
      if (share.length > 0 && !(await this.#isDead(dead))) return undefined
      const taken = await this.#take(rows, signal)
      const tookMs = Math.round(clock.monotonic() - startedMs)
      if (taken > 0) log.info({ dead, taken, found: ids.length, tookMs }, 'sessions taken over')
      return rows.length + unread + (ids.length - share.length)
    } catch (error) {
      log.warn({ err: error, dead }, 'the sessions of a dead worker cannot be listed')
      return undefined
    }
  }

  /** A row that cannot be read keeps none of the others waiting. */
  async #rowsOf(
    dead: string,
    ids: readonly string[],
  ): Promise<{ rows: readonly SessionRow[]; unread: number }> {
    const { sessions, log } = this.#options
    const { rows, unread } = await sessions.getMany(ids)
    if (unread.length > 0) log.warn({ dead, unread }, 'sessions of a dead worker cannot be read')
    return { rows: rows.filter(row => row.owner === dead), unread: unread.length }
  }

  /**
   * Asked after the rows were read: one that has come back is alive before it claims its sessions anew (see Lease), so
   * rows that it had claimed anew find it alive, and of any others the condition of the claim decides.
   */
  async #isDead(workerId: string): Promise<boolean> {
    const row = await this.#options.workers.get(workerId)
    return row === undefined || row.phase === 'dead'
  }

  /** How many became this worker's. */
  async #take(rows: readonly SessionRow[], signal: AbortSignal): Promise<number> {
    const gate = new Gate(CONCURRENT_TAKES)
    const attached = (row: SessionRow) => Number(row.sockets.length > 0)
    const inOrder = rows.toSorted((a, b) => attached(b) - attached(a))
    const taken = await Promise.all(inOrder.map(row => gate.run(() => this.#takeOne(row, signal))))
    return taken.filter(Boolean).length
  }

  async #takeOne(row: SessionRow, signal: AbortSignal): Promise<boolean> {
    const { claims, log } = this.#options
    if (signal.aborted || !claims.able) return false
    return claims.takeOver(row).catch((error: unknown) => {
      log.warn({ err: error, sessionId: row.sessionId }, 'a session could not be taken over')
      return false
    })
  }
}
