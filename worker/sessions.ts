import { randomBytes } from 'node:crypto'
import type { AttachRequest, FramesRequest, Handover, OpenRequest } from '../shared/handoff/schemas.ts'
import type { SessionRow, Tenure } from '../shared/stores/sessions.ts'
import { SealBroken } from './seal/port.ts'
import { Session } from './session.ts'
import type { SessionDeps, SessionStart } from './session/deps.ts'
import { givenOnce } from './session/given-once.ts'
import { newRow } from './session/new-row.ts'
import { isForetold, nextToGo, vacantElsewhere, type Asked } from './session/user-sessions.ts'
import type { AttachOutcome, Opened, Patience, SessionsApi, Tenures } from './sessions-api.ts'
import type { Credential } from './xmpp/stream.ts'

export interface SessionsOptions {
  readonly deps: SessionDeps
  readonly domain: string
  readonly maxSessions: number
}

/** Logins that may wait behind those under way: more would only run into the function's timeout. */
const MAX_WAITING_LOGINS = 256

/** The sessions that this worker holds. */
export class Sessions implements SessionsApi, Tenures, Patience {
  readonly #options: SessionsOptions
  readonly #held = new Map<string, Session>()
  #full = false

  constructor(options: SessionsOptions) {
    this.#options = options
  }

  get count(): number {
    return this.#held.size
  }

  /** How many sockets its sessions have. */
  get sockets(): number {
    return [...this.#held.values()].reduce((sum, session) => sum + session.sockets, 0)
  }

  ids(): readonly string[] {
    return [...this.#held.keys()]
  }

  async open(request: OpenRequest): Promise<Opened> {
    const again = await this.#openAgain(request)
    if (again !== undefined) return again
    const { deps, maxSessions } = this.#options
    const full = this.#held.size >= maxSessions || deps.logins.waiting >= MAX_WAITING_LOGINS
    if (this.#full || full) return { kind: 'busy' }
    const session = this.#begin(request)
    const outcome = await session.open()
    if (outcome.kind !== 'joined') return outcome
    void this.#makeRoom(session, request.connectionId)
    return { ...outcome, sessionId: session.id }
  }

  async attach(sessionId: string, request: AttachRequest): Promise<AttachOutcome> {
    return (await this.#find(sessionId)?.attach(request)) ?? { kind: 'not-here' }
  }

  receive(sessionId: string, request: FramesRequest): boolean | 'later' {
    const session = this.#find(sessionId)
    return session?.hasSocket(request.connectionId) === true && session.receive(request)
  }

  async settled(sessionId: string): Promise<void> {
    await this.#find(sessionId)?.settled()
  }

  socketGone(sessionId: string, connectionId: string, taken?: boolean): boolean {
    const session = this.#find(sessionId)
    session?.socketGone(connectionId, taken)
    return session !== undefined
  }

  async evict(sessionId: string, attached: boolean): Promise<boolean> {
    return (await this.#find(sessionId)?.evict(attached)) ?? false
  }

  tenure(sessionId: string): Tenure | undefined {
    return this.#held.get(sessionId)?.tenure
  }

  async adopt(row: SessionRow, handover?: Handover): Promise<void> {
    const held = this.#find(row.sessionId)
    if (held !== undefined) return held.renewed(row.epoch)
    const { expiresAt: _rows, ...kept } = row
    await this.#hold({
      row: kept,
      from: { kind: 'adoption', handover },
      resource: row.jid.slice(row.jid.indexOf('/') + 1),
      credential: () => this.#unsealed(row),
    }).adopt()
  }

  renewed(sessionId: string, epoch: number): void {
    this.#held.get(sessionId)?.renewed(epoch)
  }

  lose(sessionId: string): void {
    this.#held.get(sessionId)?.lose()
  }

  async handOver(
    sessionId: string,
    give: (tenure: Tenure, handover: Handover) => Promise<boolean>,
  ): Promise<boolean> {
    return (await this.#find(sessionId)?.handOver(give)) ?? false
  }

  takeNoMore(): void {
    this.#full = true
  }

  #find(sessionId: string): Session | undefined {
    const session = this.#held.get(sessionId)
    return session?.over === true ? undefined : session
  }

  /** A simple client that has just lost its socket, and whose password is right, goes on where it was. */
  async #openAgain(request: OpenRequest): Promise<Opened | undefined> {
    const { deps } = this.#options
    const { username, mode, verified } = request
    if (mode === 'sequenced' || !verified || !deps.fence.open) return undefined
    const here = [...this.#held.values()].findLast(each => each.username === username && each.vacant)
    if (here === undefined) {
      const owner = vacantElsewhere(await deps.rows.ofUser(username), deps)
      return owner === undefined ? undefined : { kind: 'elsewhere', owner }
    }
    const saved = await here.again(request)
    if (saved.kind !== 'saved' || here.over) return undefined
    return { kind: 'joined', registered: false, replaced: saved.replaced, sessionId: here.id }
  }

  /** A user who has too many now loses the one that has been without a socket longest, or else the oldest. */
  async #makeRoom({ id, username }: Session, connectionId: string): Promise<void> {
    const { rows, sessionsPerUser } = this.#options.deps
    const refusals: Asked[] = []
    let left = await rows.ofUser(username)
    for (;;) {
      const asked = nextToGo(left, sessionsPerUser, { sessionId: id, connectionId }, refusals)
      if (asked === undefined) return
      if (await this.#evict(asked)) left = left.filter(row => row !== asked.row)
      else {
        refusals.push(asked)
        // It has come back, moved or ended since its row was read: whoever goes in its place is chosen by what is so now.
        if (!isForetold(asked)) left = await rows.ofUser(username)
      }
    }
  }

  async #evict({ row: { sessionId, owner }, attached }: Asked): Promise<boolean> {
    const { workerId, evictElsewhere, log } = this.#options.deps
    const here = owner === workerId
    const done = await (here ? this.evict(sessionId, attached) : evictElsewhere(sessionId, owner, attached))
    if (done) log.info({ sessionId, owner, attached }, 'a user has too many sessions')
    return done
  }

  async #unsealed({ credential, sessionId, username }: SessionRow): Promise<Credential | undefined> {
    try {
      return await this.#options.deps.seal.open(credential, { sessionId, username })
    } catch (cause) {
      if (cause instanceof SealBroken) return undefined
      throw cause
    }
  }

  #begin(request: OpenRequest): Session {
    const { connectionId, username, password, register, joinId, handshake, mode } = request
    const sessionId = `s_${randomBytes(16).toString('base64url')}`
    const { workerId: owner, clock } = this.#options.deps
    const openedAt = clock.now()
    return this.#hold({
      row: newRow({ sessionId, username, owner, mode, connectionId, openedAt }),
      from: { kind: 'join', connectionId, register, joinId, handshake },
      // Nobody can guess it, so nobody can probe for presence by sending to it (RFC 6120 13.10.2).
      resource: `stanzagate-${randomBytes(8).toString('base64url')}`,
      credential: givenOnce({ kind: 'password', username, password }),
    })
  }

  #hold(start: Omit<SessionStart, 'own' | 'onEnded'>): Session {
    const { deps, domain } = this.#options
    const { sessionId, username } = start.row
    const session: Session = new Session(deps, {
      ...start,
      own: { local: username, domain },
      // Given away and got back, it may be held again before its predecessor here is quite gone.
      onEnded: () => void (this.#held.get(sessionId) === session && this.#held.delete(sessionId)),
    })
    this.#held.set(sessionId, session)
    return session
  }
}
