import { establish, type Session } from './binding.ts'
import { LoginFailed } from './errors.ts'
import type { Credential, Refusal, RefusalCode, StreamFeatures, StreamOptions } from './port.ts'
import { register } from './register.ts'
import { authenticate, passwordMayBeSent } from './sasl.ts'
import type { Wire } from './wire.ts'
import type { Element } from './xml.ts'

export type LoggedIn = Session &
  Omit<Admission, 'kind'> & {
    kind: 'online'
    features: StreamFeatures
  }

/** From the features of a secured stream to a session that is bound or resumed. Throws when the connection ends or the server errs. */
export async function login(
  wire: Wire,
  features: Element,
  options: StreamOptions,
): Promise<LoggedIn | Refusal> {
  const admission = await admit(wire, features, options)
  if (admission.kind === 'refused') return admission
  const offered = await wire.open(options.target.domain)
  const session = await establish(wire, offered, options)
  return { ...admission, ...session, features: featuresOf(offered, session), kind: 'online' }
}

interface Admission {
  kind: 'admitted'
  credential: Credential
  registered: boolean
}

/** Authenticates. An account that does not exist yet is made first, if that is wanted. */
async function admit(wire: Wire, features: Element, options: StreamOptions): Promise<Admission | Refusal> {
  const { credential, target } = options
  const known = await authenticate(wire, features, credential, target)
  if (known.kind === 'authenticated') return admitted(known.credential, false)
  if (known.kind === 'refused') return known
  const mayBeNew = known.condition === 'not-authorized' && options.register
  if (!mayBeNew || credential.kind !== 'password') return refusal(known.condition)

  if (!passwordMayBeSent(target)) return { kind: 'refused', code: 'insecure' }
  const registration = await register(wire, target.domain, credential.username, credential.password)
  if (registration === 'registration-refused') return { kind: 'refused', code: registration }
  // A conflict may come from the same person's other tab that was faster, and then the password is right after all.
  const made = await authenticate(wire, features, credential, target)
  if (made.kind === 'authenticated') return admitted(made.credential, registration === 'registered')
  if (made.kind === 'refused') return made
  return registration === 'account-exists' ? { kind: 'refused', code: registration } : refusal(made.condition)
}

function admitted(credential: Credential, registered: boolean): Admission {
  return { kind: 'admitted', credential, registered }
}

/** RFC 6120 6.5. */
const REFUSALS = new Map<string, RefusalCode>([
  ['account-disabled', 'not-authorized'],
  ['credentials-expired', 'not-authorized'],
  ['invalid-authzid', 'not-authorized'],
  ['not-authorized', 'not-authorized'],
  ['encryption-required', 'insecure'],
  ['invalid-mechanism', 'no-mechanism'],
  ['mechanism-too-weak', 'no-mechanism'],
])

function refusal(condition: string): Refusal {
  const code = REFUSALS.get(condition)
  if (code === undefined) throw new LoginFailed(`The server refused the login: ${condition}`)
  return { kind: 'refused', code }
}

function featuresOf(offered: Element, { management }: Session): StreamFeatures {
  return {
    resume: management?.resumePoint !== undefined,
    streamManagement: management !== undefined,
    clientState: offered.getChild('csi', 'urn:xmpp:csi:0') !== undefined,
    rosterVersioning: offered.getChild('ver', 'urn:xmpp:features:rosterver') !== undefined,
    preApproval: offered.getChild('sub', 'urn:xmpp:features:pre-approval') !== undefined,
  }
}
