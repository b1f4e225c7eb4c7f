import type { Emit } from './emitter.ts'
import type { TabCore } from './tabs-core.ts'
import type { News, SharedEvent, TabCall } from './tabs-messages.ts'
import { leaderStore } from './tabs-store.ts'
import type { TabWorld } from './tabs-world.ts'
import type { Snapshot } from './types.ts'

export interface LeaderPorts {
  /** To all tabs, this one included. A promise is awaited before a message counts as kept. */
  say(news: News): unknown
  /** The client's snapshot is another one. */
  changed(changes: Partial<Snapshot>): void
  /** Another tab has the store. */
  taken(): void
}

/** Runs the client for all tabs: does what they ask, and tells them what it hears. */
export class TabLeader {
  readonly core: TabCore
  readonly #ports: LeaderPorts
  /** Calls under way, so that one that is asked twice is done once. */
  readonly #underWay = new Set<string>()
  #stopped = false

  constructor({ core, store }: Pick<TabWorld, 'core' | 'store'>, ports: LeaderPorts) {
    this.#ports = ports
    const emit: Emit = async (name, event) => {
      const error = event instanceof Error && event
      await this.say(error ? { kind: 'error', error } : ({ kind: 'event', name, event } as SharedEvent))
    }
    const taken = () => {
      if (!this.#stopped) ports.taken()
    }
    const changed = (changes: Partial<Snapshot>) => {
      if (!this.#stopped) ports.changed(changes)
    }
    this.core = core(leaderStore(store, taken, emit), { emit, changed })
  }

  /** Says nothing any more; the core is not touched. */
  stop(): void {
    this.#stopped = true
  }

  /** What a leader that has stopped would say is never done with: told to nobody, it must not count as kept. */
  say(news: News): unknown {
    return this.#stopped ? new Promise(() => undefined) : this.#ports.say(news)
  }

  /** What is done only after `stop` has no answer: the next leader is asked again. */
  async run({ call, method, args }: TabCall): Promise<void> {
    if (this.#underWay.has(call)) return
    this.#underWay.add(call)
    const { core } = this
    try {
      const value: unknown = await Reflect.apply(core[method], core, args)
      this.say({ kind: 'answer', call, value })
    } catch (error) {
      this.say({ kind: 'answer', call, error: error as Error })
    }
    this.#underWay.delete(call)
  }
}
