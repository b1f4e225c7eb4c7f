import { Emitter } from './emitter.ts'
import type { TabCore } from './tabs-core.ts'
import type { News, SharedEvent, TabCall } from './tabs-messages.ts'
import { leaderStore } from './tabs-store.ts'
import type { TabWorld } from './tabs-world.ts'
import type { ClientEvents, EventName, Snapshot } from './types.ts'

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
  #seen: Snapshot
  #stopped = false

  constructor({ core, store }: Pick<TabWorld, 'core' | 'store'>, ports: LeaderPorts) {
    this.#ports = ports
    const emitter = new SharedEmitter(news => this.say(news))
    const taken = () => {
      if (!this.#stopped) ports.taken()
    }
    const forgetful = (error: Error) => void emitter.emit('error', error)
    this.core = core(leaderStore(store, { taken, forgetful }), emitter)
    this.#seen = this.core.snapshot()
    this.core.subscribe(() => this.#onChange())
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
      // The next user has nothing to do with what the tabs knew before this client did.
      if (method === 'leave') this.#change(core.snapshot())
      this.say({ kind: 'answer', call, value })
    } catch (error) {
      this.say({ kind: 'answer', call, error: error as Error })
    }
    this.#underWay.delete(call)
  }

  #onChange(): void {
    const before = this.#seen
    this.#seen = this.core.snapshot()
    const parts = Object.entries(this.#seen)
    this.#change(
      Object.fromEntries(parts.filter(([part, value]) => before[part as keyof Snapshot] !== value)),
    )
  }

  #change(changes: Partial<Snapshot>): void {
    if (!this.#stopped) this.#ports.changed(changes)
  }
}

/** What the client tells here is told in all tabs. */
class SharedEmitter extends Emitter {
  readonly #say: (news: News) => unknown

  constructor(say: (news: News) => unknown) {
    super()
    this.#say = say
  }

  override async emit<Name extends EventName>(name: Name, event: ClientEvents[Name]): Promise<void> {
    // Each tab finds the status in the state.
    if (event instanceof Error) await this.#say({ kind: 'error', error: event })
    else if (name !== 'status') await this.#say({ kind: 'event', name, event } as SharedEvent)
  }
}
