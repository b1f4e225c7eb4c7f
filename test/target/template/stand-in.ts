import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import * as z from 'zod/mini'
import { serveOnLoopback } from '../../support/loopback-server.ts'
import { taskAt } from '../../support/task-metadata.ts'

const METADATA = '/v4/1'

const request = z.object({
  KeyId: z.string(),
  EncryptionContext: z.record(z.string(), z.string()),
  Plaintext: z.optional(z.string()),
  CiphertextBlob: z.optional(z.string()),
})
type KmsRequest = z.infer<typeof request>

/**
 * Stands in for what a worker asks of AWS beside DynamoDB: KMS, which opens what it has sealed under the same key and
 * context, and the metadata of its ECS task. Returns the environment by which the worker finds it.
 */
export async function startStandIn(defer: (stop: () => void) => void): Promise<Record<string, string>> {
  const sealed = new Map<string, KmsRequest>()
  const url = await serveOnLoopback((asked, response) => void answer(asked, response, sealed), defer)
  return { AWS_ENDPOINT_URL_KMS: url, ECS_CONTAINER_METADATA_URI_V4: `${url}${METADATA}` }
}

async function answer(asked: IncomingMessage, response: ServerResponse, sealed: Map<string, KmsRequest>) {
  if (asked.url === `${METADATA}/task`) return send(response, 200, taskAt('127.0.0.1'))
  const read = request.parse(JSON.parse(await text(asked)))
  const { CiphertextBlob: blob = '', KeyId } = read
  if (read.Plaintext !== undefined) {
    const made = randomBytes(32).toString('base64')
    sealed.set(made, read)
    return send(response, 200, { CiphertextBlob: made, KeyId })
  }
  const kept = sealed.get(blob)
  if (kept === undefined || contextOf(kept) !== contextOf(read))
    return send(response, 400, { __type: 'InvalidCiphertextException' })
  send(response, 200, { Plaintext: kept.Plaintext, KeyId })
}

function contextOf({ KeyId, EncryptionContext }: KmsRequest): string {
  return JSON.stringify([KeyId, Object.entries(EncryptionContext).toSorted(([a], [b]) => a.localeCompare(b))])
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
  response.end(JSON.stringify(body))
}
