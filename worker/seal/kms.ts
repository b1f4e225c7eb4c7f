import {
  DecryptCommand,
  EncryptCommand,
  IncorrectKeyException,
  InvalidCiphertextException,
  type KMSClient,
} from '@aws-sdk/client-kms'
import { fromBytes, toBytes } from './credential.ts'
import { SealBroken, type Seal } from './port.ts'

/** Names how it was sealed, so that another way can follow. */
const PREFIX = 'kms1.'

/**
 * Seals with a KMS key, which never leaves the service: "Encrypt" and "Decrypt", AWS KMS API Reference. The encryption context
 * is the row; CloudTrail shows it in the clear. A credential is far below the 4,096 bytes that Encrypt takes.
 */
export function kmsSeal(client: KMSClient, keyId: string): Seal {
  return {
    async seal(credential, { sessionId, username }) {
      const { CiphertextBlob: sealed } = await client.send(
        new EncryptCommand({
          KeyId: keyId,
          Plaintext: toBytes(credential),
          EncryptionContext: { sessionId, username },
        }),
      )
      if (!sealed) throw new SealBroken('KMS answered without a ciphertext.')
      return `${PREFIX}${Buffer.from(sealed).toString('base64url')}`
    },

    async open(sealed, { sessionId, username }) {
      if (!sealed.startsWith(PREFIX)) throw new SealBroken('This was not sealed with KMS.')
      const decrypt = new DecryptCommand({
        // Named, so that no ciphertext under a key of somebody else opens.
        KeyId: keyId,
        CiphertextBlob: Buffer.from(sealed.slice(PREFIX.length), 'base64url'),
        EncryptionContext: { sessionId, username },
      })
      const { Plaintext: bytes } = await client.send(decrypt).catch(brokenOr)
      if (!bytes) throw new SealBroken('KMS answered without a plaintext.')
      return fromBytes(bytes)
    },
  }
}

/** @throws SealBroken for what will never open, the error itself for all else. */
function brokenOr(cause: unknown): never {
  if (cause instanceof InvalidCiphertextException || cause instanceof IncorrectKeyException)
    throw new SealBroken('Another key sealed this, or for another row, or it was changed.', { cause })
  throw cause
}
