import { sleep, type Clock } from '../../shared/clock.ts'
import type { SessionChange, Tenure } from '../../shared/stores/sessions.ts'
import type { NewRow, Rows, Saved, SocketSaved } from '../rows.ts'

export interface RecordOptions {
  readonly rows: Rows
  readonly clock: Clock
  readonly fenced: () => boolean
  /** Another worker holds the session, or nobody may any more. Called at most once. */
  readonly onLost: () => void
}

interface Refused {
  readonly kind: 'lost' | 'failed'
}

/** DynamoDB is asked again about this often. */
const AGAIN_MS = 1000

/**
 * The row of a session as this worker last meant it, and its writes, one after the other under the tenure. A change that could
 * not be written goes with the next write. When a write is refused the row itself says who holds the session.
 */
export class SessionRecord {
  readonly #options: RecordOptions
  #row: NewRow
  #unsaved: SessionChange = {}
  #last: Promise<unknown> = Promise.resolve()
  #lost = false
  /** There may be rows. */
  #written: boolean

  constructor(options: RecordOptions, row: NewRow) {
    this.#options = options
    this.#row = row
    this.#written = row.credential !== ''
  }

  get row(): NewRow {
    return this.#row
  }

  get tenure(): Tenure {
    const { sessionId, owner, epoch } = this.#row
    return { sessionId, owner, epoch }
  }

  /** A new tenure of this worker. */
  renewed(epoch: number): void {
    if (epoch > this.#row.epoch) this.#row = { ...this.#row, epoch }
  }

  /** Writes the row for the first time. */
  create(complete: Partial<NewRow>, connectionId: string): Promise<SocketSaved> {
    this.#row = { ...this.#row, ...complete }
    this.#written = true
    return this.#inTurn(() => this.#options.rows.create(this.#row, connectionId))
  }

  async save(change: SessionChange): Promise<Saved> {
    this.#mean(change)
    const { rows } = this.#options
    const outcome = await this.#write({}, async (tenure, all) => ({ kind: await rows.save(tenure, all) }))
    return outcome.kind
  }

  /** Goes with the next write: it is no great loss when there is none. */
  note(change: SessionChange): void {
    this.#mean(change)
  }

  /** Writes what is noted, unless a write before this one took it along. */
  async flush(): Promise<void> {
    await this.#last
    if (Object.keys(this.#unsaved).length > 0) await this.save({})
  }

  /** Unlike the others it is undone when it fails: it may have been written all the same. */
  async attach(connectionId: string, change: SessionChange): Promise<SocketSaved> {
    const { rows } = this.#options
    const outcome = await this.#write<SocketSaved>(change, (tenure, all) =>
      rows.attach(tenure, connectionId, all),
    )
    if (outcome.kind === 'saved') this.#row = changed(this.#row, change)
    else this.#unsaved = { ...this.#unsaved, ...valuesOf(this.#row, change) }
    return outcome
  }

  /** Deletes the rows, if there are any. */
  async release(connectionIds: readonly string[]): Promise<void> {
    if (this.#written) await this.#inTurn(() => this.#options.rows.release(this.tenure, connectionIds))
  }

  /** Whether this socket is the session's, by the row of the socket. */
  isAt(connectionId: string): Promise<boolean | 'failed'> {
    return this.#options.rows.isAt(this.#row.sessionId, connectionId)
  }

  /** Who holds the session, by its row: 'saved' when this worker does. */
  async check(): Promise<Saved> {
    if (this.#lost) return 'lost'
    if (this.#options.fenced()) return 'failed'
    const row = await this.#options.rows.read(this.#row.sessionId)
    if (row === 'failed') return 'failed'
    // Another epoch under our own name is a claim of ours of which nobody has told us yet: a workerId is never used twice.
    if (row === undefined || row.owner !== this.#row.owner || row.epoch < this.#row.epoch) return this.#lose()
    this.renewed(row.epoch)
    return 'saved'
  }

  /** The same, however long DynamoDB takes. 'failed' only when the signal has aborted. */
  async checked(signal: AbortSignal): Promise<Saved> {
    for (;;) {
      const saved = await this.check()
      if (saved !== 'failed' || signal.aborted) return saved
      await sleep(this.#options.clock, AGAIN_MS, signal)
    }
  }

  #mean(change: SessionChange): void {
    this.#row = changed(this.#row, change)
    this.#unsaved = { ...this.#unsaved, ...change }
  }

  /** Writes what is meant and not saved, and `more`. */
  #write<Outcome extends { kind: Saved }>(
    more: SessionChange,
    write: (tenure: Tenure, change: SessionChange) => Promise<Outcome>,
  ): Promise<Outcome | Refused> {
    return this.#inTurn(async () => {
      const meant = this.#unsaved
      this.#unsaved = {}
      const outcome = await this.#tryTwice(() => write(this.tenure, { ...meant, ...more }))
      if (outcome.kind !== 'saved') this.#unsaved = { ...meant, ...this.#unsaved }
      return outcome
    })
  }

  /** A write that is refused while the session is ours met a new tenure of ours. */
  async #tryTwice<Outcome extends { kind: Saved }>(
    write: () => Promise<Outcome>,
  ): Promise<Outcome | Refused> {
    const outcome = await write()
    if (outcome.kind !== 'lost') return outcome
    const held = await this.check()
    if (held !== 'saved') return { kind: held }
    const second = await write()
    return second.kind === 'lost' ? { kind: 'failed' } : second
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(task)
    this.#last = turn
    return turn
  }

  #lose(): Saved {
    const known = this.#lost
    this.#lost = true
    if (!known) this.#options.onLost()
    return 'lost'
  }
}

/** A key with the value undefined is taken off, as in the table. */
function changed(row: NewRow, change: SessionChange): NewRow {
  const entries = Object.entries({ ...row, ...change }).filter(([, value]) => value !== undefined)
  // The keys of a change are those of a row; `fromEntries` cannot say so.
  return Object.fromEntries(entries) as NewRow
}

/** What the row says of the keys of a change. */
function valuesOf(row: NewRow, change: SessionChange): SessionChange {
  const known = new Map<string, unknown>(Object.entries(row))
  return Object.fromEntries(Object.keys(change).map(key => [key, known.get(key)]))
}
