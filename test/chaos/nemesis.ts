import { sleep, type Clock } from '../../shared/clock.ts'
import { machineMs } from './history/clock.ts'
import type { Strike } from './history/strikes.ts'
import { mulberry32 } from '../../local/gateway/faults.ts'
import type { CrowdProcess } from './people/crowds.ts'
import { sample } from './plan/draw.ts'
import type { Fault, PlannedFault } from './plan/fault.ts'
import type { GatewayFault } from './world/gateway-faults.ts'
import type { Heaps } from './world/heap.ts'
import type { World } from './world/world.ts'

/** Long after a client is back. */
const LATE_DISCONNECT_MS = 20_000
/** How long a message is held back to be overtaken. */
const REORDER_WINDOW_MS = 100

/** Brings about the faults of a plan, each at its time, side by side when they overlap. */
export class Nemesis {
  readonly #world: World
  readonly #crowds: readonly CrowdProcess[]
  readonly #clock: Clock
  readonly #strikes: Strike[] = []
  #frozen: { readonly before: Heaps; readonly after: Heaps } | undefined

  constructor(world: World, crowds: readonly CrowdProcess[], clock: Clock) {
    this.#world = world
    this.#crowds = crowds
    this.#clock = clock
  }

  /** Those that are over. */
  get strikes(): readonly Strike[] {
    return this.#strikes
  }

  /** What workers held when clients were frozen, and just before these were thawed; undefined when none were. */
  get frozen(): { readonly before: Heaps; readonly after: Heaps } | undefined {
    return this.#frozen
  }

  /** Resolves when the last fault is over. What cannot be done is noted, and the rest goes on. */
  async run(plan: readonly PlannedFault[], onStrike: (fault: Fault) => void): Promise<void> {
    const begin = this.#clock.monotonic()
    const running: Promise<void>[] = []
    for (const { atMs, fault } of plan) {
      await sleep(this.#clock, Math.max(0, begin + atMs - this.#clock.monotonic()))
      onStrike(fault)
      running.push(this.#strike(fault))
    }
    await Promise.all(running)
  }

  /** Ends all that is still wrong. */
  async heal(): Promise<void> {
    const { fleet, store, functionsLink, deaths, gateway } = this.#world
    functionsLink.set({ kind: 'open' })
    for (const crowd of this.#crowds) crowd.thaw()
    fleet.heal()
    deaths.heal()
    await Promise.all([store.heal(), gateway.heal()])
  }

  async #strike(fault: Fault): Promise<void> {
    const beginAt = machineMs()
    const outcome = await this.#do(fault).then(
      note => (note === undefined ? {} : { note }),
      (error: unknown) => ({ note: `it could not be made: ${String(error)}`, failed: true as const }),
    )
    this.#strikes.push({ fault, beginAt, endAt: machineMs(), ...outcome })
  }

  async #do(fault: Fault): Promise<string | undefined> {
    const { fleet, xmpp, gateway } = this.#world
    switch (fault.kind) {
      case 'kill':
        return fleet.kill(fault.place, fault.muted)
      case 'drain':
        return fleet.drain(fault.place)
      case 'pause':
        return fleet.pause(fault.place, fault.forMs)
      case 'partition':
        fleet.setLink(fault.place, fault.from, { kind: 'silent' })
        await sleep(this.#clock, fault.forMs)
        fleet.setLink(fault.place, fault.from, { kind: 'open' })
        return undefined
      case 'store-outage':
        return this.#takeStoreAway(fault.how, fault.forMs)
      case 'store-throttle':
        return this.#throttleStore(fault.rate, fault.forMs)
      case 'function-deaths':
        return this.#killFunctions(fault.everyMs, fault.forMs)
      case 'cut':
        return `${await gateway.cut(fault.sockets, fault.share)} cut`
      case 'frames':
      case 'posts':
        return this.#spoilGateway(gatewaySettings(fault), fault.forMs)
      case 'disconnects':
        return this.#hideEnds(fault)
      case 'xmpp-restart':
        await xmpp.restart()
        return undefined
      case 'freeze':
        return this.#freeze(fault.process, fault.forMs)
      case 'reload':
        return this.#reload(fault)
    }
  }

  async #takeStoreAway(how: 'silent' | 'errors', forMs: number): Promise<undefined> {
    const { fleet, store, functionsLink } = this.#world
    const set = async (away: boolean) => {
      if (how === 'errors') return store.setFailing(away)
      const mode = { kind: away ? 'silent' : 'open' } as const
      fleet.setLinks('dynamodb', mode)
      functionsLink.set(mode)
    }
    await set(true)
    await sleep(this.#clock, forMs)
    await set(false)
  }

  async #throttleStore(rate: number, forMs: number): Promise<undefined> {
    const { store } = this.#world
    const throttle = { rate }
    await store.throttle(throttle)
    await sleep(this.#clock, forMs)
    await store.unthrottle(throttle)
  }

  async #killFunctions(everyMs: number, forMs: number): Promise<string> {
    const { deaths } = this.#world
    const fault = deaths.begin(everyMs)
    await sleep(this.#clock, forMs)
    return `${deaths.end(fault)} killed`
  }

  async #spoilGateway(settings: GatewayFault, forMs: number): Promise<undefined> {
    const { gateway } = this.#world
    await gateway.begin(settings)
    await sleep(this.#clock, forMs)
    await gateway.end(settings)
  }

  async #hideEnds(fault: Extract<Fault, { kind: 'disconnects' }>): Promise<string> {
    const { gateway } = this.#world
    const settings = gatewaySettings(fault)
    await gateway.begin(settings)
    const cut = await gateway.cut(fault.sockets, fault.share)
    await sleep(this.#clock, fault.forMs)
    await gateway.end(settings)
    return `${cut} cut`
  }

  async #freeze(at: number, forMs: number): Promise<string> {
    const crowd = this.#crowds[at]
    const before = await this.#world.heaps()
    crowd?.freeze()
    await sleep(this.#clock, forMs)
    this.#frozen = { before, after: await this.#world.heaps() }
    crowd?.thaw()
    return crowd === undefined ? 'nobody was there' : crowd.names.join(' ')
  }

  async #reload({ clients, share, how }: Extract<Fault, { kind: 'reload' }>): Promise<string> {
    const everybody = this.#crowds.flatMap(crowd => crowd.names)
    const chosen = sample(mulberry32(share * 2 ** 32), everybody, clients)
    await Promise.all(
      this.#crowds.map(crowd =>
        crowd.ask('reload', { names: crowd.names.filter(name => chosen.includes(name)), how }),
      ),
    )
    return chosen.join(' ')
  }
}

function gatewaySettings(fault: Extract<Fault, { kind: 'frames' | 'posts' | 'disconnects' }>): GatewayFault {
  switch (fault.kind) {
    case 'frames':
      return {
        reorder: { rate: fault.reorder, windowMs: REORDER_WINDOW_MS },
        duplicate: { rate: fault.duplicate },
        drop: { rate: fault.drop },
      }
    case 'posts':
      return { postStatus: { rate: fault.rate, status: fault.status } }
    case 'disconnects':
      return fault.how === 'lost'
        ? { dropDisconnect: { rate: 1 } }
        : { lateDisconnect: { rate: 1, ms: LATE_DISCONNECT_MS } }
  }
}
