import type { State } from './state.ts'
import type { Status } from './types.ts'

/** What an application is told of the connection's life. */
export function statusOf(state: State): Status {
  if ('caughtUp' in state) return { kind: state.caughtUp ? 'online' : 'catching-up' }
  const { phase } = state
  if (phase === 'offline' || phase === 'leaving') return { kind: 'offline' }
  if (phase === 'connecting' || phase === 'joining') return { kind: 'connecting' }
  const { phase: kind, code } = state
  return kind === 'stopped' ? { kind, code } : { kind, code, retryAtMs: state.retryAtMs }
}
