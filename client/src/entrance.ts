import type { JoinSuccess } from '../../shared/wire/frames/session.ts'
import { joinWithPassword, joinWithToken, toSavedSession, type Sequence, type Standing } from './join.ts'
import type { ClientOptions } from './options.ts'
import type { Change, SavedSession } from './store.ts'

export interface EntrancePorts {
  readonly credentials: ClientOptions['credentials']
  readonly save: (change: Change) => void
  /** The credentials could not be had. */
  readonly onError: (cause: unknown) => void
}

/** It waits for a login at the XMPP server; the gateway gives up on a function after 29 s. */
const PASSWORD_JOIN_MS = 40_000
/** Nobody logs in, at most a worker takes the session over; an answer that is lost must not keep the user away. */
const TOKEN_JOIN_MS = 12_000

/** The ways in: back into the session that the store knows, or a new one with a password. */
export class Entrance {
  readonly #ports: EntrancePorts
  #session: SavedSession | undefined

  constructor(session: SavedSession | undefined, ports: EntrancePorts) {
    this.#session = session
    this.#ports = ports
  }

  get session(): SavedSession | undefined {
    return this.#session
  }

  /** How long an answer to `join` may take. */
  get joinLimitMs(): number {
    return this.#session === undefined ? PASSWORD_JOIN_MS : TOKEN_JOIN_MS
  }

  /** The JOIN as text; undefined when there is nothing to sign in with. Never rejects. */
  async join(standing: Standing): Promise<string | undefined> {
    const { credentials, onError } = this.#ports
    if (this.#session !== undefined) return JSON.stringify(joinWithToken(this.#session, standing))
    try {
      const given = typeof credentials === 'function' ? await credentials() : credentials
      return given && JSON.stringify(joinWithPassword(given))
    } catch (cause) {
      onError(cause)
      return undefined
    }
  }

  /** Another worker holds the session. */
  handedOver(epoch: number): void {
    if (this.#session !== undefined) this.#keep({ ...this.#session, epoch })
  }

  /** The token is no good any more. Whether there is another way in. */
  expire(): boolean {
    this.#session = undefined
    this.#ports.save({ session: null })
    return this.#ports.credentials !== undefined
  }

  /** Whether it is another session than before. */
  joined(frame: JoinSuccess, sequence: Sequence): boolean {
    const before = this.#session?.sessionId
    this.#keep(toSavedSession(frame, sequence))
    return frame.sessionId !== before
  }

  #keep(session: SavedSession): void {
    this.#session = session
    this.#ports.save({ session })
  }
}
