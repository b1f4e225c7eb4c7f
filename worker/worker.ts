import { systemClock as clock } from '../shared/clock.ts'
import { HandoffClient } from '../shared/handoff/client.ts'
import { Ownership } from './compose/ownership.ts'
import { makeSessionDeps } from './compose/session-deps.ts'
import { makeStores } from './compose/stores.ts'
import { LeaseFence } from './fence.ts'
import { makeHealth } from './health.ts'
import type { Identity } from './identity.ts'
import type { Logger } from './log.ts'
import { makeMetrics, type Vitals } from './metrics.ts'
import { makeServer } from './server.ts'
import { Sessions } from './sessions.ts'
import type { WorkerSettings } from './settings.ts'
import { pushToStrays } from './strays.ts'
import { readDomain } from './target.ts'

export interface Worker {
  /** `https://host:port` of the hand-off API. */
  readonly url: string
  readonly healthPort: number
  /** Drains and stops; resolves when nothing is left. */
  stop(): Promise<void>
}

/**
 * Puts a worker together, from the inside out: stores, sessions, who owns them, server, and at last the row by which
 * functions and peers find it. It stops in the opposite order.
 */
export async function startWorker(
  settings: WorkerSettings,
  identity: Identity,
  log: Logger,
): Promise<Worker> {
  const { meter, report } = makeMetrics(settings, identity, clock, writeLine)
  const stores = makeStores(settings, log)
  const fence = new LeaseFence(clock, settings.LEASE_MS)
  const handoff = new HandoffClient()
  const fleetSessions = (): number => ownership.fleetSessions
  const deps = makeSessionDeps(settings, { identity, stores, fence, handoff, log, meter, fleetSessions })
  const sessions = new Sessions({
    deps,
    domain: readDomain(settings.XMPP_DOMAIN),
    maxSessions: settings.MAX_SESSIONS,
  })
  const ownership = new Ownership({
    settings,
    identity,
    stores,
    fence,
    tenures: sessions,
    handoff,
    log,
    meter,
  })
  const server = makeServer({
    identity,
    sessions,
    fence,
    draining: () => ownership.draining,
    resolve: id => ownership.claims.claimFor(id),
    acceptHandover: (id, request) => ownership.claims.acceptHandover(id, request),
    push: pushToStrays({ post: deps.post, clock, random: Math.random, meter }),
    log,
  })
  const url = await server.listen({ host: settings.HANDOFF_HOST, port: settings.HANDOFF_PORT })
  const health = makeHealth(() => ownership.ready)
  const healthUrl = await health.listen({ host: '127.0.0.1', port: settings.HEALTH_PORT })
  await ownership.start(portOf(url))
  const reporting = new AbortController()
  report(() => vitalsOf(sessions, ownership), reporting.signal)
  return {
    url,
    healthPort: portOf(healthUrl),
    stop: async () => {
      await ownership.stop()
      reporting.abort()
      handoff.close()
      await Promise.all([server.close(), health.close()])
    },
  }
}

function vitalsOf(sessions: Sessions, { ready }: Ownership): Vitals {
  return { sessions: sessions.count, sockets: sessions.sockets, ready }
}

function writeLine(line: string): void {
  process.stdout.write(`${line}\n`)
}

function portOf(url: string): number {
  return Number(new URL(url).port)
}
