import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GoneException,
  LimitExceededException,
  PayloadTooLargeException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'
import type { Logger } from './log.ts'
import type { Post, PostOutcome } from './push.ts'

export interface ManagementApi {
  readonly post: Post
  /** Closes the socket with 1000; the code cannot be chosen. One that is gone already is no error. */
  readonly hangUp: (connectionId: string) => Promise<void>
}

/** One post takes milliseconds; a gateway that hangs must not hold a queue for the SDK's minutes. */
const ANSWER_WITHIN_MS = 5000
const CONNECT_WITHIN_MS = 2000
/** Posts of different connections run side by side over this many kept sockets. */
const MAX_SOCKETS = 128

/**
 * The stage's `@connections` API. `endpoint` is the stage's own address, never one taken from an event
 * ("Use @connections commands in your backend service", API Gateway developer guide).
 */
export function makeManagementApi(endpoint: string, log: Logger): ManagementApi {
  const client = new ApiGatewayManagementApiClient({
    endpoint,
    // The queue of each connection repeats by itself and knows what to repeat.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECT_WITHIN_MS,
      requestTimeout: ANSWER_WITHIN_MS,
      // Without this the SDK only warns about a request that takes too long.
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets: MAX_SOCKETS, keepAlive: true },
      httpsAgent: { maxSockets: MAX_SOCKETS, keepAlive: true },
    },
  })
  return {
    post: async (connectionId, data) => {
      try {
        await client.send(
          new PostToConnectionCommand({ ConnectionId: connectionId, Data: Buffer.from(data) }),
        )
        return 'taken'
      } catch (error) {
        const outcome = outcomeOf(error)
        if (outcome === 'failed' || outcome === 'too-large')
          log.warn({ err: error, connectionId, outcome }, 'a push failed')
        return outcome
      }
    },
    hangUp: async connectionId => {
      try {
        await client.send(new DeleteConnectionCommand({ ConnectionId: connectionId }))
      } catch (error) {
        if (outcomeOf(error) !== 'gone')
          log.warn({ err: error, connectionId }, 'a socket could not be closed')
      }
    },
  }
}

function outcomeOf(error: unknown): PostOutcome {
  if (error instanceof GoneException) return 'gone'
  if (error instanceof LimitExceededException) return 'slow'
  if (error instanceof PayloadTooLargeException) return 'too-large'
  return 'failed'
}
