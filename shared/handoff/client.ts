import { systemClock, type Clock } from '../clock.ts'
import type { WorkerRow } from '../stores/workers.ts'
import { Agents } from './agents.ts'
import { DialFailed } from './dial.ts'
import { exchange } from './exchange.ts'
import {
  readAttach,
  readClaim,
  readEvict,
  readFrames,
  readOpen,
  readPush,
  readSocketGone,
  type Answer,
  type AttachOutcome,
  type ClaimOutcome,
  type EvictOutcome,
  type FramesOutcome,
  type NoAnswer,
  type OpenOutcome,
  type PushOutcome,
  type SocketGoneOutcome,
} from './outcomes.ts'
import {
  TRACE_HEADER,
  type AttachRequest,
  type ClaimRequest,
  type FramesRequest,
  type OpenRequest,
  type PushRequest,
} from './schemas.ts'

/** Below the 29 s that API Gateway waits, with room for what a function does before and after. */
export const OPEN_TIMEOUT_MS = 25_000
/** All other calls are answered from the worker's memory, or when a session that changes hands has settled, within 2 s. */
const CALL_TIMEOUT_MS = 3000

export interface LostSocket {
  readonly connectionId: string
  /** Another session has it now; otherwise it is closed. */
  readonly taken: boolean
}

/** What may be asked of a worker. No method throws: what goes wrong is an outcome. */
export interface Handoff {
  /** Logs in and holds the session. `timeoutMs` is for a caller that has less time left. */
  open(worker: WorkerRow, request: OpenRequest, traceId: string, timeoutMs?: number): Promise<OpenOutcome>
  /** Gives a session another socket, by its token. */
  attach(
    worker: WorkerRow,
    sessionId: string,
    request: AttachRequest,
    traceId: string,
  ): Promise<AttachOutcome>
  frames(
    worker: WorkerRow,
    sessionId: string,
    request: FramesRequest,
    traceId: string,
  ): Promise<FramesOutcome>
  /** Takes a socket from its session. */
  socketGone(
    worker: WorkerRow,
    sessionId: string,
    socket: LostSocket,
    traceId: string,
  ): Promise<SocketGoneOutcome>
  /** Ends a session for a newer one of the same user; only one without a socket, unless `attached`. */
  evict(worker: WorkerRow, sessionId: string, attached: boolean, traceId: string): Promise<EvictOutcome>
  /** Hands a session of our own over to that worker. */
  claim(worker: WorkerRow, sessionId: string, request: ClaimRequest, traceId: string): Promise<ClaimOutcome>
  push(worker: WorkerRow, request: PushRequest, traceId: string): Promise<PushOutcome>
}

class NoAnswerInTime extends Error {
  override readonly name = 'NoAnswerInTime'
  constructor(timeoutMs: number) {
    super(`The worker did not answer within ${timeoutMs} ms.`)
  }
}

interface Call<Outcome> {
  readonly method: 'POST' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  /** Default CALL_TIMEOUT_MS. */
  readonly timeoutMs?: number
  readonly read: (answer: Answer) => Outcome
}

/** The hand-off API over HTTPS, each worker trusted by what its row says and by nothing else. */
export class HandoffClient implements Handoff {
  #clock: Clock
  #agents: Agents

  constructor({ clock = systemClock }: { readonly clock?: Clock } = {}) {
    this.#clock = clock
    this.#agents = new Agents(clock)
  }

  open(
    worker: WorkerRow,
    body: OpenRequest,
    traceId: string,
    timeoutMs = OPEN_TIMEOUT_MS,
  ): Promise<OpenOutcome> {
    return this.#call(worker, traceId, { method: 'POST', path: '/sessions', body, timeoutMs, read: readOpen })
  }

  attach(worker: WorkerRow, sessionId: string, body: AttachRequest, traceId: string): Promise<AttachOutcome> {
    const path = `${pathOf(sessionId)}/socket`
    return this.#call(worker, traceId, { method: 'POST', path, body, read: readAttach })
  }

  frames(worker: WorkerRow, sessionId: string, body: FramesRequest, traceId: string): Promise<FramesOutcome> {
    const path = `${pathOf(sessionId)}/frames`
    return this.#call(worker, traceId, { method: 'POST', path, body, read: readFrames })
  }

  socketGone(
    worker: WorkerRow,
    sessionId: string,
    { connectionId, taken }: LostSocket,
    traceId: string,
  ): Promise<SocketGoneOutcome> {
    const path = `${pathOf(sessionId)}/sockets/${encodeURIComponent(connectionId)}${taken ? '?taken' : ''}`
    return this.#call(worker, traceId, { method: 'DELETE', path, read: readSocketGone })
  }

  evict(worker: WorkerRow, sessionId: string, attached: boolean, traceId: string): Promise<EvictOutcome> {
    const path = `${pathOf(sessionId)}${attached ? '?attached' : ''}`
    return this.#call(worker, traceId, { method: 'DELETE', path, read: readEvict })
  }

  claim(worker: WorkerRow, sessionId: string, body: ClaimRequest, traceId: string): Promise<ClaimOutcome> {
    const path = `${pathOf(sessionId)}/claim`
    return this.#call(worker, traceId, { method: 'POST', path, body, read: readClaim })
  }

  push(worker: WorkerRow, body: PushRequest, traceId: string): Promise<PushOutcome> {
    return this.#call(worker, traceId, { method: 'POST', path: '/push', body, read: readPush })
  }

  /** Closes every connection; calls that run get no answer. */
  close(): void {
    this.#agents.close()
  }

  async #call<Outcome>(worker: WorkerRow, traceId: string, call: Call<Outcome>): Promise<Outcome | NoAnswer> {
    const { timeoutMs = CALL_TIMEOUT_MS } = call
    const late = new AbortController()
    const cancel = this.#clock.after(timeoutMs, () => late.abort(new NoAnswerInTime(timeoutMs)))
    try {
      return call.read(await this.#ask(worker, traceId, call, late.signal))
    } catch (cause) {
      return { kind: cause instanceof DialFailed ? 'unreachable' : 'unanswered', cause }
    } finally {
      cancel()
    }
  }

  #ask(worker: WorkerRow, traceId: string, call: Call<unknown>, signal: AbortSignal): Promise<Answer> {
    const { host, port, token } = worker
    const { method, path, body } = call
    const headers = { authorization: `Bearer ${token}`, [TRACE_HEADER]: traceId }
    return this.#agents.use(worker, agent =>
      exchange({ agent, host, port, method, path, headers, body, signal }),
    )
  }
}

function pathOf(sessionId: string): string {
  return `/sessions/${encodeURIComponent(sessionId)}`
}
