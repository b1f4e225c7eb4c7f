import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'

/** In its own Region DynamoDB takes a connection within a few milliseconds; a longer wait is a lost packet. */
const CONNECT_TIMEOUT_MS = 500
/** An answer takes some 10 ms; a try that took 100 times as long is better begun again. */
const REQUEST_TIMEOUT_MS = 1500
/** All tries together end well within the 29 s that API Gateway waits. */
const MAX_ATTEMPTS = 3

export interface ClientOptions extends Pick<DynamoDBClientConfig, 'endpoint' | 'region' | 'credentials'> {
  readonly connectTimeoutMs?: number
  readonly requestTimeoutMs?: number
  readonly maxAttempts?: number
}

/**
 * A client for the stores. Where it talks to and as whom comes from the SDK's own environment variables
 * (`AWS_REGION`, `AWS_ENDPOINT_URL_DYNAMODB`, …) unless the options say otherwise.
 */
export function documentClient(options: ClientOptions = {}): DynamoDBDocumentClient {
  const {
    connectTimeoutMs = CONNECT_TIMEOUT_MS,
    requestTimeoutMs = REQUEST_TIMEOUT_MS,
    maxAttempts = MAX_ATTEMPTS,
    ...config
  } = options
  const client = new DynamoDBClient({
    ...config,
    maxAttempts,
    requestHandler: {
      connectionTimeout: connectTimeoutMs,
      requestTimeout: requestTimeoutMs,
      // Without this the SDK only warns about a request that takes too long.
      throwOnRequestTimeout: true,
    },
  })
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } })
}
