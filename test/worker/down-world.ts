import { expect } from 'vitest'
import type { DownBatch } from '../../shared/wire/batch.ts'
import { noMeter } from '../../shared/metrics.ts'
import type { DownFrame } from '../../shared/wire/down.ts'
import { BatchQueue } from '../../worker/batch-queue.ts'
import type { PostOutcome } from '../../worker/posting.ts'
import { DownLog } from '../../worker/session/down-log.ts'
import type { LogEntry } from '../../worker/session/log-entry.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { settled } from '../support/hand-gateway.ts'
import { contentOf, ModelClient, type Message } from './down-client.ts'

const WINDOW = { items: 4, bytes: 4000, oldestMs: 30_000 }
/** Text of one item; longer ones come in parts. */
const MAX_CONTENT = 100
const MAX_BATCH = 700
const NOTHING_STORED = { h: 0, hole: 0, lost: 0 }

type Kind = 'nothing' | 'archived' | 'plain' | 'tick'
type Fate = 'arrives' | 'is lost' | 'arrives, is repeated' | 'is late, is repeated' | 'is refused'

export class World {
  readonly archive: Message[] = []
  readonly client = new ModelClient(this.archive)
  readonly clock = new FakeClock()
  /** All messages that there were, and all ticks. */
  readonly messages: { readonly id: string; readonly archived: boolean }[] = []
  readonly ticks: string[] = []
  /** Stanzas of the stream by count - 1, until it is over. */
  stanzas: DownFrame[][] = []
  row = NOTHING_STORED
  /** What was heard may be lost for good, and a GAP in the log tells: beyond what the GAP of every new stream is for. */
  mayMiss = false
  epoch = 1
  stream = 1
  log = this.#newLog()
  queue: BatchQueue | undefined
  fate: Fate = 'arrives'
  late: string[] = []
  readonly hasArchive: boolean
  #given = 0
  /** Another worker has held the stream before. */
  #isSuccessor = false

  constructor(hasArchive: boolean) {
    this.hasArchive = hasArchive
    this.queue = this.#newQueue()
    this.queue.begin({ seq: 0 })
  }

