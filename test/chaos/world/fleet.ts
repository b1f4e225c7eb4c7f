import { ServerFailed } from '../../../local/server-process.ts'
import { startWorkerProcess, type WorkerProcess } from '../../../local/workers.ts'
import { sleep, within, type Clock } from '../../../shared/clock.ts'
import { TcpLink, type LinkMode } from '../links/tcp.ts'
import { partners, type Partner } from '../plan/fault.ts'

export interface Target {
  readonly host: string
  readonly port: number
}

export interface FleetOptions {
  readonly places: number
  /** The bundle of a worker. */
  readonly entry: string
  /** What all workers get, beside the addresses of their links. */
  readonly env: Readonly<Record<string, string>>
  readonly targets: Readonly<Record<Partner, () => Target>>
  readonly log: (line: string) => void
  /** A worker ended and nobody had asked it to. */
  readonly onLost: (place: number, exitCode: number | null) => void
  readonly clock: Clock
}

interface Place {
  readonly links: Readonly<Record<Partner, TcpLink>>
  worker: WorkerProcess | undefined
}

/**
 * Fargate takes tens of seconds to start a task, and on a machine of its own: here its start, a second of a core, would come
 * just when the others are busy taking over.
 */
const REPLACED_AFTER_MS = 10_000
const TRIED_AGAIN_AFTER_MS = 1000
/** Long enough for some messages, short enough for nobody to have noticed. */
const MUTED_MS = 1500
/** ECS kills a task so long after SIGTERM ("stopTimeout"). */
const STOP_TIMEOUT_MS = 120_000

/** The workers, each at a place with links of its own to everything it needs. */
export class Fleet {
  readonly #options: FleetOptions
  readonly #places: Place[] = []
  /** All that run, also those that have no place any more. */
  readonly #alive = new Set<WorkerProcess>()
  #begun = 0
  #stopped = false

  private constructor(options: FleetOptions) {
    this.#options = options
  }

  static async start(options: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet(options)
    try {
      for (let place = 0; place < options.places; place += 1) fleet.#places.push(await makePlace(options))
      await Promise.all(
        fleet.#places.map(async (_, place) => fleet.#settle(place, await fleet.#begin(place))),
      )
      return fleet
    } catch (error) {
      await fleet.stop()
      throw error
    }
  }

  /**
   * SIGKILL of the worker at a place, or at the next one that has any; resolves when the replacement is ready. What a muted
   * worker said last is never heard.
   */
  async kill(wanted: number, muted?: Partner): Promise<string> {
    const { clock } = this.#options
    const place = this.#occupiedFrom(wanted)
    const worker = this.#dismiss(place)
    if (muted !== undefined) {
      this.setLink(place, muted, { kind: 'silent' })
      await sleep(clock, MUTED_MS)
    }
    worker?.kill()
    await worker?.exited
    if (muted !== undefined) this.setLink(place, muted, { kind: 'refused' })
    await sleep(clock, REPLACED_AFTER_MS)
    if (muted !== undefined) this.setLink(place, muted, { kind: 'open' })
    await this.#occupy(place)
    return worker?.id ?? 'nobody was there'
  }

  /** A deployment over one place; resolves when the old worker is gone. */
  async drain(place: number): Promise<string> {
    const old = this.#place(place).worker
    await this.#occupy(place)
    if (old === undefined) return 'nobody was there'
    const { clock } = this.#options
    const begin = clock.monotonic()
    signal(old, 'SIGTERM')
    await within(clock, STOP_TIMEOUT_MS, old.exited)
    const tookMs = Math.round(clock.monotonic() - begin)
    old.kill()
    return `${old.id} drained in ${tookMs} ms${tookMs >= STOP_TIMEOUT_MS ? ', and was killed' : ''}`
  }

