import * as z from 'zod/mini'
import type { FaultSettings } from '../../../local/gateway/faults.ts'
import { mulberry32 } from '../../../local/gateway/faults.ts'
import { sample } from '../plan/draw.ts'

const connections = z.array(z.object({ connectionId: z.string() }))

/** The gateway refused what it was asked for: a fault of the harness. */
export class GatewayRefused extends Error {
  override readonly name = 'GatewayRefused'
}

/** The faults of the local gateway, of which several can be there at once. */
export class GatewayFaults {
  readonly #endpoint: string
  readonly #seed: number
  readonly #active = new Set<FaultSettings>()
  #applied = 0

  /** `endpoint`: of the gateway itself, not of a link to it. */
  constructor(endpoint: string, seed: number) {
    this.#endpoint = endpoint
    this.#seed = seed
  }

  async begin(settings: FaultSettings): Promise<void> {
    this.#active.add(settings)
    await this.#apply()
  }

  async end(settings: FaultSettings): Promise<void> {
    this.#active.delete(settings)
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

  #apply(): Promise<unknown> {
    // The gateway begins its draws again each time: with one seed for all, a fault that is late in them would never come.
    const settings: FaultSettings = { seed: this.#seed + this.#applied }
    this.#applied += 1
    for (const active of this.#active) Object.assign(settings, active)
    return this.#call('PUT', 'faults', settings)
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
