import type { Clock } from '../../../shared/clock.ts'
import { pageOf, type Archived, type Query } from './archive.ts'
import { LateJoin } from './late-join.ts'
import { LIMITS, SESSION_ID, joinSuccess, message, tokenOf } from './frames.ts'
import type { FakeGateway, ServerSocket } from './fake-gateway.ts'

/*
 * The bridge and the XMPP server behind it, as small as the wire allows: one user, one session at a time, an archive. It
 * takes frames in order and once, numbers what it tells, and can be told to fail in all the ways a real one does. A new way
 * to fail is a public method that changes the state, and one more line in the table of exactly-once.test.ts.
 */

interface UpFrame {
  readonly messageType: string
  readonly id?: string
  readonly seq?: number
  readonly content?: string
  readonly part?: readonly [number, number]
  readonly [key: string]: unknown
}

interface LogItem {
  readonly seq: number
  readonly frames: readonly Record<string, unknown>[]
}

interface Session {
  readonly id: string
  stream: number
  epoch: number
  /** Inbound stanzas of the stream so far. */
  count: number
  log: LogItem[]
  /** What has left memory, with the archive to keep it. */
  floor: number
  /** Undefined: a successor that does not know where the client stands. */
  last: number | undefined
  suspectTo: number
  parts: Map<number, string>
  refused: number
}

export class ModelBridge {
  /** What the XMPP server took, in order. */
  readonly taken: { readonly id: string; readonly content: string }[] = []
  readonly archive: Archived[] = []
  session: Session | undefined
  /** Upward WebSocket messages to lose, to double, to hold until the next. */
  lose = { up: 0, down: 0 }
  double = { up: 0, down: 0 }
  #held: string | undefined
  holdNext = false
  /** So many of the next messages are refused for a while. */
  refuseNext = 0
  /** Nobody is there to take anything. */
  isDown = false
  readonly lateJoin: LateJoin
  #socket: ServerSocket | undefined
  #sessions = 0
  #mids = 0
  /** Pushed up to here on the socket. */
  #pushed = 0
  #acked = 0

  constructor(gateway: FakeGateway, clock: Clock) {
    this.lateJoin = new LateJoin(clock)
    gateway.onConnection = socket => {
      socket.onText = text => this.#onWire(socket, text)
      queueMicrotask(() => socket.accept())
    }
  }

  /** Somebody sends the user a message; long ones travel in parts. */
  deliver(content: string): void {
    const mid = `m${(this.#mids += 1)}`
    const frame = message(content, { mid, id: `x${mid}` })
    this.archive.push({ mid, frame })
    const session = this.session
    if (session === undefined) return
    session.count += 1
    const pieces = content.match(/.{1,4000}/gsu) ?? []
    const frames = pieces.map((piece, index) =>
      pieces.length === 1 ? frame : { ...frame, content: piece, part: [index + 1, pieces.length] },
    )
    session.log.push({ seq: session.count, frames })
    this.#push()
  }

  /** A stanza that tells the client nothing, but has its number. */
  murmur(): void {
    if (this.session !== undefined) this.session.count += 1
  }

  cut(code = 1006): void {
    const socket = this.#socket
    this.#socket = undefined
    this.#held = undefined
    socket?.close(code)
  }

  /** The XMPP stream is lost and a new one bound. */
  newStream(): void {
    const { session } = this
    if (session === undefined) return
    session.stream += 1
    session.count = 0
    session.floor = 0
    session.log = []
    this.#pushed = 0
    this.#send([{ messageType: 'RESET', stream: session.stream, seq: 0 }])
  }

  /** Memory is full: the archive has to do for what is not acknowledged. */
  forgetLog(): void {
    const { session } = this
    if (session === undefined) return
    session.log = []
    session.floor = session.count
    this.#reset(session)
  }

  /** A worker died; another one goes on, and does not know what the client sent. */
  successor(): void {
    const { session } = this
    if (session === undefined) return
    session.epoch += 1
    session.last = undefined
    session.parts.clear()
    this.#send([{ messageType: 'SYNC' }])
  }

  /** The session was not kept. */
  expire(): void {
    this.session = undefined
    this.cut()
  }

  #onWire(socket: ServerSocket, text: string): void {
    if (this.lose.up > 0) {
      this.lose.up -= 1
      return
    }
    if (this.holdNext) {
      this.holdNext = false
      this.#held = text
      return
    }
    const texts = this.double.up > 0 ? [text, text] : [text]
    this.double.up = Math.max(0, this.double.up - 1)
    if (this.#held !== undefined) texts.push(this.#held)
    this.#held = undefined
    for (const one of texts) queueMicrotask(() => this.#onText(socket, one))
  }

  #onText(socket: ServerSocket, text: string): void {
    if (!socket.isOpen) return
    if (this.isDown) {
      socket.push({ message: 'Internal server error', connectionId: 'c', requestId: 'r' })
      return
    }
    const value = JSON.parse(text) as Record<string, unknown>
    if (value['messageType'] === 'JOIN') this.#join(socket, value)
    else if (socket === this.#socket && this.session !== undefined) this.#batch(value, this.session)
    else socket.push({ messageType: 'ERROR', code: 'not-joined', message: '' })
  }

  #join(socket: ServerSocket, join: Record<string, unknown>): void {
    this.lateJoin.handle()
    if (join['token'] === undefined) return this.#open(socket)
    if (!this.lateJoin.putsOff(() => this.#resume(socket, join))) return this.#resume(socket, join)
    socket.push({ messageType: 'ERROR', code: 'try-again', message: '' })
  }

  #resume(socket: ServerSocket, { token, stream, ack, from, sent }: Record<string, unknown>): void {
    const { session } = this
    if (session === undefined || token !== tokenOf(session.id)) {
      socket.push({ messageType: 'FORBIDDEN', code: 'token-expired', message: '' })
      return
    }
    this.#stand(session, Number(from), Number(sent))
    const resumed = stream === session.stream && Number(ack) >= session.floor
    this.#pushed = resumed ? Number(ack) : session.floor
    this.#welcome(socket, session, resumed)
  }

  #open(socket: ServerSocket): void {
    const id = `${SESSION_ID.slice(0, -2)}${String((this.#sessions += 1)).padStart(2, '0')}`
    const empty = { count: 0, log: [], floor: 0, last: 0, suspectTo: 0, refused: 0 }
    this.session = { id, stream: 1, epoch: 1, parts: new Map<number, string>(), ...empty }
    this.#acked = 0
    this.#pushed = 0
    this.#welcome(socket, this.session, false)
  }

