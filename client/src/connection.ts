import type { Clock } from '../../shared/clock.ts'
import type { Join, JoinWithToken } from '../../shared/wire/frames/session.ts'
import type { Entrance } from './entrance.ts'
import { report, type Emit } from './emitter.ts'
import { ANSWER_LIMIT_MS } from './limits.ts'
import type { SocketConstructor, SocketLike } from './options.ts'
import { next, type Action, type Event, type State, type Step } from './state.ts'
import type { Uplink } from './uplink.ts'

const SUBPROTOCOL = 'stanzagate.v1'

export interface ConnectionParts {
  readonly url: string
  readonly WebSocket: SocketConstructor
  readonly clock: Clock
  readonly random: () => number
  readonly emit: Emit
}

export interface ConnectionSession {
  readonly entrance: Entrance
  readonly uplink: Uplink
  /** The JOIN; undefined when there is nothing to sign in with. Never rejects. */
  join(): Promise<Join | JoinWithToken | undefined>
  /** `second`: it came over the socket that is to take over. */
  onMessage(data: unknown, second: boolean): void
  onState(state: State): void
}

/** Does what the state machine says: sockets, one or two, and its timer. */
export class Connection {
  readonly #parts: ConnectionParts
  readonly #session: ConnectionSession
  /** The one that is handled first, then those that wait. */
  readonly #events: Event[] = []
  #state: State = { phase: 'offline' }
  #first: SocketLike | undefined
  #second: SocketLike | undefined
  /** The one that has not joined since its JOIN, and how long the JOIN of one like that, given up, may still be handled. */
  #asked: SocketLike | undefined
  #strayUntilMs = 0
  #timer: (() => void) | undefined
  readonly #does: { readonly [Name in Action]: () => unknown } = {
    open: () => (this.#first = this.#open({ kind: 'closed' })),
    'open-next': () => (this.#second = this.#open({ kind: 'next-failed' })),
    join: () => void this.#join(this.#first),
    'join-next': () => void this.#join(this.#second),
    promote: () => this.#hold(this.#second),
    drop: () => this.#hold(undefined),
    ping: () => this.#session.uplink.send({ messageType: 'PING' }),
    'say-leave': () => this.#session.uplink.send({ messageType: 'LEAVE' }),
  }

  constructor(parts: ConnectionParts, session: ConnectionSession) {
    this.#parts = parts
    this.#session = session
  }

  get state(): State {
    return this.#state
  }

  /** Events that come up while one is handled are handled after it. */
  dispatch(event: Event): void {
    if (this.#events.push(event) > 1) return
    for (const one of this.#events) this.#handle(one)
    this.#events.length = 0
  }

  send(text: string): void {
    if (this.#first) sendTo(this.#first, text)
  }

  #handle(event: Event): void {
    const { clock, random } = this.#parts
    const { spreadMs } = this.#session.entrance
    const { busyMs } = this.#session.uplink
    const before = this.#state
    const moving = this.#asked !== undefined || clock.monotonic() < this.#strayUntilMs
    const now = { nowMs: clock.now(), random: random(), spreadMs, moving, busyMs }
    const step: Step = next(before, event, now)
    if (event.kind === 'joined' || event.kind === 'next-joined') this.#asked = undefined
    this.#state = step.state
    if (step.timerMs !== undefined || step.state.phase !== before.phase) this.#timer?.()
    if (step.timerMs !== undefined) {
      this.#timer = clock.after(step.timerMs, () => this.dispatch({ kind: 'due' }))
    }
    for (const action of step.actions) this.#does[action]()
    if (step.state.phase !== 'rolling') this.#hold(this.#first)
    if (step.state !== before) this.#session.onState(step.state)
  }

  /** This one alone; others are closed. */
  #hold(first: SocketLike | undefined): void {
    const dropped = [this.#first, this.#second].filter(socket => socket !== first)
    this.#first = first
    this.#second = undefined
    for (const socket of dropped) {
      socket?.close(1000)
      if (socket && socket === this.#asked) {
        this.#strayUntilMs = this.#parts.clock.monotonic() + ANSWER_LIMIT_MS
        this.#asked = undefined
      }
    }
  }

  /** Only the sockets that are held are listened to: what a dropped one says comes too late. */
  #open(failed: Event): SocketLike | undefined {
    const { url, WebSocket, emit } = this.#parts
    try {
      const socket = new WebSocket(url, [SUBPROTOCOL])
      socket.addEventListener('open', () => this.#tell(socket, { kind: 'opened' }, { kind: 'next-opened' }))
      socket.addEventListener('close', () => this.#tell(socket, { kind: 'closed' }))
      // A failed connection ends in both (WebSockets standard, 4), but Node 22 keeps `close` back when none was made (nodejs/undici#3546).
      socket.addEventListener('error', () => this.#tell(socket, { kind: 'closed' }))
      socket.addEventListener('message', ({ data }) => {
        if (this.#holds(socket)) this.#session.onMessage(data, socket === this.#second)
      })
      return socket
    } catch (cause) {
      report(emit, 'connection-failed', cause)
      this.dispatch(failed)
      return undefined
    }
  }

  #holds(socket: SocketLike): boolean {
    return socket === this.#first || socket === this.#second
  }

  /** What happened to a socket, by whether it is the first or the second. */
  #tell(socket: SocketLike, first: Event, second: Event = { kind: 'next-failed' }): void {
    if (socket === this.#first) this.dispatch(first)
    if (socket === this.#second) this.dispatch(second)
  }

  async #join(socket: SocketLike | undefined): Promise<void> {
    const join = await this.#session.join()
    if (socket === undefined || !this.#holds(socket)) return
    if (join !== undefined) {
      this.#asked = socket
      return sendTo(socket, JSON.stringify(join))
    }
    this.#tell(socket, { kind: 'refused', code: 'no-credentials' })
  }
}

function sendTo(socket: SocketLike, text: string): void {
  try {
    socket.send(text)
  } catch {
    // A socket that does not take it is about to say that it is closed; what matters is resent then.
  }
}
