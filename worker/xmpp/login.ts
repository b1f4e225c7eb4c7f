import { ACK_REQUEST, afterResume, fromWire, NOTHING_SENT, NS_SM, toWire, type Outbound } from './acks.ts'
import { LoginFailed, UnexpectedAnswer } from './errors.ts'
import { register } from './register.ts'
import { authenticate, passwordMayBeSent } from './sasl.ts'
import type { Credential, Refusal, RefusalCode, ResumeState, StreamFeatures, StreamOptions } from './port.ts'
import { condition, type Wire } from './wire.ts'
import { xml, type Element } from './xml.ts'

const NS_BIND = 'urn:ietf:params:xml:ns:xmpp-bind'
const BIND_ID = 'bind'

/** What a resume needs beside the counters. */
export interface ResumePoint {
  id: string
  max?: number
  location?: string
}

/** Counters of XEP-0198 at the moment the stream goes online. */
export interface Management {
  resumePoint: ResumePoint | undefined
  /** Inbound stanzas before the first that will be delivered. */
  received: number
  outbound: Outbound
}

export interface LoggedIn {
  kind: 'online'
  jid: string
  features: StreamFeatures
  credential: Credential
  registered: boolean
  resumed: boolean
  failedH: number | undefined
  management: Management | undefined
  /** Stanzas that came before the server's last word of the login: uncounted, unless the stream was resumed. */
  early: Element[]
}

/** From the features of a secured stream to a session that is bound or resumed. Throws when the connection ends or the server errs. */
export async function login(
  wire: Wire,
  features: Element,
  options: StreamOptions,
): Promise<LoggedIn | Refusal> {
  const admitted = await admit(wire, features, options)
  if (admitted.kind === 'refused') return admitted
  const offered = await wire.open(options.target.domain)
  const managed = offered.getChild('sm', NS_SM) !== undefined
  const early: Element[] = []
  const resume =
    managed && options.resume !== undefined ? await resumeStream(wire, options.resume, early) : undefined
  const base = {
    kind: 'online',
    credential: admitted.credential,
    registered: admitted.registered,
    early,
  } as const

  if (resume?.kind === 'resumed') {
    const { jid } = resume.state
    return {
      ...base,
      jid,
      features: flags(offered, resume.management),
      resumed: true,
      failedH: undefined,
      management: resume.management,
    }
  }
  const jid = await bind(wire, options.resource, early)
  const management = managed ? await enable(wire, early) : undefined
  return {
    ...base,
    jid,
    features: flags(offered, management),
    resumed: false,
    failedH: resume?.h,
    management,
  }
}

type Admission = { kind: 'admitted'; credential: Credential; registered: boolean } | Refusal

async function admit(wire: Wire, features: Element, options: StreamOptions): Promise<Admission> {
  const { credential, target } = options
  const first = await authenticate(wire, features, credential, target)
  if (first.kind === 'authenticated')
    return { kind: 'admitted', credential: first.credential, registered: false }
  if (first.kind === 'refused') return first
  const unknown = first.condition === 'not-authorized'
  if (!unknown || !options.register || credential.kind !== 'password') return refusal(first.condition)

  if (!passwordMayBeSent(target)) return { kind: 'refused', code: 'insecure' }
  const registration = await register(wire, target.domain, credential.username, credential.password)
  if (registration !== 'registered') return { kind: 'refused', code: registration }
  const second = await authenticate(wire, features, credential, target)
  if (second.kind === 'authenticated')
    return { kind: 'admitted', credential: second.credential, registered: true }
  return second.kind === 'refused' ? second : refusal(second.condition)
}

/** RFC 6120 6.5. */
const REFUSALS: Partial<Record<string, RefusalCode>> = {
  'account-disabled': 'not-authorized',
  'credentials-expired': 'not-authorized',
  'invalid-authzid': 'not-authorized',
  'not-authorized': 'not-authorized',
  'encryption-required': 'insecure',
  'invalid-mechanism': 'no-mechanism',
  'mechanism-too-weak': 'no-mechanism',
}

function refusal(failure: string): Refusal {
  const code = REFUSALS[failure]
  if (code === undefined) throw new LoginFailed(`The server refused the login: ${failure}`)
  return { kind: 'refused', code }
}

/** RFC 6120 7.6. */
async function bind(wire: Wire, resource: string, early: Element[]): Promise<string> {
  const request = xml('bind', { xmlns: NS_BIND }, xml('resource', {}, resource))
  wire.write(xml('iq', { type: 'set', id: BIND_ID }, request).toString())
  const answer = await answerTo(wire, early, element => element.name === 'iq' && element.attrs.id === BIND_ID)
  const jid = answer.getChild('bind', NS_BIND)?.getChildText('jid')
  if (answer.attrs.type === 'result' && typeof jid === 'string' && jid !== '') return jid
  const error = answer.getChild('error')
  throw new LoginFailed(
    `The server did not bind: ${error === undefined ? answer.toString() : condition(error)}`,
  )
}

/** XEP-0198 3. undefined when the server will not. */
async function enable(wire: Wire, early: Element[]): Promise<Management | undefined> {
  wire.write(xml('enable', { xmlns: NS_SM, resume: 'true' }).toString())
  const answer = await answerTo(wire, early, element => element.getNS() === NS_SM)
  if (answer.is('failed', NS_SM)) return undefined
  if (!answer.is('enabled', NS_SM)) throw new UnexpectedAnswer(answer, 'enabled')
  const { id, resume, max, location } = answer.attrs
  const resumable = (resume === 'true' || resume === '1') && id !== undefined
  const resumePoint = resumable
    ? { id, ...(max !== undefined && { max: Number(max) }), ...(location !== undefined && { location }) }
    : undefined
  return { resumePoint, received: 0, outbound: NOTHING_SENT }
}

type Resumption =
  | { kind: 'resumed'; state: ResumeState; management: Management }
  | { kind: 'failed'; h: number | undefined }

/** XEP-0198 5. After `<resumed/>` exactly the stanzas are sent again that the server has not counted. */
async function resumeStream(wire: Wire, state: ResumeState, early: Element[]): Promise<Resumption> {
  wire.write(xml('resume', { xmlns: NS_SM, h: toWire(state.h), previd: state.id }).toString())
  const answer = await answerTo(wire, early, element => element.getNS() === NS_SM)
  const h = fromWire(answer.attrs.h, state.acked)
  if (answer.is('failed', NS_SM)) return { kind: 'failed', h }
  if (!answer.is('resumed', NS_SM) || h === undefined) throw new UnexpectedAnswer(answer, 'resumed')
  const outbound = afterResume(state, h)
  if (outbound.unacked.length > 0) wire.write(outbound.unacked.join('') + ACK_REQUEST)
  const { id, max, location } = state
  const resumePoint = { id, ...(max !== undefined && { max }), ...(location !== undefined && { location }) }
  return { kind: 'resumed', state, management: { resumePoint, received: state.h, outbound } }
}

/** The first element that is an answer. Stanzas that come before it are kept for later, in order. */
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

function flags(offered: Element, management: Management | undefined): StreamFeatures {
  return {
    resume: management?.resumePoint !== undefined,
    streamManagement: management !== undefined,
    clientState: offered.getChild('csi', 'urn:xmpp:csi:0') !== undefined,
    rosterVersioning: offered.getChild('ver', 'urn:xmpp:features:rosterver') !== undefined,
    preApproval: offered.getChild('sub', 'urn:xmpp:features:pre-approval') !== undefined,
  }
}
