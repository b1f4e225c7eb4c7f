import * as z from 'zod/mini'
import type { FaultSettings } from '../../../local/gateway/faults.ts'
import { mulberry32 } from '../../../local/gateway/faults.ts'
import { sample } from '../plan/draw.ts'
import { Overlap } from './overlap.ts'

const connections = z.array(z.object({ connectionId: z.string() }))

/** The gateway refused what it was asked for: a fault of the harness. */
export class GatewayRefused extends Error {
  override readonly name = 'GatewayRefused'
}

/** What one fault does to the gateway: which faults of the gateway it switches on, and at which rate. */
export type GatewayFault = Omit<FaultSettings, 'seed'>

interface Rated {
  readonly rate: number
}

/** The faults of the local gateway, of which several can be there at once. */
export class GatewayFaults {
  readonly #endpoint: string
  readonly #seed: number
  readonly #active = new Map<string, Overlap<Rated>>()
  #applied = 0

  /** `endpoint`: of the gateway itself, not of a link to it. */
  constructor(endpoint: string, seed: number) {
    this.#endpoint = endpoint
    this.#seed = seed
  }

  async begin(fault: GatewayFault): Promise<void> {
    for (const [name, setting] of Object.entries(fault)) this.#named(name).begin(setting)
    await this.#apply()
  }

  /** `fault`: the very object that began. */
  async end(fault: GatewayFault): Promise<void> {
    for (const [name, setting] of Object.entries(fault)) this.#named(name).end(setting)
    await this.#apply()
  }

  async heal(): Promise<void> {
    this.#active.clear()
    await this.#apply()
  }

  /** Takes the network from so many sockets, which `share` picks. Returns how many there were. */
  async cut(count: number, share: number): Promise<number> {
    const open = connections.parse(await this.#call('GET', 'connections'))
    const chosen = sample(mulberry32(share * 2 ** 32), open, count)
    await this.#call('POST', 'cut', { connectionIds: chosen.map(({ connectionId }) => connectionId) })
    return chosen.length
  }

  #named(name: string): Overlap<Rated> {
    const overlap = this.#active.get(name) ?? new Overlap<Rated>(({ rate }) => rate)
    this.#active.set(name, overlap)
    return overlap
  }

  #apply(): Promise<unknown> {
    // The gateway begins its draws again each time: with one seed for all, a fault that is late in them would never come.
    const seed = this.#seed + this.#applied
    this.#applied += 1
    const settings = [...this.#active].map(([name, { strongest }]) => [name, strongest])
    return this.#call('PUT', 'faults', { ...Object.fromEntries(settings), seed })
  }

  async #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.#endpoint}/_local/${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (!response.ok)
      throw new GatewayRefused(`${method} ${path}: ${response.status} ${await response.text()}`)
    return response.json()
  }
}
