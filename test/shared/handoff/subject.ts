import { onTestFinished } from 'vitest'
import { HandoffClient } from '../../../shared/handoff/client.ts'
import type {
  AttachRequest,
  ClaimRequest,
  OpenRequest,
  PushRequest,
} from '../../../shared/handoff/schemas.ts'
import type { FakeClock } from '../../support/fake-clock.ts'
import { sessionIdOf, workerIdOf } from '../stores/rows.ts'
import { startTestWorker, type Respond, type TestWorker } from './test-worker.ts'

export const OPEN: OpenRequest = {
  connectionId: 'c1=',
  username: 'sergio',
  password: 'pass',
  register: false,
  handshake: false,
  verified: true,
  mode: 'simple',
}
export const PUSH: PushRequest = {
  connectionId: 'c1=',
  frame: { messageType: 'ERROR', code: 'bad-frame', message: 'no' },
  handshake: false,
}
/** The session that the calls are about. */
export const SESSION = sessionIdOf('s')
export const ATTACH: AttachRequest = {
  connectionId: 'c1=',
  join: {
    messageType: 'JOIN',
    protocol: 1,
    token: `${SESSION}.${'t'.repeat(43)}`,
    stream: 1,
    ack: 4,
    from: 3,
    sent: 2,
  },
}
export const CLAIM: ClaimRequest = {
  owner: workerIdOf('a'),
  epoch: 3,
  handover: {
    up: { last: 2, acked: 1, ids: [[2, 'm2']] },
    outbound: { acked: 5, unacked: ['<message/>'], frames: [{ number: 6, id: 'm2', seq: 2 }] },
    seen: ['<presence/>'],
    requests: [{ from: 'jose@example.org' }],
  },
}
export const JOINED = { sessionId: SESSION, registered: true }

/** A worker for the running test. */
export async function worker(respond: Respond, names?: readonly string[]): Promise<TestWorker> {
  const started = await startTestWorker(respond, names)
  onTestFinished(() => started.stop())
  return started
}

/** A client for the running test; it closes before the workers stop. */
export function client(clock?: FakeClock): HandoffClient {
  const made = new HandoffClient(clock && { clock })
  onTestFinished(() => made.close())
  return made
}
