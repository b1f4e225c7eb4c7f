import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { GatewayContext } from './context.ts'
import type { Caller } from './events.ts'
import { FrameReader } from './frames.ts'
import {
  CLIENT_BUFFER_BYTES,
  type Close,
  MAX_WEBSOCKET_FRAME_BYTES,
  clientClose,
  judgeFrame,
  lifeLeft,
} from './limits.ts'

export interface ConnectionEvents {
  /** A whole text message. */
  message(body: string): void
  /** The end, once, whoever brought it about. */
  end(close: Close): void
}

type Times = Pick<GatewayContext, 'clock' | 'idleMs'>

type Life = { phase: 'open'; stopWatching: () => void } | { phase: 'ended' }

/** One established WebSocket: passes messages on, keeps the limits, and tells of its end. */
export class Connection {
  readonly caller: Caller
  #socket: WebSocket
  #times: Times
  #events: ConnectionEvents
  #frames = new FrameReader()
  #messages = 0
  #firstRefused = Infinity
  #openedMs: number
  #lastFrameMs: number
  #lastActiveAtMs: number
  #life: Life

  /** `stream` is the byte stream under `socket`, which must have been upgraded in the same tick. */
  constructor(socket: WebSocket, stream: Duplex, caller: Caller, times: Times, events: ConnectionEvents) {
    this.caller = caller
    this.#socket = socket
    this.#times = times
    this.#events = events
    this.#openedMs = times.clock.monotonic()
    this.#lastFrameMs = this.#openedMs
    this.#lastActiveAtMs = times.clock.now()
    this.#life = this.#open(times.idleMs)
    // Before the library's own listener: a frame must be judged before its message can come out.
    stream.prependListener('data', (chunk: Buffer) => this.#judge(chunk))
    socket.addEventListener('message', ({ data }) => {
      if (typeof data === 'string') this.#receive(data)
    })
    // The library has chosen a close code by then, and 'close' follows.
    socket.on('error', () => {})
    socket.on('close', (code, reason) => this.#ended(clientClose(code, reason.toString())))
  }

  get lastActiveAtMs(): number {
    return this.#lastActiveAtMs
  }

  /** Sends a text message. `sent` proves nothing about its arrival, `full` means that the client reads too slowly. */
  post(body: Buffer): 'sent' | 'full' | 'gone' {
    if (this.#life.phase === 'ended' || this.#socket.readyState !== this.#socket.OPEN) return 'gone'
    if (this.#socket.bufferedAmount + body.length > CLIENT_BUFFER_BYTES) return 'full'
    this.#active()
    for (let at = 0; at === 0 || at < body.length; at += MAX_WEBSOCKET_FRAME_BYTES) {
      const fin = at + MAX_WEBSOCKET_FRAME_BYTES >= body.length
      this.#socket.send(body.subarray(at, at + MAX_WEBSOCKET_FRAME_BYTES), { binary: false, fin })
    }
    return 'sent'
  }

  /** Closes the socket; the connection counts as ended at once, answered or not. */
  close(close: Close): void {
    this.#refuse(close, this.#messages)
  }

  /** Takes its network away: the peer gets no close frame, and the end counts as lost. */
  cut(): void {
    this.#socket.terminate()
  }

  #judge(chunk: Buffer): void {
    for (const frame of this.#frames.push(chunk)) {
      this.#active()
      const close = judgeFrame(frame)
      if (close) return this.#refuse(close, frame.message)
    }
  }

  /** Messages before `firstRefused` may share a chunk of bytes with it and have yet to come out of the library. */
  #refuse(close: Close, firstRefused: number): void {
    if (this.#life.phase === 'ended') return
    this.#firstRefused = firstRefused
    this.#socket.close(close.code, close.reason)
    this.#ended(close)
  }

  #receive(body: string): void {
    if (this.#messages >= this.#firstRefused) return
    this.#messages += 1
    this.#events.message(body)
  }

  #active(): void {
    const { clock } = this.#times
    this.#lastFrameMs = clock.monotonic()
    this.#lastActiveAtMs = clock.now()
  }

  #open(lookAgainMs: number): Life {
    return { phase: 'open', stopWatching: this.#times.clock.after(lookAgainMs, () => this.#look()) }
  }

  #look(): void {
    const { clock, idleMs } = this.#times
    const left = lifeLeft(this.#openedMs, this.#lastFrameMs + idleMs, clock.monotonic())
    if (left.kind === 'close') this.close(left.close)
    else this.#life = this.#open(left.ms)
  }

  #ended(close: Close): void {
    if (this.#life.phase === 'ended') return
    this.#life.stopWatching()
    this.#life = { phase: 'ended' }
    this.#events.end(close)
  }
}
