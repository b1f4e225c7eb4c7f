import { within } from '../../shared/clock.ts'
import type { DownFrame } from '../../shared/wire/down.ts'
import type { JoinSuccess, Sequence } from '../../shared/wire/frames/session.ts'
import { backoffMs } from './backoff.ts'
import { CatchUp, type Page } from './catch-up.ts'
import { Connection } from './connection.ts'
import type { Resolved } from './defaults.ts'
import { Delivery } from './delivery.ts'
import type { Emit } from './emitter.ts'
import { Entrance } from './entrance.ts'
import { ClientError } from './errors.ts'
import { Heartbeat } from './heartbeat.ts'
import { idOf } from './ids.ts'
import { Inbox, type Position } from './inbox.ts'
import { incoming } from './incoming.ts'
import { CLOSE_LIMIT_MS, LATE_ANSWERS_MS, LATE_ANSWER_PAUSE_MS, SYNC_LIMIT_MS, TROUBLE_MS } from './limits.ts'
import { toPage } from './messages.ts'
import { Outbox } from './outbox.ts'
import { read, type Batch } from './read.ts'
import { Saver } from './saver.ts'
import { hasSession, type Event, type State } from './state.ts'
import type { Saved, SavedItem } from './store.ts'
import type { HistoryQuery } from './types.ts'
import { Unnumbered, type Question } from './unnumbered.ts'
import { Uplink } from './uplink.ts'
import type { View } from './view.ts'

export interface SessionParts extends Resolved {
  readonly saved: Saved | undefined
  /** What ids of this device begin with. */
  readonly device: string
  readonly emit: Emit
  readonly view: View
  readonly onState: (state: State) => void
  /** The item is new or has another state. */
  readonly onItem: (item: SavedItem) => void
}

/**
 * A user's session, from what the store knows of it: joins, goes on where both sides stand, and begins anew where it must.
 * Its parts find each other through it.
 */
export class Session {
  readonly saver: Saver
  readonly outbox: Outbox
  readonly unnumbered: Unnumbered
  readonly uplink: Uplink
  readonly entrance: Entrance
  readonly delivery: Delivery
  readonly connection: Connection
  /** Tells a frame to whom it concerns, and resolves when whoever listens to it is done. */
  readonly tell: (frame: DownFrame) => Promise<void>
  readonly #parts: SessionParts
  readonly #inbox: Inbox
  readonly #catchUp: CatchUp
  readonly #heartbeat: Heartbeat
  readonly #unwatch: () => void
  /** When to ask once more for something missing that is not here yet. */
  #askAgainMs = 0
  /** Until when a refusal may be about what was sent to the owner before. */
  #lateUntilMs = 0
  /** Tries in a row that failed. */
  #troubles = 0

  constructor(parts: SessionParts) {
    const { saved, clock, view } = parts
    this.#parts = parts
    this.saver = new Saver(parts)
    this.outbox = new Outbox(saved, {
      save: change => void this.saver.save(change),
      changed: parts.onItem,
      removed: id => view.removeMessage(id),
    })
    this.uplink = new Uplink(clock, this)
    this.unnumbered = new Unnumbered(clock, frame => this.uplink.send(frame))
    this.tell = incoming(parts, this)
    this.entrance = new Entrance(parts, this.saver)
    this.delivery = new Delivery(saved?.cursor, this)
    this.#inbox = new Inbox(this.delivery.kept)
    this.#catchUp = new CatchUp(parts, this)
    this.#heartbeat = new Heartbeat(clock, kind => this.dispatch({ kind }))
    this.connection = new Connection(parts, this)
    this.#unwatch = parts.network.watch(() => this.dispatch({ kind: 'wake' }))
  }

  /** `leave` ends the session at the bridge: offline when it has answered, or 3 s later. */
  dispatch(event: Event): void {
    this.connection.dispatch(event)
  }

  /** Ends this side: listeners that run return, all is kept, and the bridge is told how far that is. */
  async close(): Promise<void> {
    const { clock } = this.#parts
    this.#catchUp.stop()
    await within(clock, CLOSE_LIMIT_MS, this.delivery.stop())
    await within(clock, CLOSE_LIMIT_MS, this.saver.saved())
    this.uplink.ack()
    this.abandon()
  }

  /** Ends this side at once, and keeps nothing more. */
  abandon(): void {
    this.#unwatch()
    this.saver.stop()
    this.#catchUp.stop()
    void this.delivery.stop()
    this.unnumbered.close()
    this.dispatch({ kind: 'close' })
  }

