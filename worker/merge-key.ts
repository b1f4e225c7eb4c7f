import type { DownFrame } from '../shared/wire/down.ts'

/** State frames about one contact: the latest wins while they wait. undefined for a frame that none replaces. */
export function mergeKey(frame: DownFrame): string | undefined {
  switch (frame.messageType) {
    case 'PRESENCE':
      return `presence ${frame.from}`
    case 'CONTACT':
      return `contact ${frame.jid}`
    case 'TYPING':
      return `typing ${frame.from}`
    case 'SNAPSHOT':
      return `snapshot ${frame.part?.[0] ?? 1}`
    case 'SYNC':
      return 'sync'
    default:
      return undefined
  }
}

/** Whether a frame of this key is worth nothing once a SNAPSHOT waits behind it. */
export function isInSnapshot(key: string): boolean {
  return /^(?:presence|contact|snapshot) /.test(key)
}
