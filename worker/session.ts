import { within } from '../shared/clock.ts'
import type { AttachRequest, FramesRequest, OpenRequest } from '../shared/handoff/schemas.ts'
import type { Tenure } from '../shared/stores/sessions.ts'
import type { SocketSaved } from './rows.ts'
import type { AttachOutcome } from './sessions-api.ts'
import { Access } from './session/access.ts'
import { Course, type Errand } from './session/course.ts'
import type { SessionDeps, SessionStart } from './session/deps.ts'
import { Exchange } from './session/exchange.ts'
import { sayFarewell, vanish, type Parts } from './session/farewell.ts'
import { giveAway, type Give } from './session/handing-over.ts'
import { firstState } from './session/make.ts'
import { Reception } from './session/reception.ts'
import { isStrange } from './session/state.ts'
import { outcomeOf, type FirstLogin } from './session/welcome.ts'
import type { ServerFeatures } from './translate/effects.ts'

/**
 * A session that changes hands is online again within half a second. The caller waits 3 s, of which a new connection may take 1.3
 * (shared/handoff/client.ts).
 */
const SETTLE_MS = 1500
/** A hand-over waits so long for a login to come to its end. */
const READY_MS = 5000

/** One user's session for one client: its parts, how they hang together, and what others may ask of it. */
export class Session {
  readonly id: string
  readonly username: string
  readonly #deps: SessionDeps
  readonly #start: SessionStart
  readonly #exchange: Exchange
  readonly #parts: Parts
  readonly #access: Access
  readonly #course: Course
  readonly #reception: Reception
  readonly #over = new AbortController()
  /** Resolves when its server has taken it in, or it is over. */
  readonly #ready = Promise.withResolvers<void>()
  #features: ServerFeatures | undefined
  #farewell: Promise<void> | undefined
  /** While it is handed over nothing is taken, sent or heard. */
  #handing: Promise<void> | undefined

