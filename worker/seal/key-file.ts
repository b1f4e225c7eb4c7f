import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { fromBytes, toBytes } from './credential.ts'
import { SealBroken, type Seal, type SealContext } from './port.ts'

const CIPHER = 'aes-256-gcm'
/** NIST SP 800-38D 8.2.2: random nonces of 96 bits are good for 2^32 seals under one key. */
const NONCE_BYTES = 12
const TAG_BYTES = 16
export const KEY_BYTES = 32

/** Names how it was sealed, so that another way can follow. */
const PREFIX = 'aes1.'

/** Seals with a key of 32 bytes that this machine holds; for a laptop, where no KMS is. */
export function keySeal(key: Uint8Array): Seal {
  return {
    async seal(credential, context) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(aadOf(context))
      const sealed = Buffer.concat([cipher.update(toBytes(credential)), cipher.final()])
      return `${PREFIX}${Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')}`
    },

    async open(sealed, context) {
      return fromBytes(decrypt(key, sealed, context))
    },
  }
}

function decrypt(key: Uint8Array, sealed: string, context: SealContext): Buffer {
  if (!sealed.startsWith(PREFIX)) throw new SealBroken('This was not sealed with a key file.')
  const bytes = Buffer.from(sealed.slice(PREFIX.length), 'base64url')
  const nonce = bytes.subarray(0, NONCE_BYTES)
  const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES)
  try {
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
      .setAAD(aadOf(context))
      .setAuthTag(tag)
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()])
  } catch (cause) {
    throw new SealBroken('Another key sealed this, or for another row, or it was changed.', { cause })
  }
}

/** The same bytes for no two contexts. */
function aadOf({ sessionId, username }: SealContext): Buffer {
  return Buffer.from(JSON.stringify([sessionId, username]), 'utf8')
}
