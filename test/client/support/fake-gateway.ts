import type { SocketConstructor, SocketLike } from '../../../client/src/options.ts'

type Listener = (event: { readonly data: unknown; readonly code: number }) => void

/** The bridge's end of one socket. */
export class ServerSocket {
  /** What the client has sent and nobody has taken yet, oldest first. */
  readonly sent: string[] = []
  /** Called for each text of the client, instead of keeping it in `sent`. */
  onText: ((text: string) => void) | undefined
  readonly url: string
  readonly protocols: readonly string[]
  readonly #emit: Emit
  #isOpen = true

  constructor(url: string, protocols: readonly string[], emit: Emit) {
    this.url = url
    this.protocols = protocols
    this.#emit = emit
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** The handshake is over. */
  accept(): void {
    if (this.#isOpen) this.#emit('open', { data: undefined, code: 0 })
  }

  push(frame: unknown): void {
    if (this.#isOpen)
      this.#emit('message', { data: typeof frame === 'string' ? frame : JSON.stringify(frame), code: 0 })
  }

  /** The client hears of it. */
  close(code = 1006): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#emit('close', { data: undefined, code })
  }

  /** There is no connection, and Node 22 says no more than this. */
  fail(): void {
    this.#emit('error', { data: undefined, code: 0 })
  }

  /** By the client. */
  take(text: string): void {
    if (!this.#isOpen) return
    if (this.onText !== undefined) this.onText(text)
    else this.sent.push(text)
  }

  /** Closed by the client, it has something under way all the same. */
  reopen(): void {
    this.#isOpen = true
  }

  /** By the client, who does not want to hear more of it. */
  closedByClient(): void {
    this.#isOpen = false
  }
}

type Emit = (kind: string, event: { data: unknown; code: number }) => void

/** Makes WebSockets whose other end is in the hands of a test. */
export class FakeGateway {
  /** All that were opened, oldest first. */
  readonly sockets: ServerSocket[] = []
  readonly WebSocket: SocketConstructor
  /** Called for each new socket, which is not open yet. */
  onConnection: ((socket: ServerSocket) => void) | undefined

  constructor() {
    const connect = (socket: ServerSocket) => {
      this.sockets.push(socket)
      this.onConnection?.(socket)
    }
    this.WebSocket = class implements SocketLike {
      readonly #listeners = new Map<string, Listener[]>()
      readonly #server: ServerSocket

      constructor(url: string, protocols: string[]) {
        this.#server = new ServerSocket(url, protocols, (kind, event) => {
          for (const listener of this.#listeners.get(kind) ?? []) listener(event)
        })
        connect(this.#server)
      }

      send(text: string): void {
        this.#server.take(text)
      }

      close(): void {
        this.#server.closedByClient()
      }

      addEventListener(kind: string, listener: Listener): void {
        this.#listeners.set(kind, [...(this.#listeners.get(kind) ?? []), listener])
      }
    }
  }

  /** The newest socket. */
  get last(): ServerSocket {
    const socket = this.sockets.at(-1)
    if (socket === undefined) throw new Error('the client has opened no socket')
    return socket
  }
}

/** Lets everything run that waits for nothing but its turn. */
export function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
