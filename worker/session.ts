import { sleep } from '../shared/clock.ts'
import { leaveCodes, type ErrorCode, type LeaveCode } from '../shared/wire/codes.ts'
import type { DownFrame } from '../shared/wire/down.ts'
import type { SessionFrame } from '../shared/wire/up.ts'
import { HANDSHAKE_GRACE_MS, PushQueue } from './push.ts'
import type { ClaimedSession } from './rows.ts'
import { fullBucket, take, type Bucket } from './session/bucket.ts'
import { Conversation, type Line, type Sent } from './session/conversation.ts'
import type { SessionDeps, SessionStart } from './session/deps.ts'
import type { ServerFeatures } from './translate/effects.ts'
import { joinSuccess, outcomeOf, type OpenOutcome } from './session/welcome.ts'
import {
  decide,
  finalCode,
  isUp,
  type Action,
  type Ending,
  type SessionEvent,
  type SessionState,
} from './session/state.ts'
import { openStream, StreamOver, type Opening, type Stream, type StreamEnd } from './xmpp/stream.ts'
import { xml, type Element } from './xmpp/xml.ts'

/** API Gateway closes every socket after 2 h; later this one is gone, whatever became of its `$disconnect`. */
const SOCKET_LIFE_MS = 2 * 3_600_000 + 60_000
/** A client that does not read is not waited for when its session ends. */
const FAREWELL_MS = 3000
/** The effects of one session's life: what `decide` says is done here, and nothing is decided here. */
export class Session {
  readonly #deps: SessionDeps
  readonly #start: SessionStart
  readonly #queue: PushQueue
  readonly #conversation: Conversation
  readonly #over = new AbortController()
  #state: SessionState = { phase: 'opening' }
  #stream: Stream | undefined
  #bucket: Bucket
  #features: ServerFeatures = { archive: false }
  #farewell: Promise<void> | undefined

