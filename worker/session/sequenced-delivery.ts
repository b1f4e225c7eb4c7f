import type { FramesRequest, Handover } from '../../shared/handoff/schemas.ts'
import type { DownFrame } from '../../shared/wire/down.ts'
import type { JoinWithToken, Sequence, SyncUp } from '../../shared/wire/frames/session.ts'
import type { BatchHeader } from '../batch-frames.ts'
import { Alarm } from './alarm.ts'
import { BatchOutlet } from './batch-outlet.ts'
import { isLogged, type Arrival, type Delivery, type DeliveryPort } from './delivery.ts'
import type { SessionDeps } from './deps.ts'
import type { Answer } from './desk.ts'
import { DOWN_WINDOW, DownLog, type Missing } from './down-log.ts'
import { UpDesk } from './up-desk.ts'
import { UpSequence, type Positioned } from './up-sequence.ts'
import { wireLimitsOf } from './welcome.ts'

export interface SequencedStart {
  readonly connectionId: string | undefined
  readonly handshake: boolean
  /** Which tenure and which XMPP stream it is just now. */
  readonly place: () => Pick<BatchHeader, 'stream' | 'epoch'>
  /** Whether the XMPP server has an archive, as far as is known. */
  readonly archive: () => boolean
  /** The session comes from another worker, whose row says this. */
  readonly adopted: (Missing & { readonly h: number; readonly up: Handover['up'] | undefined }) | undefined
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
  readonly #desk: UpDesk
  readonly #outlet: BatchOutlet
  readonly #look: Alarm
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
    this.#desk = new UpDesk({
      clock: deps.clock,
      up: this.#up,
      port,
      queue: () => this.#queue,
      onSync: sync => this.#sync(sync),
    })
    const header = () => ({ ...start.place(), stream: this.#stream, ack: this.#up.acked })
    this.#outlet = new BatchOutlet({ deps, port, log: this.#log, header })
    this.#look = new Alarm(deps.clock, () => this.#moved())
    if (start.adopted !== undefined) this.#adopt(start.adopted)
    if (start.adopted?.up !== undefined) this.#untold = this.#up.start(start.adopted.up).answers
    if (start.connectionId !== undefined) this.#outlet.attach(start.connectionId, start.handshake)
  }

  get crowded(): boolean {
    return this.#queue?.crowded ?? false
  }

  get gathered(): boolean {
    return this.#up.gathered
  }

  get missing(): Missing {
    return this.#log.missing
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
    if ('frame' in request) return this.#desk.offer([request.frame])
    const { stream, ack, frames } = request.batch
    this.#clientStream = stream
    if (stream === this.#stream) this.#log.ack(ack)
    this.#desk.offer(frames)
    this.#moved()
  }

  settled(seqs: readonly number[]): void {
    if (this.#up.settle(seqs)) this.#queue?.poke()
  }

  attach({ connectionId, handshake, join, welcome }: Arrival): void {
    const { at, rewind, ack, answers } = join === undefined ? this.#beginning : this.#position(join)
    if (this.#outlet.heldFor !== connectionId) this.#outlet.attach(connectionId, handshake)
    this.#outlet.begin(at, welcome({ ...at, ack }), rewind === undefined ? undefined : join?.since)
    if (rewind !== undefined) this.#queue?.rewind(rewind.ack)
    this.#desk.say(answers)
    this.#moved()
  }

  adopted(): void {
    const { adopted } = this.#start
    if (this.#outlet.heldFor === undefined || adopted === undefined) return
    this.#outlet.begin({ seq: adopted.h })
    this.#queue?.push({ messageType: 'SYNC', ...(this.#up.known && { ack: this.#up.last }) })
    this.#desk.say(this.#untold)
  }

  detach(): void {
    this.#outlet.detach()
    this.#moved()
  }

  restart(): void {
    this.adopted()
    this.#stream = this.#start.place().stream
    if (this.#log.restart()) this.#countGap()
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
    this.#desk.stop()
    this.#look.stop()
  }

  handover(): Handover['up'] {
    return this.#up.handover()
  }

  #adopt({ h, ...missing }: NonNullable<SequencedStart['adopted']>): void {
    this.#log.adopt(h, missing)
    if (missing.lost > h) this.#countGap()
  }

  /** The log will have one; those beside it are counted where they are made. */
  #countGap(): void {
    this.#deps.meter.count('Gaps', 1, 'not-in-archive')
  }

  get #queue() {
    return this.#outlet.queue
  }

  /** The client misses something, or was asked where it stands. */
  #sync(sync: SyncUp): void {
    const sameStream = this.#clientStream === this.#stream
    const { answers } = this.#up.position(sync, this.#start.place().epoch)
    this.#desk.say(answers)
    this.#queue?.rewind(sameStream ? sync.ack : undefined)
    this.#queue?.acknowledge()
  }

  #position(join: JoinWithToken): Place {
    return { ...this.#up.position(join, this.#start.place().epoch), ...this.#standOf(join) }
  }

  /**
   * JOIN_SUCCESS is a post of its own: a client may keep where it says that the log goes on, and lose the socket before it hears
   * of a GAP. So where there is one it is left at its own stand, and a RESET brings the GAP in one batch with the new place. Only
   * who stands where the log has never been, and no RESET would move, is put at its beginning.
   */
  #standOf({ stream, ack }: JoinWithToken): Pick<Place, 'at' | 'rewind'> {
    const sameStream = stream === this.#stream
    const { seq, resumed, gap } = this.#log.goOnFrom(sameStream ? ack : undefined)
    if (gap === undefined) return { at: { stream: this.#stream, seq, resumed }, rewind: undefined }
    const isHere = sameStream && ack <= seq
    return {
      at: isHere || stream < this.#stream ? { stream, seq: ack, resumed: true } : this.#beginning.at,
      rewind: { ack: isHere ? ack : undefined },
    }
  }

  /** Of a session that has just begun: what its client has from earlier ones is not of this log. */
  get #beginning(): Place {
    const at = { stream: this.#stream, seq: 0, resumed: false }
    return { at, rewind: undefined, ack: 0, answers: [] }
  }

  #moved(): void {
    const nowMs = this.#deps.clock.monotonic()
    this.#port.moved(this.#log.handled(this.#queue !== undefined, nowMs))
    this.#queue?.poke()
    this.#look.at(this.#log.unread ? nowMs + LOOK_AGAIN_MS : undefined)
  }
}

/** Where a client goes on, both ways. */
interface Place extends Positioned {
  /** As JOIN_SUCCESS says. */
  readonly at: Omit<Sequence, 'token' | 'epoch' | 'ack'>
  /** It is to be led on from there, by a RESET; see BatchQueue. */
  readonly rewind: { readonly ack: number | undefined } | undefined
}
