import { within } from '../shared/clock.ts'
import type { PushRequest } from '../shared/handoff/schemas.ts'
import { HANDSHAKE_GRACE_MS } from './posting.ts'
import { PushQueue, type PushOptions } from './push.ts'

type StraysOptions = Pick<PushOptions, 'post' | 'clock' | 'random' | 'meter'>

/** Room for more than 1,000 refusals; whoever sends more nonsense than that without reading misses the rest. */
const MAX_QUEUE_BYTES = 262_144
/** A refusal that comes later than this helps nobody. */
const GIVE_UP_MS = 60_000

/**
 * Pushes frames to connections that have no session here: refusals, and answers for a worker that is gone. A socket that is
 * gone or does not read misses them; nothing else depends on it, and it costs one queue, whatever it sends.
 */
export function pushToStrays(options: StraysOptions): (request: PushRequest) => void {
  const queues = new Map<string, PushQueue>()
  return ({ connectionId, frame, handshake }) => {
    const queue = queues.get(connectionId) ?? makeQueue(options, connectionId, handshake)
    queue.push(frame)
    if (!queues.has(connectionId)) void watch(queue, connectionId)
  }

  async function watch(queue: PushQueue, connectionId: string): Promise<void> {
    queues.set(connectionId, queue)
    await within(options.clock, GIVE_UP_MS, queue.flushed())
    queue.stop()
    queues.delete(connectionId)
  }
}

function makeQueue(options: StraysOptions, connectionId: string, handshake: boolean): PushQueue {
  return new PushQueue({
    ...options,
    connectionId,
    maxQueueBytes: MAX_QUEUE_BYTES,
    handshakeUntilMs: handshake ? options.clock.monotonic() + HANDSHAKE_GRACE_MS : 0,
    held: false,
    onEnd: () => undefined,
  })
}