  constructor(deps: SessionDeps, start: SessionStart) {
    this.#deps = deps
    this.#start = start
    this.#bucket = fullBucket(deps.frameLimits, deps.clock.monotonic())
    this.#queue = new PushQueue({
      connectionId: start.connectionId,
      post: deps.post,
      clock: deps.clock,
      random: deps.random,
      maxQueueBytes: deps.maxQueueBytes,
      handshakeUntilMs: start.handshake ? deps.clock.monotonic() + HANDSHAKE_GRACE_MS : 0,
      held: true,
      onEnd: why => this.#run({ kind: why === 'gone' ? 'socket-gone' : 'too-slow' }),
    })
    const line: Line = {
      send: stanza => this.#send(stanza),
      handled: count => this.#stream?.handled(count),
      push: (frame, onTaken) => this.#push(frame, onTaken),
      introduced: features => this.#introduced(features),
    }
    const { clock, newId, wireLimits: limits } = deps
    this.#conversation = new Conversation({ own: start.own, line, clock, newId, limits })
  }

  get id(): string {
    return this.#start.id
  }

  get connectionId(): string {
    return this.#start.connectionId
  }

  /** The first login. Resolves once the client was welcomed, or nothing is left of the attempt. */
  async open(): Promise<OpenOutcome> {
    const opening = await this.#login(this.#start.register)
    if (opening.kind !== 'online') {
      this.#settle(opening)
      return outcomeOf(opening)
    }
    const claimed = await this.#deps.rows.claim(this.#claimed(opening.stream))
    this.#settle(claimed ? opening : { kind: 'failed', code: 'aborted' })
    if (this.#state.phase !== 'ended') return { kind: 'joined', registered: opening.registered }
    await opening.stream.close()
    return { kind: 'unavailable' }
  }

  /** A frame of the client. Refusals are pushed; nothing is thrown. */
  receive(frame: SessionFrame): void {
    this.#deps.trace.frame('up', this.id, frame)
    if (frame.messageType === 'LEAVE') return this.#run({ kind: 'leave' })
    const { clock, frameLimits } = this.#deps
    const taken = take(this.#bucket, frameLimits, clock.monotonic())
    this.#bucket = taken.bucket
    if (!taken.ok) {
      return this.#refuse(
        frame.id,
        'rate-limited',
        'Too many frames; this one was not handled.',
        taken.retryAfterMs,
      )
    }
    if (!isUp(this.#state) && frame.messageType !== 'PING') {
      return this.#refuse(
        frame.id,
        'try-again',
        'The XMPP server cannot be reached now.',
        this.#retryAfterMs(),
      )
    }
    this.#conversation.onFrame(frame)
  }

  /** The socket is gone; a simple session goes with it. */
  socketGone(): void {
    this.#run({ kind: 'socket-gone' })
  }

  /** The worker stops: the client is told. Resolves when nothing of the session is left. */
  async stop(): Promise<void> {
    this.#run({ kind: 'stop' })
    await this.#farewell
  }

  #run(event: SessionEvent): void {
    const { clock, random, reconnectForMs } = this.#deps
    const step = decide(this.#state, event, { nowMs: clock.monotonic(), random: random(), reconnectForMs })
    this.#state = step.state
    for (const action of step.actions) this.#do(action)
  }

  #do(action: Action): void {
    switch (action.kind) {
      case 'welcome':
        return this.#welcome(action.registered)
      case 'introduce':
        return this.#conversation.introduce(this.#stream?.jid ?? '')
      case 'start-over':
        return this.#conversation.startOver(action.failedH)
      case 'wait':
        return this.#later(action.ms, { kind: 'retry-due' })
      case 'dial':
        return void this.#login(false).then(opening => this.#settle(opening))
      case 'end':
        this.#farewell = this.#end(action.why)
    }
  }

  #later(ms: number, event: SessionEvent): void {
    void sleep(this.#deps.clock, ms, this.#over.signal).then(() => this.#run(event))
  }

  #login(register: boolean): Promise<Opening> {
    const { logins, target, streamLimits, clock } = this.#deps
    const last = this.#stream
    return logins.run(() =>
      openStream(
        {
          target,
          clock,
          register,
          resource: this.#start.resource,
          credential: last?.credential() ?? this.#start.credential,
          resume: last?.resumeState(),
          limits: streamLimits,
          onStanza: (stanza, count) => this.#hear(stanza, count),
          onAcked: count => this.#conversation.acknowledged(count),
          onClosed: reason => this.#closed(reason),
        },
        this.#over.signal,
      ),
    )
  }

  #settle(opening: Opening): void {
    switch (opening.kind) {
      case 'online':
        this.#stream = opening.stream
        return this.#run({
          kind: 'opened',
          resumed: opening.resumed,
          registered: opening.registered,
          failedH: opening.failedH,
        })
      case 'refused':
        this.#deps.log.info({ sessionId: this.id, code: opening.code }, 'the XMPP server refused a login')
        return this.#run({ kind: 'refused' })
      case 'failed':
        this.#deps.log.warn({ sessionId: this.id, code: opening.code, err: opening.cause }, 'a login failed')
        return this.#run({ kind: 'failed' })
    }
  }

  #hear(stanza: Element, count: number | undefined): void {
    if (this.#state.phase === 'ended') return
    this.#deps.trace.stanza('in', this.id, stanza)
    this.#conversation.onStanza(stanza, count)
  }

  #closed(reason: StreamEnd): void {
    const condition = reason.kind === 'error' ? reason.condition : undefined
    this.#deps.log.info({ sessionId: this.id, reason: reason.kind, condition }, 'a stream ended')
    this.#run({ kind: 'stream-over', final: condition === undefined ? undefined : finalCode(condition) })
  }

  #send(stanza: Element): Sent {
    if (!isUp(this.#state) || this.#stream === undefined) return { kind: 'over' }
    this.#deps.trace.stanza('out', this.id, stanza)
    try {
      return { kind: 'sent', number: this.#stream.send(stanza) }
    } catch (error) {
      if (error instanceof StreamOver) return { kind: 'over' }
      throw error
    }
  }

  #push(frame: DownFrame, onTaken?: () => void): void {
    this.#deps.trace.frame('down', this.id, frame)
    this.#queue.push(frame, onTaken)
  }

  #refuse(id: string | undefined, code: ErrorCode, message: string, retryAfterMs: number): void {
    this.#push({ messageType: 'ERROR', id, code, message, retryAfterMs })
  }

  #retryAfterMs(): number {
    const state = this.#state
    return state.phase === 'waiting'
      ? Math.max(1000, Math.ceil(state.retryAtMs - this.#deps.clock.monotonic()))
      : 1000
  }

  #introduced(features: ServerFeatures): void {
    this.#features = features
    this.#run({ kind: 'introduced' })
  }

  #welcome(registered: boolean): void {
    if (this.#stream === undefined) return
    const { wireLimits, frameLimits } = this.#deps
    const { id: sessionId, username, joinId } = this.#start
    const { jid, features } = this.#stream
    this.#later(SOCKET_LIFE_MS, { kind: 'socket-gone' })
    const frame = joinSuccess({
      sessionId,
      username,
      joinId,
      registered,
      jid,
      features: { resume: features.resume, ...this.#features },
      wireLimits,
      frameLimits,
    })
    this.#deps.trace.frame('down', this.id, frame)
    this.#queue.release(frame)
  }

  #claimed(stream: Stream): ClaimedSession {
    const { id: sessionId, connectionId, username } = this.#start
    return { sessionId, connectionId, username, jid: stream.jid }
  }

  /** In this order: what was pushed is taken and counted, then the stream is closed, then the rows go. */
  async #end(why: Ending): Promise<void> {
    this.#deps.log.info({ sessionId: this.id, why }, 'a session ends')
    this.#over.abort()
    this.#conversation.end()
    if (isLeaveCode(why)) await this.#sayWhy(why)
    this.#queue.stop()
    if (this.#stream !== undefined) {
      await sayGoodbye(this.#stream)
      await this.#deps.rows.release(this.#claimed(this.#stream))
    }
    this.#start.onEnded()
  }

  async #sayWhy(code: LeaveCode): Promise<void> {
    const { clock, hangUp } = this.#deps
    this.#push({ messageType: 'LEAVE', code, message: leaveCodes[code].means })
    this.#queue.release()
    await Promise.race([this.#queue.flushed(), sleep(clock, FAREWELL_MS)])
    await hangUp(this.#start.connectionId)
  }
}

function isLeaveCode(why: Ending): why is LeaveCode {
  return why in leaveCodes
}

/** Contacts see the user leave; what was not handled stays with the server, which stores it or bounces it. */
async function sayGoodbye(stream: Stream): Promise<void> {
  try {
    stream.send(xml('presence', { type: 'unavailable' }))
  } catch (error) {
    if (!(error instanceof StreamOver)) throw error
  }
  await stream.close()
}
