import type { downFrame } from '../../shared/wire/down.ts'
import type { upFrame } from '../../shared/wire/up.ts'

type TypeOf<Frame extends { messageType: string }> = Frame['messageType']
type Up = TypeOf<(typeof upFrame)['_zod']['output']>
type Down = TypeOf<(typeof downFrame)['_zod']['output']>

/** What each frame of a client is for. */
export const upSummaries: Record<Up, string> = {
  JOIN: 'Signs in with a password.',
  LEAVE: 'Ends the session.',
  PING: 'Keeps the socket open and shows that it works.',
  NEW_MESSAGE: 'Sends a text, or one part of a long one.',
  ADD_CONTACT: 'Puts an address on the roster and asks to see its presence.',
  UNSUBSCRIBE: 'Takes an address off the roster.',
  GET_CONTACTS: 'Asks for the roster.',
  SUBSCRIPTION: 'Answers a request to see the user’s presence.',
  PRESENCE: 'Sets the user’s own presence on this session.',
  DISPLAYED: 'Says that the user has seen a message.',
  TYPING: 'The user is writing, or has stopped.',
  HISTORY: 'Asks the archive for a page.',
  SYNC: 'Says where the client stands in both directions.',
}

export const joinWithTokenSummary = 'Goes on with a session that is still held.'

/** What each frame of the bridge tells. */
export const downSummaries: Record<Down, string> = {
  JOIN_SUCCESS: 'The session is there: who the user is, what the server offers, which limits hold.',
  FORBIDDEN: 'A JOIN was refused; the socket stays for another one.',
  ERROR: 'One frame was refused or came back; nothing else is affected.',
  LEAVE: 'The bridge is about to close this socket, and why.',
  PONG: 'Answers a PING.',
  NEW_MESSAGE: 'A message from somebody, or from another device of the user.',
  GET_CONTACTS: 'The roster.',
  CONTACT: 'One contact as it is now.',
  ADD_CONTACT: 'The contact is on the roster.',
  UNSUBSCRIBE: 'The contact is off the roster.',
  SUBSCRIPTION: 'Somebody asks to see the user’s presence.',
  PRESENCE: 'The presence of a contact as it is now.',
  STATE: 'What became of a message that the user sent.',
  TYPING: 'A contact is writing, or has stopped.',
  HISTORY: 'A page of the archive.',
  SNAPSHOT: 'All contacts and open requests; replaces what the client knew.',
  SYNC: 'Asks where the client stands, and says which frames of it were taken.',
  RESET: 'The log goes on somewhere else; the archive has what lies between.',
  GAP: 'Messages may be missing here, and why.',
}

export const batchSummaries = {
  up: 'One WebSocket message of a sequenced client.',
  down: 'One WebSocket message to a sequenced client.',
} as const
