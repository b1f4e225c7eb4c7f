import { SaxesParser } from 'saxes'
import type { DownFrame } from '../../../shared/wire/down.ts'
import type { SetPresence } from '../../../shared/wire/frames/presence.ts'
import { Contacts, type Presence, type RosterItem } from '../../../worker/contacts.ts'
import type {
  Archived,
  Effects,
  Owed,
  SentStanza,
  ServerFeatures,
  View,
} from '../../../worker/translate/effects.ts'
import { bareElement, type Element } from '../../../worker/xmpp/xml.ts'

export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5)

export interface ViewParts {
  mode?: View['mode']
  items?: readonly Partial<RosterItem>[]
  presences?: Record<string, Record<string, Partial<Presence>>>
  sent?: Record<string, SentStanza>
  presence?: SetPresence
  features?: ServerFeatures
  /** Bare JIDs that were written to. */
  wroteTo?: readonly string[]
  /** What came for open archive queries, by their ids. */
  collected?: Record<string, readonly Archived[]>
  /** What waits for the roster. */
  owed?: readonly Owed[]
  openHistories?: number
  maxContentBytes?: number
  maxTextBytes?: number
  maxFrameBytes?: number
}

/** What sergio@example.org sees; ids are n1, n2, … */
export function aView(parts: ViewParts = {}): View & { readonly contacts: Contacts } {
  const contacts = new Contacts()
  if (parts.items) contacts.apply({ kind: 'roster', items: parts.items.map(anItem) })
  for (const [jid, resources] of Object.entries(parts.presences ?? {})) {
    for (const [resource, presence] of Object.entries(resources)) {
      contacts.apply({ kind: 'presence', jid, resource, presence: aPresence(presence) })
    }
  }
  let ids = 0
  const { collected = {}, wroteTo = [], maxContentBytes = 24_576 } = parts
  return {
    mode: parts.mode ?? 'simple',
    own: { local: 'sergio', domain: 'example.org' },
    fullJid: 'sergio@example.org/bridge',
    contacts,
    presence: parts.presence,
    features: parts.features,
    sent: id => (Object.hasOwn(parts.sent ?? {}, id) ? parts.sent?.[id] : undefined),
    wroteTo: jid => wroteTo.includes(jid),
    collected: id => (Object.hasOwn(collected, id) ? collected[id] : undefined),
    owed: () => parts.owed ?? [],
    openHistories: parts.openHistories ?? 0,
    now: NOW,
    newId: () => `n${++ids}`,
    limits: {
      maxContentBytes,
      maxTextBytes: parts.maxTextBytes ?? maxContentBytes,
      maxFrameBytes: parts.maxFrameBytes ?? 28_672,
    },
  }
}

export function anItem(item: Partial<RosterItem>): RosterItem {
  return {
    jid: 'jose@example.org',
    name: undefined,
    groups: [],
    subscription: 'both',
    pending: false,
    ...item,
  }
}

export function aPresence(presence: Partial<Presence> = {}): Presence {
  return { show: 'available', status: undefined, priority: 0, ...presence }
}

/** Reads XML with namespaces as the strictest parser around does; throws for what is not well-formed. */
export function readXml(text: string): Element {
  const sax = new SaxesParser({ xmlns: true })
  let open: Element | null = null
  let root: Element | undefined
  sax.on('error', error => {
    throw error
  })
  sax.on('opentag', tag => {
    const attributes = Object.values(tag.attributes).map(({ name, value }) => [name, value])
    const element = bareElement(tag.name, Object.fromEntries(attributes) as Record<string, string>, open)
    open?.append(element)
    root ??= element
    open = element
  })
  sax.on('text', data => open?.append(data))
  sax.on('closetag', () => {
    open = open?.parent ?? null
  })
  sax.write(text).close()
  if (root === undefined) throw new Error('no element')
  return root
}

/** A tree as plain data, to be compared. */
export function plain(element: Element): unknown {
  const children: unknown[] = []
  for (const child of element.children) {
    const last = children.at(-1)
    if (typeof child !== 'string') children.push(plain(child))
    else if (typeof last === 'string') children[children.length - 1] = last + child
    else children.push(child)
  }
  return { name: element.name, attrs: { ...element.attrs }, children }
}

/** What goes out to the XMPP server, as XML. */
export function sentXml(effects: Effects): string[] {
  const stanzas = [
    ...(effects.send ?? []).map(({ stanza }) => stanza),
    ...(effects.ask ?? []).map(({ iq }) => iq),
  ]
  return stanzas.map(String)
}

/** Frames as the client gets them, a refusal first. */
export function frames(effects: Effects): DownFrame[] {
  const all = [...(effects.refused === undefined ? [] : [effects.refused]), ...(effects.push ?? [])]
  return JSON.parse(JSON.stringify(all)) as DownFrame[]
}
