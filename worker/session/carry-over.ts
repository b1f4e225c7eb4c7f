import type { DownFrame } from '../../shared/wire/down.ts'
import { jsonBytes } from '../translate/text.ts'
import type { LogEntry } from './log-entry.ts'
import { MAX_KEPT } from './log-memory.ts'

/** What a stream that is over leaves to the next: the events that no archive has, and whether something is lost. */
export class CarryOver {
  #events: DownFrame[] = []
  #lost = false

  /** Something of an earlier stream is in no archive, and not here either. */
  get lost(): boolean {
    return this.#lost
  }

  /** Goes to the next as well. */
  put(event: DownFrame): void {
    this.#events.push(event)
  }

  /** So many events wait, and so at most as many stanzas are to take them. */
  get waiting(): number {
    return this.#events.length
  }

  /** A stream is over with these `entries`. Its messages up to `passed` (`h`) the XMPP server will not send again. */
  add(entries: readonly LogEntry[], passed: number): void {
    this.#lost ||= entries.some(({ seq, kind }) => kind === 'lost' || (kind === 'message' && seq <= passed))
    const events = entries.flatMap(entry => entry.events)
    this.#events.push(...events.filter(event => event.messageType !== 'NEW_MESSAGE'))
    if (this.#events.splice(0, this.#events.length - MAX_KEPT).length > 0) this.lose()
  }

  /** Something else is lost as well. */
  lose(): void {
    this.#lost = true
  }

  /** Takes the oldest events, as many as have `maxBytes` as JSON, but at least one. */
  take(maxBytes: number): readonly DownFrame[] {
    let room = maxBytes
    const end = this.#events.findIndex(event => (room -= jsonBytes(event)) < 0)
    return this.#events.splice(0, end === -1 ? this.#events.length : Math.max(1, end))
  }
}
