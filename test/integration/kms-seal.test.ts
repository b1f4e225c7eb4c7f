import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { kmsSeal } from '../../worker/seal/kms.ts'
import { SealBroken, type Seal } from '../../worker/seal/port.ts'
import { PASSWORD, SCRAM, SERGIO } from '../worker/seal/subject.ts'

/** Sealing with a KMS that answers by itself, at AWS_ENDPOINT_URL. */

const client = new KMSClient()
let seal: Seal
beforeAll(async () => {
  seal = kmsSeal(client, await newKey())
})
afterAll(() => client.destroy())

async function newKey(): Promise<string> {
  const { KeyMetadata: made } = await client.send(new CreateKeyCommand({}))
  return made?.KeyId ?? ''
}

test.each([SCRAM, PASSWORD])('[SA1] what was sealed opens again: $kind', async credential => {
  expect(await seal.open(await seal.seal(credential, SERGIO), SERGIO)).toEqual(credential)
})

test('[SA2] nothing of a credential shows, and no two seals are alike', async () => {
  const [one, two] = [await seal.seal(PASSWORD, SERGIO), await seal.seal(PASSWORD, SERGIO)]
  expect(one).not.toBe(two)
  const bytes = Buffer.from(one.slice('kms1.'.length), 'base64url').toString('latin1')
  for (const secret of ['PLANTED', 'password']) expect(bytes).not.toContain(secret)
})

test.each([
  { ...SERGIO, sessionId: 's_other' },
  { ...SERGIO, username: 'jose' },
])('[SA3] moved to another row it does not open: %o', async context => {
  const sealed = await seal.seal(SCRAM, SERGIO)
  await expect(seal.open(sealed, context)).rejects.toThrow(SealBroken)
})

test('[SA4] another key does not open it', async () => {
  const sealed = await seal.seal(SCRAM, SERGIO)
  await expect(kmsSeal(client, await newKey()).open(sealed, SERGIO)).rejects.toThrow(SealBroken)
})

test('[SA5] with its last bit changed it does not open', async () => {
  const sealed = await seal.seal(PASSWORD, SERGIO)
  const bytes = Buffer.from(sealed.slice('kms1.'.length), 'base64url')
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
  await expect(seal.open(`kms1.${bytes.toString('base64url')}`, SERGIO)).rejects.toThrow(SealBroken)
})
