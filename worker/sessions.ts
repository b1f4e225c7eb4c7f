import { randomBytes } from 'node:crypto'
import type { FramesRequest, OpenRequest } from '../shared/handoff/schemas.ts'
import type { Jid } from '../shared/wire/jid.ts'
import { Session } from './session.ts'
import type { SessionDeps } from './session/deps.ts'
import type { FirstLogin } from './session/welcome.ts'

export interface SessionsOptions {
  readonly deps: SessionDeps
  readonly domain: string
  readonly maxSessions: number
}

export type Opened = Exclude<FirstLogin, { kind: 'joined' }> | { kind: 'busy' } | Joined
type Joined = Extract<FirstLogin, { kind: 'joined' }> & { readonly sessionId: string }

/** Logins that may wait behind those under way: more would only run into the function's timeout. */
const MAX_WAITING_LOGINS = 256

/** What the hand-off API asks of the sessions. */
export type SessionsApi = Pick<Sessions, 'open' | 'receive' | 'socketGone'>

/** The sessions that this worker holds. */
export class Sessions {
  readonly #options: SessionsOptions
  readonly #held = new Map<string, Session>()
  #draining = false

  constructor(options: SessionsOptions) {
    this.#options = options
  }

  get count(): number {
    return this.#held.size
  }

  get draining(): boolean {
    return this.#draining
  }

  /** Logs a user in at the XMPP server and holds the session. */
  async open(request: OpenRequest): Promise<Opened> {
    const { deps, maxSessions } = this.#options
    const full = this.#held.size >= maxSessions || deps.logins.waiting >= MAX_WAITING_LOGINS
    if (this.#draining || full) return { kind: 'busy' }
    const session = this.#make(request)
    const outcome = await session.open()
    return outcome.kind === 'joined' ? { ...outcome, sessionId: session.id } : outcome
  }

  /** False when the session, or that socket of it, is not held here. */
  receive(sessionId: string, { connectionId, frame }: FramesRequest): boolean {
    const session = this.#find(sessionId, connectionId)
    session?.receive(frame)
    return session !== undefined
  }

  /** False when the session, or that socket of it, is not held here; a late or repeated report harms nobody. */
  socketGone(sessionId: string, connectionId: string): boolean {
    const session = this.#find(sessionId, connectionId)
    session?.socketGone()
    return session !== undefined
  }

  /** Takes no more and ends all that are held, telling each client. */
  async drain(): Promise<void> {
    this.#draining = true
    await Promise.allSettled([...this.#held.values()].map(session => session.stop()))
  }

  #find(sessionId: string, connectionId: string): Session | undefined {
    const session = this.#held.get(sessionId)
    return session?.connectionId === connectionId && !session.over ? session : undefined
  }

  #make({ connectionId, username, password, register, joinId, handshake }: OpenRequest): Session {
    const id = `s_${randomBytes(16).toString('base64url')}`
    const own: Jid = { local: username, domain: this.#options.domain }
    const session = new Session(this.#options.deps, {
      id,
      connectionId,
      username,
      own,
      register,
      joinId,
      handshake,
      // Nobody can guess it, so nobody can probe for presence by sending to it (RFC 6120 13.10.2).
      resource: `stanzagate-${randomBytes(8).toString('base64url')}`,
      credential: { kind: 'password', username, password },
      onEnded: () => this.#held.delete(id),
    })
    this.#held.set(id, session)
    return session
  }
}
