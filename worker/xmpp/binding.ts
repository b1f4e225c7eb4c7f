import { ACK_REQUEST, afterResume, fromWire, NOTHING_SENT, NS_SM, toWire, type Outbound } from './acks.ts'
import { LoginFailed, UnexpectedAnswer } from './errors.ts'
import type { ResumeState, StreamOptions } from './port.ts'
import { condition, type Wire } from './wire.ts'
import { xml, type Element } from './xml.ts'

const NS_BIND = 'urn:ietf:params:xml:ns:xmpp-bind'
const BIND_ID = 'bind'

/** What a resume needs beside the counters. */
export type ResumePoint = Pick<ResumeState, 'id' | 'max' | 'location' | 'unheard'>

/** The counters of XEP-0198 at the moment the stream goes online. */
export interface Management {
  /** undefined when the server cannot resume. */
  resumePoint: ResumePoint | undefined
  /** Inbound stanzas before the first that will be delivered. */
  received: number
  outbound: Outbound
}

export interface Session {
  jid: string
  resumed: boolean
  failedH: number | undefined
  management: Management | undefined
  /** Stanzas that came before the server's last word: of a new session uncounted, of a resumed one the first of those sent again. */
  early: Element[]
}

/** Resumes the session that the options name, or binds a new one, as the features after the login allow. */
export async function establish(wire: Wire, offered: Element, options: StreamOptions): Promise<Session> {
  // A login takes seconds where many log in, and a process may sleep in the middle of one.
  if (options.permitted?.() === false) throw new LoginFailed('The session may be held by another by now')
  const early: Element[] = []
  const managed = offered.getChild('sm', NS_SM) !== undefined
  const resumption = managed && options.resume ? await resumeSession(wire, options.resume, early) : undefined
  if (resumption?.kind === 'resumed') return resumption.session

  const jid = await bind(wire, options.resource, early)
  const management = managed ? await enable(wire, early) : undefined
  return { jid, resumed: false, failedH: resumption?.h, management, early }
}

/** RFC 6120 7.6. */
async function bind(wire: Wire, resource: string, early: Element[]): Promise<string> {
  const request = xml('bind', { xmlns: NS_BIND }, xml('resource', {}, resource))
  wire.write(xml('iq', { type: 'set', id: BIND_ID }, request).toString())
  const answer = await answerTo(wire, early, element => element.name === 'iq' && element.attrs.id === BIND_ID)
  const jid = answer.getChild('bind', NS_BIND)?.getChildText('jid') ?? ''
  if (answer.attrs.type === 'result' && jid !== '') return jid
  const error = answer.getChild('error')
  throw new LoginFailed(`The server did not bind: ${error === undefined ? 'no JID' : condition(error)}`)
}

/** XEP-0198 3. undefined when the server will not. */
async function enable(wire: Wire, early: Element[]): Promise<Management | undefined> {
  wire.write(xml('enable', { xmlns: NS_SM, resume: 'true' }).toString())
  const answer = await answerTo(wire, early, isAboutManagement)
  if (answer.is('failed', NS_SM)) return undefined
  if (!answer.is('enabled', NS_SM)) throw new UnexpectedAnswer(answer, 'enabled')
  const { id, resume, max, location } = answer.attrs
  const resumable = id !== undefined && (resume === 'true' || resume === '1')
  const resumePoint = resumable
    ? pointOf(id, max === undefined ? undefined : Number(max), location)
    : undefined
  return { resumePoint, received: 0, outbound: NOTHING_SENT }
}

type Resumption = { kind: 'resumed'; session: Session } | { kind: 'failed'; h: number | undefined }

/** XEP-0198 5. Exactly those of our stanzas are sent again that the server has not counted. */
async function resumeSession(wire: Wire, state: ResumeState, early: Element[]): Promise<Resumption> {
  wire.write(xml('resume', { xmlns: NS_SM, h: toWire(state.h), previd: state.id }).toString())
  const answer = await answerTo(wire, early, isAboutManagement)
  const h = fromWire(answer.attrs.h, state.acked)
  if (answer.is('failed', NS_SM)) return { kind: 'failed', h }
  if (!answer.is('resumed', NS_SM) || h === undefined) throw new UnexpectedAnswer(answer, 'resumed')
  const outbound = afterResume(state, h)
  wire.write(outbound.unacked.join('') + ACK_REQUEST)
  const resumePoint = pointOf(state.id, state.max, state.location)
  const management = { resumePoint, received: state.h, outbound }
  return {
    kind: 'resumed',
    session: { jid: state.jid, resumed: true, failedH: undefined, management, early },
  }
}

function pointOf(id: string, max: number | undefined, location: string | undefined): ResumePoint {
  return { id, ...(max !== undefined && { max }), ...(location !== undefined && { location }) }
}

function isAboutManagement(element: Element): boolean {
  return element.getNS() === NS_SM
}

/** The first element that is an answer. Stanzas that come before it are kept, in order. */
async function answerTo(
  wire: Wire,
  early: Element[],
  isAnswer: (element: Element) => boolean,
): Promise<Element> {
  for (;;) {
    const element = await wire.next()
    if (isAnswer(element)) return element
    if (isStanza(element)) early.push(element)
  }
}

/** RFC 6120 8. */
export function isStanza(element: Element): boolean {
  return element.name === 'message' || element.name === 'presence' || element.name === 'iq'
}