  /** An id that no other device makes, and by which this one knows its own after a reload. */
  nextId(): string {
    return idOf(this.#parts.device)
  }

  /** Resolves with the answer, part by part. Rejects with a ClientError. */
  ask(question: Question) {
    return this.unnumbered.ask({ ...question, id: this.nextId() })
  }

  /** One page of the archive, long texts put together. Rejects with a ClientError. */
  async page(query: HistoryQuery): Promise<Page> {
    return toPage(await this.ask({ messageType: 'HISTORY', ...query }))
  }

  async join() {
    // A session and a place in its log belong together, also in what the bridge is told.
    await this.saver.saved()
    const since = this.delivery.cursor.since ?? undefined
    return this.entrance.join({ ...this.#standing, stream: this.delivery.kept.stream, since })
  }

  /** One WebSocket message. `second`: over the socket that is to take over, which only joins. */
  onMessage(data: unknown, second: boolean): void {
    this.#heartbeat.heard()
    if (!second) this.dispatch({ kind: 'heard' })
    const message = read(data)
    const isFrame = message !== undefined && 'messageType' in message
    if (isFrame && message.messageType === 'JOIN_SUCCESS') this.#onJoined(message, second)
    else if (second) {
      // An ERROR says that nobody has answered the JOIN by now; who is at it still answers later.
      if (!isFrame || message.messageType !== 'ERROR') this.dispatch({ kind: 'next-failed' })
    } else if (isFrame) void this.tell(message)
    else if (message) this.#onBatch(message)
    else void this.#parts.emit('error', new ClientError('bad-frame'))
  }

  onState(state: State): void {
    if (!hasSession(state)) {
      this.uplink.close()
      this.#heartbeat.stop()
    }
    if (state.phase === 'stopped') this.#catchUp.stop()
    this.#parts.onState(state)
  }

  onSync(taken: number | undefined): void {
    const missed = (taken ?? -1) + 1
    if (missed < this.outbox.position.from) this.#sync()
    this.uplink.resend(missed)
  }

  /** What was sent last may not have been handled; from `seq` on, if that is known. */
  unhandled(seq?: number, retryAfterMs?: number): void {
    const { clock, random } = this.#parts
    // A JOIN that is made again waits longer each time by itself.
    if (!hasSession(this.connection.state))
      return this.dispatch({ kind: 'unavailable', retryAfterMs: retryAfterMs ?? TROUBLE_MS })
    // One try may have many answers.
    if (!this.uplink.paused) this.#troubles += 1
    const pauseMs = retryAfterMs ?? TROUBLE_MS + backoffMs(this.#troubles, random())
    const isLate = seq === undefined && clock.monotonic() < this.#lateUntilMs
    const ms = isLate ? Math.min(pauseMs, LATE_ANSWER_PAUSE_MS) : pauseMs
    this.uplink.resend(seq, ms)
    if (seq === undefined) this.unnumbered.repeatAfter(ms)
  }

  /** What is received but not kept counts as missing: the bridge must not let go of it. */
  get #standing() {
    const epoch = this.entrance.session?.epoch
    return { ack: this.delivery.kept.seq, ...this.outbox.position, epoch }
  }

  #onJoined(frame: JoinSuccess, second: boolean): void {
    const { sequence, limits } = frame
    if (sequence === undefined) return this.dispatch({ kind: 'refused', code: 'unsupported-protocol' })
    const isNew = this.#goOn(frame, sequence)
    const fill = this.delivery.cursor.behind === true
    this.dispatch(second ? { kind: 'next-joined' } : { kind: 'joined', fill })
    this.#heartbeat.start(limits.pingMs, limits.rollMs, this.#parts.random())
    this.uplink.open(limits)
    this.unnumbered.joined(isNew)
    void this.#catchUp.run()
  }

  /** Takes up where the bridge stands. All of it is kept in one go. Whether this is another session than before. */
  #goOn(frame: JoinSuccess, { token, stream, epoch, seq, ack, resumed }: Sequence): boolean {
    const isNew = this.entrance.joined(frame, token, epoch)
    this.#troubles = 0
    if (isNew) this.outbox.startOver()
    else this.outbox.ack(ack)
    if (isNew || !resumed) this.#restart({ stream, seq })
    return isNew
  }

  #onBatch(batch: Batch): void {
    const { epoch, stream, ack, loose } = batch
    const known = this.entrance.session?.epoch ?? 0
    // The bridge tells what it tells only those who have joined: its JOIN_SUCCESS was lost with a worker.
    if (!hasSession(this.connection.state)) return this.unhandled(undefined, 0)
    if (epoch < known || stream < this.#inbox.at.stream) return
    // The bridge is back: what waits goes with this batch, unless that asks for time itself. After one failure alone the
    // pause is short, and needed where batches come while the way up is closed.
    if (this.#troubles > 1) {
      this.uplink.endPause()
      this.unnumbered.repeatAfter(0)
    }
    this.#troubles = 0
    if (epoch > known) {
      this.entrance.handedOver(epoch)
      this.#lateUntilMs = this.#parts.clock.monotonic() + LATE_ANSWERS_MS
      this.unnumbered.repeat()
    }
    // What is said of a frame comes before the acknowledgement that covers it.
    for (const frame of loose) void this.tell(frame)
    this.outbox.ack(ack)
    this.uplink.pump()
    const { items, missing, reset } = this.#inbox.receive(batch)
    if (missing) this.#askForMissing()
    else this.#askAgainMs = 0
    this.delivery.push(items)
    if (reset === undefined) return
    this.#restart(reset)
    void this.#catchUp.run()
  }

  /** The log goes on behind `at`; what lies before is in the archive, if anywhere. */
  #restart(at: Position): void {
    this.#catchUp.stop()
    this.#inbox.reset(at)
    this.delivery.restart(at)
  }

  /** Once in a while, until it is here. */
  #askForMissing(): void {
    const nowMs = this.#parts.clock.monotonic()
    if (nowMs < this.#askAgainMs) return
    this.#askAgainMs = nowMs + SYNC_LIMIT_MS
    this.#sync()
  }

  #sync(): void {
    this.uplink.send({ messageType: 'SYNC', ...this.#standing })
  }
}
