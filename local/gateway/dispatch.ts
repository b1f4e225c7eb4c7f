import { sleep } from '../../shared/clock.ts'
import { type GatewayMessage, inBandError, isProxyAnswer } from './answers.ts'
import type { Connection } from './connection.ts'
import { type GatewayContext, newRequest } from './context.ts'
import { type Caller, type RouteKey, disconnectEvent, messageEvent } from './events.ts'
import { gatewayId } from './ids.ts'
import { IntegrationTimedOut } from './integration.ts'
import type { Close } from './limits.ts'

/**
 * Runs `$default` for a message, beside whatever runs already: the gateway keeps no order. The answer's body goes
 * nowhere, as without a route response on AWS; only a failure is told to the client.
 */
export function dispatchMessage(gateway: GatewayContext, connection: Connection, body: string): void {
  const request = newRequest(gateway)
  const event = messageEvent(gateway.api, connection.caller, request, gatewayId(gateway.random), body)
  for (const delayMs of gateway.faults.deliveries()) {
    void deliver(gateway, connection, event, delayMs)
  }
}

/** Runs `$disconnect` for an established connection that has ended. */
export async function dispatchDisconnect(
  gateway: GatewayContext,
  caller: Caller,
  close: Close,
): Promise<void> {
  if (gateway.faults.dropsDisconnect()) return
  const event = disconnectEvent(gateway.api, caller, newRequest(gateway), close)
  const delayMs = gateway.faults.disconnectDelayMs()
  if (delayMs > 0) await sleep(gateway.clock, delayMs, gateway.stopping)
  try {
    await gateway.integration.run('$disconnect', event)
  } catch (error) {
    logFailure(gateway, '$disconnect', caller, error)
  }
}

/** Notes that the function of a route failed, for whoever watches the gateway. */
export function logFailure(gateway: GatewayContext, route: RouteKey, caller: Caller, error: unknown): void {
  gateway.log({ event: 'integration-failed', route, connectionId: caller.connectionId, error: String(error) })
}

type MessageEvent = ReturnType<typeof messageEvent>

async function deliver(
  gateway: GatewayContext,
  connection: Connection,
  event: MessageEvent,
  delayMs: number,
) {
  if (delayMs > 0) await sleep(gateway.clock, delayMs, gateway.stopping)
  if (gateway.stopping.aborted) return
  const failure = await runDefault(gateway, connection.caller, event)
  if (failure === undefined) return
  const { connectionId, requestId } = event.requestContext
  connection.post(Buffer.from(inBandError(failure, connectionId, requestId)))
}

async function runDefault(gateway: GatewayContext, caller: Caller, event: MessageEvent) {
  try {
    const answer = await gateway.integration.run('$default', event)
    return isProxyAnswer(answer) ? undefined : 'Internal server error'
  } catch (error) {
    logFailure(gateway, '$default', caller, error)
    return failureMessage(error)
  }
}

function failureMessage(error: unknown): GatewayMessage {
  return error instanceof IntegrationTimedOut ? 'Endpoint request timed out' : 'Internal server error'
}
