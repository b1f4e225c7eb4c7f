import { ClientError } from './errors.ts'
import { MAX_SETTLED, MAX_WAITING } from './limits.ts'
import { bytesOf, framesOf } from './pieces.ts'
import { isUndecided } from './snapshot.ts'
import type { Change, Saved, SavedFrame, SavedItem, SavedUp } from './store.ts'

export interface Window {
  /** Frames and bytes that may be on their way without an acknowledgement; a part of a long text counts as a frame. */
  readonly frames: number
  readonly bytes: number
  readonly maxContentBytes: number
}

export interface OutboxHooks {
  readonly save: (change: Change) => void
  /** The item has another state, or is new. */
  readonly changed: (item: SavedItem) => void
  /** Nobody asks for it any more. */
  readonly removed: (id: string) => void
}

type State = SavedItem['state']

/** Each state may follow those before it; what comes late or twice changes nothing. */
const ORDER: readonly State[] = ['queued', 'sent', 'unsure', 'failed', 'delivered', 'displayed']

/** Whether this is news; what was unsure may turn out to be sent. */
function follows(state: State, before: State): boolean {
  return ORDER.indexOf(state) > ORDER.indexOf(before) || (state === 'sent' && before === 'unsure')
}

/** What goes up and must not be lost: kept, numbered, sent in order, resent from where the bridge says. No I/O. */
export class Outbox {
  readonly #hooks: OutboxHooks
  readonly #items: Map<string, SavedItem>
  #up: Required<SavedUp>
  #lastSeq: number
  /** The next one to be sent. */
  #next: number

  constructor(saved: Pick<Saved, 'items' | 'up'> | undefined, hooks: OutboxHooks) {
    const { items = [], up = { acked: 0, sent: 0 } } = saved ?? {}
    this.#hooks = hooks
    this.#items = new Map(items.toSorted((a, b) => a.atMs - b.atMs).map(item => [item.id, item]))
    // Whatever is not acknowledged is among the items.
    this.#lastSeq = Math.max(up.acked, ...items.map(item => item.seq))
    this.#up = { sent: this.#lastSeq, ...up }
    this.#next = this.#up.acked + 1
  }