  hear(kind: Kind): void {
    this.stanzas.push(this.#events(kind))
    this.feed()
  }

  /** The server sends what it has, and the worker hears what it has not heard. */
  feed(): void {
    this.stanzas.forEach((events, index) => {
      if (!this.log.isRepeat(index + 1)) this.log.add(index + 1, events, this.clock.monotonic())
    })
    this.handled()
  }

  handled(): void {
    this.log.handled(this.queue !== undefined, this.clock.monotonic())
    this.queue?.poke()
  }

  /** `h` goes into the row; the server forgets what is behind it. */
  store(): void {
    const h = this.log.handled(this.queue !== undefined, this.clock.monotonic())
    this.row = { h, ...this.log.missing }
    for (const event of this.stanzas.slice(0, this.row.h).flat()) this.#mayBeForgotten(event)
  }

  acknowledge(): void {
    if (this.queue !== undefined && this.client.stream === this.stream) this.log.ack(this.client.last)
    this.handled()
  }

  sync(): void {
    if (!this.client.mustSync || this.queue === undefined) return
    this.client.mustSync = false
    this.queue.rewind(this.client.stream === this.stream ? this.client.last : undefined)
    this.handled()
  }

  cut(): void {
    this.queue?.stop()
    this.queue = undefined
    this.late = []
    this.handled()
  }

  join(): void {
    this.cut()
    const { stream, last } = this.client
    const stand = stream === this.stream ? last : undefined
    const { seq, resumed, gap } = this.log.goOnFrom(stand)
    this.queue = this.#newQueue()
    // Of a GAP a RESET tells.
    const at =
      gap === undefined ? { stream: this.stream, seq, resumed } : { stream, seq: last, resumed: true }
    this.client.welcomed(at)
    this.queue.begin(at)
    if (gap !== undefined) this.queue.rewind(stand)
    this.handled()
  }

  crash(): void {
    this.epoch += 1
    this.#isSuccessor = true
    if (this.row.lost > this.row.h) this.mayMiss = true
    this.log = this.#newLog()
    this.log.adopt(this.row.h, this.row)
    if (this.queue !== undefined) {
      this.queue.stop()
      this.queue = this.#newQueue()
      this.queue.begin({ seq: this.row.h })
      this.queue.push({ messageType: 'SYNC' })
    }
    this.feed()
  }

  newStream(): void {
    const passed = this.log.handled(this.queue !== undefined, this.clock.monotonic())
    const isGone = ({ seq, kind }: LogEntry) => kind === 'lost' || (kind === 'message' && seq <= passed)
    if (this.#isSuccessor || this.log.after(0).some(isGone)) this.mayMiss = true
    this.#isSuccessor = false
    const again = this.stanzas.slice(this.row.h).flat()
    this.stream += 1
    this.stanzas = []
    this.row = NOTHING_STORED
    this.log.restart()
    this.queue?.rewind(undefined)
    for (const event of again)
      if (event.messageType === 'NEW_MESSAGE') this.stanzas.push([{ ...event, delayed: true }])
    this.feed()
    this.hear('nothing')
    // Until then nobody could resume it.
    this.store()
  }

  /** Everything works from now on. */
  async heal(): Promise<void> {
    this.fate = 'arrives'
    await this.#quiet()
    this.join()
    for (let round = 0; round < 30; round += 1) {
      await this.#quiet()
      this.hear('nothing')
      this.sync()
      this.acknowledge()
    }
    await this.#quiet()
  }

  async #quiet(): Promise<void> {
    for (let turn = 0; turn < 4; turn += 1) {
      await settled()
      this.clock.advance(5000)
    }
    await settled()
  }

  readonly post = (data: string): PostOutcome => {
    const fate = this.fate
    this.fate = 'arrives'
    if (fate === 'is refused') return 'slow'
    if (fate === 'is late, is repeated') this.late.push(data)
    if (fate.startsWith('arrives')) this.deliver(data)
    return fate.endsWith('repeated') ? 'failed' : 'taken'
  }

  deliver(data: string): void {
    expect(Buffer.byteLength(data)).toBeLessThanOrEqual(MAX_BATCH)
    this.client.receive(JSON.parse(data) as DownBatch)
  }

  #newLog(): DownLog {
    return new DownLog({ ...WINDOW, maxContentBytes: MAX_CONTENT }, () => this.hasArchive)
  }

  #newQueue(): BatchQueue {
    const queue: BatchQueue = new BatchQueue({
      connectionId: 'abc=',
      post: (_connectionId, data) => Promise.resolve(this.queue === queue ? this.post(data) : 'gone'),
      clock: this.clock,
      meter: noMeter,
      random: () => 1,
      handshakeUntilMs: 0,
      log: this.log,
      header: () => ({ stream: this.stream, epoch: this.epoch, ack: 0 }),
      maxBatchBytes: MAX_BATCH,
      window: WINDOW,
      maxQueueBytes: 10_000,
      onEnd: () => undefined,
    })
    return queue
  }

  #events(kind: Kind): DownFrame[] {
    this.#given += 1
    const id = `m${this.#given}`
    if (kind === 'nothing') return []
    if (kind === 'tick') {
      this.ticks.push(id)
      return [{ messageType: 'STATE', id, state: 'delivered' }]
    }
    const archived = kind === 'archived' && this.hasArchive
    const message: Message = {
      messageType: 'NEW_MESSAGE',
      id,
      from: 'jose',
      to: 'sergio',
      content: contentOf(id),
      timestamp: '2026-01-01T00:00:00.000Z',
      ...(archived && { mid: `mid-${id}` }),
    }
    if (archived) this.archive.push(message)
    this.messages.push({ id, archived })
    return [message]
  }

  /** The rule of `h`. Beyond four windows of bytes what no archive has may be lost, with a GAP. */
  #mayBeForgotten(event: DownFrame): void {
    const bytes = this.stanzas.flat().reduce((sum, each) => sum + JSON.stringify(each).length, 0)
    if (bytes >= WINDOW.bytes * 3) return
    if (event.messageType === 'STATE') expect(this.client.ticks).toContain(event.id)
    if (event.messageType === 'NEW_MESSAGE' && event.mid === undefined)
      expect(this.client.shown).toContain(event.id)
  }
}
