import type { State } from './state.ts'
import type { Status } from './types.ts'

/** What an application is told of the connection's life. */
export function statusOf(state: State): Status {
  switch (state.phase) {
    case 'connecting':
    case 'joining':
      return { kind: 'connecting' }
    case 'catching-up':
    case 'online':
      return { kind: state.phase }
    case 'probing':
    case 'rolling':
      return { kind: state.caughtUp ? 'online' : 'catching-up' }
    case 'waiting': {
      const { phase: kind, retryAtMs, code } = state
      return { kind, retryAtMs, code }
    }
    case 'stopped':
      return { kind: state.phase, code: state.code }
    case 'leaving':
    case 'offline':
      return { kind: 'offline' }
  }
}
