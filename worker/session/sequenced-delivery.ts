import type { FramesRequest, Handover } from '../../shared/handoff/schemas.ts'
import type { DownFrame } from '../../shared/wire/down.ts'
import type { JoinWithToken, SyncUp } from '../../shared/wire/frames/session.ts'
import type { BatchHeader } from '../batch-frames.ts'
import { BatchQueue } from '../batch-queue.ts'
import { HANDSHAKE_GRACE_MS } from '../posting.ts'
import { Alarm } from './alarm.ts'
import { isLogged, type Arrival, type Delivery, type DeliveryPort } from './delivery.ts'
import type { SessionDeps } from './deps.ts'
import { DOWN_WINDOW, DownLog, type GoOn } from './down-log.ts'
import type { FrameOutcome } from './line.ts'
import { UpSequence, type Answer, type Positioned, type Turn } from './up-sequence.ts'
import { MAX_BATCH_BYTES, wireLimitsOf } from './welcome.ts'

export interface SequencedStart {
  readonly connectionId: string | undefined
  readonly handshake: boolean
  /** Which tenure and which XMPP stream it is just now. */
  readonly place: () => Pick<BatchHeader, 'stream' | 'epoch'>
  /** Whether the XMPP server has an archive, as far as is known. */
  readonly archive: () => boolean
  /** The session comes from another worker, whose row says this. */
  readonly adopted:
    | { readonly h: number; readonly hole: number; readonly up: Handover['up'] | undefined }
    | undefined
}

/** What waits for the client's acknowledgement grows old without a stanza coming in. */
const LOOK_AGAIN_MS = 5000

/** For clients that acknowledge: batches, a log that is repeated from where the client stands, and their frames in order. */
export class SequencedDelivery implements Delivery {
  readonly #deps: SessionDeps
  readonly #port: DeliveryPort
  readonly #start: SequencedStart
  readonly #log: DownLog
  readonly #up: UpSequence
  /** What came early is given up. */
  readonly #hold: Alarm
  readonly #look: Alarm
  #queue: BatchQueue | undefined
  /** It posts nothing yet: its client has not been welcomed. */
  #queueHeld = true
  #connectionId: string | undefined
  /** What the worker before had no time to tell. */
  #untold: readonly Answer[] = []
  /** The one that the log is of: the row may be ahead of it. */
  #stream: number
  /** The stream in which the client stood that said this. */
  #clientStream = 0

  constructor(deps: SessionDeps, port: DeliveryPort, start: SequencedStart) {
    const { maxContentBytes } = wireLimitsOf('sequenced', deps)
    this.#deps = deps
    this.#port = port
    this.#start = start
    this.#stream = start.place().stream
    this.#log = new DownLog({ ...DOWN_WINDOW, maxContentBytes }, start.archive)
    this.#up = new UpSequence(start.adopted === undefined)
    this.#hold = new Alarm(deps.clock, () => this.#expire())
    this.#look = new Alarm(deps.clock, () => this.#moved())
    if (start.adopted !== undefined) this.#log.adopt(start.adopted.h, start.adopted.hole)
    if (start.adopted?.up !== undefined) this.#untold = this.#up.start(start.adopted.up).answers
    if (start.connectionId !== undefined) this.#open(start.connectionId, start.handshake)
  }

  get crowded(): boolean {
    return this.#queue?.crowded ?? false
  }

  get gathered(): boolean {
    return this.#up.gathered
  }

  get hole(): number {
    return this.#log.hole
  }

  isRepeat(count: number): boolean {
    return this.#log.isRepeat(count)
  }

  heard(count: number | undefined, frames: readonly DownFrame[]): void {
    const events = frames.filter(isLogged)
    this.#log.add(count, events, this.#deps.clock.monotonic())
    for (const frame of frames) if (!isLogged(frame)) this.#queue?.push(frame)
    this.#moved()
  }

  push(frame: DownFrame): void {
    const seq = this.#up.answered(frame)
    this.#queue?.push(frame, seq)
  }

