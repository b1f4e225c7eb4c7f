import { WebSocket } from 'ws'
import * as z from 'zod/mini'
import type { SocketConstructor, SocketLike } from '../../../client/src/options.ts'
import { keysIn } from '../history/key.ts'
import type { Record } from '../history/write.ts'

/** Ends when the page that the sockets belong to is gone: nothing reaches it from then on. */
export interface Page {
  readonly gone: AbortSignal
  readonly record: Record
  /** Counts WebSocket messages over all pages of a user. */
  readonly traffic: { up: number; down: number }
}

type Listener = (event: { readonly data: unknown; readonly code: number }) => void
type EventType = 'open' | 'error' | 'message' | 'close'

/** As much of what comes down as a history needs. */
const batchHead = z.object({ epoch: z.int(), stream: z.int(), frames: z.array(z.unknown()) })
const joinHead = z.object({
  messageType: z.literal('JOIN_SUCCESS'),
  sessionId: z.string(),
  sequence: z.object({ epoch: z.int(), stream: z.int(), resumed: z.boolean() }),
})

/** The session that a page has joined last. */
export interface Joined {
  session: string | undefined
}

let sockets = 0

/** The WebSocket of one page. It writes down what goes over it before the client gets to see it. */
export function recordingSocket(page: Page, joined: Joined): SocketConstructor {
  return class implements SocketLike {
    readonly #socket: WebSocket
    readonly #number = (sockets += 1)
    #place = ''
    /** Who was first to end it. A client closes a socket that failed, too. */
    #endedBy: 'us' | 'others' | undefined

    constructor(url: string, protocols: string[]) {
      const socket = new WebSocket(url, protocols)
      this.#socket = socket
      this.#note(() => page.record({ kind: 'opening', socket: this.#number }))
      socket.on('error', () => (this.#endedBy ??= 'others'))
      socket.on('open', () => this.#note(() => page.record({ kind: 'opened', socket: this.#number })))
      socket.addEventListener('message', ({ data }) =>
        this.#note(() => this.#read(typeof data === 'string' ? data : '')),
      )
      socket.on('close', code =>
        this.#note(() =>
          page.record({ kind: 'closed', socket: this.#number, code, byUs: this.#endedBy === 'us' }),
        ),
      )
      page.gone.addEventListener('abort', () => socket.terminate(), { once: true })
    }

    send(text: string): void {
      if (page.gone.aborted) return
      page.traffic.up += 1
      this.#socket.send(text)
    }

    close(code?: number, reason?: string): void {
      this.#endedBy ??= 'us'
      this.#socket.close(code, reason)
    }

    addEventListener(type: EventType, listener: Listener): void {
      const tell = (data: unknown, code: number) => this.#note(() => listener({ data, code }))
      switch (type) {
        case 'open':
        case 'error':
          return void this.#socket.on(type, () => tell(undefined, 0))
        case 'message':
          return this.#socket.addEventListener(type, ({ data }) => tell(data, 0))
        case 'close':
          return void this.#socket.on('close', code => tell(undefined, code))
      }
    }

    #note(run: () => void): void {
      if (!page.gone.aborted) run()
    }

    #read(text: string): void {
      page.traffic.down += 1
      const json: unknown = JSON.parse(text)
      const batch = batchHead.safeParse(json)
      if (batch.success) return this.#readBatch(batch.data, keysIn(text))
      const success = joinHead.safeParse(json)
      if (!success.success) return
      const { sessionId, sequence } = success.data
      joined.session = sessionId
      page.record({ kind: 'joined', socket: this.#number, session: sessionId, ...sequence })
    }

    /** Batches without messages tell nothing but their epoch and stream. */
    #readBatch({ epoch, stream }: { epoch: number; stream: number }, keys: string[]): void {
      const place = `${epoch} ${stream}`
      if (keys.length > 0 || place !== this.#place) {
        page.record({ kind: 'batch', socket: this.#number, epoch, stream, keys })
      }
      this.#place = place
    }
  }
}
