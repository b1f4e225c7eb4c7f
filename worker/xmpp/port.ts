import type { Clock } from '../../shared/clock.ts'
import type { Element } from './xml.ts'

export interface XmppTarget {
  host: string
  port: number
  /** What the certificate must be good for. */
  domain: string
  /** 'none' is for a server on the same machine or network of trust; a password then never goes out in the clear but to a loopback address. */
  security: 'starttls' | 'direct-tls' | 'none'
  /** Certificate authorities to trust instead of the usual ones, as PEM. */
  ca?: string
}

export type ScramMechanism = 'SCRAM-SHA-1' | 'SCRAM-SHA-256'

/** What a login needs. Binary values are base64. */
export type Credential =
  | { kind: 'password'; username: string; password: string }
  | {
      kind: 'scram'
      username: string
      mechanism: ScramMechanism
      salt: string
      iterations: number
      clientKey: string
      serverKey: string
    }

/** What another process needs to go on with a stream (XEP-0198 5), beside a credential. Plain JSON. */
export interface ResumeState {
  id: string
  jid: string
  /** Stanzas of the server that are handled for good: it sends all later ones again. */
  h: number
  /** Our stanzas that the server has not acknowledged, oldest first, as XML. */
  unacked: readonly string[]
  /** How many of ours it has acknowledged. */
  acked: number
  /** Seconds that the server keeps the session. */
  max?: number
  /** Where the server wants to be dialled for it, `host[:port]`. */
  location?: string
  /** The server has let the last resume of it go unheard (`watchHearing`). */
  unheard?: true
}

export interface StreamLimits {
  /** The whole login, from the first packet to `<enabled/>`. */
  loginTimeoutMs: number
  /** Longest stanza that is accepted. */
  maxStanzaBytes: number
  /** An `<a/>` that nobody asked for goes out once this many more stanzas are handled. Default 64. */
  ackEvery?: number
  /** After this long without a byte the server is asked for a sign of life. Default 60 s. */
  idleProbeMs?: number
  /** How long that sign may take. Default 30 s. */
  probeTimeoutMs?: number
}

export interface StreamOptions {
  target: XmppTarget
  credential: Credential
  resource: string
  /** XEP-0077: create the account when the server says not-authorized. */
  register: boolean
  resume?: ResumeState
  /** Looked at once more before the stream is resumed or bound, which takes it from whoever holds it. Default: always. */
  permitted?: () => boolean
  limits: StreamLimits
  clock?: Clock
  /** Each inbound message, presence and iq with its XEP-0198 count since `<enabled/>` (undefined without stream management), in order. */
  onStanza(stanza: Element, count: number | undefined): void
  /** The server has acknowledged our first `acked` stanzas of this stream. */
  onAcked?(acked: number): void
  /** Called once, when the stream is over. Never before openStream has resolved with 'online'. */
  onClosed(reason: StreamEnd): void
}

/** `account-exists`: registration met a conflict, so the password is wrong. `insecure`: only an unprotected way was left. */
export type RefusalCode =
  | 'not-authorized'
  | 'registration-refused'
  | 'account-exists'
  | 'insecure'
  | 'no-mechanism'
export type FailureCode = 'unreachable' | 'timeout' | 'tls' | 'protocol' | 'aborted'
export type Refusal = { kind: 'refused'; code: RefusalCode }

export type Opening =
  | {
      kind: 'online'
      stream: Stream
      resumed: boolean
      /** A new account was made. */
      registered: boolean
      /** A resume was refused, and the server said how many of our stanzas the lost stream had handled. */
      failedH?: number
    }
  | Refusal
  | { kind: 'failed'; code: FailureCode; cause?: unknown }

/** `lost` may be resumed; after `closed` and `error` the session is gone. */
export type StreamEnd =
  | { kind: 'closed' }
  | { kind: 'lost'; cause?: unknown }
  /** A stream error of the server (RFC 6120 4.9.3), or the name of what was wrong with what it sent. */
  | { kind: 'error'; condition: string; cause?: unknown }

export interface StreamFeatures {
  /** The stream can be resumed (XEP-0198). */
  resume: boolean
  streamManagement: boolean
  /** Client state indication (XEP-0352). */
  clientState: boolean
  /** Roster versioning (RFC 6121 2.6). */
  rosterVersioning: boolean
  /** Subscription pre-approval (RFC 6121 3.4). */
  preApproval: boolean
}

export interface Stream {
  /** The full JID. */
  readonly jid: string
  readonly features: StreamFeatures
  /**
   * Writes a stanza. Returns its XEP-0198 number, undefined without stream management. An element that is no stanza (RFC 6120 8), as those
   * of XEP-0352 are, is written and not counted. Throws StreamOver once the stream is over.
   */
  send(stanza: Element): number | undefined
  /**
   * All up to this inbound count is handled for good, so `h` may pass it. Nothing is written at once: `<r/>` is answered with it, and an
   * unasked `<a/>` goes out at most every `ackEvery` stanzas. A count that is not higher than the last, or that was never received, is cut.
   */
  handled(count: number): void
  /** undefined when the server cannot resume the stream, or when it ended otherwise than by a lost connection. */
  resumeState(): ResumeState | undefined
  /**
   * SCRAM keys, so that the next login needs neither the password nor PBKDF2, where the server seems to keep its salts; else what this
   * login was made with. Keys that do not fit any more are refused as not-authorized.
   */
  credential(): Credential
  /** Ends the session: a last `<a/>`, then `</stream:stream>`. Resolves when the server has closed its side, or after 2 s. */
  close(): Promise<void>
  /** Drops TCP without closing the stream: the session stays resumable. */
  drop(): void
}

/** A stanza was given to a stream that is over. */
export class StreamOver extends Error {
  override name = 'StreamOver'
}
