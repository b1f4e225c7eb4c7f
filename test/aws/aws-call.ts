import { ANY_CREDENTIALS } from './emulator.ts'

/** An answer of an emulator that is no success. */
export class CallRefused extends Error {
  override readonly name = 'CallRefused'
  readonly status: number
  readonly body: string
  constructor(status: number, body: string) {
    super(`${status}: ${body}`)
    this.status = status
    this.body = body
  }
}

export interface Call {
  /** The endpoint prefix by which AWS tells services apart, as in an ARN: `lambda`, `ecs`, `apigateway`. */
  readonly service: string
  readonly method?: 'GET' | 'POST'
  readonly path?: string
  /** The operation, for a service that speaks AWS's JSON protocol. */
  readonly target?: string
  readonly body?: unknown
}

/**
 * One request of an API for which no client of the SDK is installed here. It carries no signature, which no emulator looks
 * at: only the name of the service is read from where it would be.
 * @throws CallRefused
 */
export async function callAws(endpoint: string, call: Call): Promise<Response> {
  const { service, method = 'POST', path = '/', target, body } = call
  const { AWS_ACCESS_KEY_ID: key, AWS_REGION: region } = ANY_CREDENTIALS
  const response = await fetch(`${endpoint}${path}`, {
    method,
    headers: {
      // "Signature Version 4", AWS IAM User Guide: the scope of the credential names region and service.
      Authorization: `AWS4-HMAC-SHA256 Credential=${key}/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
      ...(target !== undefined && { 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': target }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new CallRefused(response.status, await response.text())
  return response
}