  /** Where this direction stands, as JOIN and SYNC say it. */
  get position(): { readonly from: number; readonly sent: number } {
    return { from: this.#up.acked + 1, sent: this.#up.sent }
  }

  /** Whether something was sent that is not acknowledged. */
  get waits(): boolean {
    return this.#next > this.#up.acked + 1
  }

  /** Oldest first; without those that nobody asks for any more. */
  get items(): readonly SavedItem[] {
    return [...this.#items.values()].filter(item => !item.gone)
  }

  /** Whatever was added and is not forgotten, also what nobody asks for any more. */
  get(id: string): SavedItem | undefined {
    return this.#items.get(id)
  }

  /** Numbers and keeps a frame. Throws a ClientError `outbox-full`, but not for a message, which `send` has let through. */
  add(id: string, frame: SavedFrame, nowMs: number): void {
    const isMessage = frame.messageType === 'NEW_MESSAGE'
    if (!isMessage && this.#line().length >= MAX_WAITING) throw new ClientError('outbox-full')
    const seq = (this.#lastSeq += 1)
    this.#change({ put: [{ id, seq, frame, state: 'queued', atMs: this.#after(nowMs) }] })
  }

  /** The item is no longer shown or kept. */
  drop(id: string): void {
    const item = this.#items.get(id)
    if (item === undefined) return
    this.#change(item.seq > 0 ? { put: [{ ...item, gone: true }] } : { remove: [id] })
  }

  /**
   * The frames (as JSON) that may go out now, in order. They count as sent: write them once all that was asked of `save`
   * is kept, or rewind.
   */
  take(window: Window): readonly string[] {
    const taken: string[] = []
    let [frames, bytes] = [0, 0]
    for (const item of this.#line()) {
      const more = framesOf(item, window.maxContentBytes)
      const moreBytes = bytesOf(more.join(''))
      if (item.seq >= this.#next) {
        // A text that is longer than the whole window goes alone.
        const fits = frames + more.length <= window.frames && bytes + moreBytes <= window.bytes
        if (frames > 0 && !fits) break
        taken.push(...more)
        this.#next = item.seq + 1
      }
      frames += more.length
      bytes += moreBytes
    }
    if (this.#next - 1 > this.#up.sent) this.#change({ up: { ...this.#up, sent: this.#next - 1 } })
    return taken
  }

  /** Everything up to `seq` is at the XMPP server, or its end was told. */
  ack(seq: number): void {
    if (seq <= this.#up.acked) return
    const done = this.#line().filter(item => item.seq <= seq)
    // More than was ever given away here: others went on from a copy of this.
    this.#lastSeq = Math.max(this.#lastSeq, seq)
    this.#next = Math.max(this.#next, seq + 1)
    this.#change({
      up: { sent: Math.max(this.#up.sent, seq), acked: seq },
      put: done.map(item => ({ ...item, seq: 0, state: item.state === 'queued' ? 'sent' : item.state })),
      remove: done.filter(item => item.gone || item.frame.messageType !== 'NEW_MESSAGE').map(toId),
    })
    this.#change({ remove: this.#settled().slice(0, -MAX_SETTLED).map(toId) })
  }

  /** What is taken next is this one, or the first that is not acknowledged. */
  rewind(seq = 0): void {
    this.#next = Math.max(this.#up.acked + 1, Math.min(seq, this.#next))
  }

  /** What became of an item. Whether it is one of ours and this is news. */
  settle(id: string, state: State, code?: string): boolean {
    const item = this.#items.get(id)
    if (item === undefined || !follows(state, item.state)) return false
    this.#change({ put: [{ ...item, state, code }] })
    return true
  }

  /**
   * Another session: its numbers begin at 1. What was certainly never sent goes out there; a message that may have been
   * sent is a suspect, kept as unsure, until `clear`. All else is harmless when resent.
   */
  startOver(): void {
    const { sent } = this.#up
    this.#lastSeq = 0
    const put: SavedItem[] = []
    const remove: string[] = []
    for (const item of this.#line()) {
      if (item.gone) remove.push(item.id)
      else if (item.state !== 'queued') put.push({ ...item, seq: 0 })
      else if (item.seq > sent || item.frame.messageType !== 'NEW_MESSAGE') {
        put.push({ ...item, seq: (this.#lastSeq += 1) })
      } else this.#suspect(item)
    }
    this.#next = 1
    this.#change({ up: { acked: 0, sent: 0 }, put, remove })
  }

  /** What a session that is over may have sent, or not: queued, but without a place. */
  get suspects(): readonly SavedItem[] {
    return [...this.#items.values()].filter(({ seq, state }) => seq === 0 && state === 'queued')
  }

  /** The archive was looked through: nobody knows about the suspects that are left. */
  clear(): void {
    for (const { id } of this.suspects) this.settle(id, 'unsure', 'unsure')
  }

  /** A crash before `clear` must not resend it: the store has it as unsure from now on. */
  #suspect(item: SavedItem): void {
    this.#items.set(item.id, { ...item, seq: 0 })
    this.#hooks.save({ put: [{ ...item, seq: 0, state: 'unsure', code: 'unsure' }] })
  }

  /** What has a place, in its order. */
  #line(): readonly SavedItem[] {
    return [...this.#items.values()].filter(item => item.seq > 0).sort((a, b) => a.seq - b.seq)
  }

  #after(nowMs: number): number {
    return Math.max(nowMs, ...[...this.#items.values()].map(item => item.atMs + 1))
  }

  /** Has its end, and nobody has to decide anything about it. */
  #settled(): readonly SavedItem[] {
    return [...this.#items.values()].filter(
      ({ seq, state }) => seq === 0 && state !== 'queued' && !isUndecided(state),
    )
  }

  /** Here and in the store. */
  #change(change: Pick<Change, 'put' | 'remove'> & { up?: Required<SavedUp> }): void {
    const { up = this.#up, put = [], remove = [] } = change
    this.#hooks.save(change)
    this.#up = up
    for (const item of put) {
      const before = this.#items.get(item.id)
      this.#items.set(item.id, item)
      if (item.gone) this.#hooks.removed(item.id)
      else if (before?.state !== item.state) this.#hooks.changed(item)
    }
    for (const id of remove) {
      this.#items.delete(id)
      this.#hooks.removed(id)
    }
  }
}

const toId = (item: SavedItem) => item.id
