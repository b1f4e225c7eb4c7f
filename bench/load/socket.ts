import { once } from 'node:events'
import { WebSocket, type RawData } from 'ws'

/** A socket ended before its time, or said something that it should not. */
export class TalkFailed extends Error {
  override readonly name = 'TalkFailed'
}

interface Waiter {
  readonly accepts: (text: string) => boolean
  readonly resolve: (text: string) => void
  readonly reject: (error: Error) => void
}

/** A WebSocket as both kinds of client need it: text by text, with as little work of its own as can be. */
export class TextSocket {
  /** Takes each text that nobody waits for. */
  onText: (text: string) => void = () => undefined
  readonly #socket: WebSocket
  #waiter: Waiter | undefined

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', data => this.#hear(data))
    socket.on('error', error => this.#fail(error))
    socket.on('close', code => this.#fail(new TalkFailed(`A socket was closed with ${code}.`)))
  }

  /** Neither kind of server speaks before it is spoken to, so nothing is missed. */
  static async open(url: string, subprotocols: string[] = []): Promise<TextSocket> {
    const socket = new WebSocket(url, subprotocols)
    await once(socket, 'open')
    return new TextSocket(socket)
  }

  send(text: string): void {
    this.#socket.send(text)
  }

  /** The next text that is accepted; others go to `onText`. Rejects when the socket ends before. */
  next(accepts: (text: string) => boolean): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#waiter = { accepts, resolve, reject }
    })
  }

  async close(): Promise<void> {
    this.#socket.removeAllListeners('close')
    const closed = once(this.#socket, 'close')
    this.#socket.close()
    await closed
  }

  #hear(data: RawData): void {
    // The library's default for a message is one Buffer.
    const text = Buffer.isBuffer(data) ? data.toString() : ''
    const waiter = this.#waiter
    if (waiter?.accepts(text) !== true) return this.onText(text)
    this.#waiter = undefined
    waiter.resolve(text)
  }

  /** A figure without one of its talkers would be wrong, so this ends the process when nobody waits who could say so. */
  #fail(error: Error): void {
    if (this.#waiter === undefined) throw error
    this.#waiter.reject(error)
  }
}
