import type { Clock } from '../../shared/clock.ts'
import type { Connection } from './connection.ts'
import type { Api, Request } from './events.ts'
import type { Faults } from './faults.ts'
import { type Random, gatewayId } from './ids.ts'
import type { Integration } from './integration.ts'

/** What the parts of one running gateway share. */
export interface GatewayContext {
  api: Api
  clock: Clock
  /** A connection ends that is silent for so long. */
  idleMs: number
  random: Random
  integration: Integration
  faults: Faults
  /** Established connections by id; one that waits for `$connect` is not among them yet. */
  connections: Map<string, Connection>
  log: (entry: Record<string, unknown>) => void
  /** Aborts when the gateway stops. */
  stopping: AbortSignal
}

/** Names one request of the gateway to a function, by a new id and the time. */
export function newRequest(gateway: GatewayContext): Request {
  return { requestId: gatewayId(gateway.random), nowMs: gateway.clock.now() }
}
