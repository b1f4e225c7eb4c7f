import { randomBytes } from 'node:crypto'
import type { AttachRequest, OpenRequest } from '../../shared/handoff/schemas.ts'
import type { TokenHash } from '../../shared/stores/sessions.ts'
import { leaveCodes } from '../../shared/wire/codes.ts'
import type { DownFrame } from '../../shared/wire/down.ts'
import type { JoinSuccess } from '../../shared/wire/frames/session.ts'
import type { SocketSaved } from '../rows.ts'
import type { AttachOutcome } from '../sessions-api.ts'
import type { Arrival } from './delivery.ts'
import type { SessionDeps, SessionStart } from './deps.ts'
import type { Parts } from './farewell.ts'
import { greeting } from './greeting.ts'
import { checkToken, isWorn, makeToken, renewed } from './token.ts'
import { joinSuccess } from './welcome.ts'

export interface ReceptionOptions extends Pick<Parts, 'record' | 'sockets' | 'delivery' | 'conversation'> {
  readonly deps: SessionDeps
  readonly start: SessionStart
  /** What the server offers; undefined while a client would be told nothing right. */
  readonly features: () => JoinSuccess['features'] | undefined
}

interface Guest {
  readonly connectionId: string
  readonly handshake: boolean
  readonly joinId: string | undefined
  readonly registered: boolean
  readonly join: Arrival['join']
  readonly token: string | undefined
}

/** How clients come to a session: tokens, sockets, JOIN_SUCCESS and what a client has to know besides. */
export class Reception {
  readonly #options: ReceptionOptions
  /** Made for the row, and not told yet. */
  #token: string | undefined
  #busy = false
  #arrivals: Promise<unknown> = Promise.resolve()

  constructor(options: ReceptionOptions) {
    this.#options = options
  }

  /** What a new session keeps of the token that its client will be told. */
  issue(): TokenHash[] {
    const { record } = this.#options
    if (record.row.mode === 'simple') return []
    const { token, kept } = this.#make()
    this.#token = token
    return [kept]
  }

  /** The client of a new session, unless its socket is gone by now. */
  welcome(registered: boolean): void {
    const { sockets, start } = this.#options
    const { joinId, handshake } = { joinId: undefined, handshake: false, ...start.from }
    const token = this.#token
    const connectionId = sockets.current
    this.#token = undefined
    if (connectionId !== undefined)
      this.#greet({ connectionId, handshake, joinId, registered, join: undefined, token })
  }

  /** Resolves when all clients that have come until now are welcomed, or refused. */
  get arrivals(): Promise<unknown> {
    return this.#arrivals
  }

  /** A client with a token. */
  attach(request: AttachRequest): Promise<AttachOutcome> {
    return this.#arrive(this.#attach(request))
  }

  /** A simple client that has lost its socket: one at a time. */
  again(request: OpenRequest): Promise<SocketSaved> {
    return this.#arrive(this.#again(request))
  }

  #arrive<T>(arrival: Promise<T>): Promise<T> {
    this.#arrivals = Promise.all([this.#arrivals, arrival]).then(() => undefined)
    return arrival
  }

  async #attach({ connectionId, join }: AttachRequest): Promise<AttachOutcome> {
    const { record, sockets, deps, features } = this.#options
    if (features() === undefined) return { kind: 'later' }
    const nowMs = deps.clock.now()
    const shown = checkToken(record.row.tokens, join.token, nowMs)
    if (shown === undefined) return { kind: 'refused' }
    const made = isWorn(shown, nowMs) ? this.#make() : undefined
    const tokens = made === undefined ? record.row.tokens : renewed(shown, made.kept, nowMs)
    const saved = await sockets.attach(connectionId, { tokens: [...tokens] })
    if (saved.kind !== 'saved') return notAttached(saved)
    // Ended meanwhile.
    if (features() === undefined) return { kind: 'not-here' }
    const [, old] = sockets.all
    if (old !== undefined) this.#tellMoved(old)
    const token = made?.token ?? join.token
    this.#greet({ connectionId, handshake: false, joinId: join.id, registered: false, join, token })
    this.tellContacts()
    return { kind: 'attached', replaced: saved.replaced }
  }

  /** Whether a simple client that has lost its socket can have the session again. */
  get vacant(): boolean {
    const { record, sockets, features } = this.#options
    return record.row.mode === 'simple' && !sockets.attached && !this.#busy && features() !== undefined
  }

  async #again({ connectionId, joinId, handshake }: OpenRequest): Promise<SocketSaved> {
    this.#busy = true
    const saved = await this.#options.sockets.attach(connectionId, {})
    this.#busy = false
    if (saved.kind !== 'saved') return saved
    this.#greet({ connectionId, handshake, joinId, registered: false, join: undefined, token: undefined })
    const { conversation, start, delivery } = this.#options
    for (const frame of greeting(conversation.snapshot(), start.own)) delivery.push(frame)
    return saved
  }

  /** All contacts anew: they are state, which no client keeps over a change. Simple clients ask for theirs. */
  tellContacts(): void {
    const { record, delivery, conversation } = this.#options
    if (record.row.mode === 'sequenced') for (const frame of conversation.snapshot()) delivery.push(frame)
  }

  #greet(guest: Guest): void {
    const { delivery, deps, record } = this.#options
    delivery.attach({
      connectionId: guest.connectionId,
      handshake: guest.handshake,
      join: guest.join,
      welcome: place => {
        const frame = this.#joinSuccess(guest, place)
        deps.trace.frame('down', record.row.sessionId, frame)
        return frame
      },
    })
  }

  #joinSuccess({ joinId, registered, token }: Guest, place: Parameters<Arrival['welcome']>[0]): JoinSuccess {
    const { record, deps, features } = this.#options
    const { sessionId, username, jid, mode, epoch } = record.row
    const sequence = place === undefined || token === undefined ? undefined : { token, epoch, ...place }
    return joinSuccess(mode, deps, {
      id: joinId,
      to: username,
      sessionId,
      jid,
      registered,
      features: features() ?? { resume: false, archive: false },
      ...(sequence !== undefined && { sequence }),
    })
  }

  /** It may be gone, and then nobody needs to know. */
  #tellMoved(connectionId: string): void {
    const frame: DownFrame = { messageType: 'LEAVE', code: 'moved', message: leaveCodes.moved.means }
    void this.#options.deps.post(connectionId, JSON.stringify(frame))
  }

  #make(): ReturnType<typeof makeToken> {
    const { record, deps } = this.#options
    return makeToken(record.row.sessionId, randomBytes, deps.clock.now())
  }
}

function notAttached({ kind }: Exclude<SocketSaved, { kind: 'saved' }>): AttachOutcome {
  return { kind: kind === 'lost' ? 'not-here' : 'later' }
}
