import { randomUUID } from 'node:crypto'
import { sleep, systemClock } from '../../shared/clock.ts'
import { DownCursor, isBatch, type DownBatch } from './down-cursor.ts'
import { Inbox } from './inbox.ts'
import { JoinRefused, WebUser, type Frame } from './web-user.ts'

/** A frame of ours that the XMPP server has not acknowledged. */
interface Unacked {
  readonly seq: number
  readonly frame: Frame
  readonly acked: PromiseWithResolvers<void>
}

/** What became of a frame that was sent. */
export interface SentFrame {
  readonly id: string
  readonly seq: number
  /** The XMPP server has it, or its end was told. */
  readonly acked: Promise<void>
}

const JOIN_ANSWERS = new Set(['JOIN_SUCCESS', 'FORBIDDEN', 'ERROR'])

/**
 * A sequenced client without frills, which shares no code with the bridge or with the real client: it numbers what it
 * sends, keeps it until it is acknowledged, applies the log once and in order, and goes on with its session by token.
 */
export class SequencedUser {
  readonly username: string
  readonly cursor = new DownCursor()
  /** The log as it was applied, without its numbers. */
  readonly log: Frame[] = []
  /** Every socket there ever was, oldest first; the last one counts. */
  readonly sockets: WebUser[] = []
  /** While false nothing is acknowledged. */
  acknowledging = true
  token = ''
  sessionId = ''
  readonly #url: string
  readonly #inbox: Inbox<Frame>
  readonly #requests = new Map<string, Frame>()
  #unacked: Unacked[] = []
  #lastSeq = 0

  private constructor(url: string, username: string) {
    this.#url = url
    this.username = username
    this.#inbox = new Inbox<Frame>(username, frame => JSON.stringify(frame))
  }

  /** Signs in with a password. Rejects with JoinRefused for any answer but JOIN_SUCCESS. */
  static async signIn(url: string, username: string, password = `${username}-pass`): Promise<SequencedUser> {
    const user = new SequencedUser(url, username)
    await user.#join({ username, password })
    return user
  }

  get socket(): WebUser {
    const last = this.sockets.at(-1)
    if (!last) throw new Error(`${this.username} has no socket`)
    return last
  }

  /** How many of its frames wait for their acknowledgement. */
  get waiting(): number {
    return this.#unacked.length
  }

  /** Everything that came, oldest first: applied items of the log, state, replies, and bare frames. */
  get received(): readonly Frame[] {
    return this.#inbox.all
  }

  /** A frame of this messageType, or that the predicate accepts, each given out once; see Inbox.waitFor. */
  waitFor(wanted: string | ((frame: Frame) => boolean), what?: string, limitMs?: number): Promise<Frame> {
    const accepts = typeof wanted === 'string' ? (frame: Frame) => frame.messageType === wanted : wanted
    const named = what ?? (typeof wanted === 'string' ? wanted : 'a certain frame')
    return this.#inbox.waitFor(accepts, named, limitMs)
  }

