import type { Contact, Subscription } from '../shared/wire/frames/contacts.ts'
import type { Show } from '../shared/wire/frames/presence.ts'

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

export type ContactsPatch =
  | { readonly kind: 'roster'; readonly items: readonly RosterItem[] }
  | { readonly kind: 'item'; readonly item: RosterItem }
  | { readonly kind: 'removed'; readonly jid: string }
  | {
      readonly kind: 'presence'
      readonly jid: string
      readonly resource: string
      readonly presence: Presence
    }
  | { readonly kind: 'gone'; readonly jid: string; readonly resource: string }
  | { readonly kind: 'all-gone' }

export interface ContactsView {
  /** Whether the roster was ever read. */
  readonly loaded: boolean
  item(jid: string): RosterItem | undefined
  items(): Iterable<RosterItem>
  /** By resource; empty when the contact is not available. */
  resources(jid: string): ReadonlyMap<string, Presence>
}

/** Resources remembered of one contact: a person has a few devices, a flood has thousands. */
const MAX_RESOURCES = 32

const NO_RESOURCES: ReadonlyMap<string, Presence> = new Map()

/** The roster of one session and who of it is there now. Presence of strangers is not kept. */
export class Contacts implements ContactsView {
  readonly #items = new Map<string, RosterItem>()
  #loaded = false
  readonly #presences = new Map<string, ReadonlyMap<string, Presence>>()

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

  apply(patch: ContactsPatch): void {
    switch (patch.kind) {
      case 'roster':
        this.#loaded = true
        this.#items.clear()
        for (const item of patch.items) this.#items.set(item.jid, item)
        this.#forgetStrangers()
        break
      case 'item':
        this.#items.set(patch.item.jid, patch.item)
        break
      case 'removed':
        this.#items.delete(patch.jid)
        this.#presences.delete(patch.jid)
        break
      case 'presence':
        if (this.#items.has(patch.jid)) this.#turn(patch.jid, patch.resource, patch.presence)
        break
      case 'gone':
        this.#turn(patch.jid, patch.resource, undefined)
        break
      case 'all-gone':
        this.#presences.clear()
        break
    }
  }

  #turn(jid: string, resource: string, presence: Presence | undefined): void {
    const resources = withResource(this.resources(jid), resource, presence)
    if (resources.size === 0) this.#presences.delete(jid)
    else this.#presences.set(jid, resources)
  }

  #forgetStrangers(): void {
    for (const jid of this.#presences.keys()) if (!this.#items.has(jid)) this.#presences.delete(jid)
  }
}

/** A contact's resources after one of them came, changed or, with `presence` undefined, left. */
export function withResource(
  resources: ReadonlyMap<string, Presence>,
  resource: string,
  presence: Presence | undefined,
): ReadonlyMap<string, Presence> {
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
