import { sleep, type Clock } from '../../shared/clock.ts'
import type { Delivery, MessageFrame } from './delivery.ts'
import { ClientError } from './errors.ts'
import type { Outbox } from './outbox.ts'
import type { Gap, HistoryQuery } from './types.ts'

/** A page that could not be had now. */
const RETRY_MS = 2000
/** Backwards, without a place to begin, no more than a thousand messages. */
const MAX_PAGES_BACK = 20
/** Clocks of devices and servers differ; a message was not archived longer than this before it was written. */
const CLOCK_SKEW_MS = 3_600_000
const PAGE = 50
const TEMPORARY = new Set(['timeout', 'try-again', 'rate-limited', 'no-answer'])

export interface Page {
  readonly items: readonly MessageFrame[]
  readonly complete: boolean
  readonly first: string | undefined
  readonly last: string | undefined
}

export interface CatchUpParts {
  readonly clock: Clock
  readonly delivery: Delivery
  readonly outbox: Outbox
  /** One page of the archive. Rejects with a ClientError. */
  readonly page: (query: HistoryQuery) => Promise<Page>
  readonly gap: (gap: Gap) => void
}

/**
 * Fetches what happened while nobody listened, from the archive (XEP-0313): first what became of messages that may have
 * been sent, then all messages since the last one. Live items wait until it is done.
 */
export class CatchUp {
  readonly #parts: CatchUpParts
  #running = new AbortController()

  constructor(parts: CatchUpParts) {
    this.#parts = parts
    this.#running.abort()
  }

  get runs(): boolean {
    return !this.#running.signal.aborted
  }

  /** Begins anew when it runs already. Resolves when the past is told, or when stopped: whether it came to its end. */
  async run(archive: boolean): Promise<boolean> {
    this.stop()
    const running = (this.#running = new AbortController())
    const { signal } = running
    try {
      if (archive) await this.#search(signal)
      if (archive) await this.#fill(signal)
      signal.throwIfAborted()
    } catch (error) {
      if (signal.aborted) return false
      throw error
    }
    this.#parts.outbox.clear()
    this.#parts.delivery.release()
    running.abort()
    return true
  }

  stop(): void {
    this.#running.abort()
  }

  /** Looks for messages that a session which is over may have sent. */
  async #search(signal: AbortSignal): Promise<void> {
    const { outbox } = this.#parts
    const oldestMs = outbox.suspects[0]?.atMs
    if (oldestMs === undefined) return
    try {
      for await (const { items } of this.#backwards(signal)) {
        for (const { own, id } of items) if (own && id !== undefined) outbox.settle(id, 'sent')
        const reached = items.some(({ timestamp }) => Date.parse(timestamp) < oldestMs - CLOCK_SKEW_MS)
        if (reached || outbox.suspects.length === 0) return
      }
    } catch (error) {
      // What cannot be looked up stays unsure.
      if (!(error instanceof ClientError)) throw error
    }
  }

  async #fill(signal: AbortSignal): Promise<void> {
    const { delivery, gap } = this.#parts
    const { since } = delivery.cursor
    try {
      if (since === undefined) await this.#anchor(signal)
      else if (since === null) await this.#walkBack(signal)
      else await this.#forwards(since, signal)
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      const reason = error.code === 'not-in-archive' ? error.code : 'no-archive'
      gap({ reason, after: delivery.cursor.since ?? undefined })
      if (reason === 'not-in-archive') await this.#walkBack(signal).catch(() => undefined)
    }
  }

  /** A device that never listened begins now: its past is for `history`. */
  async #anchor(signal: AbortSignal): Promise<void> {
    const { last = null } = await this.#page({ max: 1 }, signal)
    await this.#parts.delivery.past([], last)
  }

  async #forwards(since: string, signal: AbortSignal): Promise<void> {
    for (let after = since; ;) {
      const page = await this.#page({ after, max: PAGE }, signal)
      after = page.last ?? after
      await this.#parts.delivery.past(page.items, after)
      if (page.complete || page.last === undefined) return
    }
  }

  /** From the newest message back to one that is known, or to the beginning; told oldest first. */
  async #walkBack(signal: AbortSignal): Promise<void> {
    const { delivery, gap } = this.#parts
    const pages: Page[] = []
    let whole = false
    for await (const page of this.#backwards(signal)) {
      pages.unshift(page)
      whole = page.complete || page.items.some(({ mid }) => delivery.knows(mid))
      if (whole) break
    }
    if (!whole) gap({ reason: 'not-in-archive', before: pages[0]?.first })
    const items = pages.flatMap(page => page.items)
    await delivery.past(items, pages.at(-1)?.last ?? null)
  }

  async *#backwards(signal: AbortSignal): AsyncGenerator<Page> {
    let before: { before?: string } = {}
    for (let count = 0; count < MAX_PAGES_BACK; count += 1) {
      const page = await this.#page({ ...before, max: PAGE }, signal)
      yield page
      if (page.complete || page.first === undefined) return
      before = { before: page.first }
    }
  }

  /** Rejects when stopped, and when the bridge says for good that there is no such page. */
  async #page(query: HistoryQuery, signal: AbortSignal): Promise<Page> {
    for (;;) {
      try {
        signal.throwIfAborted()
        return await this.#parts.page(query)
      } catch (error) {
        if (!(error instanceof ClientError) || !TEMPORARY.has(error.code)) throw error
        await sleep(this.#parts.clock, RETRY_MS, signal)
      } finally {
        signal.throwIfAborted()
      }
    }
  }
}
