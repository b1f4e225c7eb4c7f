import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { systemClock as clock } from '../../shared/clock.ts'
import { Gate } from '../../shared/gate.ts'
import type { HandoffClient } from '../../shared/handoff/client.ts'
import type { Meter } from '../../shared/metrics.ts'
import { KnownFeatures } from '../features.ts'
import type { SessionFence } from '../fence.ts'
import type { Identity } from '../identity.ts'
import type { Logger } from '../log.ts'
import { makeManagementApi } from '../management.ts'
import { makeRows } from '../rows.ts'
import { makeSeal } from '../seal/make.ts'
import type { SessionDeps } from '../session/deps.ts'
import { readTarget } from '../target.ts'
import { noTrace, traceTo } from '../trace.ts'
import type { WorkerSettings } from '../settings.ts'
import type { Stores } from './stores.ts'

export interface Around {
  readonly identity: Identity
  readonly stores: Stores
  readonly fence: SessionFence
  readonly handoff: HandoffClient
  readonly log: Logger
  readonly meter: Meter
  readonly fleetSessions: () => number
}

/**
 * What all sessions of this worker share.
 * @throws BadSetting for what only its use shows to be wrong.
 */
export function makeSessionDeps(settings: WorkerSettings, around: Around): SessionDeps {
  const { identity, stores, fence, log, meter, fleetSessions } = around
  const management = makeManagementApi(settings.MANAGEMENT_ENDPOINT, log, meter)
  return {
    ...limitsOf(settings),
    clock,
    log,
    meter,
    fence,
    fleetSessions,
    workerId: identity.workerId,
    random: Math.random,
    newId: randomUUID,
    trace: settings.TRACE === '1' ? traceTo(log) : noTrace,
    target: readTarget(
      settings.XMPP_URL,
      settings.XMPP_DOMAIN,
      settings.XMPP_TLS,
      readCa(settings.XMPP_CA_FILE),
    ),
    logins: new Gate(settings.CONCURRENT_LOGINS),
    features: new KnownFeatures(clock),
    rows: makeRows({ ...stores, fence, clock, log, keepMs: settings.SESSION_KEEP_MS }),
    seal: makeSeal(settings),
    post: management.post,
    hangUp: management.hangUp,
    evictElsewhere: evictBy(around),
  }
}

function limitsOf(settings: WorkerSettings) {
  return {
    streamLimits: { loginTimeoutMs: settings.LOGIN_TIMEOUT_MS, maxStanzaBytes: settings.MAX_STANZA_BYTES },
    wireLimits: { maxContentBytes: settings.MAX_CONTENT_BYTES, maxFrameBytes: settings.MAX_FRAME_BYTES },
    frameLimits: { rate: settings.FRAMES_PER_SECOND, burst: settings.FRAME_BURST },
    reconnectForMs: settings.RECONNECT_FOR_MS,
    maxQueueBytes: settings.PUSH_QUEUE_BYTES,
    keepMs: settings.SESSION_KEEP_MS,
    simpleKeepMs: settings.SIMPLE_KEEP_MS,
    sessionsPerUser: settings.SESSIONS_PER_USER,
  }
}

function readCa(file: string): string | undefined {
  return file === '' ? undefined : readFileSync(file, 'utf8')
}

function evictBy({ stores, handoff, log }: Around): SessionDeps['evictElsewhere'] {
  return async (sessionId, owner, attached) => {
    try {
      const worker = await stores.workers.get(owner)
      if (worker === undefined) return false
      const { kind } = await handoff.evict(worker, sessionId, attached, randomUUID())
      return kind === 'evicted'
    } catch (error) {
      log.warn({ err: error, sessionId, owner }, 'the owner of a session could not be asked to end it')
      return false
    }
  }
}
