import type { Element } from '../xmpp/xml.ts'
import { readArchived } from './archive.ts'
import { readCarbon } from './carbons.ts'
import { nothing, type Effects, type View } from './effects.ts'
import { readError } from './errors.ts'
import { readQuery } from './iq.ts'
import { readMessage } from './message.ts'
import { readPresence } from './presence.ts'
import { readState } from './receipts.ts'
import { readRosterPush } from './roster.ts'
import { readSubscription } from './subscription.ts'
import { readTyping } from './typing.ts'

/** The special before the general: the first that recognises a stanza answers. */
const readers: readonly ((stanza: Element, view: View) => Effects | undefined)[] = [
  readRosterPush,
  readQuery,
  readError,
  readArchived,
  readCarbon,
  readState,
  readTyping,
  readMessage,
  readSubscription,
  readPresence,
]

/** What a stanza from the server means. One that nobody knows is nothing; never throws, whatever the tree. */
export function translateStanza(stanza: Element, view: View): Effects {
  for (const read of readers) {
    const effects = read(stanza, view)
    if (effects !== undefined) return effects
  }
  return nothing
}
