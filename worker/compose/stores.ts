import { systemClock as clock } from '../../shared/clock.ts'
import type { Connections } from '../../shared/stores/connections.ts'
import { documentClient } from '../../shared/stores/dynamo/client.ts'
import { dynamoConnections } from '../../shared/stores/dynamo/connections.ts'
import { dynamoSessions } from '../../shared/stores/dynamo/sessions.ts'
import { dynamoWorkers } from '../../shared/stores/dynamo/workers.ts'
import type { Sessions } from '../../shared/stores/sessions.ts'
import type { Workers } from '../../shared/stores/workers.ts'
import type { Logger } from '../log.ts'
import type { WorkerSettings } from '../settings.ts'

export interface Stores {
  readonly sessions: Sessions
  readonly connections: Connections
  readonly workers: Workers
  /** For renewing the lease: with connections of its own, so that it never waits behind anything else. */
  readonly lease: Workers
}

/** A renewal that takes longer is worth less than the next one. */
const RENEWAL_TIMEOUT_MS = 1000

export function makeStores(settings: WorkerSettings, log: Logger): Stores {
  const client = documentClient()
  const leaseClient = documentClient({ requestTimeoutMs: RENEWAL_TIMEOUT_MS, maxAttempts: 1 })
  const workers = {
    clock,
    table: settings.WORKERS_TABLE,
    onBadRow: (error: Error) => log.warn({ err: error }, 'a worker row cannot be read'),
  }
  return {
    sessions: dynamoSessions({ client, clock, table: settings.SESSIONS_TABLE }),
    connections: dynamoConnections({ client, clock, table: settings.CONNECTIONS_TABLE }),
    workers: dynamoWorkers({ ...workers, client }),
    lease: dynamoWorkers({ ...workers, client: leaseClient }),
  }
}
