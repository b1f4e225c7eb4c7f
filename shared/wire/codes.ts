/**
 * Every code the bridge can give a client, once: what it means, what a client does, what a person may do.
 * PROTOCOL.md's table is generated from this file.
 */

/** stop: do not try again by yourself · back-off: try again later · at-once: come back right away · ask: only this frame failed. */
type Advice = 'stop' | 'back-off' | 'at-once' | 'ask'

export interface CodeEntry {
  readonly means: string
  readonly client: Advice
  readonly person: string
}

/** Answers to a JOIN (or to a handshake) that was refused. The socket stays open for another JOIN. */
export const forbiddenCodes = {
  'bad-credentials': {
    means: 'The XMPP server does not accept this name and password.',
    client: 'stop',
    person: 'Check the name and the password and sign in again.',
  },
  locked: {
    means: 'Too many failed attempts from this network; `retryAfterMs` says when the next one counts.',
    client: 'back-off',
    person: 'Wait, then try again.',
  },
  'registration-closed': {
    means: 'The name and password are not accepted, and this bridge makes no accounts here.',
    client: 'stop',
    person: 'Check the name and the password, or ask whoever runs the chat for an account.',
  },
  'registration-limited': {
    means: 'Too many new accounts came from this network within an hour.',
    client: 'back-off',
    person: 'Try again later.',
  },
  'registration-refused': {
    means: 'The XMPP server refused to make this account.',
    client: 'stop',
    person: 'Choose another name or ask whoever runs the chat.',
  },
  'token-expired': {
    means: 'The session of this token is over, or the token was replaced by a newer one.',
    client: 'stop',
    person: 'Sign in again with the password.',
  },
  'unsupported-protocol': {
    means: 'The JOIN asked for a protocol version that this bridge does not speak.',
    client: 'stop',
    person: 'Update the application.',
  },
} as const satisfies Record<string, CodeEntry>

/** Answers to one frame, or news that concern the whole session. Nothing else is affected. */
export const errorCodes = {
  'bad-frame': {
    means: 'The frame is not JSON of the described shape; `message` names the field.',
    client: 'ask',
    person: 'Report a fault of the application.',
  },
  'unknown-type': {
    means: 'This `messageType` is not known.',
    client: 'ask',
    person: 'Update the application.',
  },
  'too-large': {
    means: 'The text is over the limit told in JOIN_SUCCESS.',
    client: 'ask',
    person: 'Send a shorter text.',
  },
  'bad-text': {
    means: 'A text holds characters that XML 1.0 forbids (most control characters, lone surrogates).',
    client: 'ask',
    person: 'Remove the invisible characters and send again.',
  },
  'bad-address': {
    means: '`to` is not a local name, a bare JID or `@domain` (RFC 7622).',
    client: 'ask',
    person: 'Check the address.',
  },
  'not-joined': {
    means: 'This socket has no session (any more): JOIN first.',
    client: 'at-once',
    person: 'Sign in again.',
  },
  'rate-limited': {
    means: 'Too many frames; this one was not handled. Send it again after `retryAfterMs`.',
    client: 'back-off',
    person: 'Slow down.',
  },
  'try-again': {
    means:
      'The XMPP server or the worker cannot be reached now; the frame was not handled (a batch perhaps was: send it again).',
    client: 'back-off',
    person: 'Wait a moment.',
  },
  'seq-conflict': {
    means: 'A frame with this `seq` but another `id` was taken before; this one was not handled.',
    client: 'ask',
    person: 'Report a fault of the application.',
  },
  'not-in-archive': {
    means: 'The archive of the XMPP server does not know the message that HISTORY was to go on from.',
    client: 'ask',
    person: 'Nothing: older messages may be missing.',
  },
  unsure: {
    means: 'The connection broke before anybody said whether the XMPP server has this message.',
    client: 'ask',
    person: 'Ask whether it arrived before sending it again.',
  },
  'not-found': {
    means: 'The XMPP server knows no such recipient.',
    client: 'ask',
    person: 'Check the address.',
  },
  'not-allowed': {
    means: 'The XMPP server or the recipient does not allow this.',
    client: 'ask',
    person: 'Ask the recipient or whoever runs the chat.',
  },
  'recipient-unavailable': {
    means:
      'The recipient does not exist or cannot take this now and nothing keeps it for later; servers do not say which (RFC 6121 8.5).',
    client: 'ask',
    person: 'Check the address, or try again when the recipient is online.',
  },
  'server-not-found': {
    means: "The recipient's server does not exist or cannot be reached.",
    client: 'ask',
    person: 'Check the part behind the @, or try again later.',
  },
  'recipient-refused': {
    means: 'The XMPP server gave back the frame for another reason, named in `message`.',
    client: 'ask',
    person: 'Read the message.',
  },
  unsupported: {
    means: 'The XMPP server or the recipient does not offer this feature.',
    client: 'ask',
    person: 'Nothing: the feature is missing there.',
  },
  'no-answer': {
    means: 'Nobody answered in time; whether it was done is not known.',
    client: 'ask',
    person: 'Look whether it happened, then try again.',
  },
} as const satisfies Record<string, CodeEntry>

/** Why the bridge is about to close the socket. */
export const leaveCodes = {
  left: { means: 'The client asked to leave; the session has ended.', client: 'stop', person: 'Nothing.' },
  replaced: {
    means: 'Another session took the place of this one: the user had too many.',
    client: 'stop',
    person: 'Sign in again to go on here; change the password if that was not you.',
  },
  'signed-out': {
    means: 'The XMPP server no longer accepts the credentials of this session.',
    client: 'stop',
    person: 'Sign in with the new password.',
  },
  'server-gone': {
    means: 'The XMPP server could not be reached for too long, or ended the session.',
    client: 'back-off',
    person: 'Wait; the application signs in again.',
  },
  'too-slow': {
    means:
      'The client read so slowly that the bridge ran out of room for it; what was not taken waits at the XMPP server.',
    client: 'back-off',
    person: 'Check the network.',
  },
  moved: {
    means: 'The session goes on at another socket that showed its token.',
    client: 'stop',
    person: 'Nothing.',
  },
} as const satisfies Record<string, CodeEntry>

export type ForbiddenCode = keyof typeof forbiddenCodes
export type ErrorCode = keyof typeof errorCodes
export type LeaveCode = keyof typeof leaveCodes