  #welcome(socket: ServerSocket, { id, stream, epoch }: Session, resumed: boolean): void {
    const old = this.#socket
    this.#socket = socket
    if (old !== undefined && old !== socket) {
      old.push({ messageType: 'LEAVE', code: 'moved', message: '' })
      old.close(1000)
    }
    const sequence = { stream, epoch, seq: this.#pushed, ack: this.#acked, resumed }
    socket.push(
      joinSuccess({ sessionId: id, features: { resume: true, archive: true }, limits: LIMITS, sequence }),
    )
    this.#push()
  }

  #batch({ ack, stream, frames }: Record<string, unknown>, session: Session): void {
    if (stream === session.stream) session.log = session.log.filter(({ seq }) => seq > Number(ack))
    for (const frame of frames as UpFrame[]) this.#frame(frame, session, Number(stream))
  }

  #frame(frame: UpFrame, session: Session, stream: number): void {
    const { messageType, seq, id = '' } = frame
    if (messageType === 'PING') this.#send([{ messageType: 'PONG' }])
    else if (messageType === 'HISTORY') this.#send([{ ...pageOf(this.archive, frame as Query), id }])
    else if (messageType === 'SYNC') this.#sync(frame, session, stream)
    else if (seq !== undefined) this.#take(frame, seq, id, session)
  }

  #sync({ ack, from, sent }: UpFrame, session: Session, stream: number): void {
    this.#stand(session, Number(from), Number(sent))
    if (stream === session.stream && Number(ack) >= session.floor) {
      this.#pushed = Number(ack)
      this.#push(true)
    } else {
      this.#pushed = stream === session.stream ? Number(ack) : 0
      this.#reset(session)
      this.#push()
    }
  }

  /** Its `prev` is what went down before it, like that of any batch. */
  #reset(session: Session): void {
    this.#send([{ messageType: 'RESET', stream: session.stream, seq: session.floor }])
    this.#pushed = session.floor
  }

  #stand(session: Session, from: number, sent: number): void {
    if (session.last === undefined) session.suspectTo = sent
    session.last = Math.max(session.last ?? 0, from - 1)
    this.#acked = Math.max(this.#acked, from - 1)
  }

  #take(frame: UpFrame, seq: number, id: string, session: Session): void {
    if (session.last === undefined) return this.#send([{ messageType: 'SYNC' }])
    if (seq <= session.last) return this.#send([])
    // Early: what is missing never comes, as far as this model knows.
    if (seq > session.last + 1) return this.#send([{ messageType: 'SYNC', ack: session.last }])
    if (this.refuseNext > 0) {
      this.refuseNext -= 1
      return this.#send([{ messageType: 'ERROR', id, code: 'try-again', message: '', retryAfterMs: 700 }])
    }
    const [part, of] = frame.part ?? [1, 1]
    session.parts.set(part, frame.content ?? '')
    if (session.parts.size < of) return
    const content = [...session.parts].sort(([a], [b]) => a - b).map(([, piece]) => piece)
    session.parts.clear()
    session.last = seq
    const isThere = seq <= session.suspectTo && this.taken.some(one => one.id === id)
    if (!isThere) this.#stanza(id, content.join(''))
    this.#acked = seq
    this.#send([])
  }

  #stanza(id: string, content: string): void {
    this.taken.push({ id, content })
    const frame = { ...message(content, { id, own: true }), from: 'ann@example.org', to: 'jose@example.org' }
    this.archive.push({ mid: `o${id}`, frame })
  }

  /** What of the log is not pushed yet; `always`: a batch even when that is nothing. */
  #push(always = false): void {
    const { session } = this
    if (session === undefined) return
    const items = session.log.filter(({ seq }) => seq > this.#pushed)
    const frames = items.flatMap(({ seq, frames: parts }) => parts.map(frame => ({ ...frame, seq })))
    if (frames.length > 0 || always) this.#send(frames)
    this.#pushed = Math.max(this.#pushed, ...items.map(({ seq }) => seq))
  }

  #send(frames: readonly object[]): void {
    const { session } = this
    const socket = this.#socket
    if (session === undefined || socket === undefined) return
    const { stream, epoch } = session
    const batch = { stream, epoch, prev: this.#pushed, ack: this.#acked, frames }
    if (this.lose.down > 0) {
      this.lose.down -= 1
      return
    }
    const times = this.double.down > 0 ? 2 : 1
    this.double.down = Math.max(0, this.double.down - 1)
    for (let count = 0; count < times; count += 1) socket.push(batch)
  }
}
