import { within } from '../../shared/clock.ts'
import type { JoinSuccess } from '../../shared/wire/frames/session.ts'
import type { SessionFrame } from '../../shared/wire/up.ts'
import { backoffMs } from './backoff.ts'
import { Connection } from './connection.ts'
import type { Resolved } from './defaults.ts'
import { Downlink } from './downlink.ts'
import type { Emitter } from './emitter.ts'
import { Entrance } from './entrance.ts'
import { Heartbeat } from './heartbeat.ts'
import { Incoming } from './incoming.ts'
import { selfOf, toUplinkLimits, type Sequence } from './join.ts'
import { toPage } from './messages.ts'
import { Outbox } from './outbox.ts'
import { OwnPresence } from './own-presence.ts'
import type { Batch } from './read.ts'
import { Requests } from './requests.ts'
import { Saver } from './saver.ts'
import { hasSession, type State } from './state.ts'
import type { Saved, SavedItem, SavedSession } from './store.ts'
import { Uplink } from './uplink.ts'
import type { View } from './view.ts'

export interface SessionParts extends Resolved {
  readonly saved: Saved | undefined
  readonly newId: () => string
  readonly isMine: (id: string) => boolean
  readonly emitter: Emitter
  readonly view: View
  readonly onState: (state: State) => void
  /** The item is new or has another state. */
  readonly onItem: (item: SavedItem) => void
}

type Presence = Extract<SessionFrame, { messageType: 'PRESENCE' }>

/** What the gateway says by itself comes without a time to wait. */
const TROUBLE_MS = 1000
/** A listener that never returns, or a store that fails, does not keep anybody from leaving. */
const CLOSE_LIMIT_MS = 3000
/** Until the first JOIN_SUCCESS tells. */
const SPREAD_MS = 30_000
/** A user's session, from what the store knows of it: joins, goes on where both sides stand, and begins anew where it must. */
export class Session {
  readonly saver: Saver
  readonly outbox: Outbox
  readonly requests: Requests
  readonly uplink: Uplink
  readonly #parts: SessionParts
  readonly #downlink: Downlink
  readonly #connection: Connection
  readonly #heartbeat: Heartbeat
  readonly #unwatch: () => void
  readonly #entrance: Entrance
  readonly #presence: OwnPresence
  #spreadMs = SPREAD_MS
  /** Failures in a row that did not say how long they last. */
  #troubles = 0

