import type { SessionFrame } from '../../shared/wire/up.ts'
import { isXmlText } from '../xmpp/xml.ts'
import { askHistory } from './archive.ts'
import { listContacts } from './contact-list.ts'
import { refuse, type Effects, type View } from './effects.ts'
import { sendMessage } from './message.ts'
import { setPresence } from './presence.ts'
import { sendDisplayed } from './receipts.ts'
import { addContact, removeContact } from './roster-set.ts'
import { answerSubscription } from './subscription.ts'
import { sendTyping } from './typing.ts'

/** LEAVE and SYNC are for the session itself. */
export type Translated = Exclude<SessionFrame, { messageType: 'LEAVE' | 'SYNC' }>
type Type = Translated['messageType']
type Frames = { [T in Type]: Extract<Translated, { messageType: T }> }

/** One row a frame type: a new type of frame does not build without its row. */
const translations: { readonly [T in Type]: (frame: Frames[T], view: View) => Effects } = {
  PING: frame => ({ push: [{ messageType: 'PONG', id: frame.id }] }),
  NEW_MESSAGE: sendMessage,
  ADD_CONTACT: addContact,
  UNSUBSCRIBE: removeContact,
  GET_CONTACTS: listContacts,
  SUBSCRIPTION: answerSubscription,
  PRESENCE: setPresence,
  DISPLAYED: sendDisplayed,
  TYPING: sendTyping,
  HISTORY: askHistory,
}

/** What a frame of the client asks for, or its refusal. Never throws, whatever the frame says. */
export function translateUp(frame: Translated, view: View): Effects {
  if (!isSayable(frame)) {
    return refuse('bad-text', 'A text holds characters that XML 1.0 forbids.', frame.id)
  }
  return translate(frame.messageType, frame, view)
}

function translate<T extends Type>(type: T, frame: Frames[T], view: View): Effects {
  return translations[type](frame, view)
}

/** Whether XML can carry each text of a frame. An address is not looked at: preparing it is stricter. */
function isSayable({ to: _prepared, ...frame }: Translated & { readonly to?: string }): boolean {
  return Object.values(frame)
    .flat()
    .every(value => typeof value !== 'string' || isXmlText(value))
}
