import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GoneException,
} from '@aws-sdk/client-apigatewaymanagementapi'
import type { Meter } from '../shared/metrics.ts'
import type { Logger } from './log.ts'
import type { Post, PostOutcome } from './posting.ts'
import { makeSignedPost } from './signed-post.ts'

export interface ManagementApi {
  readonly post: Post
  /** Closes the socket with 1000; the code cannot be chosen. One that is gone already is no error. */
  readonly hangUp: (connectionId: string) => Promise<void>
}

/** One post takes milliseconds; a management API that hangs must not hold a queue for the SDK's minutes. */
const ANSWER_WITHIN_MS = 5000
const CONNECT_WITHIN_MS = 2000
/** Posts of different connections run side by side over this many kept sockets. */
const MAX_SOCKETS = 128

/**
 * The stage's `@connections` API. `endpoint` is the stage's own address, never one taken from an event
 * ("Use @connections commands in your backend service", API Gateway developer guide).
 */
export function makeManagementApi(endpoint: string, log: Logger, meter: Meter): ManagementApi {
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
  const post = makeSignedPost(client, endpoint)
  return {
    post: async (connectionId, data) => {
      try {
        const status = await post(connectionId, data)
        const outcome = outcomeOf(status)
        countPost(meter, outcome)
        if (outcome === 'failed' || outcome === 'too-large')
          log.warn({ connectionId, status, outcome }, 'a push failed')
        return outcome
      } catch (error) {
        log.warn({ err: error, connectionId }, 'a push failed')
        countPost(meter, 'failed')
        return 'failed'
      }
    },
    hangUp: async connectionId => {
      try {
        await client.send(new DeleteConnectionCommand({ ConnectionId: connectionId }))
      } catch (error) {
        if (!(error instanceof GoneException))
          log.warn({ err: error, connectionId }, 'a socket could not be closed')
      }
    },
  }
}

/** A socket that is gone is no failure: clients go as they like. */
function countPost(meter: Meter, outcome: PostOutcome): void {
  if (outcome === 'taken') meter.count('Pushes', 1)
  if (outcome === 'slow') meter.count('PushesSlowed', 1)
  if (outcome === 'failed' || outcome === 'too-large') meter.count('PushFailures', 1)
}

/** "PostToConnection", API Gateway Management API reference: GoneException, LimitExceededException, PayloadTooLargeException. */
function outcomeOf(status: number): PostOutcome {
  switch (status) {
    case 200:
      return 'taken'
    case 410:
      return 'gone'
    case 429:
      return 'slow'
    case 413:
      return 'too-large'
    default:
      return 'failed'
  }
}
