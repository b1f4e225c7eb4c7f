import type { Emit } from './emitter.ts'
import { codeOf } from './errors.ts'
import { memoryOf, type Saved } from './store.ts'
import type { CorePorts, TabCore } from './tabs-core.ts'
import type { News, SharedEvent, TabCall } from './tabs-messages.ts'
import { leaderStore } from './tabs-store.ts'
import { changesMessages } from './tabs-view.ts'
import type { TabWorld } from './tabs-world.ts'
import type { Snapshot } from './types.ts'

export interface LeaderPorts extends Pick<CorePorts, 'device'> {
  /** To all tabs, this one included. A promise is awaited before a message counts as kept. */
  say(news: News): unknown
  /** The client's snapshot is another one. */
  changed(changes: Partial<Snapshot>): void
  /** The world's memory is another one. */
  readonly keep: (memory: Saved | undefined) => void
  /** Another tab has the store. */
  taken(): void
}

/** Runs the client for all tabs: does what they ask, and tells them what it hears. */
export class TabLeader {
  readonly core: TabCore
  readonly #ports: LeaderPorts
  /** Calls under way, so that one that is asked twice is done once. */
  readonly #underWay = new Set<string>()
  /** What was sent while the store could not be read. Not answered, but done before whatever is asked next. */
  readonly #unkept: TabCall[] = []
  #stopped = false

  constructor({ core, store, memory }: Pick<TabWorld, 'core' | 'store' | 'memory'>, ports: LeaderPorts) {
    this.#ports = ports
    const emit: Emit = async (name, event) => {
      await this.say(
        event instanceof Error
          ? { kind: 'error', error: event }
          : ({ kind: 'event', name, event } as SharedEvent),
      )
    }
    const taken = () => {
      if (!this.#stopped) ports.taken()
    }
    const changed = (changes: Partial<Snapshot>) => {
      if (!this.#stopped) ports.changed(changes)
    }
    const kept = leaderStore(store, memoryOf(memory, ports.keep), taken, emit)
    this.core = core(kept, { emit, changed, device: ports.device })
  }

  /** Says nothing any more but what goes wrong; the core is not touched. */
  stop(): void {
    this.#stopped = true
  }

  /** What a leader that has stopped would say is never done with: told to nobody, it must not count as kept. */
  say(news: News): unknown {
    return this.#stopped && news.kind !== 'error' ? new Promise(() => undefined) : this.#ports.say(news)
  }

  /** What is done only after `stop` has no answer: the next leader is asked. */
  async run(asked: TabCall): Promise<void> {
    const { call, method, args } = asked
    if (this.#underWay.has(call)) return
    this.#underWay.add(call)
    for (const one of this.#unkept.splice(0)) void this.run(one)
    const { core } = this
    let news: News
    try {
      const value: unknown = await Reflect.apply(core[method], core, args)
      news = { kind: 'answer', call, value }
    } catch (cause) {
      const error = cause as Error
      news = { kind: 'answer', call, error }
      if (changesMessages(asked) && codeOf(error) === 'store-failed') {
        this.#unkept.push(asked)
        news = { kind: 'error', error }
      }
    }
    this.#underWay.delete(call)
    this.say(news)
  }
}
