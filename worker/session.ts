import { sleep, within } from '../shared/clock.ts'
import { leaveCodes, type ErrorCode, type LeaveCode } from '../shared/wire/codes.ts'
import type { DownFrame } from '../shared/wire/down.ts'
import type { SessionFrame } from '../shared/wire/up.ts'
import { HANDSHAKE_GRACE_MS, PushQueue } from './push.ts'
import type { ClaimedSession } from './rows.ts'
import { fullBucket, take, type Bucket } from './session/bucket.ts'
import { Conversation } from './session/conversation.ts'
import type { SessionDeps, SessionStart } from './session/deps.ts'
import { Link } from './session/link.ts'
import * as life from './session/state.ts'
import { joinSuccess, outcomeOf, type FirstLogin } from './session/welcome.ts'
import type { ServerFeatures } from './translate/effects.ts'
import type { Credential, Opening, StreamEnd } from './xmpp/stream.ts'
import type { Element } from './xmpp/xml.ts'

/** API Gateway closes every socket after 2 h; later this one is gone, whatever became of its `$disconnect`. */
const SOCKET_LIFE_MS = 2 * 3_600_000 + 60_000
/** A client that does not read is not waited for when its session ends. */
const FAREWELL_MS = 3000
/** One that is too slow gets a part of what waits for it each time, so that it comes to an end. */
const SLOW_FAREWELL_MS = 10_000
/** In this time a client that reads takes what has waited for it. */
const CROWDED_MS = 1000

/** The effects of one session's life: what session/state.ts says is done here, and nothing is decided here. */
export class Session {
  readonly id: string
  readonly connectionId: string
  readonly #deps: SessionDeps
  readonly #start: Omit<SessionStart, 'credential'>
  readonly #queue: PushQueue
  readonly #conversation: Conversation
  readonly #link: Link
  readonly #over = new AbortController()
  #state: life.SessionState = { phase: 'opening' }
  #features: ServerFeatures = { archive: false }
  #bucket: Bucket
  #farewell: Promise<void> | undefined

  constructor(deps: SessionDeps, { credential, ...start }: SessionStart) {
    this.id = start.id
    this.connectionId = start.connectionId
    this.#deps = deps
    this.#start = start
    this.#bucket = fullBucket(deps.frameLimits, deps.clock.monotonic())
    this.#queue = this.#makeQueue()
    this.#link = this.#makeLink(credential)
    this.#conversation = this.#makeConversation()
  }

  /** It takes no more frames: their sender is told, or finds the session that came after. */
  get over(): boolean {
    return this.#state.phase === 'ended'
  }

  /** The first login. Resolves once the session is held and its client will be welcomed, or nothing is left of it. */
  async open(): Promise<FirstLogin> {
    const opening = await this.#link.login(this.#start.register, this.#over.signal)
    if (opening.kind !== 'online') {
      this.#settle(opening)
      return outcomeOf(opening)
    }
    const session = this.#claimed(opening.stream.jid)
    const claim = await this.#deps.rows.claim(session)
    if (claim.ok) this.#settle(opening)
    else this.#run({ kind: 'failed' })
    if (claim.ok && !this.over)
      return { kind: 'joined', registered: opening.registered, replaced: claim.replaced }
    // The rows could not be written, or it ended meanwhile.
    await this.#farewell
    await this.#deps.rows.release(session)
    return { kind: 'unavailable' }
  }

  /** A frame of the client. Refusals are pushed; nothing is thrown. */
  receive(frame: SessionFrame): void {
    this.#deps.trace.frame('up', this.id, frame)
    if (frame.messageType === 'LEAVE') return this.#run({ kind: 'leave', id: frame.id })
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
    if (frame.messageType === 'GET_CONTACTS' && this.#queue.crowded) {
      const message = 'What waits for this socket must be taken first; this one was not handled.'
      return this.#refuse(frame.id, 'rate-limited', message, CROWDED_MS)
    }
    if (!life.isUp(this.#state) && frame.messageType !== 'PING') {
      const retryAfterMs = life.retryAfterMs(this.#state, clock.monotonic())
      return this.#refuse(frame.id, 'try-again', 'The XMPP server cannot be reached now.', retryAfterMs)
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

  #makeQueue(): PushQueue {
    const { post, clock, random, maxQueueBytes } = this.#deps
    const handshakeUntilMs = this.#start.handshake ? clock.monotonic() + HANDSHAKE_GRACE_MS : 0
    return new PushQueue({
      connectionId: this.connectionId,
      post,
      clock,
      random,
      maxQueueBytes,
      handshakeUntilMs,
      held: true,
      onEnd: why => this.#run({ kind: why === 'gone' ? 'socket-gone' : 'too-slow' }),
    })
  }

  #makeLink(credential: Credential): Link {
    const { target, logins, clock, trace, streamLimits } = this.#deps
    const { resource } = this.#start
    return new Link({
      target,
      credential,
      resource,
      logins,
      clock,
      trace,
      limits: streamLimits,
      sessionId: this.id,
      hear: (stanza, count) => this.#hear(stanza, count),
      acknowledged: count => this.#conversation.acknowledged(count),
      closed: end => this.#closed(end),
    })
  }

  #makeConversation(): Conversation {
    const { clock, newId, wireLimits: limits } = this.#deps
    return new Conversation({
      features: this.#deps.features,
      own: this.#start.own,
      clock,
      newId,
      limits,
      line: {
        send: stanza => (life.isUp(this.#state) ? this.#link.send(stanza) : { kind: 'over' }),
        handled: count => this.#link.handled(count),
        push: (frame, onTaken) => this.#push(frame, onTaken),
        introduced: features => this.#introduced(features),
      },
    })
  }

  #run(event: life.SessionEvent): void {
    const { clock, random, reconnectForMs } = this.#deps
    const step = life.decide(this.#state, event, {
      nowMs: clock.monotonic(),
      random: random(),
      reconnectForMs,
    })
    this.#state = step.state
    for (const action of step.actions) this.#do(action)
  }

  #do(action: life.Action): void {
    switch (action.kind) {
      case 'introduce':
        return this.#conversation.introduce(this.#link.stream?.jid ?? '')
      case 'welcome':
        return this.#welcome(action.registered)
      case 'start-over':
        return this.#conversation.startOver(action.failedH)
      case 'wait':
        return this.#later(action.ms, { kind: 'retry-due' })
      case 'dial':
        return void this.#link.login(false, this.#over.signal).then(opening => this.#settle(opening))
      case 'end':
        this.#farewell = this.#end(action.why, action.id)
    }
  }

