import type { SessionRow } from '../../../shared/stores/sessions.ts'
import { KnownFeatures } from '../../../worker/features.ts'
import { workerIdOf } from '../../shared/stores/rows.ts'
import type { Json, World } from './world.ts'
import { XmppSide } from './xmpp-side.ts'

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

/** For a worker that knows whether the XMPP server has an archive; the one that a test plays does not say so itself. */
export function archiving({ clock }: World, archive = true): { readonly features: KnownFeatures } {
  const features = new KnownFeatures(clock)
  features.learn({ archive, clientStateSafe: false })
  return { features }
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

/** A message of ana's comes back. */
export function bounce(id: string): string {
  const condition = `<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>`
  const error = `<error type='cancel'>${condition}</error>`
  return `<message type='error' from='ben@localhost' to='ana@localhost/here' id='${id}'>${error}</message>`
}

/** Somebody asks to see ana's presence. */
export function subscribe(from: string): string {
  return `<presence type='subscribe' from='${from}' to='ana@localhost'/>`
}

/** The worker of the next connection goes on with the stream of the one before. */
export async function resumeAgain(world: World, before: XmppSide): Promise<XmppSide> {
  const next = await XmppSide.accept(world.server, before.received)
  const { attrs } = await next.askedToResume()
  next.resumed()
  next.again(before, Number(attrs['h']))
  next.play()
  return next
}
