import type { DownFrame } from '../../../shared/wire/down.ts'
import type { Answer, Turn } from '../../../worker/session/desk.ts'
import { UpSequence } from '../../../worker/session/up-sequence.ts'

/** So many frames may be on their way, as JOIN_SUCCESS says. */
const WINDOW = 32
const HOLD_MS = 2000

interface Frame {
  readonly messageType: 'NEW_MESSAGE'
  readonly seq: number
  readonly id: string
  readonly to: string
  readonly content: string
  readonly part?: [number, number]
}
interface DownBatch {
  readonly epoch: number
  readonly ack: number
  readonly frames: readonly DownFrame[]
}

/** A client as PROTOCOL.md describes it, as far as its own messages go. */
class ModelClient {
  readonly ended = new Map<number, 'acked' | 'refused' | 'unsure'>()
  acked = 0
  epoch = 1
  last = 0
  sent = 0

  write(many: number): void {
    this.last += many
  }

  /** What it sends now: from the first unacknowledged, as much as the window allows. */
  unacked(from = this.acked + 1): Frame[] {
    const to = Math.min(this.last, this.acked + WINDOW)
    const frames: Frame[] = []
    for (let seq = from; seq <= to; seq += 1) frames.push(...framesOf(seq))
    this.sent = Math.max(this.sent, to)
    return frames
  }

  get position() {
    return { messageType: 'SYNC', ack: 0, from: this.acked + 1, sent: this.sent, epoch: this.epoch } as const
  }

  /** True when it is asked where it stands, or to send again. */
  receive({ epoch, ack, frames }: DownBatch): boolean {
    this.epoch = epoch
    for (const frame of frames) {
      if (frame.messageType === 'ERROR' && frame.code === 'bad-address') this.#end(frame.id, 'refused')
      if (frame.messageType === 'STATE') this.#end(frame.id, 'unsure')
    }
    for (let seq = this.acked + 1; seq <= ack; seq += 1)
      if (!this.ended.has(seq)) this.ended.set(seq, 'acked')
    this.acked = Math.max(this.acked, ack)
    return frames.some(
      frame => frame.messageType === 'SYNC' || (frame.messageType === 'ERROR' && frame.code === 'try-again'),
    )
  }

  #end(id: string | undefined, how: 'refused' | 'unsure'): void {
    this.ended.set(Number(id?.slice(1)), how)
  }
}

/** Every third message is a long one, in two parts. */
export function framesOf(seq: number): Frame[] {
  const frame = { messageType: 'NEW_MESSAGE', seq, id: `m${seq}`, to: 'jose', content: `${seq}` } as const
  if (seq % 3 !== 0) return [frame]
  return [1, 2].map(index => ({ ...frame, content: `${seq}/${index} `, part: [index, 2] }))
}

export const isRefused = (seq: number) => seq % 7 === 0

/** The XMPP server, and a worker after another. */
class ModelWorker {
  /** What the server got, by `seq`, in the order of arrival. */
  readonly server: number[] = []
  readonly contents: string[] = []
  /** Sent, and not yet at the server. */
  wire: { seq: number; content: string }[] = []
  /** At the server, and not yet acknowledged by it. */
  toSettle: number[] = []
  up = new UpSequence(true)
  queued: Answer[] = []
  epoch = 1
  /** So many frames are refused with try-again. */
  busy = 0
  archive = true

  offer(frames: readonly unknown[], nowMs: number): void {
    const { answers } = this.up.offer(frames, nowMs, {
      handle: turn => this.#handle(turn),
      charge: () => undefined,
    })
    this.queued.push(...answers)
  }

  batch(): DownBatch {
    const frames = this.queued.map(({ frame }) => frame)
    this.queued = []
    return { epoch: this.epoch, ack: this.up.acked, frames }
  }

  expire(nowMs: number): void {
    const sync = this.up.expire(nowMs)
    if (sync !== undefined) this.queued.push({ frame: sync, seq: undefined })
  }

  position(at: ModelClient['position']): void {
    this.queued.push(...this.up.position(at, this.epoch).answers)
  }

  reachServer(many: number): void {
    for (const { seq, content } of this.wire.splice(0, many)) {
      this.server.push(seq)
      this.contents.push(content)
      this.toSettle.push(seq)
    }
  }

  settle(): void {
    this.up.settle(this.toSettle.splice(0))
  }

