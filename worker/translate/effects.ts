import type { ErrorCode } from '../../shared/wire/codes.ts'
import type { DownFrame } from '../../shared/wire/down.ts'
import type { SetPresence } from '../../shared/wire/frames/presence.ts'
import type { Jid } from '../../shared/wire/jid.ts'
import type { ContactsPatch, ContactsView } from '../contacts.ts'
import type { Element } from '../xmpp/xml.ts'

/** What a translation may look at. It changes nothing: what is to happen is in the Effects it returns. */
export interface View {
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
  /** Milliseconds since 1970. */
  readonly now: number
  /** A stanza id that was never used before. */
  newId(): string
  readonly limits: { readonly maxContentBytes: number; readonly maxFrameBytes: number }
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

/** An IQ of ours that waits for its answer: what it was for, as plain data. */
export type Request =
  | { readonly kind: 'roster' }
  | { readonly kind: 'carbons' }
  | { readonly kind: 'features' }
  /** The features are known; the answer only says that all before it has been taken in. */
  | { readonly kind: 'settled'; readonly features: ServerFeatures }
  | { readonly kind: 'add-contact'; readonly contact: string; readonly frameId: string | undefined }
  | { readonly kind: 'remove-contact'; readonly contact: string; readonly frameId: string | undefined }

/** What the user's server offers, as it says itself (XEP-0030). */
export interface ServerFeatures {
  /** XEP-0313. */
  readonly archive: boolean
}

/** What a translation wants done, in this order: contacts, push, send, ask, learned, introduced. */
export interface Effects {
  readonly contacts?: readonly ContactsPatch[]
  readonly push?: readonly DownFrame[]
  readonly send?: readonly OutgoingStanza[]
  readonly ask?: readonly { readonly iq: Element; readonly request: Request }[]
  /** What the server says that it offers. */
  readonly learned?: ServerFeatures
  /** The last of what a new stream asks is answered. */
  readonly introduced?: ServerFeatures
}

export const nothing: Effects = {}

/** Refuses one frame; nothing else happens. */
export function refuse(code: ErrorCode, message: string, id: string | undefined): Effects {
  return { push: [{ messageType: 'ERROR', id, code, message }] }
}
