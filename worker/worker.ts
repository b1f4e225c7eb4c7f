import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { systemClock as clock } from '../shared/clock.ts'
import type { readSettings } from '../shared/config.ts'
import { documentClient } from '../shared/stores/dynamo/client.ts'
import { dynamoConnections } from '../shared/stores/dynamo/connections.ts'
import { dynamoSessions } from '../shared/stores/dynamo/sessions.ts'
import { dynamoWorkers } from '../shared/stores/dynamo/workers.ts'
import { Gate } from '../shared/gate.ts'
import { KnownFeatures } from './features.ts'
import { makeManagementApi } from './gateway.ts'
import { makeHealth } from './health.ts'
import type { Identity } from './identity.ts'
import { Lease } from './lease.ts'
import type { Logger } from './log.ts'
import { makeRows } from './rows.ts'
import { makeServer } from './server.ts'
import type { SessionDeps } from './session/deps.ts'
import { Sessions } from './sessions.ts'
import { pushToStrays } from './strays.ts'
import { readDomain, readTarget } from './target.ts'
import { noTrace, traceTo } from './trace.ts'

export type WorkerSettings = ReturnType<typeof readSettings<'worker'>>

export interface Worker {
  /** `https://host:port` of the hand-off API. */
  readonly url: string
  readonly healthPort: number
  /** Drains and stops; resolves when nothing is left. */
  stop(): Promise<void>
}

/**
 * Puts a worker together, from the inside out: stores, sessions, server, and at last the row by which functions find it.
 * It stops in the opposite order.
 */
export async function startWorker(
  settings: WorkerSettings,
  identity: Identity,
  log: Logger,
): Promise<Worker> {
  const management = makeManagementApi(settings.MANAGEMENT_ENDPOINT, log)
  const stores = makeStores(settings, log)
  const rows = makeRows({ ...stores, workerId: identity.workerId, clock, log })
  const sessions = new Sessions({
    domain: readDomain(settings.XMPP_DOMAIN),
    maxSessions: settings.MAX_SESSIONS,
    deps: {
      ...sharedDeps(settings, log),
      post: management.post,
      hangUp: management.hangUp,
      rows,
    },
  })
  const server = makeServer({
    identity,
    sessions,
    ownerElsewhere: id => rows.ownerElsewhere(id),
    push: pushToStrays({ post: management.post, clock, random: Math.random }),
    log,
  })
  const url = await server.listen({ host: settings.HANDOFF_HOST, port: settings.HANDOFF_PORT })
  const lease = new Lease({
    row: rowOf(settings, identity, portOf(url)),
    standing: () => ({ sessions: sessions.count, phase: sessions.draining ? 'draining' : 'ready' }),
    workers: stores.workers,
    renewMs: settings.RENEW_MS,
    clock,
    log,
  })
  const health = makeHealth(() => lease.fresh && !sessions.draining)
  const healthUrl = await health.listen({ host: '127.0.0.1', port: settings.HEALTH_PORT })
  await lease.start()
  return {
    url,
    healthPort: portOf(healthUrl),
    stop: async () => {
      const drained = sessions.drain()
      await lease.announce()
      await drained
      await lease.stop()
      await Promise.all([server.close(), health.close()])
    },
  }
}

function makeStores(settings: WorkerSettings, log: Logger) {
  const client = documentClient()
  return {
    sessions: dynamoSessions({ client, clock, table: settings.SESSIONS_TABLE }),
    connections: dynamoConnections({ client, clock, table: settings.CONNECTIONS_TABLE }),
    workers: dynamoWorkers({
      client,
      clock,
      table: settings.WORKERS_TABLE,
      onBadRow: error => log.warn({ err: error }, 'a worker row cannot be read'),
    }),
  }
}

function sharedDeps(settings: WorkerSettings, log: Logger): Omit<SessionDeps, 'post' | 'hangUp' | 'rows'> {
  const ca = settings.XMPP_CA_FILE === '' ? undefined : readFileSync(settings.XMPP_CA_FILE, 'utf8')
  return {
    clock,
    log,
    random: Math.random,
    newId: randomUUID,
    trace: settings.TRACE === '1' ? traceTo(log) : noTrace,
    target: readTarget(settings.XMPP_URL, settings.XMPP_DOMAIN, settings.XMPP_TLS, ca),
    streamLimits: { loginTimeoutMs: settings.LOGIN_TIMEOUT_MS, maxStanzaBytes: settings.MAX_STANZA_BYTES },
    wireLimits: { maxContentBytes: settings.MAX_CONTENT_BYTES, maxFrameBytes: settings.MAX_FRAME_BYTES },
    frameLimits: { rate: settings.FRAMES_PER_SECOND, burst: settings.FRAME_BURST },
    reconnectForMs: settings.RECONNECT_FOR_MS,
    maxQueueBytes: settings.PUSH_QUEUE_BYTES,
    features: new KnownFeatures(clock),
    logins: new Gate(settings.CONCURRENT_LOGINS),
  }
}

function rowOf(settings: WorkerSettings, identity: Identity, port: number) {
  const { workerId, certificate, token } = identity
  const { HANDOFF_HOST: host, MAX_SESSIONS: maxSessions } = settings
  return { workerId, host, port, certificate, token, maxSessions, startedAt: clock.now() }
}

function portOf(url: string): number {
  return Number(new URL(url).port)
}
