/*
 * What a client keeps over reloads. A store belongs to one user on one device, and to one running client at a time.
 */

/** The way back into the session. */
export interface SavedSession {
  readonly sessionId: string
  /** As good as a password for as long as the session lasts. */
  readonly token: string
  /** The highest tenure of a worker that was heard of. */
  readonly epoch: number
  readonly jid: string
  readonly archive: boolean
  readonly resume: boolean
  /** The longest text that the bridge takes, in bytes as JSON. */
  readonly maxTextBytes: number
}

/** Where the session's direction up stands. */
export interface SavedUp {
  /** The XMPP server has the frames up to this `seq`. */
  readonly acked: number
  /** No frame above this `seq` was ever given to a socket. Absent: any may have been. */
  readonly sent?: number
}

/** What was received, told and kept. */
export interface SavedCursor {
  readonly stream: number
  /** The last log item of that stream. */
  readonly seq: number
  /** The last archived message; null when the archive was seen to be empty. */
  readonly since: string | null | undefined
  /** The last archive ids (and other keys of messages), oldest first, so that none is told twice. */
  readonly seen: readonly string[]
  /** What lies between `since` and this place of the log is not fetched from the archive yet. */
  readonly behind?: boolean | undefined
}

export type SavedFrame =
  | { readonly messageType: 'NEW_MESSAGE'; readonly to: string; readonly content: string }
  | { readonly messageType: 'DISPLAYED'; readonly to: string; readonly message: string }
  | { readonly messageType: 'SUBSCRIPTION'; readonly to: string; readonly answer: 'approve' | 'refuse' }

/** A frame that must not be lost, and what became of it. */
export interface SavedItem {
  /** The key; also the `id` on the wire. */
  readonly id: string
  /** Its place among the frames of its session, never given to another; 0 when it needs none any more. */
  readonly seq: number
  readonly frame: SavedFrame
  readonly state: 'queued' | 'sent' | 'delivered' | 'displayed' | 'unsure' | 'failed'
  readonly code?: string | undefined
  /** Nobody asks for it any more, but its place must be filled until it is acknowledged. */
  readonly gone?: boolean | undefined
  /** Milliseconds of the wall clock; no two items of a store have the same. */
  readonly atMs: number
}

export interface Saved {
  /** Names this device in the ids it makes. */
  readonly device?: string | undefined
  /** Null or absent: there is none to go on with. */
  readonly session?: SavedSession | null | undefined
  readonly up?: SavedUp | undefined
  readonly cursor?: SavedCursor | undefined
  /** In any order. */
  readonly items: readonly SavedItem[]
}

/** What is absent stays as it is. All of one change is kept, or none of it. */
export interface Change {
  readonly device?: string
  readonly session?: SavedSession | null
  readonly up?: SavedUp
  readonly cursor?: SavedCursor
  /** Replace those with the same id. */
  readonly put?: readonly SavedItem[]
  /** Ids of items to forget. */
  readonly remove?: readonly string[]
}

export interface Store {
  /** Undefined when nothing was ever saved. */
  load(): Promise<Saved | undefined>
  /** Resolves when the change would survive a crash; rejects when it was not kept. Called one at a time. */
  save(change: Change): Promise<void>
  clear(): Promise<void>
}

/** Keeps all for as long as the process lives, or as somebody holds on to it. */
export function memoryStore(): Store {
  return memoryOf()
}

/** As `memoryStore`, with something in it to begin with; tells what there is after each change. */
export function memoryOf(saved?: Saved, changed?: (saved: Saved | undefined) => void): Store {
  const keep = (after: Saved | undefined) => {
    saved = after
    changed?.(after)
  }
  return {
    load: async () => saved,
    save: async change => keep(applyChange(saved, change)),
    clear: async () => keep(undefined),
  }
}

/** What a store holds after a change. */
export function applyChange(saved: Saved | undefined, change: Change): Saved {
  const { put: _put, remove: _remove, ...parts } = change
  return { ...saved, ...parts, items: itemsAfter(saved?.items, change) }
}

/** What there is of items after a change. */
export function itemsAfter(items: readonly SavedItem[] = [], { put = [], remove = [] }: Change): SavedItem[] {
  const after = new Map([...items, ...put].map(item => [item.id, item]))
  for (const id of remove) after.delete(id)
  return [...after.values()]
}
