import type { DownBatch } from '../../shared/wire/batch.ts'
import type { DownFrame } from '../../shared/wire/down.ts'
import { Tally } from '../../shared/emf/tally.ts'
import { BatchQueue } from '../../worker/batch-queue.ts'
import type { PushEnd } from '../../worker/push.ts'
import { DownLog } from '../../worker/session/down-log.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { HandGateway, settled } from '../support/hand-gateway.ts'

export const HERE = { seq: 0, resumed: true, gap: undefined }
export const WELCOME: DownFrame = { messageType: 'PONG', id: 'welcome' }
const WINDOW = { items: 4, bytes: 100_000 }

interface Options {
  readonly archive?: boolean
  readonly maxBatchBytes?: number
  readonly maxQueueBytes?: number
}

export function setUp({ archive = true, maxBatchBytes = 28_672, maxQueueBytes = 10_000 }: Options = {}) {
  const clock = new FakeClock()
  const gateway = new HandGateway()
  const meter = new Tally()
  const ends: PushEnd[] = []
  const header = { stream: 3, epoch: 7, ack: 0 }
  const log = new DownLog({ ...WINDOW, oldestMs: 30_000, maxContentBytes: 8192 }, () => archive)
  const queue = new BatchQueue({
    connectionId: 'abc=',
    post: gateway.post,
    clock,
    meter,
    random: () => 1,
    handshakeUntilMs: 0,
    log,
    header: () => header,
    maxBatchBytes,
    window: WINDOW,
    maxQueueBytes,
    onEnd: why => ends.push(why),
  })
  /** A stanza that brings a message. */
  const hear = (count: number, content = `text ${count}`) => {
    log.add(count, [message(content, count)], clock.monotonic())
    log.handled(true, clock.monotonic())
    queue.poke()
  }
  /** The gateway takes all that there is. */
  const takeAll = async () => {
    const flushed = queue.flushed().then(() => 'flushed' as const)
    while ((await Promise.race([flushed, settled()])) !== 'flushed')
      if (gateway.open > 0) await gateway.answer('taken')
  }
  const batches = () => gateway.posted.map(text => JSON.parse(text) as DownBatch)
  return { clock, gateway, meter, ends, header, log, queue, hear, batches, takeAll }
}

export function message(content: string, count: number): DownFrame {
  const timestamp = '2026-01-01T00:00:00.000Z'
  return { messageType: 'NEW_MESSAGE', from: 'jose', to: 'sergio', content, mid: `mid-${count}`, timestamp }
}

export const presence = (from: string, show: 'available' | 'away'): DownFrame => ({
  messageType: 'PRESENCE',
  from,
  show,
})
export const reply = (id: string): DownFrame => ({ messageType: 'PONG', id })

export const seqsOf = ({ frames }: DownBatch) =>
  frames.flatMap(frame => ('seq' in frame && frame.seq !== undefined ? [frame.seq] : []))
