import type { Join, JoinSuccess, JoinWithToken } from '../../shared/wire/frames/session.ts'
import { report, type Emit } from './emitter.ts'
import { SPREAD_MS } from './limits.ts'
import type { ClientOptions } from './options.ts'
import type { Saver } from './saver.ts'
import type { Saved, SavedSession } from './store.ts'
import type { View } from './view.ts'

export interface EntranceParts {
  readonly saved: Saved | undefined
  readonly credentials?: ClientOptions['credentials']
  readonly emit: Emit
  readonly view: View
}

/** Where this side stands, both ways. */
export type Standing = Omit<JoinWithToken, 'messageType' | 'protocol' | 'token'>

/** The version of sequenced frames that this client speaks. */
const PROTOCOL = 1

/** The ways in: back into the session that the store knows, or a new one with a password. */
export class Entrance {
  readonly #parts: EntranceParts
  readonly #saver: Saver
  #session: SavedSession | undefined
  #spreadMs = SPREAD_MS

  constructor(parts: EntranceParts, saver: Saver) {
    this.#parts = parts
    this.#saver = saver
    this.#enter(parts.saved?.session ?? undefined)
  }

  get session(): SavedSession | undefined {
    return this.#session
  }

  /** Over how long those come back who were cut off together. */
  get spreadMs(): number {
    return this.#spreadMs
  }

  /** The JOIN; undefined when there is nothing to sign in with. Never rejects. */
  async join(standing: Standing): Promise<Join | JoinWithToken | undefined> {
    const head = { messageType: 'JOIN', protocol: PROTOCOL } as const
    if (this.#session !== undefined) return { ...head, token: this.#session.token, ...standing }
    const { credentials, emit } = this.#parts
    try {
      const given = typeof credentials === 'function' ? await credentials() : credentials
      if (given === undefined) return undefined
      const { username, password, register } = given
      return { ...head, username, password, register }
    } catch (cause) {
      report(emit, 'no-credentials', cause)
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
    void this.#saver.save({ session: null })
    return this.#parts.credentials !== undefined
  }

  /** What a later start needs to come back into this session. Whether it is another one than before. */
  joined(frame: JoinSuccess, token: string, epoch: number): boolean {
    const before = this.#session?.sessionId
    const { sessionId, jid, features, limits } = frame
    const { archive, resume } = features
    const { maxTextBytes = limits.maxContentBytes, reconnectSpreadMs = SPREAD_MS } = limits
    this.#spreadMs = reconnectSpreadMs
    this.#keep({ sessionId, token, epoch, jid, archive, resume, maxTextBytes })
    return sessionId !== before
  }

  #keep(session: SavedSession): void {
    this.#enter(session)
    void this.#saver.save({ session })
  }

  #enter(session: SavedSession | undefined): void {
    this.#session = session
    if (session === undefined) return
    const { resume, archive, maxTextBytes } = session
    const [jid = ''] = session.jid.split('/')
    this.#parts.view.set('self', { jid, features: { resume, archive }, maxTextBytes })
  }
}
