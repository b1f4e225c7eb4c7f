import type { PushRequest } from '../shared/handoff/schemas.ts'
import { HANDSHAKE_GRACE_MS, PushQueue, type PushOptions } from './push.ts'

type StraysOptions = Pick<PushOptions, 'post' | 'clock' | 'random' | 'maxQueueBytes'>

/** Pushes single frames to connections that have no session: refusals, and answers for a worker that is gone. */
export function pushToStrays(options: StraysOptions): (request: PushRequest) => void {
  return ({ connectionId, frame, handshake }) => {
    const handshakeUntilMs = handshake ? options.clock.monotonic() + HANDSHAKE_GRACE_MS : 0
    // A socket that is gone or does not read misses its refusal; nothing else depends on it.
    const queue = new PushQueue({
      ...options,
      connectionId,
      handshakeUntilMs,
      held: false,
      onEnd: () => undefined,
    })
    queue.push(frame)
  }
}