  #later(ms: number, event: life.SessionEvent): void {
    void sleep(this.#deps.clock, ms, this.#over.signal).then(() => this.#run(event))
  }

  #settle(opening: Opening): void {
    switch (opening.kind) {
      case 'online': {
        const { resumed, registered, failedH } = opening
        return this.#run({ kind: 'opened', resumed, registered, failedH })
      }
      case 'refused':
        this.#deps.log.info({ sessionId: this.id, code: opening.code }, 'the XMPP server refused a login')
        // One that only lacks a safe way in may have one again; no word on the credentials was said.
        return this.#run({ kind: outcomeOf(opening).kind === 'refused' ? 'refused' : 'failed' })
      case 'failed':
        this.#deps.log.warn({ sessionId: this.id, code: opening.code, err: opening.cause }, 'a login failed')
        return this.#run({ kind: 'failed' })
    }
  }

  #hear(stanza: Element, count: number | undefined): void {
    if (this.over) return
    this.#deps.trace.stanza('in', this.id, stanza)
    this.#conversation.onStanza(stanza, count)
  }

  #closed(end: StreamEnd): void {
    const condition = end.kind === 'error' ? end.condition : undefined
    this.#deps.log.info({ sessionId: this.id, end: end.kind, condition }, 'a stream ended')
    this.#run({ kind: 'stream-over', final: condition === undefined ? undefined : life.finalCode(condition) })
  }

  #introduced(features: ServerFeatures): void {
    this.#features = features
    this.#run({ kind: 'introduced' })
  }

  #welcome(registered: boolean): void {
    const { stream } = this.#link
    if (stream === undefined) return
    this.#later(SOCKET_LIFE_MS, { kind: 'socket-gone' })
    const features = { resume: stream.features.resume, ...this.#features }
    const frame = joinSuccess(this.#start, this.#deps, { registered, jid: stream.jid, features })
    this.#deps.trace.frame('down', this.id, frame)
    this.#queue.release(frame)
  }

  #push(frame: DownFrame, onTaken?: () => void): void {
    this.#deps.trace.frame('down', this.id, frame)
    this.#queue.push(frame, onTaken)
  }

  #refuse(id: string | undefined, code: ErrorCode, message: string, retryAfterMs: number): void {
    this.#push({ messageType: 'ERROR', id, code, message, retryAfterMs })
  }

  #claimed(jid: string): ClaimedSession {
    return { sessionId: this.id, connectionId: this.connectionId, username: this.#start.username, jid }
  }

  /** In this order: what was pushed is taken and counted, then the stream is closed, then the rows go. */
  async #end(why: life.Ending, id: string | undefined): Promise<void> {
    this.#deps.log.info({ sessionId: this.id, why }, 'a session ends')
    this.#over.abort()
    if (life.losesStream(why)) this.#conversation.giveUp()
    this.#conversation.end()
    if (life.isLeaveCode(why)) await this.#sayWhy(why, id)
    this.#queue.stop()
    await this.#link.goodbye()
    const { stream } = this.#link
    if (stream !== undefined) await this.#deps.rows.release(this.#claimed(stream.jid))
    this.#start.onEnded()
  }

  async #sayWhy(code: LeaveCode, id: string | undefined): Promise<void> {
    const { clock, hangUp, trace } = this.#deps
    const frame: DownFrame = { messageType: 'LEAVE', id, code, message: leaveCodes[code].means }
    trace.frame('down', this.id, frame)
    await within(clock, code === 'too-slow' ? SLOW_FAREWELL_MS : FAREWELL_MS, this.#queue.finish(frame))
    await hangUp(this.connectionId)
  }
}
