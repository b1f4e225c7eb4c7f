import * as z from 'zod/mini'
import type { Credential } from '../xmpp/stream.ts'
import { SealBroken } from './port.ts'

const password = z.object({ kind: z.literal('password'), username: z.string(), password: z.string() })

const scram = z.object({
  kind: z.literal('scram'),
  username: z.string(),
  mechanism: z.enum(['SCRAM-SHA-1', 'SCRAM-SHA-256']),
  salt: z.string(),
  iterations: z.int(),
  clientKey: z.string(),
  serverKey: z.string(),
})

const credential = z.discriminatedUnion('kind', [password, scram])

/** A credential as the bytes to seal. */
export function toBytes(value: Credential): Buffer {
  return Buffer.from(JSON.stringify(value), 'utf8')
}

/** @throws SealBroken when the bytes are no credential: another version sealed them. */
export function fromBytes(bytes: Uint8Array): Credential {
  try {
    return credential.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
  } catch {
    // Without the cause: its message could show what was sealed.
    throw new SealBroken('What was sealed is no credential.')
  }
}