  crash(): void {
    this.wire = []
    this.toSettle = []
    this.queued = [{ frame: { messageType: 'SYNC' }, seq: undefined }]
    this.up = new UpSequence(false)
    this.epoch += 1
  }

  drain(): void {
    const handover = this.up.handover()
    this.up = new UpSequence(false)
    const { answers } = this.up.start(handover)
    const sync: DownFrame = this.up.known
      ? { messageType: 'SYNC', ack: this.up.last }
      : { messageType: 'SYNC' }
    this.queued = [{ frame: sync, seq: undefined }, ...answers]
    this.epoch += 1
  }

  #handle({ frame, seq, suspect }: Turn) {
    if (frame.messageType === 'SYNC') this.queued.push(...this.up.position(frame, this.epoch).answers)
    if (frame.messageType !== 'NEW_MESSAGE' || seq === undefined) return { kind: 'taken' } as const
    if (isRefused(seq)) return refusal('bad-address', frame.id)
    if (this.busy > 0) {
      this.busy -= 1
      return refusal('try-again', frame.id)
    }
    if (suspect) this.#suspect(seq, frame.content)
    else this.wire.push({ seq, content: frame.content })
    return { kind: 'taken' } as const
  }

  #suspect(seq: number, content: string): void {
    if (!this.archive) {
      const frame: DownFrame = { messageType: 'STATE', id: `m${seq}`, state: 'unsure' }
      this.queued.push({ frame, seq: this.up.answered(frame) })
      this.toSettle.push(seq)
    } else if (this.server.includes(seq)) this.toSettle.push(seq)
    else this.wire.push({ seq, content })
  }
}

function refusal(code: 'bad-address' | 'try-again', id: string | undefined) {
  return { kind: 'refused', error: { messageType: 'ERROR', id, code, message: '' } } as const
}

/** Both, and a network that loses, doubles and reorders what goes up, and cuts what goes down. */
export class World {
  readonly client = new ModelClient()
  readonly worker = new ModelWorker()
  nowMs = 0
  #up: (readonly unknown[])[] = []
  #cut = false

  readonly ops: Record<Op, (chance: number) => void> = {
    write: chance => this.client.write(1 + (chance % 4)),
    send: chance => this.#up.push(this.client.unacked(this.client.acked + 1 + (chance % 4))),
    again: () => this.#up.push(this.client.unacked()),
    arrive: chance =>
      this.worker.offer(this.#up.splice(chance % Math.max(1, this.#up.length), 1)[0] ?? [], this.nowMs),
    arriveTwice: chance =>
      this.worker.offer(this.#up[chance % Math.max(1, this.#up.length)] ?? [], this.nowMs),
    lose: () => void this.#up.shift(),
    down: () => this.down(),
    cut: () => void (this.#cut = true),
    join: () => this.join(),
    server: chance => this.worker.reachServer(1 + (chance % 3)),
    settle: () => this.worker.settle(),
    busy: chance => void (this.worker.busy = chance % 3),
    wait: chance => this.wait((chance % 3) * 1000),
    crash: () => this.worker.crash(),
    drain: () => this.worker.drain(),
  }

  down(): void {
    const batch = this.worker.batch()
    if (this.#cut) return
    if (this.client.receive(batch)) this.#up.push([this.client.position, ...this.client.unacked()])
  }

  join(): void {
    // What went up on the old socket may still arrive; frames that a dead worker had are gone.
    this.#cut = false
    this.worker.position(this.client.position)
    this.down()
    this.#up.push(this.client.unacked())
  }

  wait(ms: number): void {
    this.nowMs += ms
    this.worker.expire(this.nowMs)
  }

  /** Everything works from now on. */
  heal(): void {
    this.worker.busy = 0
    for (let round = 0; round < 20; round += 1) {
      this.join()
      while (this.#up.length > 0) this.ops.arrive(0)
      this.worker.reachServer(1000)
      this.worker.settle()
      this.down()
      this.wait(HOLD_MS)
    }
  }
}

export const OPS = [
  'write',
  'send',
  'again',
  'arrive',
  'arriveTwice',
  'lose',
  'down',
  'cut',
  'join',
  'server',
  'settle',
  'busy',
  'wait',
  'crash',
  'drain',
] as const
export type Op = (typeof OPS)[number]
