import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { KMSClient } from '@aws-sdk/client-kms'
import { onTestFinished, expect, test } from 'vitest'
import { kmsSeal } from '../../../worker/seal/kms.ts'
import type { Seal } from '../../../worker/seal/port.ts'
import type { Credential } from '../../../worker/xmpp/stream.ts'
import { SCRAM, SERGIO } from './subject.ts'

/** A request of KMS's JSON protocol, and what is answered. */
interface Asked {
  readonly target: string | undefined
  readonly body: Record<string, unknown>
}
type Answer = readonly [status: number, body: Record<string, unknown>]

/** A KMS that answers by the function given and keeps what it was asked. */
async function fakeKms(answer: (asked: Asked) => Answer): Promise<{ seal: Seal; asked: Asked[] }> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    void respond(request, response)
  })
  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const each = await read(request)
    asked.push(each)
    const [status, body] = answer(each)
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body))
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = new KMSClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  })
  onTestFinished(() => {
    client.destroy()
    server.close()
    server.closeAllConnections()
  })
  return { seal: kmsSeal(client, 'alias/stanzagate'), asked }
}

async function read(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>
  return { target: request.headers['x-amz-target']?.toString(), body }
}

/** "Encrypts" by giving back what it got. */
function mirror({ target, body }: Asked): Answer {
  return target === 'TrentService.Encrypt'
    ? [200, { CiphertextBlob: body['Plaintext'], KeyId: body['KeyId'] }]
    : [200, { Plaintext: body['CiphertextBlob'], KeyId: body['KeyId'] }]
}

test('[SK1] seal and open name the key, and the row as the encryption context', async () => {
  const { seal, asked } = await fakeKms(mirror)
  const sealed = await seal.seal(SCRAM, SERGIO)
  expect(sealed).toMatch(/^kms1\.[\w-]+$/)
  expect(await seal.open(sealed, SERGIO)).toEqual(SCRAM)
  expect(asked.map(each => each.target)).toEqual(['TrentService.Encrypt', 'TrentService.Decrypt'])
  for (const { body } of asked)
    expect(body).toMatchObject({ KeyId: 'alias/stanzagate', EncryptionContext: SERGIO })
})

test('[SK2] the longest password there is stays far below the 4,096 bytes of one Encrypt', async () => {
  const { seal, asked } = await fakeKms(mirror)
  const longest: Credential = { kind: 'password', username: 'x'.repeat(1023), password: '"'.repeat(72) }
  await seal.seal(longest, SERGIO)
  const plaintext = String(asked[0]?.body['Plaintext'])
  expect(Buffer.from(plaintext, 'base64').length).toBeLessThan(4096)
})

test.each(['InvalidCiphertextException', 'IncorrectKeyException'])(
  '[SK3] %s means that it will never open',
  async name => {
    const { seal } = await fakeKms(() => [400, { __type: name, message: 'no' }])
    await expect(seal.open('kms1.AAAA', SERGIO)).rejects.toMatchObject({ name: 'SealBroken' })
  },
)

test('[SK4] any other failure of KMS is thrown as it is: it may open later', async () => {
  const { seal } = await fakeKms(() => [400, { __type: 'ThrottlingException', message: 'slow down' }])
  await expect(seal.open('kms1.AAAA', SERGIO)).rejects.toMatchObject({ name: 'ThrottlingException' })
})

test('[SK5] what was sealed in another way is not sent to KMS, and what opens to no credential is broken', async () => {
  const { seal, asked } = await fakeKms(() => [200, { Plaintext: Buffer.from('{}').toString('base64') }])
  await expect(seal.open('aes1.AAAA', SERGIO)).rejects.toMatchObject({ name: 'SealBroken' })
  expect(asked).toEqual([])
  await expect(seal.open('kms1.AAAA', SERGIO)).rejects.toMatchObject({ name: 'SealBroken' })
})
