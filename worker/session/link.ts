import type { Clock } from '../../shared/clock.ts'
import type { Gate } from '../../shared/gate.ts'
import type { Fence } from '../fence.ts'
import type { Logger } from '../log.ts'
import type { Trace } from '../trace.ts'
import {
  openStream,
  StreamOver,
  type Credential,
  type Opening,
  type ResumeState,
  type Stream,
  type StreamEnd,
  type StreamLimits,
  type XmppTarget,
} from '../xmpp/stream.ts'
import { xml, type Element } from '../xmpp/xml.ts'
import type { Sent } from './line.ts'

export interface LinkOptions {
  readonly target: XmppTarget
  /** What logs in; asked until it is there. undefined when there is none any more. @throws when it cannot be had now. */
  readonly credential: () => Promise<Credential | undefined>
  readonly resource: string
  /** The stream of another process that the first login goes on with. */
  readonly resume: ResumeState | undefined
  readonly limits: StreamLimits
  /** Shared by all sessions of the worker: a herd of logins at once would make every one time out. */
  readonly logins: Gate
  readonly fence: Fence
  readonly clock: Clock
  readonly trace: Trace
  readonly log: Logger
  readonly sessionId: string
  readonly hear: (stanza: Element, count: number | undefined) => void
  readonly acknowledged: (count: number) => void
  readonly closed: (end: StreamEnd) => void
}

/** Nothing came of a login, for a reason of our own. */
export const ABORTED = { kind: 'failed', code: 'aborted' } as const

/** One session's side towards the XMPP server: a stream, and after it is lost the next one that goes on with it. */
export class Link {
  readonly #options: LinkOptions
  #credential: Credential | undefined
  #stream: Stream | undefined
  /** What the server said while nobody may listen, in order. */
  #held: (() => void)[] | undefined
  /** Not even what the server acknowledges is news yet: what was sent before is not known here. */
  #isNew = false

  constructor(options: LinkOptions) {
    this.#options = options
  }

  /** The stream that is or was up; undefined before the first login. */
  get stream(): Stream | undefined {
    return this.#stream
  }

  /** What another process needs to go on; undefined when none can. */
  resumeState(): ResumeState | undefined {
    return this.#stream === undefined ? this.#options.resume : this.#stream.resumeState()
  }

  /** Logs in, and resumes where a stream was lost. Tries once. What the server says then is held until `flow`. */
  async login(register: boolean, signal: AbortSignal): Promise<Opening> {
    const credential = await this.#open()
    if (credential.kind !== 'opened') return credential
    // What was left of a stream before is no news of this one.
    this.#held = []
    this.#isNew = true
    const { logins, fence } = this.#options
    const opening = await logins.run<Opening>(async () => {
      // Whoever waited too long for its turn would take the stream from the worker that has the session by now.
      if (!fence.open) return ABORTED
      return openStream({ ...this.#streamOptions(), register, credential: credential.value }, signal)
    })
    if (opening.kind === 'online') {
      this.#stream = opening.stream
      // Keys, where the server's way of storing allows it: neither the password nor PBKDF2 is needed again.
      this.#credential = opening.stream.credential()
    }
    return opening
  }

  /** From now on what the server says waits, but for its acknowledgements: they go with what is sent, not with what is heard. */
  hold(): void {
    this.#held ??= []
  }

  /** What waited is heard, and all that comes from now on. */
  flow(): void {
    const held = this.#held ?? []
    this.#held = undefined
    this.#isNew = false
    try {
      for (const say of held) say()
    } catch (error) {
      const { log, sessionId } = this.#options
      log.error({ err: error, sessionId }, 'a stanza could not be dealt with')
      // As with one that has not waited: it ends its own stream and no other. Not for a resume, which would bring it again.
      void this.#stream?.close()
    }
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

  /** Drops TCP: the server keeps the session for whoever resumes it. */
  drop(): void {
    // What it said and nobody has heard, it says again to whoever resumes it.
    if (this.#held !== undefined) this.#held = []
    this.#stream?.drop()
  }

  async #open(): Promise<{ kind: 'opened'; value: Credential } | Exclude<Opening, { kind: 'online' }>> {
    try {
      this.#credential ??= await this.#options.credential()
    } catch (cause) {
      return { kind: 'failed', code: 'protocol', cause }
    }
    if (this.#credential === undefined) return { kind: 'refused', code: 'not-authorized' }
    return { kind: 'opened', value: this.#credential }
  }

  #streamOptions() {
    const { target, clock, fence, resource, limits, hear, acknowledged, closed } = this.#options
    return {
      target,
      permitted: () => fence.open,
      clock,
      resource,
      limits,
      resume: this.resumeState(),
      onStanza: (stanza: Element, count: number | undefined) => this.#say(() => hear(stanza, count)),
      onAcked: (count: number) => (this.#isNew ? this.#say(() => acknowledged(count)) : acknowledged(count)),
      onClosed: (end: StreamEnd) => this.#say(() => closed(end)),
    }
  }

  #say(say: () => void): void {
    if (this.#held === undefined) say()
    else this.#held.push(say)
  }
}
