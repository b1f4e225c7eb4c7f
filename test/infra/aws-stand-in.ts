import type { IncomingMessage, ServerResponse } from 'node:http'
import { serveOnLoopback } from '../support/loopback-server.ts'

/** What was asked of AWS. */
export interface Asked {
  readonly method: string | undefined
  readonly path: string | undefined
  /** Of KMS: what it is to do. */
  readonly target: string | undefined
  readonly body: string
}

export interface AwsStandIn {
  readonly url: string
  readonly asked: readonly Asked[]
}

/**
 * Stands in for what a worker asks of AWS beside DynamoDB, until the test has finished: takes every push, and as KMS
 * gives back what it is to encrypt.
 */
export async function startAwsStandIn(): Promise<AwsStandIn> {
  const asked: Asked[] = []
  const url = await serveOnLoopback((request, response) => void answer(request, response, asked))
  return { url, asked }
}

async function answer(request: IncomingMessage, response: ServerResponse, asked: Asked[]): Promise<void> {
  const { method, url: path } = request
  const target = request.headers['x-amz-target']?.toString()
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const body = Buffer.concat(chunks).toString('utf8')
  asked.push({ method, path, target, body })
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
  response.end(target === 'TrentService.Encrypt' ? JSON.stringify(encrypted(body)) : '{}')
}

function encrypted(body: string): object {
  const { Plaintext, KeyId } = JSON.parse(body) as { Plaintext: string; KeyId: string }
  return { CiphertextBlob: Plaintext, KeyId }
}
