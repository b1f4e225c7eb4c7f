import { sleep } from '../../shared/clock.ts'
import type { Opening, StreamEnd } from '../xmpp/stream.ts'
import type { Access } from './access.ts'
import { decide } from './decide.ts'
import type { SessionDeps } from './deps.ts'
import type { SessionRecord } from './record.ts'
import {
  finalCode,
  isStrange,
  type Action,
  type Circumstances,
  type SessionEvent,
  type SessionState,
} from './state.ts'
import { outcomeOf } from './welcome.ts'

/** The fence is looked at again after this. */
const FENCED_MS = 1000

/** What is done by others than the course itself. */
export type Errand = Exclude<Action, { kind: 'wait' | 'dial' }>

export interface CourseOptions {
  readonly deps: SessionDeps
  readonly sessionId: string
  readonly access: Access
  readonly record: SessionRecord
  /** Aborted when the session ends. */
  readonly signal: AbortSignal
  readonly run: (errand: Errand) => void
  /** Before a new stream takes the place of another process's. */
  readonly replaces: (jid: string) => void
  /** After each login whose outcome is dealt with. */
  readonly settled: () => void
  /** No login begins before. */
  readonly hold: () => Promise<void> | undefined
}

/** The course of a session's life: events in, and what session/decide.ts says of them done, by itself or by errands. */
export class Course {
  readonly #options: CourseOptions
  #state: SessionState

  constructor(options: CourseOptions, state: SessionState) {
    this.#options = options
    this.#state = state
  }

  get state(): SessionState {
    return this.#state
  }

  run(event: SessionEvent): void {
    const step = decide(this.#state, event, this.#circumstances())
    this.#state = step.state
    for (const action of step.actions) this.#do(action)
  }

  /** Ends the session; whoever may not act waits with that, for it may be another's by now. */
  end(event: Extract<SessionEvent, { kind: 'expired' | 'evicted' | 'too-slow' | 'leave' }>): void {
    if (this.#options.deps.fence.open) return this.run(event)
    void sleep(this.#options.deps.clock, FENCED_MS, this.#options.signal).then(() => this.end(event))
  }

  /** What came of a login. */
  settle(opening: Opening): void {
    this.run(this.#eventOf(opening))
    if (opening.kind === 'online') this.#options.settled()
  }

  /** Goes on with the stream that was lost, or with another worker's. Resolves when that is done, or was tried once. */
  async dial(): Promise<void> {
    const { hold, access, replaces } = this.#options
    await hold()
    const adopted = isStrange(this.#state)
    const opening = await access.dial(adopted)
    if (opening === undefined) return
    const isNew = opening.kind === 'online' && !opening.resumed
    if (isNew) this.#options.deps.meter.count('StreamsNotResumed', 1)
    if (isNew && adopted) replaces(opening.stream.jid)
    this.settle(opening)
  }

  /** A stream is over. */
  async closed(end: StreamEnd): Promise<void> {
    const { deps, sessionId, record, signal } = this.#options
    const condition = end.kind === 'error' ? end.condition : undefined
    deps.log.info({ sessionId, end: end.kind, condition }, 'a stream ended')
    const final = condition === undefined ? undefined : finalCode(condition)
    // Of a session that is another's by now nothing has ended.
    if (final !== undefined && (await record.checked(signal)) !== 'saved') return
    this.run({ kind: 'stream-over', final })
  }

  #do(action: Action): void {
    switch (action.kind) {
      case 'wait':
        return this.#later(action.ms, { kind: 'retry-due' })
      case 'dial':
        return void this.dial()
      default:
        return this.#options.run(action)
    }
  }

  #later(ms: number, event: SessionEvent): void {
    const { deps, signal } = this.#options
    void sleep(deps.clock, ms, signal).then(() => this.run(event))
  }

  #eventOf(opening: Opening): SessionEvent {
    const { deps, sessionId } = this.#options
    switch (opening.kind) {
      case 'online': {
        const { resumed, registered, failedH } = opening
        deps.meter.count('Logins', 1)
        return { kind: 'opened', resumed, registered, failedH }
      }
      case 'refused':
        deps.log.info({ sessionId, code: opening.code }, 'the XMPP server refused a login')
        deps.meter.count('LoginFailures', 1, opening.code)
        // One that only lacks a safe way in may have one again; no word on the credentials was said.
        return { kind: outcomeOf(opening).kind === 'refused' && deps.fence.open ? 'refused' : 'failed' }
      case 'failed':
        deps.log.warn({ sessionId, code: opening.code, err: opening.cause }, 'a login failed')
        deps.meter.count('LoginFailures', 1, opening.code)
        return { kind: 'failed' }
    }
  }

  #circumstances(): Circumstances {
    const { clock, random, reconnectForMs, fence } = this.#options.deps
    // Whoever may not act ends nothing: it may be another's by now.
    const patienceMs = fence.open ? reconnectForMs : Infinity
    return { nowMs: clock.monotonic(), random: random(), reconnectForMs: patienceMs }
  }
}
