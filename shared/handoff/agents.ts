import type { Agent } from 'node:https'
import type { Clock } from '../clock.ts'
import type { WorkerRow } from '../stores/workers.ts'
import { KEEP_ALIVE_MS, WorkerAgent } from './dial.ts'

/** More workers than this are rarely in use at once; one that is left out is dialled anew when it is needed. */
const MAX_WORKERS = 64

interface Entry {
  readonly agent: Agent
  inUse: number
  usedAtMs: number
}

/** One agent a worker, kept between calls. */
export class Agents {
  #clock: Clock
  /** The least recently used first. */
  #entries = new Map<string, Entry>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async use<T>(worker: WorkerRow, run: (agent: Agent) => Promise<T>): Promise<T> {
    const entry = this.#entry(worker)
    entry.inUse += 1
    try {
      return await run(entry.agent)
    } finally {
      entry.inUse -= 1
      entry.usedAtMs = this.#clock.now()
    }
  }

  /** Closes every connection, also those that are in use. */
  close(): void {
    for (const { agent } of this.#entries.values()) agent.destroy()
    this.#entries.clear()
  }

  #entry(worker: WorkerRow): Entry {
    const { workerId } = worker
    const entry = this.#kept(workerId) ?? {
      agent: new WorkerAgent(worker, this.#clock),
      inUse: 0,
      usedAtMs: 0,
    }
    this.#entries.delete(workerId)
    this.#entries.set(workerId, entry)
    if (this.#entries.size > MAX_WORKERS) this.#dropIdle(workerId)
    return entry
  }

  /** A Lambda process sleeps between invokes: it may wake with connections that are long closed and timers that are late. */
  #kept(workerId: string): Entry | undefined {
    const entry = this.#entries.get(workerId)
    if (!entry || entry.inUse > 0 || this.#clock.now() - entry.usedAtMs < KEEP_ALIVE_MS) return entry
    entry.agent.destroy()
    return undefined
  }

  #dropIdle(except: string): void {
    for (const [workerId, { agent, inUse }] of this.#entries) {
      if (inUse > 0 || workerId === except) continue
      this.#entries.delete(workerId)
      agent.destroy()
      return
    }
  }
}
