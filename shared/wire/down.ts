import * as z from 'zod/mini'
import {
  contactAdded,
  contactChanged,
  contacts,
  snapshot,
  subscriptionRequest,
  unsubscribed,
} from './frames/contacts.ts'
import { history } from './frames/history.ts'
import { messageReceived, messageState, typingChanged } from './frames/message.ts'
import { presenceChanged } from './frames/presence.ts'
import { error, forbidden, gap, joinSuccess, left, pong, reset, syncDown } from './frames/session.ts'

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
  messageState,
  typingChanged,
  history,
  snapshot,
  syncDown,
  reset,
  gap,
])

export type DownFrame = z.infer<typeof downFrame>
