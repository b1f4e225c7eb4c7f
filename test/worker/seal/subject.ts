import type { SealContext } from '../../../worker/seal/port.ts'
import type { Credential } from '../../../worker/xmpp/stream.ts'

export const SERGIO: SealContext = { sessionId: 's_abcdefghijklmnopqrstuv', username: 'sergio' }

export const PASSWORD: Credential = { kind: 'password', username: 'sergio', password: 'PLANTED pässword' }

export const SCRAM: Credential = {
  kind: 'scram',
  username: 'sergio',
  mechanism: 'SCRAM-SHA-256',
  salt: 'c2FsdA==',
  iterations: 4096,
  clientKey: 'Y2xpZW50',
  serverKey: 'c2VydmVy',
}
