import type { Clock } from '../../shared/clock.ts'
import type { Gate } from '../../shared/gate.ts'
import type { Trace } from '../trace.ts'
import {
  openStream,
  StreamOver,
  type Credential,
  type Opening,
  type Stream,
  type StreamEnd,
  type StreamLimits,
  type XmppTarget,
} from '../xmpp/stream.ts'
import { xml, type Element } from '../xmpp/xml.ts'
import type { Sent } from './conversation.ts'

export interface LinkOptions {
  readonly target: XmppTarget
  readonly credential: Credential
  readonly resource: string
  readonly limits: StreamLimits
  /** Shared by all sessions of the worker: a herd of logins at once would make every one time out. */
  readonly logins: Gate
  readonly clock: Clock
  readonly trace: Trace
  readonly sessionId: string
  readonly hear: (stanza: Element, count: number | undefined) => void
  readonly acknowledged: (count: number) => void
  readonly closed: (end: StreamEnd) => void
}

/** One session's side towards the XMPP server: a stream, and after it is lost the next one that goes on with it. */
export class Link {
  readonly #options: Omit<LinkOptions, 'credential'>
  #credential: Credential
  #stream: Stream | undefined

  constructor({ credential, ...options }: LinkOptions) {
    this.#credential = credential
    this.#options = options
  }

  /** The stream that is or was up; undefined before the first login. */
  get stream(): Stream | undefined {
    return this.#stream
  }

  /** Logs in, and resumes where a stream was lost. Tries once. */
  async login(register: boolean, signal: AbortSignal): Promise<Opening> {
    const { logins, target, clock, resource, limits, hear, acknowledged, closed } = this.#options
    const opening = await logins.run(() =>
      openStream(
        {
          target,
          clock,
          register,
          resource,
          limits,
          credential: this.#credential,
          resume: this.#stream?.resumeState(),
          onStanza: hear,
          onAcked: acknowledged,
          onClosed: closed,
        },
        signal,
      ),
    )
    if (opening.kind === 'online') {
      this.#stream = opening.stream
      // Keys, where the server's way of storing allows it: neither the password nor PBKDF2 is needed again.
      this.#credential = opening.stream.credential()
    }
    return opening
  }

  /** A stream that is just breaking takes nothing. */
  send(stanza: Element): Sent {
    if (this.#stream === undefined) return { kind: 'over' }
    this.#options.trace.stanza('out', this.#options.sessionId, stanza)
    try {
      return { kind: 'sent', number: this.#stream.send(stanza) }
    } catch (error) {
      if (error instanceof StreamOver) return { kind: 'over' }
      throw error
    }
  }

  /** The server may hear that our inbound stanzas up to `count` are dealt with. */
  handled(count: number): void {
    this.#stream?.handled(count)
  }

  /** Contacts see the user leave; what was not handled stays with the server, which stores it or bounces it. */
  async goodbye(): Promise<void> {
    this.send(xml('presence', { type: 'unavailable' }))
    await this.#stream?.close()
  }
}
