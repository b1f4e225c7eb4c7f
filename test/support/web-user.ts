import { WebSocket, type RawData } from 'ws'
import { Inbox } from './inbox.ts'

/** A frame as it came; tests look at whichever keys they are about. */
export type Frame = Record<string, unknown> & { messageType?: string }

export interface ConnectOptions {
  headers?: Record<string, string>
  protocols?: string[]
  origin?: string
  /** `user:password`, as Basic authentication in the handshake. */
  auth?: string
  /** Told of each frame as it comes, before anybody who waits for it. */
  onFrame?: (frame: Frame) => void
}

/** The handshake was refused with an HTTP status. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly statusCode: number

  constructor(statusCode: number) {
    super(`the handshake was refused with status ${statusCode}`)
    this.statusCode = statusCode
  }
}

/** JOIN was answered with something other than JOIN_SUCCESS: `frame`. */
export class JoinRefused extends Error {
  override readonly name = 'JoinRefused'
  readonly frame: Frame

  constructor(frame: Frame) {
    super(`JOIN was answered with ${JSON.stringify(frame)}`)
    this.frame = frame
  }
}

/** A plain WebSocket client that speaks JSON and shares no code with the bridge. */
export class WebUser {
  /** How the socket ended; never rejects. */
  readonly closed: Promise<{ code: number; reason: string }>
  readonly #socket: WebSocket
  readonly #inbox: Inbox<Frame>
  readonly #onFrame: (frame: Frame) => void

  private constructor(socket: WebSocket, name: string, onFrame: (frame: Frame) => void) {
    this.#socket = socket
    this.#onFrame = onFrame
    this.#inbox = new Inbox<Frame>(name, frame => JSON.stringify(frame))
    // Without a listener a reset connection would end the test run; `closed` tells about it.
    socket.on('error', () => undefined)
    socket.on('message', data => this.#onMessage(data))
    this.closed = new Promise(resolve => {
      socket.on('close', (code, reason) => {
        this.#inbox.close(`the socket was closed with ${code} ${reason.toString()}`)
        resolve({ code, reason: reason.toString() })
      })
    })
  }

  /** Resolves when the socket is open; rejects with Refused, which carries `statusCode`, when the server says no. */
  static connect(url: string, options: ConnectOptions = {}): Promise<WebUser> {
    const { protocols = [], onFrame = () => undefined, ...rest } = options
    const socket = new WebSocket(url, protocols, rest)
    // Made before 'open': the first frame may come in the same TCP segment as the handshake's answer.
    const user = new WebUser(socket, options.auth?.split(':')[0] ?? 'a WebSocket client', onFrame)
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(user))
      socket.once('error', reject)
      socket.once('unexpected-response', (request, response) => {
        reject(new Refused(response.statusCode ?? 0))
        request.destroy()
      })
    })
  }

  /** All frames received so far, oldest first. */
  get frames(): readonly Frame[] {
    return this.#inbox.all
  }

  /** The subprotocol that the server chose; empty when none. */
  get protocol(): string {
    return this.#socket.protocol
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN
  }

  /** An object goes as JSON, a string as it is, a Buffer as a binary message. */
  send(frame: object | string | Buffer): void {
    this.#socket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame))
  }

  /** A frame of this messageType, or that the predicate accepts; see Inbox.waitFor. */
  waitFor(wanted: string | ((frame: Frame) => boolean), what?: string, limitMs?: number): Promise<Frame> {
    const accepts = typeof wanted === 'string' ? (frame: Frame) => frame.messageType === wanted : wanted
    const named = what ?? (typeof wanted === 'string' ? wanted : 'a certain frame')
    return this.#inbox.waitFor(accepts, named, limitMs)
  }

  /** Sends JOIN and resolves with JOIN_SUCCESS; rejects with JoinRefused for any other answer to it. */
  async join(username: string, password: string, extra: object = {}): Promise<Frame> {
    this.send({ messageType: 'JOIN', username, password, ...extra })
    const answer = await this.waitFor(isJoinAnswer, 'an answer to JOIN')
    if (answer.messageType !== 'JOIN_SUCCESS') throw new JoinRefused(answer)
    return answer
  }

  /** Sends a close frame and resolves when the socket is closed. */
  async close(code = 1000): Promise<void> {
    this.#socket.close(code)
    await this.closed
  }

  /** Drops the TCP connection without a close frame, as a lost network does. */
  terminate(): void {
    this.#socket.terminate()
  }

  #onMessage(data: RawData): void {
    // The library's default for a message is one Buffer.
    const text = Buffer.isBuffer(data) ? data.toString() : ''
    const frame = readFrame(text)
    if (frame === undefined) return this.#inbox.close(`this is no JSON object: ${text.slice(0, 200)}`)
    this.#onFrame(frame)
    this.#inbox.push(frame)
  }
}

/** The gateway's own in-band error, `{"message":"Internal server error",…}`, has no messageType. */
function isJoinAnswer(frame: Frame): boolean {
  return frame.messageType === undefined || ['JOIN_SUCCESS', 'FORBIDDEN', 'ERROR'].includes(frame.messageType)
}

function readFrame(text: string): Frame | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}
