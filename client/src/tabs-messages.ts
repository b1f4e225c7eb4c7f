import { ClientError, codeOf } from './errors.ts'
import type { Saved } from './store.ts'
import type {
  ClientEvents,
  EventName,
  HistoryQuery,
  SentMessage,
  Show,
  Snapshot,
  TypingChange,
} from './types.ts'

/*
 * What the tabs of a page say to each other over one BroadcastChannel. They may run different versions of the page: a tab
 * that speaks another version is known to be alive and no more. What the same version says was put together by this code.
 */

/** Raised whenever a tab of the version before could misread one of this. */
export const TABS_VERSION = 3

/** What one tab asks of the one that leads: methods of its client, with what they are given. */
export interface TabCalls {
  connect: []
  sendAs: [message: SentMessage]
  discardAs: [id: string]
  markDisplayed: [message: { readonly from: string; readonly id: string | undefined }]
  setTyping: [to: string, state: TypingChange['state']]
  setPresence: [show: Show, status?: string]
  addContact: [to: string, options?: { readonly name?: string; readonly groups?: readonly string[] }]
  removeContact: [to: string]
  answerSubscription: [to: string, answer: 'approve' | 'refuse']
  history: [query?: HistoryQuery]
  leave: []
}

/** `call` is its name over all tabs; the same when another leader is asked. */
export type TabCall = { readonly call: string } & {
  [Method in keyof TabCalls]: { readonly method: Method; readonly args: TabCalls[Method] }
}[keyof TabCalls]

/** An event that is told in every tab. The status each finds in the state, and errors travel by themselves. */
export type SharedEvent = {
  [Name in Exclude<EventName, 'status' | 'error'>]: {
    readonly kind: 'event'
    readonly name: Name
    readonly event: ClientEvents[Name]
  }
}[Exclude<EventName, 'status' | 'error'>]

/** What the leader says to all tabs. */
export type Saying =
  /**
   * What has changed of the snapshot: all of it from a new leader, and as the answer to `hello`. `memory` is all that the
   * leader keeps where there is no disk.
   */
  | {
      readonly kind: 'state'
      readonly changes: Partial<Snapshot>
      readonly device: string
      readonly memory: Saved | undefined
    }
  | SharedEvent
  | { readonly kind: 'error'; readonly error: Error }
  /** What came of a call; an `error` is what the client threw. */
  | { readonly kind: 'answer'; readonly call: string; readonly value?: unknown; readonly error?: Error }
  /** The answer to `ping`. */
  | { readonly kind: 'alive' }

/** What is not state; the leader hears it as well. */
export type News = Exclude<Saying, { kind: 'state' }>

/** `term` grows with each leader: one that was robbed in its sleep is known by its lower one. */
export type FromLeader = { readonly term: number } & Saying

export type FromFollower =
  /** Asks for the state. */
  { readonly kind: 'hello' } | { readonly kind: 'ping' } | { readonly kind: 'call'; readonly asked: TabCall }

export type TabMessage = FromLeader | FromFollower

/** What goes over the channel. `stanzagate` and `leads` mean the same in every version, for ever. */
interface Envelope {
  readonly stanzagate: number
  readonly leads: boolean
  /** But its `error`: the class of one, and what that adds, would be lost on the way, or could not go at all. */
  readonly message: object
  readonly fault: { readonly code: string; readonly message: string } | undefined
}

export function envelope(all: TabMessage): Envelope {
  const { error, ...message } = all as TabMessage & { readonly error?: Error }
  const fault = error && { code: codeOf(error), message: error.message }
  return { stanzagate: TABS_VERSION, leads: 'term' in all, message, fault }
}

/** Reads what came over the channel: a message, the sign of life of a leader of another version, or nothing that matters. */
export function readTabMessage(data: unknown): TabMessage | 'other-version' | undefined {
  // Only this code, of whatever version, speaks on the channel of this name.
  const { stanzagate, leads, message, fault } = data as Envelope
  if (stanzagate !== TABS_VERSION) return leads ? 'other-version' : undefined
  const error = fault && new ClientError(fault.code, fault.message)
  return { ...message, error } as TabMessage
}
