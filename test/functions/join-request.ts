import { join, type JoinRequest } from '../../functions/join.ts'
import type { Harness } from './harness.ts'

export const badCredentials = { kind: 'forbidden', code: 'bad-credentials' }

/** A JOIN of sergio, whose password is `right`. */
export function requestOf(change: Partial<JoinRequest> = {}): JoinRequest {
  return {
    connectionId: 'c1=',
    traceId: 'trace',
    sourceIp: '203.0.113.7',
    username: 'sergio',
    password: 'right',
    register: false,
    joinId: undefined,
    handshake: false,
    mode: 'simple',
    ...change,
  }
}

/** Gives a new harness a worker, and an account that has signed in before. */
export async function withSergio(harness: Harness): Promise<Harness> {
  await harness.addWorker('a')
  harness.fleet.accounts.set('sergio', 'right')
  await join(harness.deps, requestOf())
  harness.compared.length = 0
  harness.fleet.opens.length = 0
  return harness
}