  constructor(deps: SessionDeps, start: SessionStart) {
    this.id = start.row.sessionId
    this.username = start.row.username
    this.#deps = deps
    this.#start = start
    this.#exchange = new Exchange(deps, start, {
      state: () => this.#course.state,
      closedToAll: () => this.#closedToAll,
      features: () => this.#features,
      end: event => this.#course.end(event),
      lost: () => this.lose(),
      closed: end => void this.#course.closed(end),
      introduced: features => this.#introduced(features),
    })
    this.#parts = this.#exchange.parts
    this.#access = new Access({ ...this.#parts, deps, signal: this.#over.signal })
    this.#course = this.#makeCourse()
    this.#reception = new Reception({ ...this.#parts, deps, start, features: () => this.#offered() })
  }

  /** It takes no more frames: their sender is told, or finds the session that came after. */
  get over(): boolean {
    return this.#course.state.phase === 'ended'
  }

  /** Undefined as long as there is no row. */
  get tenure(): Tenure | undefined {
    return this.#course.state.phase === 'opening' || this.over ? undefined : this.#parts.record.tenure
  }

  /** A simple session that has lost its socket, for the next JOIN of its user. */
  get vacant(): boolean {
    return this.#course.state.phase === 'online' && !this.#closedToAll && this.#reception.vacant
  }

  /** The first login. Resolves once the session is held and its client will be welcomed, or nothing is left of it. */
  async open(): Promise<FirstLogin> {
    const { opening, saved } = await this.#access.open(this.#start.from, () => this.#reception.issue())
    const isOpen = opening.kind === 'online' && saved.kind === 'saved'
    if (opening.kind !== 'online' || isOpen) this.#course.settle(opening)
    else this.#course.run({ kind: 'failed' })
    if (isOpen && !this.over)
      return { kind: 'joined', registered: opening.registered, replaced: saved.replaced }
    // Refused, or the rows could not be written, or it ended meanwhile.
    await this.#farewell
    return opening.kind === 'online' ? { kind: 'unavailable' } : outcomeOf(opening)
  }

  /** Goes on with the XMPP stream of another worker. Resolves when that is done, or was tried once. */
  adopt(): Promise<void> {
    return this.#course.dial()
  }

  get sockets(): number {
    return this.#parts.sockets.all.length
  }

  hasSocket(connectionId: string): boolean {
    return !this.over && this.#parts.sockets.has(connectionId)
  }

  /** What the client sent. Refusals are pushed; nothing is thrown. 'later': nothing was handled. */
  receive(request: FramesRequest): true | 'later' {
    const { sockets, delivery } = this.#parts
    const inDoubt = isStrange(this.#course.state) || sockets.isInDoubt(request.connectionId)
    if (this.#closedToAll || inDoubt) return 'later'
    sockets.heard()
    delivery.receive(request)
    return true
  }

  socketGone(connectionId: string, taken?: boolean): void {
    this.#parts.sockets.gone(connectionId, taken)
  }

  /** Resolves when what was answered with 'later' is worth asking again, at the latest after 1.5 s. */
  async settled(): Promise<void> {
    const change = this.#change()
    if (change !== undefined) await within(this.#deps.clock, SETTLE_MS, change)
  }

  async attach(request: AttachRequest): Promise<AttachOutcome> {
    await this.settled()
    const later: AttachOutcome = { kind: 'later' }
    const outcome = this.over || this.#closedToAll ? later : await this.#reception.attach(request)
    // Given away meanwhile, or ended.
    return this.over ? { kind: 'not-here' } : outcome
  }

  /** The next JOIN of its user, when it is `vacant`. */
  again(request: OpenRequest): Promise<SocketSaved> {
    return this.#reception.again(request)
  }

  /**
   * The user has too many. Resolves when nothing of it is left; false when its client has come back, unless it is to go with its
   * socket (`attached`), or it may be another's by now.
   */
  async evict(attached: boolean): Promise<boolean> {
    if ((this.#parts.sockets.attached && !attached) || !this.#deps.fence.open) return false
    this.#course.end({ kind: 'evicted' })
    await this.#farewell
    return true
  }

  renewed(epoch: number): void {
    this.#parts.record.renewed(epoch)
  }

  /** Another worker holds it. */
  lose(): void {
    this.#course.run({ kind: 'lost' })
  }

  /** See Tenures.handOver. */
  async handOver(give: Give): Promise<boolean> {
    await within(this.#deps.clock, READY_MS, this.#ready.promise)
    const busy = this.#handing !== undefined || this.#course.state.phase === 'dialling'
    if (this.tenure === undefined || busy) return false
    const done = Promise.withResolvers<void>()
    this.#handing = done.promise
    this.#parts.link.hold()
    await within(this.#deps.clock, SETTLE_MS, this.#reception.arrivals)
    const given = await giveAway(this.#deps, this.#parts, give)
    this.#handing = undefined
    if (given) this.lose()
    done.resolve()
    this.#parts.link.flow()
    return given
  }

  /** What has to come to its end before anything is taken. */
  #change(): Promise<unknown> | undefined {
    const { sockets } = this.#parts
    if (this.#handing !== undefined) return this.#handing
    if (this.#features === undefined) return this.#ready.promise
    return sockets.attached && !sockets.reachable ? sockets.verify() : undefined
  }

  get #closedToAll(): boolean {
    return this.#handing !== undefined || !this.#deps.fence.open
  }

  #makeCourse(): Course {
    const { conversation, record } = this.#parts
    const { from } = this.#start
    const handover = from.kind === 'adoption' ? from.handover : undefined
    return new Course(
      {
        deps: this.#deps,
        sessionId: this.id,
        record,
        access: this.#access,
        signal: this.#over.signal,
        run: errand => this.#run(errand),
        // What was on its way then comes out as not sent, or in doubt.
        replaces: jid => conversation.relearn(jid, handover),
        settled: () => this.#streamUp(),
        hold: () => this.#handing,
      },
      firstState(this.#deps, this.#start),
    )
  }

  #run(errand: Errand): void {
    const { conversation, delivery, persistence, record } = this.#parts
    const { from } = this.#start
    switch (errand.kind) {
      case 'introduce':
        return conversation.introduce(record.row.jid)
      case 'relearn':
        conversation.relearn(record.row.jid, from.kind === 'adoption' ? from.handover : undefined)
        return delivery.adopted()
      case 'start-over':
        persistence.restart()
        delivery.restart()
        return conversation.startOver(errand.failedH)
      case 'welcome':
        return this.#reception.welcome(errand.registered)
      case 'end':
      case 'forget':
        this.#over.abort()
        this.#ready.resolve()
        this.#farewell = this.#end(errand)
    }
  }

  async #end(errand: Extract<Errand, { kind: 'end' | 'forget' }>): Promise<void> {
    const why = errand.kind === 'forget' ? 'lost' : errand.why
    this.#deps.log.info({ sessionId: this.id, why }, 'a session ends')
    if (errand.kind === 'forget') vanish(this.#parts)
    else await sayFarewell(this.#deps, this.#parts, errand)
    this.#start.onEnded()
  }

  /** What the server said since the login is heard from now on. */
  #streamUp(): void {
    this.#exchange.streamUp()
    this.#parts.link.flow()
  }

  #introduced(features: ServerFeatures): void {
    this.#features = features
    this.#ready.resolve()
    this.#exchange.introduced()
    this.#parts.persistence.release()
    this.#course.run({ kind: 'introduced' })
    this.#reception.tellContacts()
  }

  #offered() {
    const { stream } = this.#parts.link
    if (this.over || this.#features === undefined || stream === undefined) return undefined
    return { resume: stream.features.resume, archive: this.#features.archive }
  }
}
