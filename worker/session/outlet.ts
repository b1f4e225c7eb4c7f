import type { Clock } from '../../shared/clock.ts'
import type { Fence } from '../fence.ts'
import type { Post, PostOutcome } from '../posting.ts'

export interface OutletOptions {
  readonly post: Post
  readonly clock: Clock
  readonly fence: Fence
  /** The gateway took something. */
  readonly onTaken: () => void
  /** The gateway says that this socket is gone. */
  readonly onGone: (connectionId: string) => void
}

interface Socket {
  readonly connectionId: string
  readonly handshakeUntilMs: number
  /** Goes out before anything else. */
  first: string | undefined
}

/**
 * The way to whichever socket a session has just now: while it has none, posts wait for the next. So one queue lasts as long as
 * its session, and what a lost socket did not take goes out at the next one.
 */
export class Outlet {
  readonly #options: OutletOptions
  #socket: Socket | undefined
  #changed = Promise.withResolvers<void>()
  #stopped = false
  #busy = false

  constructor(options: OutletOptions) {
    this.#options = options
  }

  /** Where posts go just now. */
  get at(): string | undefined {
    return this.#socket?.connectionId
  }

  /** A post is under way, or waits for a socket. */
  get busy(): boolean {
    return this.#busy
  }

  /**
   * From now on posts go to this socket, `first` before the one that is under way. Until `handshakeUntilMs` (monotonic) a 410
   * means "not yet".
   */
  attach(connectionId: string, handshakeUntilMs: number, first: string | undefined): void {
    this.#socket = { connectionId, handshakeUntilMs, first }
    this.#wake()
  }

  /** From now on posts wait. */
  detach(): void {
    this.#socket = undefined
  }

  /** Nothing more is posted; what waits counts as not taken. */
  stop(): void {
    this.#stopped = true
    this.#wake()
  }

  /** As the gateway's, but 'gone' only when the session is over. One at a time. */
  async post(data: string): Promise<PostOutcome> {
    this.#busy = true
    try {
      return await this.#deliver(data)
    } finally {
      this.#busy = false
    }
  }

  async #deliver(data: string): Promise<PostOutcome> {
    for (;;) {
      const socket = await this.#there()
      if (socket === undefined) return 'gone'
      const { first } = socket
      const outcome = await this.#postTo(socket, first ?? data)
      // What a socket took that is replaced or gone by now may never have been read.
      if (outcome === 'gone' || socket !== this.#socket) continue
      if (outcome !== 'taken' || first === undefined) return outcome
      socket.first = undefined
    }
  }

  async #postTo(socket: Socket, data: string): Promise<PostOutcome> {
    const { fence, post, clock, onTaken, onGone } = this.#options
    if (!fence.open) return 'fenced'
    const outcome = await post(socket.connectionId, data)
    if (outcome === 'taken') onTaken()
    if (outcome !== 'gone') return outcome
    if (clock.monotonic() < socket.handshakeUntilMs) return 'slow'
    if (this.#socket === socket) this.#socket = undefined
    onGone(socket.connectionId)
    return 'gone'
  }

  async #there(): Promise<Socket | undefined> {
    while (this.#socket === undefined && !this.#stopped) await this.#changed.promise
    return this.#stopped ? undefined : this.#socket
  }

  #wake(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }
}
