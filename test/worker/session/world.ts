import { randomBytes } from 'node:crypto'
import type { Clock } from '../../../shared/clock.ts'
import { Gate } from '../../../shared/gate.ts'
import type { OpenRequest } from '../../../shared/handoff/schemas.ts'
import { noMeter } from '../../../shared/metrics.ts'
import type { SessionRow } from '../../../shared/stores/sessions.ts'
import type { UpFrame } from '../../../shared/wire/up.ts'
import { KnownFeatures } from '../../../worker/features.ts'
import type { SessionFence } from '../../../worker/fence.ts'
import type { PostOutcome } from '../../../worker/posting.ts'
import { makeRows } from '../../../worker/rows.ts'
import { keySeal } from '../../../worker/seal/key-file.ts'
import type { SessionDeps } from '../../../worker/session/deps.ts'
import { Sessions } from '../../../worker/sessions.ts'
import { noTrace } from '../../../worker/trace.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { FakeXmpp } from '../../support/fake-xmpp.ts'
import { silentLog } from '../../support/log.ts'
import { workerIdOf } from '../../shared/stores/rows.ts'
import { HandFence } from './hand-fence.ts'
import { MemoryConnections, MemorySessions } from './memory-stores.ts'
import { XmppSide } from './xmpp-side.ts'
import { eventually } from './eventually.ts'

/** Below the silence after which a stream asks for a sign of life. */
const STEP_MS = 30_000

export type Json = Record<string, unknown>

/** What there is once, whatever becomes of workers: an XMPP server that a test plays, a gateway, the tables, time. */
export class World {
  readonly clock = new FakeClock()
  /** The wall clock can be set on, without that time passes. */
  wallAheadMs = 0
  readonly sessions = new MemorySessions()
  readonly connections = new MemoryConnections()
  readonly server: FakeXmpp
  readonly hungUp: string[] = []
  /** What the gateway took, by connection. */
  readonly taken = new Map<string, Json[]>()
  /** What it says about a connection instead of taking. */
  readonly answers = new Map<string, PostOutcome>()
  /** It takes the next post when this resolves. */
  reads = Promise.resolve()
  readonly #seal = keySeal(randomBytes(32))

  private constructor(server: FakeXmpp) {
    this.server = server
  }

  static async start(): Promise<World> {
    return new World(await FakeXmpp.start())
  }

  stop(): void {
    this.server.stop()
  }

  worker(name: string, change: Partial<SessionDeps> = {}): FakeWorker {
    return new FakeWorker(this, workerIdOf(name), change)
  }

  row(sessionId: string): SessionRow | undefined {
    return this.sessions.rows.get(sessionId)
  }

  /** All that went to this connection, batches taken apart. */
  frames(connectionId: string): Json[] {
    return (this.taken.get(connectionId) ?? []).flatMap(each =>
      Array.isArray(each['frames']) ? (each['frames'] as Json[]) : [each],
    )
  }

  batches(connectionId: string): Json[] {
    return (this.taken.get(connectionId) ?? []).filter(each => Array.isArray(each['frames']))
  }

  types(connectionId: string): string[] {
    return this.frames(connectionId).map(frame =>
      'code' in frame
        ? `${String(frame['messageType'])} ${String(frame['code'])}`
        : String(frame['messageType']),
    )
  }

  until(connectionId: string, messageType: string, nth = 1): Promise<Json> {
    return eventually(
      () => this.frames(connectionId).filter(frame => frame['messageType'] === messageType)[nth - 1],
    )
  }

  /** The client's frames up to there are acknowledged; an acknowledgement waits a moment for company. */
  untilAcked(connectionId: string, seq: number): Promise<boolean> {
    return eventually(() => {
      this.clock.advance(5)
      return this.batches(connectionId).at(-1)?.['ack'] === seq
    })
  }

