import type { SessionFrame } from '../../shared/wire/up.ts'

type Presence = Extract<SessionFrame, { messageType: 'PRESENCE' }>

/** What the user shows to others: told to each session once, as the bridge keeps it over reconnects. */
export class OwnPresence {
  readonly #send: (frame: Presence) => boolean
  #presence: Presence | undefined
  #toldTo: string | undefined

  /** `send` says whether there was a connection. */
  constructor(send: (frame: Presence) => boolean) {
    this.#send = send
  }

  set(presence: Presence, sessionId: string | undefined): void {
    this.#presence = presence
    this.again(sessionId)
  }

  /** It may not have arrived. */
  again(sessionId: string | undefined): void {
    this.#toldTo = undefined
    this.tell(sessionId)
  }

  /** Unless this session knows. */
  tell(sessionId: string | undefined): void {
    if (this.#presence === undefined || sessionId === undefined || this.#toldTo === sessionId) return
    if (this.#send(this.#presence)) this.#toldTo = sessionId
  }
}
