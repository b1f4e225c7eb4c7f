import { connect, createServer, type Server, type Socket } from 'node:net'
import { listenOn } from '../../../local/ports.ts'
import { systemClock, type Clock } from '../../../shared/clock.ts'

/**
 * What a link does to those who use it. `silent`: no byte passes and none is lost, as when packets are dropped: what was
 * written before and meanwhile arrives when the link is back, even from a sender that has long given up. `refused`: what
 * is open is reset and nothing new gets in. `slow`: each piece of data takes that much longer, in order.
 */
export type LinkMode =
  | { readonly kind: 'open' }
  | { readonly kind: 'silent' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'slow'; readonly ms: number }

/** A TCP relay on loopback between one process and one of its partners, which can be told to fail. */
export class TcpLink {
  readonly #server: Server
  readonly #target: () => { host: string; port: number }
  readonly #clock: Clock
  readonly #pairs = new Set<readonly [Socket, Socket]>()
  /** Came in while the link was silent. Their SYN would have been lost, so nothing of them ever reaches the other side. */
  readonly #waiting = new Set<Socket>()
  #mode: LinkMode = { kind: 'open' }
  #port = 0

  private constructor(target: () => { host: string; port: number }, clock: Clock) {
    this.#target = target
    this.#clock = clock
    // A side that has closed is still owed what the other had sent, and the other what it had sent before.
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, socket => this.#accept(socket))
  }

  /** `target` is asked at each connection: a server that was started again may be elsewhere. */
  static async open(
    target: () => { host: string; port: number },
    clock: Clock = systemClock,
  ): Promise<TcpLink> {
    const link = new TcpLink(target, clock)
    link.#port = await listenOn(link.#server, 0, 'a link')
    return link
  }

  get port(): number {
    return this.#port
  }

  get mode(): LinkMode {
    return this.#mode
  }

  /** Takes effect at once for what is open and for what comes. */
  set(mode: LinkMode): void {
    this.#mode = mode
    if (mode.kind === 'refused') return this.#resetAll()
    for (const pair of this.#pairs) for (const socket of pair) this.#apply(socket)
    if (mode.kind === 'silent') return
    for (const socket of this.#waiting) socket.resetAndDestroy()
    this.#waiting.clear()
  }

  async stop(): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve))
    this.#resetAll()
    await closed
  }

  #accept(socket: Socket): void {
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    switch (this.#mode.kind) {
      case 'refused':
        return void socket.resetAndDestroy()
      case 'silent':
        return void this.#waiting.add(socket)
      case 'open':
      case 'slow':
        return this.#join(socket)
    }
  }

  #join(near: Socket): void {
    const far = connect({ ...this.#target(), allowHalfOpen: true, noDelay: true })
    const pair = [near, far] as const
    this.#pairs.add(pair)
    this.#carry(near, far)
    this.#carry(far, near)
    const end = () => {
      this.#pairs.delete(pair)
      near.destroy()
      far.destroy()
    }
    for (const socket of pair) {
      socket.on('error', end)
      socket.on('close', () => near.closed && far.closed && this.#pairs.delete(pair))
    }
    this.#apply(near)
    this.#apply(far)
  }

  /** One way. The end is a piece of data too: it waits its turn behind the rest. */
  #carry(from: Socket, to: Socket): void {
    const later = (run: () => void) => {
      if (this.#mode.kind === 'slow') this.#clock.after(this.#mode.ms, run)
      else run()
    }
    from.on('data', data => {
      later(() => {
        if (to.writable && !to.write(data)) {
          from.pause()
          to.once('drain', () => this.#apply(from))
        }
      })
    })
    from.on('end', () => later(() => to.end()))
  }

  #apply(socket: Socket): void {
    if (this.#mode.kind === 'silent') socket.pause()
    else socket.resume()
  }

  #resetAll(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy()
    for (const socket of this.#waiting) socket.resetAndDestroy()
    this.#pairs.clear()
    this.#waiting.clear()
  }
}
