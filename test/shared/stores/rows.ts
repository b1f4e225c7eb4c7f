import type { SessionRow } from '../../../shared/stores/sessions.ts'
import type { WorkerRow } from '../../../shared/stores/workers.ts'

/** A valid sessionId, the same for the same name. */
export function sessionIdOf(name: string): string {
  return `s_${name.padEnd(22, '_')}`
}

/** A valid workerId, the same for the same name. */
export function workerIdOf(name: string): string {
  return `w-${name.padEnd(16, 'z')}`
}

export function sessionRowOf(name: string, change: Partial<SessionRow> = {}): SessionRow {
  return {
    sessionId: sessionIdOf(name),
    username: 'sergio',
    owner: workerIdOf('a'),
    epoch: 1,
    jid: 'sergio@example.org/1',
    mode: 'simple',
    stream: 1,
    credential: 'sealed',
    sockets: [{ connectionId: 'c1=' }],
    tokens: [],
    expiresAt: 4_000_000_000,
    ...change,
  }
}

export function workerRowOf(name: string, change: Partial<WorkerRow> = {}): WorkerRow {
  return {
    workerId: workerIdOf(name),
    host: '127.0.0.1',
    port: 1,
    certificate: 'none',
    token: 'token',
    counter: 1,
    sessions: 0,
    maxSessions: 100,
    phase: 'ready',
    startedAt: 0,
    expiresAt: 4_000_000_000,
    ...change,
  }
}