  async pause(place: number, forMs: number): Promise<string> {
    const worker = this.#place(place).worker
    if (worker === undefined) return 'nobody was there'
    signal(worker, 'SIGSTOP')
    await sleep(this.#options.clock, forMs)
    signal(worker, 'SIGCONT')
    return worker.id
  }

  /** Sets the link of one place to a partner. */
  setLink(place: number, partner: Partner, mode: LinkMode): void {
    this.#place(place).links[partner].set(mode)
  }

  /** Sets the links of all places to a partner. */
  setLinks(partner: Partner, mode: LinkMode): void {
    for (const { links } of this.#places) links[partner].set(mode)
  }

  /** The processes of the workers that have a place now. */
  get pids(): readonly number[] {
    return this.#places.flatMap(({ worker }) => worker?.pid ?? [])
  }

  /** Ends every fault that is still there. */
  heal(): void {
    for (const partner of partners) this.setLinks(partner, { kind: 'open' })
    for (const { worker } of this.#places) if (worker !== undefined) signal(worker, 'SIGCONT')
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const place of this.#places) place.worker = undefined
    // What they hold ends with the XMPP server; nobody is there to take it over.
    for (const worker of this.#alive) worker.kill()
    await Promise.all([...this.#alive].map(worker => worker.exited))
    await Promise.all(this.#places.flatMap(({ links }) => partners.map(partner => links[partner].stop())))
  }

  async #occupy(at: number): Promise<void> {
    const { log, clock } = this.#options
    for (;;) {
      try {
        return this.#settle(at, await this.#begin(at))
      } catch (error) {
        // DynamoDB may be away just now. ECS tries again as well.
        if (!(error instanceof ServerFailed) || this.#stopped) throw error
        log(String(error))
        await sleep(clock, TRIED_AGAIN_AFTER_MS)
      }
    }
  }

  #occupiedFrom(wanted: number): number {
    const { length } = this.#places
    const inTurn = this.#places.map((_, step) => (wanted + step) % length)
    return inTurn.find(at => this.#places[at]?.worker !== undefined) ?? wanted
  }

  #begin(at: number): Promise<WorkerProcess> {
    const { entry, env, log, clock } = this.#options
    this.#begun += 1
    // By its key the store knows who writes, also when that is one that no longer should.
    const key = { AWS_ACCESS_KEY_ID: `worker-${this.#begun}` }
    const own = { ...env, ...addresses(this.#place(at).links), ...key }
    return startWorkerProcess({ entry, env: own, log, clock })
  }

  #settle(at: number, worker: WorkerProcess): void {
    this.#place(at).worker = worker
    this.#alive.add(worker)
    if (this.#stopped) worker.kill()
    this.#watch(at, worker).catch((error: unknown) => this.#options.log(String(error)))
  }

  /** As ECS does when a task ends by itself. */
  async #watch(at: number, worker: WorkerProcess): Promise<void> {
    const code = await worker.exited
    this.#alive.delete(worker)
    const place = this.#place(at)
    // Its end is ours when it has lost its place before.
    if (place.worker !== worker) return
    place.worker = undefined
    this.#options.onLost(at, code)
    await this.#occupy(at)
  }

  #dismiss(at: number): WorkerProcess | undefined {
    const place = this.#place(at)
    const { worker } = place
    place.worker = undefined
    return worker
  }

  #place(at: number): Place {
    const place = this.#places[at]
    if (place === undefined) throw new RangeError(`There is no place ${at}.`)
    return place
  }
}

async function makePlace({ targets, clock }: FleetOptions): Promise<Place> {
  const links = {
    dynamodb: await TcpLink.open(targets.dynamodb, clock),
    xmpp: await TcpLink.open(targets.xmpp, clock),
    gateway: await TcpLink.open(targets.gateway, clock),
  }
  return { links, worker: undefined }
}

function addresses({ dynamodb, xmpp, gateway }: Place['links']): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${dynamodb.port}`,
    XMPP_URL: `xmpp://127.0.0.1:${xmpp.port}`,
    MANAGEMENT_ENDPOINT: `http://127.0.0.1:${gateway.port}`,
  }
}

function signal({ pid }: WorkerProcess, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It is gone already.
  }
}
