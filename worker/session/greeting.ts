import type { DownFrame } from '../../shared/wire/down.ts'
import type { Jid } from '../../shared/wire/jid.ts'
import { show } from '../translate/stanza.ts'

/**
 * What a snapshot says in the frames of a simple client, as a new login would bring them: who is there, and who asks to see
 * the user's presence.
 */
export function greeting(snapshot: readonly DownFrame[], own: Jid): readonly DownFrame[] {
  return snapshot.flatMap(frame => {
    if (frame.messageType !== 'SNAPSHOT') return []
    const there = frame.contacts.filter(({ presence }) => presence.show !== 'unavailable')
    return [
      ...there.map(({ jid, presence }): DownFrame => ({
        messageType: 'PRESENCE',
        from: show(jid, own),
        ...presence,
      })),
      ...frame.requests.map((request): DownFrame => ({ messageType: 'SUBSCRIPTION', ...request })),
    ]
  })
}
