import type { DownFrame } from '../../shared/wire/down.ts'
import type { Gap } from '../../shared/wire/frames/session.ts'
import { jsonBytes } from '../translate/text.ts'
import type { LogEntry } from './log-entry.ts'
import { MAX_KEPT } from './log-memory.ts'

/** What a stream that is over leaves to the next: the events that no archive has. */
export class CarryOver {
  #events: DownFrame[] = []

  /** Goes to the next as well. */
  put(event: DownFrame): void {
    this.#events.push(event)
  }

  /** So many events wait, and so at most as many stanzas are to take them. */
  get waiting(): number {
    return this.#events.length
  }

  /** A stream is over with these `entries`. Of too many events the oldest are left out. */
  add(entries: readonly LogEntry[]): void {
    const events = entries.flatMap(entry => entry.events)
    this.#events.push(...events.filter(event => event.messageType !== 'NEW_MESSAGE'))
    this.#events.splice(0, this.#events.length - MAX_KEPT)
  }

  /** Something is missing before all that waits. */
  announce(gap: Gap): void {
    this.#events = [gap, ...this.#events.filter(event => event.messageType !== 'GAP')]
  }

  /** Takes the oldest events, as many as have `maxBytes` as JSON, but at least one. */
  take(maxBytes: number): readonly DownFrame[] {
    let room = maxBytes
    const end = this.#events.findIndex(event => (room -= jsonBytes(event)) < 0)
    return this.#events.splice(0, end === -1 ? this.#events.length : Math.max(1, end))
  }
}
