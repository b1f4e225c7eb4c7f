import type { Clock } from '../shared/clock.ts'
import type { Connections } from '../shared/stores/connections.ts'
import type { Sessions } from '../shared/stores/sessions.ts'
import type { WorkerRow } from '../shared/stores/workers.ts'
import { Cache } from './cache.ts'
import type { Placement } from './placement.ts'

/** A wrong entry costs one refused call before it is read anew, so this only bounds how long nobody asks. */
const ROUTE_TTL_MS = 60_000
/** Some 200 bytes each. */
const MAX_ROUTES = 10_000

export interface Holding {
  readonly sessionId: string
  /** Undefined when none lives: another worker takes the session over. */
  readonly owner: WorkerRow | undefined
}

export interface Route {
  /** Undefined when the socket has no session. */
  readonly held: Holding | undefined
  /** A part of it was remembered, or is only likely. */
  readonly remembered: boolean
}

export interface RoutesOptions {
  readonly connections: Connections
  readonly sessions: Sessions
  readonly placement: Placement
  readonly clock: Clock
}

/** From a socket to its session, and from the session to the worker that holds it. */
export class Routes {
  #options: RoutesOptions
  #sessionOf: Cache<string>
  #ownerOf: Cache<string>

  constructor(options: RoutesOptions) {
    const bounds = { clock: options.clock, ttlMs: ROUTE_TTL_MS, maxEntries: MAX_ROUTES }
    this.#options = options
    this.#sessionOf = new Cache(bounds)
    this.#ownerOf = new Cache(bounds)
  }

  /** `fresh` reads all of it anew. */
  async find(connectionId: string, fresh: boolean): Promise<Route> {
    const { placement } = this.#options
    const known = fresh ? undefined : this.#sessionOf.get(connectionId)
    const sessionId = known ?? (await this.#readSession(connectionId))
    if (sessionId === undefined) return { held: undefined, remembered: false }
    const owner = fresh ? undefined : await this.rememberedOwner(sessionId)
    if (owner !== undefined) return { held: { sessionId, owner }, remembered: true }
    const remembered = known !== undefined
    const ownerId = await this.#readOwner(sessionId)
    if (ownerId === undefined) return { held: undefined, remembered }
    return { held: { sessionId, owner: await placement.get(ownerId, fresh) }, remembered }
  }

  /** The worker that most likely holds a session, if it lives; undefined when that has to be read. */
  async rememberedOwner(sessionId: string): Promise<WorkerRow | undefined> {
    const likely = this.#ownerOf.get(sessionId)
    return likely === undefined ? undefined : this.#options.placement.get(likely)
  }

  /** A worker has just said that it holds this, so nobody need ask the stores. */
  learn(connectionId: string, sessionId: string, ownerId: string): void {
    this.#sessionOf.set(connectionId, sessionId)
    this.#ownerOf.set(sessionId, ownerId)
  }

  /** Whoever seems to hold it did not say so: the stores are asked next time. */
  forget(sessionId: string): void {
    this.#ownerOf.delete(sessionId)
  }

  async #readSession(connectionId: string): Promise<string | undefined> {
    const row = await this.#options.connections.get(connectionId)
    if (row) this.#sessionOf.set(connectionId, row.sessionId)
    else this.#sessionOf.delete(connectionId)
    // Whoever wrote that row most likely holds the session still.
    if (row?.owner !== undefined && this.#ownerOf.get(row.sessionId) === undefined)
      this.#ownerOf.set(row.sessionId, row.owner)
    return row?.sessionId
  }

  async #readOwner(sessionId: string): Promise<string | undefined> {
    const row = await this.#options.sessions.get(sessionId)
    if (row) this.#ownerOf.set(sessionId, row.owner)
    else this.#ownerOf.delete(sessionId)
    return row?.owner
  }
}
