/*
 * What an application sees of the client. These types stand alone, so that the package needs no other; a test holds them
 * against the schemas of the wire.
 */

/** A message as it came, or as the archive has it. */
export interface Message {
  /** The sender's own id of it, if it gave one; not unique. */
  readonly id: string | undefined
  /** The key in the user's archive: the same on every device and after every reload. */
  readonly mid: string | undefined
  /** The sender: a local name of the user's own domain, else a bare address. */
  readonly from: string
  readonly to: string
  readonly content: string
  /** ISO 8601, UTC. */
  readonly timestamp: string
  /** The user sent it, from another device (or, from `history`, from any). */
  readonly own: boolean
  /** It waited at the server before it reached the bridge. */
  readonly delayed: boolean
  /** It was longer than the wire allows and is cut. */
  readonly truncated: boolean
}

/**
 * queued: kept here, goes out when there is a connection · sent: the XMPP server has it · delivered, displayed: the
 * recipient's device says so · unsure: the connection broke and nobody knows · failed: it will not arrive. The last two
 * wait for `retry` or `discard`.
 */
export type MessageStateName = 'queued' | 'sent' | 'delivered' | 'displayed' | 'unsure' | 'failed'

/** A message of this device, with what became of it. */
export interface SentMessage {
  readonly id: string
  readonly to: string
  readonly content: string
  /** ISO 8601, UTC: when it was given to the client. */
  readonly timestamp: string
  readonly state: MessageStateName
  /** Why it failed or is unsure. */
  readonly code?: string | undefined
}

/** What became of a message of this device; `message` is absent when it is no longer kept here. */
export interface MessageStateChange {
  readonly id: string
  readonly state: MessageStateName
  readonly code?: string | undefined
  readonly message?: SentMessage | undefined
  /** Who says so of a message that the client has forgotten; true if the message went there. Absent: it is certain. */
  readonly from?: string | undefined
}

export type Show = 'available' | 'chat' | 'away' | 'xa' | 'dnd' | 'unavailable'

export interface Presence {
  /** `unknown`: nobody has said since the bridge changed hands. */
  readonly show: Show | 'unknown'
  readonly status?: string | undefined
}

export interface Contact {
  /** Its bare address. */
  readonly jid: string
  /** How messages and all else call it in `from` and `to`: the local name at the user's own domain, else `jid`. */
  readonly address: string
  readonly name: string
  readonly groups: readonly string[]
  readonly subscription: 'none' | 'to' | 'from' | 'both'
  /** Our request to see its presence has no answer yet. */
  readonly pending: boolean
  readonly presence: Presence
}

/** Somebody asks to see the user's presence. */
export interface SubscriptionRequest {
  readonly from: string
  readonly status?: string | undefined
}

export interface TypingChange {
  readonly from: string
  readonly state: 'composing' | 'paused'
}

/** Messages may be missing here: `with` whom, between which archive ids, as far as known. */
export interface Gap {
  readonly reason: 'no-archive' | 'not-in-archive'
  readonly with?: string | undefined
  readonly after?: string | undefined
  readonly before?: string | undefined
}

export type Status =
  /** Not asked to connect, or closed. */
  | { readonly kind: 'offline' }
  | { readonly kind: 'connecting' }
  /** Connected; what came meanwhile is being fetched. */
  | { readonly kind: 'catching-up' }
  | { readonly kind: 'online' }
  /** The next try is at `retryAtMs` of the wall clock, or as soon as the network is back. */
  | { readonly kind: 'waiting'; readonly retryAtMs: number; readonly code?: string | undefined }
  /** The bridge said not to come back; `connect` tries anyway. */
  | { readonly kind: 'stopped'; readonly code: string }

