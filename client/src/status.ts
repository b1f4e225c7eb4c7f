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
      const { retryAtMs, code } = state
      return code === undefined ? { kind: 'waiting', retryAtMs } : { kind: 'waiting', retryAtMs, code }
    }
    case 'leaving':
    case 'offline':
      return { kind: 'offline' }
    case 'stopped':
      return { kind: 'stopped', code: state.code }
  }
}
