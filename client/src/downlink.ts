import type { Clock } from '../../shared/clock.ts'
import type { DownFrame } from '../../shared/wire/down.ts'
import { CatchUp, type Page } from './catch-up.ts'
import { Delivery } from './delivery.ts'
import { Inbox, type Position } from './inbox.ts'
import type { Outbox } from './outbox.ts'
import type { Batch } from './read.ts'
import type { SavedCursor } from './store.ts'
import type { Gap, HistoryQuery } from './types.ts'

export interface DownlinkHooks {
  readonly tell: (event: DownFrame) => Promise<void>
  readonly save: (cursor: SavedCursor) => Promise<void>
  readonly kept: () => void
  /** One page of the archive. Rejects with a ClientError. */
  readonly page: (query: HistoryQuery) => Promise<Page>
  readonly gap: (gap: Gap) => void
  readonly caughtUp: () => void
}

/** A SYNC may get lost like everything else. */
const ASK_AGAIN_MS = 5000

/** Everything that comes down: the log as it comes, and the archive where the log leaves something out. */
export class Downlink {
  readonly #hooks: DownlinkHooks
  readonly #delivery: Delivery
  readonly #inbox: Inbox
  readonly #catchUp: CatchUp
  readonly #clock: Clock
  /** When something missing was asked for, if it is not here yet. */
  #askedMs = -Infinity

  constructor(cursor: SavedCursor | undefined, outbox: Outbox, clock: Clock, hooks: DownlinkHooks) {
    this.#hooks = hooks
    this.#clock = clock
    this.#delivery = new Delivery(cursor, hooks)
    this.#inbox = new Inbox(this.#delivery.kept)
    const { page, gap } = hooks
    this.#catchUp = new CatchUp({ clock, outbox, delivery: this.#delivery, page, gap })
  }

  /** What the bridge is told of: the last item that may be forgotten there. */
  get kept(): Position {
    return this.#delivery.kept
  }

  /** The highest that was heard of. */
  get stream(): number {
    return this.#inbox.at.stream
  }

  get since(): string | undefined {
    return this.#delivery.cursor.since ?? undefined
  }

  /** Something must still be fetched from the archive. */
  get isBehind(): boolean {
    return this.#delivery.cursor.behind === true
  }

  /** What follows: `sync` asks for what is missing, once, and again when that does not help; `fill`: a `fetch` is due. */
  receive(batch: Batch): 'sync' | 'fill' | undefined {
    const { items, missing, reset } = this.#inbox.receive(batch)
    if (reset !== undefined) this.restart(reset)
    this.#delivery.push(items)
    const nowMs = this.#clock.monotonic()
    const ask = missing && nowMs - this.#askedMs >= ASK_AGAIN_MS
    if (ask || !missing) this.#askedMs = missing ? nowMs : -Infinity
    if (ask) return 'sync'
    return reset && 'fill'
  }

  /** The log goes on behind `at`; what lies before is in the archive, if anywhere. `fetch` follows. */
  restart(at: Position): void {
    this.#catchUp.stop()
    this.#inbox.reset(at)
    this.#delivery.restart(at)
  }

  /** Fetches what is missing, unless that runs already; `caughtUp` is called when it is told. */
  fetch(archive: boolean): void {
    if (this.isBehind && !this.#catchUp.runs) void this.#fetch(archive)
  }

  /** Nothing can be fetched for a long time. */
  halt(): void {
    this.#catchUp.stop()
  }

  /** Resolves when the listeners that run have returned; nothing is told any more. */
  async stop(): Promise<void> {
    this.halt()
    await this.#delivery.stop()
  }

  async #fetch(archive: boolean): Promise<void> {
    if (await this.#catchUp.run(archive)) this.#hooks.caughtUp()
  }
}
