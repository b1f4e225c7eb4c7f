import * as z from 'zod/mini'
import {
  contactAdded,
  contactChanged,
  contacts,
  subscriptionRequest,
  unsubscribed,
} from './frames/contacts.ts'
import { messageReceived } from './frames/message.ts'
import { presenceChanged } from './frames/presence.ts'
import { error, forbidden, joinSuccess, left, pong } from './frames/session.ts'

/** Everything a client may get. */
export const downFrame = z.discriminatedUnion('messageType', [
  joinSuccess,
  forbidden,
  error,
  left,
  pong,
  messageReceived,
  contacts,
  contactChanged,
  contactAdded,
  unsubscribed,
  subscriptionRequest,
  presenceChanged,
])

export type DownFrame = z.infer<typeof downFrame>
