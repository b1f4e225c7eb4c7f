import { sharedDeps, type Deps } from './deps.ts'
import { disconnectEvent, readEvent } from './events.ts'
import { tellSocketGone } from './gone.ts'
import { settling } from './metrics.ts'

/**
 * The `$disconnect` route. API Gateway sends it at best once, sometimes late and sometimes never, so it only hastens
 * what the worker finds out by itself.
 */
export function makeDisconnectHandler(deps: Deps) {
  return settling(deps.meter, async event => {
    const { requestContext } = readEvent(disconnectEvent, event)
    const { connectionId, requestId: traceId, disconnectStatusCode } = requestContext
    const log = deps.log.with({ traceId, connectionId })
    const connection = await deps.connections.get(connectionId)
    log.info('disconnect', {
      code: disconnectStatusCode ?? undefined,
      sessionId: connection?.sessionId,
    })
    if (connection)
      await tellSocketGone({ ...deps, log }, { connectionId, traceId }, { ...connection, taken: false })
    return { statusCode: 200 }
  })
}

export const handler = (event: unknown) => makeDisconnectHandler(sharedDeps())(event)
