import type { Contact, Subscription } from '../shared/wire/frames/contacts.ts'
import type { Show } from '../shared/wire/frames/presence.ts'
import { Weighed } from './weighed.ts'

export interface RosterItem {
  readonly jid: string
  readonly name: string | undefined
  readonly groups: readonly string[]
  readonly subscription: Subscription
  readonly pending: boolean
}

export interface Presence {
  readonly show: Exclude<Show, 'unavailable'>
  readonly status: string | undefined
  /** RFC 6121 4.7.2.3: -128 to 127. */
  readonly priority: number
}

/** One resource of somebody; `presence` is undefined when it left, and the resource '' then stands for all. */
export interface Turn {
  readonly jid: string
  readonly resource: string
  readonly presence: Presence | undefined
}

/** Somebody asks to see the user's presence. */
export interface PresenceRequest {
  readonly jid: string
  readonly status: string | undefined
}

export type ContactsPatch =
  | { readonly kind: 'roster'; readonly items: readonly RosterItem[] }
  | { readonly kind: 'item'; readonly item: RosterItem }
  | { readonly kind: 'removed'; readonly jid: string }
  | ({ readonly kind: 'presence' } & Turn)
  /** A new stream begins: nothing was heard on it yet. */
  | { readonly kind: 'all-unavailable' }
  /** The stream goes on in this process: what the one before it had seen, as far as it could say. */
  | { readonly kind: 'recalled'; readonly seen: readonly Turn[] }
  | ({ readonly kind: 'asked' } & PresenceRequest)
  | { readonly kind: 'answered'; readonly jid: string }

export interface ContactsView {
  /** Whether the roster was ever read. */
  readonly loaded: boolean
  item(jid: string): RosterItem | undefined
  items(): Iterable<RosterItem>
  /** By resource; empty when the contact is not available. */
  resources(jid: string): ReadonlyMap<string, Presence>
  /** What they are once this was heard. */
  resourcesAfter(turn: Turn): ReadonlyMap<string, Presence>
  /** Over all resources. `unknown` after a take-over, until something is heard. */
  presence(jid: string): Contact['presence']
  /** Requests that wait for the user's answer, oldest first. */
  requests(): Iterable<PresenceRequest>
}

/** Resources remembered of one contact: a person has a few devices, a flood has thousands. */
const MAX_RESOURCES = 32
/**
 * What the roster of one session, and the presence of its contacts, may each weigh, in characters: 4 MB. That is room for
 * 10,000 contacts as people have them. A roster that fills it comes from none: as one stanza it would hardly be below
 * MAX_STANZA_BYTES, and the next login would fail. Presence that fills it comes from a server that means harm.
 */
const MAX_WEIGHT = 2_097_152
/** What an entry takes beside its texts. */
const ENTRY_WEIGHT = 100
/** A flood of requests has no end; nobody answers more than these by hand. */
const MAX_REQUESTS = 256

const NO_RESOURCES: ReadonlyMap<string, Presence> = new Map()

/**
 * The roster of one session and who of it is there now. Presence of strangers is not kept. What does not fit is not kept
 * either: a contact counts as a stranger then, and a resource as unavailable.
 */
export class Contacts implements ContactsView {
  readonly #items = new Weighed<RosterItem>(MAX_WEIGHT, weightOfItem)
  #loaded = false
  /** An empty entry is of somebody who is known to be unavailable. */
  readonly #presences = new Weighed<ReadonlyMap<string, Presence>>(MAX_WEIGHT, weightOfResources)
  /** Resources that were heard of before the roster was read: until then nobody can be told from a stranger. */
  readonly #early = new Weighed<true>(MAX_WEIGHT, name => ENTRY_WEIGHT + name.length)
  /** Whether presence that was not heard of is unknown; else it is that of somebody who is unavailable. */
  #blind = false
  readonly #requests = new Map<string, PresenceRequest>()

  get loaded(): boolean {
    return this.#loaded
  }

  item(jid: string): RosterItem | undefined {
    return this.#items.get(jid)
  }

  items(): Iterable<RosterItem> {
    return this.#items.values()
  }

  resources(jid: string): ReadonlyMap<string, Presence> {
    return this.#presences.get(jid) ?? NO_RESOURCES
  }

