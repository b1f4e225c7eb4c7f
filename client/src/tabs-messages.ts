import { isRecord } from './read.ts'
import type { ClientEvents, EventName, HistoryQuery, Show, Snapshot, TypingChange } from './types.ts'

/*
 * What the tabs of a page say to each other over one BroadcastChannel. They may run different versions of the page, so
 * everything heard is read first, and a tab that speaks another version is known to be alive and no more.
 */

/** Raised whenever a tab of the version before could misread one of this. */
export const TABS_VERSION = 1

/** What one tab asks of the one that leads, by the names of the client's methods. */
export interface TabCalls {
  connect: []
  send: [id: string, message: { readonly to: string; readonly content: string }]
  /** Sends again what failed under a new id, with its text, so that it can be asked twice. */
  retry: [id: string, newId: string, message: { readonly to: string; readonly content: string }]
  discard: [id: string]
  markDisplayed: [message: { readonly from: string; readonly id: string | undefined }]
  setTyping: [to: string, state: TypingChange['state']]
  setPresence: [show: Show, status?: string]
  addContact: [to: string, options?: { readonly name?: string; readonly groups?: readonly string[] }]
  removeContact: [to: string]
  answerSubscription: [to: string, answer: 'approve' | 'refuse']
  history: [query?: HistoryQuery]
  leave: []
}

export type TabCall = {
  [Method in keyof TabCalls]: { readonly method: Method; readonly args: TabCalls[Method] }
}[keyof TabCalls]

/** An event that the leader passes on; the status is part of the state. */
export type SharedEvent = {
  [Name in Exclude<EventName, 'status' | 'error'>]: {
    readonly name: Name
    readonly event: ClientEvents[Name]
  }
}[Exclude<EventName, 'status' | 'error'>]

/** An Error as it travels: its class is lost on the way. */
export interface TabFault {
  readonly code: string
  readonly message: string
}

export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly fault: TabFault }

/** `term` grows with each leader: one that was robbed in its sleep is known by its lower one. */
export type FromLeader = { readonly term: number } &
  /** What has changed of the snapshot; all of it from a new leader, and as the answer to `hello`. */
  (
    | { readonly kind: 'state'; readonly changes: Partial<Snapshot>; readonly device: string }
    | { readonly kind: 'event'; readonly shared: SharedEvent }
    | { readonly kind: 'fault'; readonly fault: TabFault }
    | { readonly kind: 'answer'; readonly call: string; readonly outcome: Outcome }
    /** The answer to `ping`. */
    | { readonly kind: 'alive' }
    /** The user signed out, or the bridge said stop: who takes over does not connect by itself. */
    | { readonly kind: 'ended' }
  )

export type FromFollower =
  /** Asks for the state. */
  | { readonly kind: 'hello' }
  | { readonly kind: 'ping' }
  /** `call` is its name over all tabs; the same when it is asked again of another leader. */
  | { readonly kind: 'call'; readonly call: string; readonly asked: TabCall }

export type TabMessage = FromLeader | FromFollower

/** What was heard: a message, the sign of life of a leader of another version, or nothing that matters here. */
export type Heard =
  | { readonly kind: 'message'; readonly message: TabMessage }
  | { readonly kind: 'other-version' }
  | { readonly kind: 'noise' }

/** `stanzagate` and `leads` mean the same in every version, for ever. */
export function envelope(message: TabMessage): unknown {
  return { stanzagate: TABS_VERSION, leads: 'term' in message, message }
}

/** Reads what came over the channel. The inside of a message of the same version is what the same code has put there. */
export function readTabMessage(data: unknown): Heard {
  if (!isRecord(data) || typeof data['stanzagate'] !== 'number') return { kind: 'noise' }
  if (data['stanzagate'] !== TABS_VERSION) return { kind: data['leads'] === true ? 'other-version' : 'noise' }
  const { message } = data
  return isTabMessage(message) ? { kind: 'message', message } : { kind: 'noise' }
}

/** What each has beside its kind. */
const FIELDS: Readonly<Record<TabMessage['kind'], readonly string[]>> = {
  hello: [],
  ping: [],
  call: ['call', 'asked'],
  state: ['term', 'changes', 'device'],
  event: ['term', 'shared'],
  fault: ['term', 'fault'],
  answer: ['term', 'call', 'outcome'],
  alive: ['term'],
  ended: ['term'],
}

function isTabMessage(value: unknown): value is TabMessage {
  if (!isRecord(value)) return false
  const fields = Object.entries(FIELDS).find(([kind]) => kind === value['kind'])?.[1]
  return fields?.every(field => field in value) === true
}
