import type { Clock } from '../../shared/clock.ts'
import type { SocketConstructor, SocketLike } from './options.ts'
import { next, type Action, type Event, type State, type Step } from './state.ts'

const SUBPROTOCOL = 'stanzagate.v1'

export interface ConnectionParts {
  readonly url: string
  readonly WebSocket: SocketConstructor
  readonly clock: Clock
  readonly random: () => number
  readonly spreadMs: () => number
  readonly joinLimitMs: () => number
  /** The JOIN as text; undefined when there is nothing to sign in with. Never rejects. */
  readonly join: () => Promise<string | undefined>
  /** `second`: it came over the socket that is to take over. */
  readonly onMessage: (data: unknown, second: boolean) => void
  readonly onState: (state: State, before: State) => void
  readonly ping: () => void
  readonly leave: () => void
  readonly onError: (cause: unknown) => void
}

/** Does what the state machine says: sockets, one or two, and its timer. */
export class Connection {
  readonly #parts: ConnectionParts
  readonly #events: Event[] = []
  #state: State = { phase: 'offline' }
  #first: SocketLike | undefined
  #second: SocketLike | undefined
  #timer: (() => void) | undefined
  #busy = false
  readonly #does: { readonly [Name in Action]: () => void } = {
    open: () => (this.#first = this.#open({ kind: 'closed' })),
    'open-next': () => (this.#second = this.#open({ kind: 'next-failed' })),
    join: () => void this.#join(this.#first),
    'join-next': () => void this.#join(this.#second),
    promote: () => this.#hold(this.#second, undefined),
    drop: () => this.#hold(undefined, this.#second),
    'drop-next': () => this.#hold(this.#first, undefined),
    ping: () => this.#parts.ping(),
    'say-leave': () => this.#parts.leave(),
  }

  constructor(parts: ConnectionParts) {
    this.#parts = parts
  }

  get state(): State {
    return this.#state
  }

  /** Events that come up while one is handled are handled after it. */
  dispatch(event: Event): void {
    this.#events.push(event)
    if (this.#busy) return
    this.#busy = true
    for (let one = this.#events.shift(); one !== undefined; one = this.#events.shift()) this.#handle(one)
    this.#busy = false
  }

  send(text: string): void {
    if (this.#first) sendTo(this.#first, text)
  }

  #handle(event: Event): void {
    const { clock, random, spreadMs, joinLimitMs, onState } = this.#parts
    const before = this.#state
    const now = { nowMs: clock.now(), random: random(), spreadMs: spreadMs(), joinLimitMs: joinLimitMs() }
    const step: Step = next(before, event, now)
    this.#state = step.state
    if (step.state !== before) this.#timer?.()
    if (step.timerMs !== undefined) {
      this.#timer = clock.after(step.timerMs, () => this.dispatch({ kind: 'due' }))
    }
    for (const action of step.actions) this.#does[action]()
    if (step.state !== before) onState(step.state, before)
  }

  /** Closes what is held no more. */
  #hold(first: SocketLike | undefined, second: SocketLike | undefined): void {
    const dropped = [this.#first, this.#second].filter(socket => socket !== first && socket !== second)
    this.#first = first
    this.#second = second
    for (const socket of dropped) socket?.close(1000)
  }

  /** Only the sockets that are held are listened to: what a dropped one says comes too late. */
  #open(failed: Event): SocketLike | undefined {
    const { url, WebSocket, onMessage } = this.#parts
    try {
      const socket = new WebSocket(url, [SUBPROTOCOL])
      socket.addEventListener('open', () => this.#tell(socket, { kind: 'opened' }, { kind: 'next-opened' }))
      socket.addEventListener('close', () => this.#tell(socket, { kind: 'closed' }, { kind: 'next-failed' }))
      // It is closed next; without a listener some runtimes end the process.
      socket.addEventListener('error', () => undefined)
      socket.addEventListener('message', ({ data }) => {
        if (this.#holds(socket)) onMessage(data, socket === this.#second)
      })
      return socket
    } catch (cause) {
      this.#parts.onError(cause)
      this.#events.push(failed)
      return undefined
    }
  }

  #holds(socket: SocketLike): boolean {
    return socket === this.#first || socket === this.#second
  }

  #tell(socket: SocketLike, first: Event, second: Event): void {
    if (socket === this.#first) this.dispatch(first)
    if (socket === this.#second) this.dispatch(second)
  }

  async #join(socket: SocketLike | undefined): Promise<void> {
    const text = await this.#parts.join()
    if (socket === undefined || !this.#holds(socket)) return
    if (text !== undefined) return sendTo(socket, text)
    const refused = {
      kind: 'refused',
      code: 'no-credentials',
      advice: 'stop',
      retryAfterMs: undefined,
    } as const
    this.#tell(socket, refused, { kind: 'next-failed' })
  }
}

function sendTo(socket: SocketLike, text: string): void {
  try {
    socket.send(text)
  } catch {
    // A socket that does not take it is about to say that it is closed; what matters is sent again then.
  }
}
