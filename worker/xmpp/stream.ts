import { systemClock, type Clock } from '../../shared/clock.ts'
import { dial } from './dial.ts'
import { TlsFailed, Unreachable } from './errors.ts'
import { LiveStream } from './live.ts'
import { login } from './login.ts'
import type { FailureCode, Opening, StreamOptions } from './port.ts'
import { WireOver, type WireEnd } from './wire.ts'

export { StreamOver } from './port.ts'
export type {
  Credential,
  FailureCode,
  Opening,
  RefusalCode,
  ResumeState,
  Stream,
  StreamEnd,
  StreamFeatures,
  StreamLimits,
  StreamOptions,
  XmppTarget,
} from './port.ts'

/**
 * Logs in at an XMPP server and opens (or resumes) one session, with one new connection. Tries once; backing off and trying again is
 * the caller's. Never rejects. Stanzas that came during the login are delivered, in order, after the promise has resolved.
 */
export async function openStream(options: StreamOptions, signal: AbortSignal): Promise<Opening> {
  const clock = options.clock ?? systemClock
  const attempt = new AbortController()
  const abort = () => attempt.abort({ kind: 'aborted' } satisfies WireEnd)
  const timeout = () => attempt.abort({ kind: 'timeout' } satisfies WireEnd)
  const giveUp = () => attempt.abort({ kind: 'closed' } satisfies WireEnd)
  const cancel = clock.after(options.limits.loginTimeoutMs, timeout)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  try {
    const opening = await attemptLogin(options, clock, attempt.signal)
    if (opening.kind !== 'online') giveUp()
    return opening
  } catch (cause) {
    giveUp()
    return failure(cause)
  } finally {
    cancel()
    signal.removeEventListener('abort', abort)
  }
}

async function attemptLogin(options: StreamOptions, clock: Clock, signal: AbortSignal): Promise<Opening> {
  const dialled = await dial(options, signal)
  if (dialled.kind === 'refused') return dialled
  const outcome = await login(dialled.wire, dialled.features, options)
  if (outcome.kind === 'refused') return outcome
  // A password is for the login alone: what the stream has for the next one is in the outcome.
  const { credential: _spent, ...kept } = options
  const stream = new LiveStream(dialled.wire, outcome, kept, clock)
  const { resumed, registered, failedH } = outcome
  return { kind: 'online', stream, resumed, registered, ...(failedH !== undefined && { failedH }) }
}

function failure(cause: unknown): Opening {
  if (cause instanceof Unreachable) return { kind: 'failed', code: 'unreachable', cause }
  if (cause instanceof TlsFailed) return { kind: 'failed', code: 'tls', cause }
  if (cause instanceof WireOver) return { kind: 'failed', code: endCode(cause.end), cause }
  return { kind: 'failed', code: 'protocol', cause }
}

function endCode(end: WireEnd): FailureCode {
  switch (end.kind) {
    case 'timeout':
    case 'aborted':
      return end.kind
    case 'lost':
    case 'closed':
      return 'unreachable'
    case 'error':
      return 'protocol'
  }
}
