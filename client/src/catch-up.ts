import { sleep, type Clock } from '../../shared/clock.ts'
import type { Delivery, MessageFrame } from './delivery.ts'
import type { Emit } from './emitter.ts'
import type { Entrance } from './entrance.ts'
import { codeOf } from './errors.ts'
import { CLOCK_SKEW_MS, MAX_PAGES_BACK, PAGE_RETRY_MS, PAGE_ITEMS } from './limits.ts'
import type { Outbox } from './outbox.ts'
import type { Event } from './state.ts'
import type { HistoryQuery } from './types.ts'

/** What passes: nobody has answered, the bridge or the XMPP server behind it. */
const TEMPORARY = ['timeout', 'no-answer']

export interface Page {
  readonly items: readonly MessageFrame[]
  readonly complete: boolean
  readonly first: string | undefined
  readonly last: string | undefined
}

export interface CatchUpParts {
  readonly clock: Clock
  readonly emit: Emit
}

export interface CatchUpSession {
  readonly delivery: Delivery
  readonly outbox: Outbox
  readonly entrance: Entrance
  /** One page of the archive. Rejects with a ClientError. */
  page(query: HistoryQuery): Promise<Page>
  dispatch(event: Event): void
}

/**
 * Fetches what happened while nobody listened, from the archive (XEP-0313): first what became of messages that may have
 * been sent, then all messages since the last one. Live items wait until it is done.
 */
export class CatchUp {
  readonly #parts: CatchUpParts
  readonly #session: CatchUpSession
  #running = new AbortController()

  constructor(parts: CatchUpParts, session: CatchUpSession) {
    this.#parts = parts
    this.#session = session
    this.#running.abort()
  }

  /**
   * Fetches what is missing, unless that runs already; the session is caught up when it is told. Where there is no archive,
   * what is missing is lost.
   */
  async run(): Promise<void> {
    if (!this.#session.delivery.cursor.behind || !this.#running.signal.aborted) return
    this.#running = new AbortController()
    const { signal } = this.#running
    const { outbox, entrance } = this.#session
    this.#session.dispatch({ kind: 'fill' })
    if (entrance.session?.archive) {
      await this.#search(signal)
      await this.#fill(signal)
    }
    if (signal.aborted) return
    this.stop()
    outbox.clear()
    this.#session.delivery.release()
    this.#session.dispatch({ kind: 'caught-up' })
  }

  /** Nothing can be fetched, or something else is missing. */
  stop(): void {
    this.#running.abort()
  }

  /** Looks for messages that a session which is over may have sent. */
  async #search(signal: AbortSignal): Promise<void> {
    const { outbox } = this.#session
    const oldestMs = outbox.suspects[0]?.atMs
    if (oldestMs === undefined) return
    try {
      for await (const { items } of this.#backwards(signal)) {
        for (const { own, id } of items) if (own) outbox.settle(id ?? '', 'sent')
        const reached = items.some(({ timestamp }) => Date.parse(timestamp) < oldestMs - CLOCK_SKEW_MS)
        if (reached || outbox.suspects.length === 0) return
      }
    } catch {
      // What cannot be looked up stays unsure.
    }
  }

  async #fill(signal: AbortSignal): Promise<void> {
    const { since } = this.#session.delivery.cursor
    try {
      if (since === undefined) {
        // A device that never listened begins now: its past is for `history`.
        const { last = null } = await this.#page({ max: 1 }, signal)
        await this.#session.delivery.past([], last)
      } else if (since === null) await this.#walkBack(signal)
      else await this.#forwards(since, signal)
    } catch (error) {
      if (signal.aborted) return
      const reason = codeOf(error) === 'not-in-archive' ? 'not-in-archive' : 'no-archive'
      void this.#parts.emit('gap', { reason, after: this.#session.delivery.cursor.since ?? undefined })
      if (reason === 'not-in-archive') await this.#walkBack(signal).catch(() => undefined)
    }
  }

  async #forwards(since: string, signal: AbortSignal): Promise<void> {
    for (let after = since; ;) {
      const { items, complete, last = after } = await this.#page({ after, max: PAGE_ITEMS }, signal)
      await this.#session.delivery.past(items, last)
      // Items that wait come next by themselves; told much later, they would not be known any more as told.
      const reached = items.some(({ mid }) => this.#session.delivery.holds(mid))
      // An archive that gets no further would be asked for ever.
      if (complete || reached || last === after) return
      after = last
    }
  }

  /** From the newest message back to one that is known, or to the beginning; told oldest first. */
  async #walkBack(signal: AbortSignal): Promise<void> {
    const pages: Page[] = []
    let whole = false
    for await (const page of this.#backwards(signal)) {
      pages.unshift(page)
      whole = page.complete || page.items.some(({ mid }) => this.#session.delivery.knows(mid))
      if (whole) break
    }
    if (!whole) void this.#parts.emit('gap', { reason: 'not-in-archive', before: pages[0]?.first })
    const items = pages.flatMap(page => page.items)
    await this.#session.delivery.past(items, pages.at(-1)?.last ?? null)
  }

  async *#backwards(signal: AbortSignal): AsyncGenerator<Page> {
    let before: string | undefined
    for (let count = 0; count < MAX_PAGES_BACK; count += 1) {
      const page = await this.#page({ before, max: PAGE_ITEMS }, signal)
      yield page
      if (page.complete || page.first === undefined) return
      before = page.first
    }
  }

  /** Rejects when stopped, and when the bridge says for good that there is no such page. */
  async #page(query: HistoryQuery, signal: AbortSignal): Promise<Page> {
    for (;;) {
      try {
        signal.throwIfAborted()
        return await this.#session.page(query)
      } catch (error) {
        if (!TEMPORARY.includes(codeOf(error))) throw error
        await sleep(this.#parts.clock, PAGE_RETRY_MS, signal)
      } finally {
        signal.throwIfAborted()
      }
    }
  }
}