  /** Time in which the XMPP server gives signs of life. */
  async pass(ms: number, xmpp: XmppSide): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      await xmpp.heard()
      this.clock.advance(Math.min(left, STEP_MS))
    }
  }

  /** The next connection to the XMPP server, for which a session may have to wait a while. */
  async comeBack(received = 0): Promise<XmppSide> {
    const connected = XmppSide.accept(this.server, received)
    let accepted = false
    void connected.then(() => (accepted = true))
    await eventually(() => {
      if (accepted) return true
      // Below the time that a login may take.
      this.clock.advance(1000)
      return false
    })
    return connected
  }

  deps(workerId: string, fence: SessionFence): SessionDeps {
    const { sessions, connections } = this
    const clock: Clock = {
      now: () => this.clock.now() + this.wallAheadMs,
      monotonic: () => this.clock.monotonic(),
      after: (ms, run) => this.clock.after(ms, run),
    }
    return {
      clock,
      workerId,
      fence,
      seal: this.#seal,
      log: silentLog,
      trace: noTrace,
      meter: noMeter,
      features: new KnownFeatures(clock),
      random: () => 1,
      newId: () => crypto.randomUUID(),
      target: { host: '127.0.0.1', port: this.server.port, domain: 'localhost', security: 'none' },
      streamLimits: { loginTimeoutMs: 15_000, maxStanzaBytes: 262_144 },
      wireLimits: { maxContentBytes: 24_576, maxFrameBytes: 28_672 },
      frameLimits: { rate: 20, burst: 200 },
      reconnectForMs: 600_000,
      maxQueueBytes: 1_000_000,
      keepMs: 600_000,
      simpleKeepMs: 30_000,
      sessionsPerUser: 5,
      logins: new Gate(16),
      rows: makeRows({ sessions, connections, fence, clock, keepMs: 600_000, log: silentLog }),
      post: (connectionId, data) => this.#post(connectionId, data),
      hangUp: async connectionId => void this.hungUp.push(connectionId),
      fleetSessions: () => 1,
      evictElsewhere: async () => false,
    }
  }

  async #post(connectionId: string, data: string): Promise<PostOutcome> {
    await this.reads
    const answer = this.answers.get(connectionId)
    if (answer !== undefined) return answer
    this.taken.set(connectionId, [...(this.taken.get(connectionId) ?? []), JSON.parse(data) as Json])
    return 'taken'
  }
}

/** The sessions of one worker. */
export class FakeWorker {
  readonly world: World
  readonly fence: HandFence
  readonly sessions: Sessions

  constructor(world: World, workerId: string, change: Partial<SessionDeps>) {
    this.world = world
    this.fence = new HandFence(world.clock)
    const deps = { ...world.deps(workerId, this.fence), ...change }
    this.sessions = new Sessions({ deps, domain: 'localhost', maxSessions: 10 })
  }

  /** A session of ana that is welcomed at this connection, and the server's side of it. */
  async join(connectionId: string, change: Partial<OpenRequest> = {}): Promise<Joined> {
    const opened = this.sessions.open({ ...JOIN, connectionId, ...change })
    const xmpp = await XmppSide.accept(this.world.server)
    await xmpp.admit()
    const outcome = await opened
    if (outcome.kind !== 'joined') throw new Error(`Not joined: ${outcome.kind}`)
    xmpp.play()
    const welcome = await this.world.until(connectionId, 'JOIN_SUCCESS')
    return { sessionId: outcome.sessionId, xmpp, welcome, token: tokenOf(welcome) }
  }

  /** A bare frame. */
  send(sessionId: string, connectionId: string, frame: UpFrame): boolean | 'later' {
    return this.sessions.receive(sessionId, { connectionId, frame } as Parameters<Sessions['receive']>[1])
  }

  batch(sessionId: string, connectionId: string, batch: Partial<Batch>): boolean | 'later' {
    return this.sessions.receive(sessionId, {
      connectionId,
      batch: { stream: 1, ack: 0, frames: [], ...batch },
    })
  }
}

export const JOIN: OpenRequest = {
  connectionId: 'c=',
  username: 'ana',
  password: 'p',
  register: false,
  handshake: false,
  verified: false,
  mode: 'simple',
}

interface Joined {
  readonly sessionId: string
  readonly xmpp: XmppSide
  readonly welcome: Json
  /** Empty for a simple session. */
  readonly token: string
}

interface Batch {
  stream: number
  ack: number
  frames: unknown[]
}

function tokenOf(welcome: Json): string {
  const sequence = welcome['sequence'] as { token: string } | undefined
  return sequence?.token ?? ''
}
