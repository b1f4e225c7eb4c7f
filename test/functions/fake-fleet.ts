import type { Handoff, LostSocket } from '../../shared/handoff/client.ts'
import type {
  AttachOutcome,
  ClaimOutcome,
  EvictOutcome,
  FramesOutcome,
  Later,
  NoAnswer,
  NotOwner,
  OpenOutcome,
  PushOutcome,
  SocketGoneOutcome,
} from '../../shared/handoff/outcomes.ts'
import type { AttachRequest, FramesRequest, OpenRequest, PushRequest } from '../../shared/handoff/schemas.ts'
import type { Connections } from '../../shared/stores/connections.ts'
import type { Sessions } from '../../shared/stores/sessions.ts'
import type { WorkerRow } from '../../shared/stores/workers.ts'
import { sessionIdOf, sessionRowOf } from '../shared/stores/rows.ts'

/**
 * up: as it should be · dead: nobody listens · mute: takes everything and answers nothing · full: takes no session ·
 * cut-off: cannot reach the XMPP server · fenced: may not act for its sessions.
 */
export type Condition = 'up' | 'dead' | 'mute' | 'full' | 'cut-off' | 'fenced'

interface Held {
  owner: string
  connectionId: string
  token: string
}

/** What was asked, and of which worker. */
type At<Request> = Request & { workerId: string; traceId: string }

const EXPIRES_AT = 4_000_000_000

/** The token by which a session of the fleet is gone on with. */
export function tokenOf(sessionId: string): string {
  return `${sessionId}.${'t'.repeat(43)}`
}

/**
 * Workers and the XMPP server behind them, as the functions see them: sessions are opened for whoever has the right
 * password there, and their rows are written as a worker writes them.
 */
export class FakeFleet implements Handoff {
  /** The accounts of the XMPP server. */
  readonly accounts = new Map<string, string>()
  readonly conditions = new Map<string, Condition>()
  readonly held = new Map<string, Held>()
  /** Workers that were declared dead: whoever is asked for a session of theirs takes it over, and is ready the next time. */
  readonly orphans = new Set<string>()
  /** Workers that have had a session and know no more of it than that it is not theirs: they answer 404. */
  readonly ignorant = new Set<string>()
  /** The worker that a JOIN with a password finds a session of its user at. */
  kept: string | undefined
  readonly attached: At<AttachRequest & { sessionId: string }>[] = []
  readonly opens: At<OpenRequest & { timeoutMs: number | undefined }>[] = []
  readonly sent: At<FramesRequest & { sessionId: string }>[] = []
  readonly gone: At<LostSocket & { sessionId: string }>[] = []
  readonly pushes: At<PushRequest>[] = []
  readonly #rows: { sessions: Sessions; connections: Connections }

  constructor(rows: { sessions: Sessions; connections: Connections }) {
    this.#rows = rows
  }

  /** The frames that a connection got from functions. */
  framesFor(connectionId: string) {
    return this.pushes.filter(push => push.connectionId === connectionId).map(push => push.frame)
  }

  async open(
    { workerId }: WorkerRow,
    request: OpenRequest,
    traceId: string,
    timeoutMs?: number,
  ): Promise<OpenOutcome> {
    this.opens.push({ ...request, workerId, traceId, timeoutMs })
    const condition = this.conditions.get(workerId)
    if (condition === 'full') return { kind: 'busy', code: 'busy' }
    if (condition === 'cut-off') return { kind: 'busy', code: 'server-unavailable' }
    const none = this.#noAnswer(workerId)
    if (none) return none
    const { kept } = this
    if (request.verified && kept !== undefined && kept !== workerId) return { kind: 'not-owner', owner: kept }
    return this.#logIn(workerId, request)
  }

