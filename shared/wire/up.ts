import * as z from 'zod/mini'
import { addContact, answerSubscription, getContacts, unsubscribe } from './frames/contacts.ts'
import { getHistory } from './frames/history.ts'
import { displayed, newMessage, typing } from './frames/message.ts'
import { setPresence } from './frames/presence.ts'
import { join, leave, ping, syncUp, type joinWithToken } from './frames/session.ts'

const inSession = [
  leave,
  ping,
  newMessage,
  addContact,
  unsubscribe,
  getContacts,
  answerSubscription,
  setPresence,
  displayed,
  typing,
  getHistory,
  syncUp,
] as const

/** What a session is asked to do: everything but the way in. */
export const sessionFrame = z.discriminatedUnion('messageType', inSession)

/** Everything a client may send but a JOIN with a token, which `joinWithToken` reads. */
export const upFrame = z.discriminatedUnion('messageType', [join, ...inSession])

export type SessionFrame = z.infer<typeof sessionFrame>
export type UpFrame = z.infer<typeof upFrame> | z.infer<typeof joinWithToken>