/** Immutable; each part keeps its identity until it changes. */
export interface Snapshot {
  readonly status: Status
  /** The user's bare address, and what the XMPP server offers; known from the first sign-in on. */
  readonly self: Self | undefined
  /** By address. */
  readonly contacts: readonly Contact[]
  readonly requests: readonly SubscriptionRequest[]
  /** Messages of this device by id, oldest first: all that are not settled, and the newest that are. */
  readonly messages: ReadonlyMap<string, SentMessage>
  /** Those of them that are queued, unsure or failed. */
  readonly unsent: readonly SentMessage[]
  /** Addresses of those who are writing. */
  readonly typing: readonly string[]
}

export interface Self {
  readonly jid: string
  readonly features: Features
  /** The longest text that the bridge takes, in bytes of UTF-8 as JSON. */
  readonly maxTextBytes: number
}

/** resume: the session survives a lost stream (XEP-0198) · archive: what was missed can be fetched (XEP-0313). */
export interface Features {
  readonly resume: boolean
  readonly archive: boolean
}

export interface HistoryQuery {
  /** Of one contact; else of all. */
  readonly with?: string | undefined
  /** Forwards from this archive id. */
  readonly after?: string | undefined
  /** Backwards from this archive id; without either, the newest. */
  readonly before?: string | undefined
  /** At most this many, up to 50. */
  readonly max?: number | undefined
}

export interface HistoryPage {
  /** Oldest first. */
  readonly items: readonly Message[]
  /** Nothing more lies in that direction. */
  readonly complete: boolean
  /** Archive ids of the first and the last entry, to ask on from. */
  readonly first: string | undefined
  readonly last: string | undefined
}

export interface ClientEvents {
  /** Once for each message, over reloads. A promise is awaited before the message counts as kept. */
  message: Message
  state: MessageStateChange
  presence: { readonly from: string } & Presence
  contact: { readonly contact: Contact; readonly removed: boolean }
  typing: TypingChange
  subscription: SubscriptionRequest
  gap: Gap
  status: Status
  /** What went wrong without anybody waiting for it, exceptions of listeners included. */
  error: Error
}

export type EventName = keyof ClientEvents
export type Listener<Name extends EventName> = (event: ClientEvents[Name]) => unknown

export interface Credentials {
  readonly username: string
  readonly password: string
  /** Make the account when it is missing, where the bridge allows that. */
  readonly register?: boolean
}

export interface Client {
  /** Returns a function that takes the listener off. */
  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void
  /** Resolves when online the first time. Rejects with a ClientError when the bridge says stop, or when closed before. */
  connect(): Promise<void>
  /**
   * Keeps a message and sends it as soon as possible; works offline. Throws a ClientError at once: `too-large`,
   * `bad-text`, `outbox-full`.
   */
  send(message: { readonly to: string; readonly content: string }): SentMessage
  /** Sends a failed or unsure message once more, under a new id. Throws a ClientError `unknown-message`. */
  retry(id: string): SentMessage
  /** Forgets a failed or unsure message. */
  discard(id: string): void
  /** Tells the sender that the user has seen the message, where it has an id. */
  markDisplayed(message: Pick<Message, 'from' | 'id'>): void
  /** Nothing is kept of it: unheard when offline. */
  setTyping(to: string, state: TypingChange['state']): void
  /** The last one is told to every new session. */
  setPresence(show: Show, status?: string): void
  /** Resolves when the XMPP server has done it. All of these reject with a ClientError, `timeout` after 30 s included. */
  addContact(
    to: string,
    options?: { readonly name?: string; readonly groups?: readonly string[] },
  ): Promise<void>
  removeContact(to: string): Promise<void>
  /** Kept and sent like a message; resolves when the XMPP server has it, however long that takes. */
  answerSubscription(to: string, answer: 'approve' | 'refuse'): Promise<void>
  history(query?: HistoryQuery): Promise<HistoryPage>
  /** The same object until something changed. */
  snapshot(): Snapshot
  /** Calls the listener after each change of the snapshot. Returns a function that ends that. */
  subscribe(listener: () => void): () => void
  /** Goes away; the bridge keeps the session for a while, the store all else. Resolves when all is saved. */
  close(): Promise<void>
  /** Signs out: ends the session at the bridge, if it can be reached, and empties the store. */
  leave(): Promise<void>
}
