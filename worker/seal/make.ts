import { readFileSync } from 'node:fs'
import { KMSClient } from '@aws-sdk/client-kms'
import { BadSetting, type Values } from '../../shared/config.ts'
import { KEY_BYTES, keySeal } from './key-file.ts'
import { kmsSeal } from './kms.ts'
import type { Seal } from './port.ts'

/** In its own Region KMS takes a connection within a few milliseconds; a longer wait is a lost packet. */
const CONNECT_TIMEOUT_MS = 1000
/** An answer takes some 10 ms; a login or a take-over waits for it. */
const REQUEST_TIMEOUT_MS = 3000

/**
 * The seal that the settings choose; KMS_KEY_ID before SEAL_KEY_FILE.
 * @throws BadSetting when neither is given or the file holds no key.
 */
export function makeSeal({
  KMS_KEY_ID: keyId,
  SEAL_KEY_FILE: keyFile,
}: Values<'KMS_KEY_ID' | 'SEAL_KEY_FILE'>): Seal {
  if (keyId !== '') return kmsSeal(kmsClient(), keyId)
  if (keyFile === '')
    throw new BadSetting(
      'SEAL_KEY_FILE',
      'or KMS_KEY_ID must be given: credentials are never stored in the clear',
    )
  return keySeal(readKey(keyFile))
}

function kmsClient(): KMSClient {
  return new KMSClient({
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      // Without this the SDK only warns about a request that takes too long.
      throwOnRequestTimeout: true,
    },
  })
}

function readKey(file: string): Buffer {
  const key = contentOf(file)
  if (key?.length === KEY_BYTES) return key
  throw new BadSetting('SEAL_KEY_FILE', `must name a file of exactly ${KEY_BYTES} bytes that can be read`)
}

function contentOf(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch {
    return undefined
  }
}