  async attach(
    { workerId }: WorkerRow,
    sessionId: string,
    request: AttachRequest,
    traceId: string,
  ): Promise<AttachOutcome> {
    const none = this.#noAnswer(workerId)
    if (none) return none
    const held = this.held.get(sessionId)
    if (!held) return { kind: 'not-here' }
    const elsewhere = this.#elsewhere(workerId, held)
    if (elsewhere) return elsewhere
    if (held.token !== request.join.token) return { kind: 'refused' }
    this.attached.push({ ...request, sessionId, workerId, traceId })
    const { connectionId } = request
    held.connectionId = connectionId
    const replaced = await this.#point(connectionId, sessionId, workerId)
    return { kind: 'attached', replaced }
  }

  async frames(
    { workerId }: WorkerRow,
    sessionId: string,
    request: FramesRequest,
    traceId: string,
  ): Promise<FramesOutcome> {
    const none = this.#noAnswer(workerId)
    if (none) return none
    const held = this.held.get(sessionId)
    const ignorant = this.ignorant.has(workerId)
    if (held?.connectionId !== request.connectionId || ignorant) return { kind: 'not-here' }
    const elsewhere = this.#elsewhere(workerId, held)
    if (elsewhere) return elsewhere
    this.sent.push({ ...request, sessionId, workerId, traceId })
    return { kind: 'taken' }
  }

  async socketGone(
    { workerId }: WorkerRow,
    sessionId: string,
    socket: LostSocket,
    traceId: string,
  ): Promise<SocketGoneOutcome> {
    this.gone.push({ ...socket, sessionId, workerId, traceId })
    const none = this.#noAnswer(workerId)
    if (none) return none
    const held = this.held.get(sessionId)
    if (held?.owner !== workerId) return { kind: 'not-here' }
    this.held.delete(sessionId)
    return { kind: 'gone' }
  }

  async push({ workerId }: WorkerRow, request: PushRequest, traceId: string): Promise<PushOutcome> {
    const none = this.#noAnswer(workerId)
    if (none) return none
    this.pushes.push({ ...request, workerId, traceId })
    return { kind: 'pushed' }
  }

  evict(): Promise<EvictOutcome> {
    throw new Error('a function evicts no session')
  }

  claim(): Promise<ClaimOutcome> {
    throw new Error('a function claims no session')
  }

  async #logIn(workerId: string, request: OpenRequest): Promise<OpenOutcome> {
    const { username, password, register, connectionId } = request
    const registered = register && !this.accounts.has(username)
    if (registered) this.accounts.set(username, password)
    if (this.accounts.get(username) !== password) return { kind: 'refused', code: 'bad-credentials' }
    const sessionId = sessionIdOf(`n${this.opens.length}`)
    this.held.set(sessionId, { owner: workerId, connectionId, token: tokenOf(sessionId) })
    const sockets = [{ connectionId }]
    await this.#rows.sessions.create({ ...sessionRowOf('x'), sessionId, username, owner: workerId, sockets })
    const replaced = await this.#point(connectionId, sessionId, workerId)
    return { kind: 'joined', sessionId, registered, replaced }
  }

  #point(connectionId: string, sessionId: string, owner: string): Promise<string | undefined> {
    return this.#rows.connections.put({ connectionId, sessionId, owner, expiresAt: EXPIRES_AT })
  }

  /** Undefined when that worker holds the session and may act for it. */
  #elsewhere(workerId: string, held: Held): NotOwner | Later | undefined {
    if (this.conditions.get(workerId) === 'fenced') return { kind: 'later' }
    if (held.owner === workerId) return undefined
    if (!this.orphans.has(held.owner)) return { kind: 'not-owner', owner: held.owner }
    held.owner = workerId
    return { kind: 'later' }
  }

  #noAnswer(workerId: string): NoAnswer | undefined {
    const condition = this.conditions.get(workerId)
    if (condition === 'dead') return { kind: 'unreachable', cause: new Error('nobody listens') }
    if (condition === 'mute') return { kind: 'unanswered', cause: new Error('no answer') }
    return undefined
  }
}
