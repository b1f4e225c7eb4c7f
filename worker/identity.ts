import { randomBytes } from 'node:crypto'
import { generate } from 'selfsigned'

/** What makes a worker known to its callers for one life of the process. */
export interface Identity {
  readonly workerId: string
  /** PEM, SAN `DNS:<workerId>`; callers pin it. */
  readonly certificate: string
  readonly privateKey: string
  /** Bearer token of the hand-off API. */
  readonly token: string
}

/** No process lives that long: the platform replaces tasks, and a new process makes a new certificate. */
const VALID_DAYS = 3650
const DAY_MS = 86_400_000

/** Makes a new identity; a workerId is never used twice. */
export async function makeIdentity(nowMs: number): Promise<Identity> {
  const workerId = `w-${randomBytes(8).toString('hex')}`
  const { cert, private: privateKey } = await generate([{ name: 'commonName', value: workerId }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(nowMs - DAY_MS),
    notAfterDate: new Date(nowMs + VALID_DAYS * DAY_MS),
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: workerId }] }],
  })
  return { workerId, certificate: cert, privateKey, token: randomBytes(32).toString('base64url') }
}