  /** Sends frames that become stanzas, each with its number and an id, in one batch. */
  sendAll(frames: readonly Frame[]): SentFrame[] {
    const added = frames.map(frame => this.#number(frame))
    this.#transmit(added.map(({ frame }) => frame))
    return added.map(({ seq, frame, acked }) => ({ seq, id: String(frame['id']), acked: acked.promise }))
  }

  /** Sends a message and resolves when the XMPP server has it. */
  async say(to: string, content: string): Promise<string> {
    const [sent] = this.sendAll([{ messageType: 'NEW_MESSAGE', to, content }])
    await sent?.acked
    return sent?.id ?? ''
  }

  /** Sends frames without a number: state. */
  tell(...frames: Frame[]): void {
    this.#transmit(frames)
  }

  /** Sends a request and resolves with what has its id; it is asked again when the session has changed hands. */
  async ask(frame: Frame): Promise<Frame> {
    const id = randomUUID()
    this.#requests.set(id, { ...frame, id })
    this.#transmit([{ ...frame, id }])
    const reply = await this.waitFor(each => each['id'] === id, `the answer to ${frame.messageType}`)
    this.#requests.delete(id)
    return reply
  }

  /** All that the archive has after an entry, oldest first, page by page. */
  async history(after: string): Promise<Frame[]> {
    const items: Frame[] = []
    for (let from: string | undefined = after; from !== undefined;) {
      const first = await this.ask({ messageType: 'HISTORY', after: from })
      const [, parts] = (first['part'] ?? [1, 1]) as [number, number]
      const pages = [first]
      while (pages.length < parts) pages.push(await this.waitFor(frame => frame['id'] === first['id']))
      items.push(...pages.flatMap(page => page['items'] as Frame[]))
      const last = pages.at(-1)
      from = last?.['complete'] === true ? undefined : (last?.['last'] as string | undefined)
    }
    return items
  }

  /** Loses the network, and comes back at another socket with the token. Resolves with JOIN_SUCCESS. */
  async reconnect(): Promise<Frame> {
    this.socket.terminate()
    return this.resume()
  }

  /** Opens another socket with the token; the one before is left open, as for a roll. Resolves with JOIN_SUCCESS. */
  async resume(): Promise<Frame> {
    const { stream, seq: ack } = this.cursor
    return this.#join({ token: this.token, stream, ...this.#position(), ack })
  }

  terminate(): void {
    for (const socket of this.sockets) socket.terminate()
  }

  async #join(how: object): Promise<Frame> {
    const socket = await WebUser.connect(this.#url, { onFrame: frame => this.#onFrame(socket, frame) })
    this.sockets.push(socket)
    const id = randomUUID()
    socket.send({ messageType: 'JOIN', protocol: 1, id, ...how })
    const answer = await socket.waitFor(
      frame => frame.messageType === undefined || JOIN_ANSWERS.has(frame.messageType),
      'an answer to JOIN',
    )
    if (answer.messageType !== 'JOIN_SUCCESS') throw new JoinRefused(answer)
    return answer
  }

  #onFrame(socket: WebUser, frame: Frame): void {
    if (isBatch(frame)) return this.#onBatch(frame)
    if (frame.messageType === 'JOIN_SUCCESS') this.#onJoined(frame)
    if (frame.messageType === 'ERROR' && socket === this.sockets.at(-1)) this.#onError(frame)
    this.#inbox.push(frame)
  }

  #onJoined(frame: Frame): void {
    const sequence = frame['sequence'] as {
      token: string
      stream: number
      epoch: number
      seq: number
      ack: number
      resumed: boolean
    }
    this.token = sequence.token
    this.sessionId = String(frame['sessionId'])
    this.cursor.epoch = sequence.epoch
    if (!sequence.resumed) this.cursor.restart(sequence.stream, sequence.seq)
    this.#settle(sequence.ack)
    this.#sendAgain(0)
  }

  #onBatch(batch: DownBatch): void {
    const { epoch } = this.cursor
    const taken = this.cursor.take(batch)
    if (!taken) return
    this.#settle(batch.ack)
    if (taken.missing) this.#transmit([this.#sync()])
    for (const frame of taken.others) this.#onOther(frame)
    this.log.push(...taken.log)
    for (const frame of taken.log) this.#inbox.push(frame)
    if (taken.log.length > 0 && this.acknowledging) this.#transmit([])
    if (batch.epoch > epoch) this.#transmit([...this.#requests.values()])
  }

  #onOther(frame: Frame): void {
    if (frame.messageType === 'ERROR') this.#onError(frame)
    if (frame.messageType === 'SYNC') {
      this.#transmit([this.#sync()])
      this.#sendAgain(Number(frame['ack'] ?? 0))
    }
    this.#inbox.push(frame)
  }

  /** A temporary refusal took nothing from that frame on: all of it is sent again. */
  #onError(frame: Frame): void {
    const { code, retryAfterMs } = frame as { code?: string; retryAfterMs?: number }
    if (code !== 'try-again' && code !== 'rate-limited') return
    void sleep(systemClock, retryAfterMs ?? 1000).then(() => this.#sendAgain(0))
  }

  #number(frame: Frame): Unacked {
    this.#lastSeq += 1
    const seq = this.#lastSeq
    const unacked = { seq, frame: { id: randomUUID(), ...frame, seq }, acked: Promise.withResolvers<void>() }
    this.#unacked.push(unacked)
    return unacked
  }

  #settle(ack: number): void {
    for (const { seq, acked } of this.#unacked) if (seq <= ack) acked.resolve()
    this.#unacked = this.#unacked.filter(({ seq }) => seq > ack)
  }

  #sendAgain(above: number): void {
    const frames = this.#unacked.filter(({ seq }) => seq > above).map(({ frame }) => frame)
    if (frames.length > 0) this.#transmit(frames)
  }

  #sync(): Frame {
    return { messageType: 'SYNC', ...this.#position(), ack: this.cursor.seq }
  }

  #position() {
    return { from: this.#unacked[0]?.seq ?? this.#lastSeq + 1, sent: this.#lastSeq }
  }

  #transmit(frames: readonly Frame[]): void {
    this.socket.send({ stream: this.cursor.stream, ack: this.cursor.seq, frames })
  }
}