  resourcesAfter(turn: Turn): ReadonlyMap<string, Presence> {
    const { jid, resource, presence } = turn
    const before = this.resources(jid)
    const after = withResource(before, resource, presence)
    if (presence === undefined || this.#presences.fits(jid, after)) return after
    // What can be long is the status, and what counts is that somebody is there.
    const silent = withResource(before, resource, { ...presence, status: undefined })
    return this.#presences.fits(jid, silent) ? silent : withResource(before, resource, undefined)
  }

  presence(jid: string): Contact['presence'] {
    const resources = this.#presences.get(jid)
    return resources === undefined && this.#blind && this.#isSeen(jid)
      ? { show: 'unknown' }
      : overall(resources ?? NO_RESOURCES)
  }

  requests(): Iterable<PresenceRequest> {
    return this.#requests.values()
  }

  apply(patch: ContactsPatch): void {
    switch (patch.kind) {
      case 'roster':
        return this.#load(patch.items)
      case 'item':
        return this.#put(patch.item)
      case 'removed':
        this.#items.delete(patch.jid)
        this.#presences.delete(patch.jid)
        break
      case 'presence':
        return this.#hear(patch)
      case 'all-unavailable':
        this.#presences.clear()
        this.#blind = false
        // RFC 6121 3.1.3: the server brings them again.
        this.#requests.clear()
        break
      case 'recalled':
        return this.#recall(patch.seen)
      case 'asked':
        return this.#ask(patch)
      case 'answered':
        this.#requests.delete(patch.jid)
        break
    }
  }

  #load(items: readonly RosterItem[]): void {
    this.#loaded = true
    this.#items.clear()
    for (const item of items) this.#put(item)
    for (const jid of this.#presences.keys()) if (!this.#items.has(jid)) this.#presences.delete(jid)
    this.#early.clear()
  }

  #put(item: RosterItem): void {
    this.#items.set(item.jid, item)
    if (item.subscription === 'from' || item.subscription === 'both') this.#requests.delete(item.jid)
  }

  #hear(turn: Turn): void {
    if (this.#loaded) {
      if (this.#items.has(turn.jid)) this.#turn(turn)
    } else if (this.#early.set(`${turn.jid}/${turn.resource}`, true)) this.#turn(turn)
  }

  /** What was heard since is newer. */
  #recall(seen: readonly Turn[]): void {
    this.#blind = true
    for (const turn of seen) {
      const isOld = this.#early.has(`${turn.jid}/`) || this.#early.has(`${turn.jid}/${turn.resource}`)
      if (!isOld) this.#turn(turn)
    }
  }

  #turn(turn: Turn): void {
    this.#presences.set(turn.jid, this.resourcesAfter(turn))
  }

  /** RFC 6121 2.1.2.5: whether the contact's server tells us of its presence. */
  #isSeen(jid: string): boolean {
    const subscription = this.#items.get(jid)?.subscription
    return subscription === 'to' || subscription === 'both'
  }

  #ask({ jid, status }: PresenceRequest): void {
    this.#requests.delete(jid)
    this.#requests.set(jid, { jid, status })
    const [oldest] = this.#requests.keys()
    if (this.#requests.size > MAX_REQUESTS && oldest !== undefined) this.#requests.delete(oldest)
  }
}

function weightOfItem(jid: string, { name = '', groups }: RosterItem): number {
  return weightOf([jid, name, ...groups])
}

function weightOfResources(jid: string, resources: ReadonlyMap<string, Presence>): number {
  const texts = [...resources].map(([resource, { status = '' }]) => weightOf([resource, status]))
  return texts.reduce((sum, weight) => sum + weight, weightOf([jid]))
}

function weightOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, ENTRY_WEIGHT)
}

/**
 * A contact's resources after one of them came, changed or, with `presence` undefined, left. Without a resource it speaks for
 * all of them: so servers tell of somebody who is unavailable altogether.
 */
export function withResource(
  resources: ReadonlyMap<string, Presence>,
  resource: string,
  presence: Presence | undefined,
): ReadonlyMap<string, Presence> {
  if (presence === undefined && resource === '') return NO_RESOURCES
  const changed = new Map(resources)
  // Put in again, at the end, so that of equals the newest counts.
  changed.delete(resource)
  if (presence === undefined) return changed
  return changed.size < MAX_RESOURCES ? changed.set(resource, presence) : resources
}

/**
 * One presence for all resources of a contact: the one with the highest priority, the newest of equals
 * (RFC 6121 8.5.2.1.1 leaves the choice among equals to us).
 */
export function overall(resources: ReadonlyMap<string, Presence>): Contact['presence'] {
  let best: Presence | undefined
  for (const presence of resources.values()) {
    if (best === undefined || presence.priority >= best.priority) best = presence
  }
  return best === undefined ? { show: 'unavailable' } : { show: best.show, status: best.status }
}