  receive(request: FramesRequest): void {
    if ('refusal' in request)
      return this.#queue?.push(this.#port.charge(request.refusal.id) ?? request.refusal)
    if ('frame' in request) return this.#offer([request.frame])
    const { stream, ack, frames } = request.batch
    this.#clientStream = stream
    if (stream === this.#stream) this.#log.ack(ack)
    this.#offer(frames)
    this.#moved()
  }

  settled(seqs: readonly number[]): void {
    if (this.#up.settle(seqs)) this.#queue?.poke()
  }

  attach({ connectionId, handshake, join, welcome }: Arrival): void {
    const queue = this.#queueHeld && connectionId === this.#connectionId ? this.#queue : undefined
    const { goOn, ack, answers } = join === undefined ? NEW : this.#position(join)
    const { seq, resumed } = goOn
    const stream = this.#stream
    const begun = queue ?? this.#open(connectionId, handshake)
    this.#queueHeld = false
    begun.begin(goOn, welcome({ stream, seq, resumed, ack }))
    this.#pushAll(answers)
    this.#moved()
  }

  adopted(): void {
    const { adopted } = this.#start
    if (this.#queue === undefined || !this.#queueHeld || adopted === undefined) return
    this.#queueHeld = false
    this.#queue.begin({ seq: adopted.h, resumed: true, gap: undefined })
    this.#queue.push({ messageType: 'SYNC', ...(this.#up.known && { ack: this.#up.last }) })
    this.#pushAll(this.#untold)
  }

  detach(): void {
    this.#queue?.stop()
    this.#queue = undefined
    this.#connectionId = undefined
    this.#moved()
  }

  restart(): void {
    this.adopted()
    this.#stream = this.#start.place().stream
    this.#log.restart()
    this.#queue?.rewind(undefined)
  }

  async flush(): Promise<void> {
    await this.#queue?.flushed()
  }

  async finish(last: DownFrame): Promise<void> {
    await this.#queue?.finish(last)
  }

  stop(): void {
    this.#queue?.stop()
    this.#hold.stop()
    this.#look.stop()
  }

  handover(): Handover['up'] {
    return this.#up.handover()
  }

  #open(connectionId: string, handshake: boolean): BatchQueue {
    const { clock, random, maxQueueBytes, meter } = this.#deps
    this.#queue?.stop()
    this.#connectionId = connectionId
    this.#queueHeld = true
    this.#queue = new BatchQueue({
      connectionId,
      post: (to, data) => this.#post(to, data),
      clock,
      random,
      meter,
      maxQueueBytes,
      maxBatchBytes: MAX_BATCH_BYTES,
      window: DOWN_WINDOW,
      handshakeUntilMs: handshake ? clock.monotonic() + HANDSHAKE_GRACE_MS : 0,
      log: this.#log,
      header: () => ({ ...this.#start.place(), stream: this.#stream, ack: this.#up.acked }),
      // The session outlives a socket that fails or is not read: its client comes back with its token.
      onEnd: why => {
        if (why === 'too-slow') void this.#deps.hangUp(connectionId)
        this.#port.gone(connectionId)
      },
    })
    return this.#queue
  }

  async #post(connectionId: string, data: string) {
    if (!this.#deps.fence.open) return 'fenced'
    const outcome = await this.#deps.post(connectionId, data)
    if (outcome === 'taken' && connectionId === this.#connectionId) this.#port.taken()
    return outcome
  }

  #offer(frames: readonly unknown[]): void {
    const nowMs = this.#deps.clock.monotonic()
    const { answers, repeated } = this.#up.offer(frames, nowMs, {
      handle: turn => this.#take(turn),
      // It is about all that is too much in a batch, and so about no `id`.
      charge: () => this.#port.charge(undefined),
    })
    this.#pushAll(answers)
    if (repeated) this.#queue?.acknowledge()
    this.#queue?.poke()
    this.#hold.at(this.#up.holdUntilMs)
  }

  #take({ frame, suspect }: Turn): FrameOutcome {
    if (frame.messageType === 'SYNC') this.#sync(frame)
    return this.#port.take(frame, suspect)
  }

  /** The client misses something, or was asked where it stands. */
  #sync(sync: SyncUp): void {
    const sameStream = this.#clientStream === this.#stream
    const { answers } = this.#up.position(sync, this.#start.place().epoch)
    this.#pushAll(answers)
    this.#queue?.rewind(sameStream ? sync.ack : undefined)
    this.#queue?.acknowledge()
  }

  #position(join: JoinWithToken): Place {
    const { ack, answers } = this.#up.position(join, this.#start.place().epoch)
    const sameStream = join.stream === this.#stream
    return { ack, answers, goOn: this.#log.goOnFrom(sameStream ? join.ack : undefined) }
  }

  #pushAll(answers: readonly Answer[]): void {
    for (const { frame, seq } of answers) this.#queue?.push(frame, seq)
  }

  #expire(): void {
    const sync = this.#up.expire(this.#deps.clock.monotonic())
    if (sync !== undefined) this.#queue?.push(sync)
    this.#hold.at(this.#up.holdUntilMs)
  }

  #moved(): void {
    const nowMs = this.#deps.clock.monotonic()
    this.#port.moved(this.#log.handled(this.#queue !== undefined, nowMs))
    this.#queue?.poke()
    this.#look.at(this.#log.unread ? nowMs + LOOK_AGAIN_MS : undefined)
  }
}

interface Place extends Positioned {
  readonly goOn: GoOn
}

/** A session that has just begun: what its client has from earlier ones is not of this log. */
const NEW: Place = { ack: 0, answers: [], goOn: { seq: 0, resumed: false, gap: undefined } }