  constructor(parts: SessionParts) {
    const { saved, clock, store, view, emitter } = parts
    this.#parts = parts
    this.saver = new Saver(store, clock, cause => emitter.report('store-failed', cause))
    this.outbox = new Outbox(
      { items: saved?.items ?? [], up: saved?.up },
      {
        save: change => void this.saver.save(change),
        changed: parts.onItem,
        removed: id => view.removeMessage(id),
      },
    )
    this.#entrance = this.#makeEntrance(saved?.session ?? undefined)
    this.#presence = new OwnPresence(presence => this.uplink.send(presence))
    this.requests = new Requests(clock, request => void this.uplink.send(request))
    const incoming = this.#makeIncoming()
    this.#downlink = this.#makeDownlink(incoming)
    this.uplink = new Uplink({
      clock,
      outbox: this.outbox,
      write: text => this.#connection.send(text),
      saved: () => this.saver.saved(),
      position: () => this.#downlink.kept,
      onLate: () => this.#connection.dispatch({ kind: 'wake' }),
    })
    this.#heartbeat = new Heartbeat(
      clock,
      () => this.#connection.dispatch({ kind: 'idle' }),
      () => this.#connection.dispatch({ kind: 'roll' }),
    )
    this.#connection = this.#makeConnection(incoming)
    this.#unwatch = parts.network.watch(() => this.#connection.dispatch({ kind: 'wake' }))
  }

  /** The longest text that the bridge takes, in bytes as JSON; undefined until it has told. */
  get maxTextBytes(): number | undefined {
    return this.#entrance.session?.maxTextBytes
  }

  get state(): State {
    return this.#connection.state
  }

  connect(): void {
    this.#connection.dispatch({ kind: 'connect' })
  }

  /** Ends the session at the bridge. Offline when it has answered, or 3 s later; at once when there is no connection. */
  leave(): void {
    this.#connection.dispatch({ kind: 'leave' })
  }

  /** Ends this side: listeners that run return, all is kept, and the bridge is told how far that is. */
  async close(): Promise<void> {
    const { clock } = this.#parts
    await within(clock, CLOSE_LIMIT_MS, this.#downlink.stop())
    await within(clock, CLOSE_LIMIT_MS, this.saver.saved())
    this.uplink.acknowledge()
    this.abandon()
  }

  /** Ends this side at once, and keeps nothing more. */
  abandon(): void {
    this.#unwatch()
    this.saver.stop()
    void this.#downlink.stop()
    this.requests.close()
    this.#connection.dispatch({ kind: 'close' })
  }

  setPresence(presence: Presence): void {
    // The way to the bridge keeps no order; the clock's grows over reloads, too.
    this.#presence.set({ ...presence, order: this.#parts.clock.now() }, this.#sessionId)
  }

  get #sessionId(): string | undefined {
    return this.#entrance.session?.sessionId
  }

  #makeEntrance(session: SavedSession | undefined): Entrance {
    const { credentials, emitter } = this.#parts
    return new Entrance(session, {
      credentials,
      save: change => void this.saver.save(change),
      onError: cause => emitter.report('no-credentials', cause),
    })
  }

  #makeIncoming(): Incoming {
    const { emitter, view, isMine } = this.#parts
    return new Incoming({
      emitter,
      view,
      isMine,
      outbox: this.outbox,
      requests: this.requests,
      dispatch: event => this.#connection.dispatch(event),
      joined: (frame, second) => this.#onJoined(frame, second),
      expired: () => this.#entrance.expire(),
      accepts: batch => this.#accepts(batch),
      receive: batch => this.#receive(batch),
      synced: taken => this.#onSync(taken),
      again: (seq, retryAfterMs) => this.#again(seq, retryAfterMs),
    })
  }

  #makeDownlink(incoming: Incoming): Downlink {
    const { saved, clock, emitter, newId } = this.#parts
    return new Downlink(saved?.cursor, this.outbox, clock, {
      tell: event => incoming.tell(event),
      save: cursor => this.saver.save({ cursor }),
      kept: () => this.uplink.kept(),
      page: async query => toPage(await this.requests.ask({ messageType: 'HISTORY', id: newId(), ...query })),
      gap: gap => void emitter.emit('gap', gap),
      caughtUp: () => this.#connection.dispatch({ kind: 'caught-up' }),
    })
  }

  #makeConnection(incoming: Incoming): Connection {
    const { emitter } = this.#parts
    return new Connection({
      ...this.#parts,
      spreadMs: () => this.#spreadMs,
      joinLimitMs: () => this.#entrance.joinLimitMs,
      join: async () => {
        // A session and a place in its log belong together, also in what the bridge is told.
        await this.saver.saved()
        const { kept, since } = this.#downlink
        return this.#entrance.join({ ...this.#standing, stream: kept.stream, since })
      },
      onMessage: (data, second) => {
        this.#heartbeat.heard()
        if (!second) this.#connection.dispatch({ kind: 'heard' })
        incoming.onMessage(data, second)
      },
      onState: (state, before) => this.#onState(state, before),
      ping: () => void this.uplink.send({ messageType: 'PING' }),
      leave: () => void this.uplink.send({ messageType: 'LEAVE' }),
      onError: cause => emitter.report('connection-failed', cause),
    })
  }

  #onJoined(frame: JoinSuccess, second: boolean): void {
    const { sequence, limits, features } = frame
    if (sequence === undefined) {
      const code = 'unsupported-protocol'
      return this.#connection.dispatch({ kind: 'refused', code, advice: 'stop', retryAfterMs: undefined })
    }
    this.#goOn(frame, sequence)
    const fill = this.#downlink.isBehind
    this.#connection.dispatch(second ? { kind: 'next-joined' } : { kind: 'joined', fill })
    if (fill) this.#connection.dispatch({ kind: 'fill' })
    this.#heartbeat.start(limits.pingMs, limits.rollMs, this.#parts.random())
    this.uplink.open(toUplinkLimits(frame))
    this.requests.askAgain()
    this.#presence.tell(this.#sessionId)
    this.#downlink.fetch(features.archive)
  }

  /** Takes up where the bridge stands. All of it is kept in one go. */
  #goOn(frame: JoinSuccess, sequence: Sequence): void {
    const { stream, seq, ack, resumed } = sequence
    const isNew = this.#entrance.joined(frame, sequence)
    this.#spreadMs = frame.limits.reconnectSpreadMs ?? SPREAD_MS
    this.#troubles = 0
    if (isNew) this.outbox.startOver()
    else this.outbox.ack(ack)
    if (isNew || !resumed) this.#downlink.restart({ stream, seq })
    if (this.#entrance.session) this.#parts.view.setSelf(selfOf(this.#entrance.session))
  }

  #onState(state: State, before: State): void {
    if (!hasSession(state)) {
      this.uplink.close()
      this.#heartbeat.stop()
    } else if (before.phase === 'rolling') this.#heartbeat.rollLater()
    if (state.phase === 'stopped') this.#downlink.halt()
    this.#parts.onState(state)
  }

  #accepts({ epoch, stream }: Batch): boolean {
    const known = this.#entrance.session?.epoch ?? 0
    if (!hasSession(this.state) || epoch < known || stream < this.#downlink.stream) return false
    this.#troubles = 0
    if (epoch > known) {
      this.#entrance.handedOver(epoch)
      this.requests.askAgain()
      // It is not numbered, and the worker that is gone may never have got it.
      this.#presence.again(this.#entrance.session?.sessionId)
    }
    return true
  }

  #receive(batch: Batch): void {
    this.outbox.ack(batch.ack)
    this.uplink.pump()
    const due = this.#downlink.receive(batch)
    if (due === 'sync') this.#sync()
    if (due !== 'fill') return
    this.#connection.dispatch({ kind: 'fill' })
    this.#downlink.fetch(this.#entrance.session?.archive === true)
  }

  /** What is received but not kept counts as missing: the bridge must not let go of it. */
  get #standing() {
    const epoch = this.#entrance.session?.epoch
    return { ack: this.#downlink.kept.seq, ...this.outbox.position, epoch }
  }

  #sync(): void {
    this.uplink.send({ messageType: 'SYNC', ...this.#standing })
  }

  #onSync(taken: number | undefined): void {
    if (taken === undefined || taken + 1 < this.outbox.position.from) this.#sync()
    this.uplink.again(taken === undefined ? undefined : taken + 1)
  }

  #again(seq: number | undefined, retryAfterMs: number | undefined): void {
    const { clock, random } = this.#parts
    const ms = retryAfterMs ?? TROUBLE_MS + backoffMs((this.#troubles += 1), random())
    if (!hasSession(this.state)) return this.#connection.dispatch({ kind: 'unavailable', retryAfterMs: ms })
    this.uplink.again(seq, ms)
    if (seq !== undefined) return
    clock.after(ms, () => {
      this.requests.askAgain()
      this.#presence.again(this.#sessionId)
    })
  }
}
