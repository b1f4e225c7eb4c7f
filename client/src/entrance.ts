import type { JoinSuccess } from '../../shared/wire/frames/session.ts'
import { joinWithPassword, joinWithToken, toSavedSession } from './join.ts'
import type { ClientOptions } from './options.ts'
import type { Change, SavedCursor, SavedSession } from './store.ts'

export interface EntrancePorts {
  readonly credentials: ClientOptions['credentials']
  readonly save: (change: Change) => void
  /** Where this side stands, both ways. */
  readonly up: () => { readonly from: number; readonly sent: number }
  readonly down: () => Pick<SavedCursor, 'stream' | 'seq' | 'since'>
  /** The credentials could not be had. */
  readonly onError: (cause: unknown) => void
}

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

  /** The JOIN as text; undefined when there is nothing to sign in with. Never rejects. */
  async join(): Promise<string | undefined> {
    const { credentials, up, down, onError } = this.#ports
    if (this.#session !== undefined) return JSON.stringify(joinWithToken(this.#session, up(), down()))
    try {
      const given = typeof credentials === 'function' ? await credentials() : credentials
      return given && JSON.stringify(joinWithPassword(given))
    } catch (cause) {
      onError(cause)
      return undefined
    }
  }

  /** The token is no good any more. Whether there is another way in. */
  expire(): boolean {
    this.#session = undefined
    this.#ports.save({ session: null })
    return this.#ports.credentials !== undefined
  }

  /** Whether it is another session than before. */
  joined(frame: JoinSuccess, token: string): boolean {
    const before = this.#session?.sessionId
    this.#session = toSavedSession(frame, token)
    this.#ports.save({ session: this.#session })
    return frame.sessionId !== before
  }
}
