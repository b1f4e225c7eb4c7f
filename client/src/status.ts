import type { State } from './state.ts'
import type { Status } from './types.ts'

/** What an application is told of the connection's life. */
export function statusOf(state: State): Status {
  if ('caughtUp' in state) return { kind: state.caughtUp ? 'online' : 'catching-up' }
  const { phase: kind } = state
  if (kind === 'joining') return { kind: 'connecting' }
  if (kind === 'leaving') return { kind: 'offline' }
  if (kind === 'stopped') return { kind, code: state.code }
  if (kind !== 'waiting') return { kind }
  const { retryAtMs, code } = state
  return { kind, retryAtMs, code }
}
