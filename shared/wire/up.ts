import * as z from 'zod/mini'
import { addContact, answerSubscription, getContacts, unsubscribe } from './frames/contacts.ts'
import { newMessage } from './frames/message.ts'
import { setPresence } from './frames/presence.ts'
import { join, leave, ping } from './frames/session.ts'

/** Everything a client may send. */
export const upFrame = z.discriminatedUnion('messageType', [
  join,
  leave,
  ping,
  newMessage,
  addContact,
  unsubscribe,
  getContacts,
  answerSubscription,
  setPresence,
])

export type UpFrame = z.infer<typeof upFrame>
/** What a session is asked to do: everything but the way in. */
export type SessionFrame = Exclude<UpFrame, { messageType: 'JOIN' }>
