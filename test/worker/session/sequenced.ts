import type { SessionRow } from '../../../shared/stores/sessions.ts'
import { workerIdOf } from '../../shared/stores/rows.ts'
import type { Json, World } from './world.ts'

/** What makes a session a sequenced one when it is opened. */
export const MODE = { mode: 'sequenced' } as const

/** The client's message of this number; its text is `m1`, `m2`, … */
export function message(seq: number): Json {
  return { seq, id: `id${seq}`, messageType: 'NEW_MESSAGE', to: 'ben', content: `m${seq}` }
}

/** What ana's archive adds to a message for her (XEP-0359). */
export function withMid(n: number): string {
  return `<stanza-id xmlns='urn:xmpp:sid:0' by='ana@localhost' id='mid${n}'/>`
}

/** A JOIN of a client that comes back, having heard and sent nothing yet. */
export function join(token: string, change: Json = {}) {
  const at = { stream: 1, ack: 0, from: 1, sent: 0, ...change }
  return { messageType: 'JOIN', protocol: 1, token, ...at } as const
}

/** The worker of this name claims the session, whoever owns it. */
export async function claim(world: World, sessionId: string, worker: string): Promise<SessionRow> {
  const row = world.row(sessionId)
  const claimed = row && (await world.sessions.claim(row, workerIdOf(worker)))
  if (claimed === undefined) throw new Error('Nothing to claim')
  return claimed
}
