import type { ErrorCode } from '../../shared/wire/codes.ts'
import type { DownFrame } from '../../shared/wire/down.ts'
import type { MessageReceived } from '../../shared/wire/frames/message.ts'
import type { SetPresence } from '../../shared/wire/frames/presence.ts'
import type { ErrorFrame } from '../../shared/wire/frames/session.ts'
import type { Jid } from '../../shared/wire/jid.ts'
import type { ContactsPatch, ContactsView } from '../contacts.ts'
import type { Element } from '../xmpp/xml.ts'
import { errorFrame } from './error-frame.ts'

/** In bytes of JSON. */
export interface WireLimits {
  /** Text of one frame. */
  readonly maxContentBytes: number
  /** Text of one message over all its parts; for a simple client, who knows no parts, the same as of one frame. */
  readonly maxTextBytes: number
  readonly maxFrameBytes: number
}

/** What a translation may look at. It changes nothing: what is to happen is in the Effects it returns. */
export interface View {
  readonly mode: 'simple' | 'sequenced'
  /** The user's own bare JID. */
  readonly own: Jid
  /** The user's own full JID, as the server bound it. */
  readonly fullJid: string
  readonly contacts: ContactsView
  /** What the user last set; a new stream starts with it. */
  readonly presence: SetPresence | undefined
  /** What the user's server offers, if another session has asked lately. */
  readonly features: ServerFeatures | undefined
  /** The frame that a stanza of ours came from, while it is remembered. */
  sent(stanzaId: string): SentStanza | undefined
  /** Whether the user has written to this bare JID lately. */
  wroteTo(jid: string): boolean
  /** What an archive query of ours has brought so far; undefined when none of that id is open. */
  collected(queryId: string): readonly Archived[] | undefined
  /** What waits for the roster that is asked for, oldest first. */
  owed(): Iterable<Owed>
  /** How many queries are open that a HISTORY frame asked for. */
  readonly openHistories: number
  /** Milliseconds since 1970. */
  readonly now: number
  /** A stanza id that was never used before. */
  newId(): string
  readonly limits: WireLimits
}

/** What is remembered of a stanza sent for a frame, so that an error about it finds its frame. */
export interface SentStanza {
  readonly frameId: string | undefined
  /** The bare JID it went to; an error from anywhere else but there or the own server is not believed. */
  readonly to: string
}

export interface OutgoingStanza {
  readonly stanza: Element
  /** Remember it under its stanza id. */
  readonly sent?: SentStanza
}

/** A receipt that goes out when the roster says that its contact (bare JID) may have it. */
export interface Owed {
  readonly contact: string
  readonly stanza: Element
}

/** One entry of the user's archive (XEP-0313). */
export interface Archived {
  /** undefined when it has no text. */
  readonly frame: MessageReceived | undefined
  /** Of one that the user sent: the ids it can be known by, the bare JID it went to, and whether this session sent it. */
  readonly own: { readonly ids: readonly string[]; readonly to: string; readonly ours: boolean } | undefined
}

/** A message of ours that the XMPP server may have or not: it is looked for in the archive. */
export interface Suspect {
  readonly stanzaId: string
  /** Bare JID. */
  readonly to: string
}

/** What the archive says about suspects, by their stanza ids. */
export interface Verdict {
  readonly found: readonly string[]
  readonly missing: readonly string[]
  /** It could not be read. */
  readonly unsure: readonly string[]
}

/** An IQ of ours that waits for its answer: what it was for, as plain data. */
export type Request =
  /** `resumed`: for a stream that another process began; presence is known to the server. */
  | { readonly kind: 'roster'; readonly resumed: boolean }
  | { readonly kind: 'carbons' }
  | { readonly kind: 'account-features' }
  | { readonly kind: 'server-features'; readonly archive: boolean }
  /** The features are known; the answer only says that all before it has been taken in. */
  | { readonly kind: 'settled'; readonly features: ServerFeatures }
  | { readonly kind: 'add-contact'; readonly contact: string; readonly frameId: string | undefined }
  | { readonly kind: 'remove-contact'; readonly contact: string; readonly frameId: string | undefined }
  | { readonly kind: 'history'; readonly frameId: string; readonly queryId: string }
  | { readonly kind: 'archive-rules'; readonly suspects: readonly Suspect[]; readonly whole: boolean }
  | {
      readonly kind: 'recheck'
      readonly queryId: string
      /** The one conversation that is searched; undefined: all. The same for each page, whose ends have no place in another. */
      readonly with: string | undefined
      /** No others can have been sent. */
      readonly whole: boolean
      /** Those that no page has shown yet, and whether the archive would have them. */
      readonly open: readonly (Suspect & { readonly kept: boolean })[]
      /** Those that one has shown, by stanza id. */
      readonly found: readonly string[]
      /** The number of this page, from 1. */
      readonly page: number
    }

/** What the user's server offers, as it says itself (XEP-0030). */
export interface ServerFeatures {
  /** XEP-0313. */
  readonly archive: boolean
  /** It keeps the order of stanzas while a client is inactive (XEP-0352), so that their count stays what numbers them. */
  readonly clientStateSafe: boolean
}

/** What a translation wants done, in this order. */
export interface Effects {
  /** The frame is refused; then there is nothing else. */
  readonly refused?: ErrorFrame
  readonly contacts?: readonly ContactsPatch[]
  readonly push?: readonly DownFrame[]
  readonly send?: readonly OutgoingStanza[]
  /** To be sent when the roster is read; when it cannot be read, nobody gets it. */
  readonly owed?: Owed
  readonly ask?: readonly { readonly iq: Element; readonly request: Request }[]
  /** An entry came for an open archive query. */
  readonly archived?: { readonly queryId: string; readonly entry: Archived }
  /** A recheck is over. With three empty lists nothing was found out, and it is to be made again. */
  readonly checked?: Verdict
  /** What the server says that it offers. */
  readonly learned?: ServerFeatures
  /** The last of what a new stream asks is answered. */
  readonly introduced?: ServerFeatures
}

export const nothing: Effects = {}

/** Refuses one frame; nothing else happens. */
export function refuse(
  code: ErrorCode,
  message: string,
  id: string | undefined,
  retryAfterMs?: number,
): Effects {
  return { refused: errorFrame(code, message, id, retryAfterMs) }
}
