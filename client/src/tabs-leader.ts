import type { TabCore } from './tabs-core.ts'
import { faultOf } from './tabs-fault.ts'
import type { FromFollower, FromLeader, SharedEvent, TabCall } from './tabs-messages.ts'
import type { TabStore } from './tabs-store.ts'
import { isUp } from './tabs-view.ts'
import type { Snapshot, Status } from './types.ts'

const SHARED: readonly SharedEvent['name'][] = [
  'message',
  'state',
  'presence',
  'contact',
  'typing',
  'subscription',
  'gap',
]

/** What a leader says; its term is put to it on the way. */
export type Saying = {
  [Kind in FromLeader['kind']]: Omit<Extract<FromLeader, { kind: Kind }>, 'term'>
}[FromLeader['kind']]

export interface LeaderPorts {
  /** To all other tabs. */
  say(saying: Saying): void
  /** As a task of its own: a frozen tab may still hear what is said to it, but its timers stand still. */
  soon(run: () => void): void
  /** To this tab. A promise is awaited before a message counts as kept. */
  tell(shared: SharedEvent): unknown
  fault(error: Error): void
  /** The core's snapshot is another one. */
  changed(): void
  /** The core has no connection and will not open one by itself. */
  ended(): void
}

/** The side of the one tab that runs the client for all: does what they ask, and tells them what it hears. */
export class TabLeader {
  readonly core: TabCore
  readonly #store: TabStore
  readonly #ports: LeaderPorts
  /** Calls under way, so that one that is asked twice is done once. */
  readonly #underWay = new Set<string>()
  readonly #unsubscribe: (() => void)[] = []
  /** What the others know. */
  #said: Snapshot | undefined
  #stateDue = false
  /** What the tabs knew before this client knows anything itself. */
  #inherited: Snapshot
  readonly #initial: Snapshot
  #shown: { readonly of: Snapshot; readonly snapshot: Snapshot }

  constructor(core: TabCore, store: TabStore, inherited: Snapshot, ports: LeaderPorts) {
    this.core = core
    this.#store = store
    this.#ports = ports
    const status: Status = isUp(inherited.status) ? { kind: 'connecting' } : inherited.status
    // Who was writing may have stopped since, unheard.
    this.#inherited = { ...inherited, status, typing: [] }
    this.#initial = core.snapshot()
    this.#shown = { of: this.#initial, snapshot: this.#inherited }
    this.#listen()
  }

  /** The client's, with what was known before in place of what it has yet to learn. */
  get snapshot(): Snapshot {
    const of = this.core.snapshot()
    if (of !== this.#shown.of) {
      this.#shown = { of, snapshot: { ...this.#inherited, ...changesOf(this.#initial, of) } }
    }
    return this.#shown.snapshot
  }

  /** Says and hears nothing any more; the core is not touched. */
  stop(): void {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe()
  }

  onFollower(message: FromFollower): void {
    switch (message.kind) {
      case 'hello':
        return this.sayState()
      case 'ping':
        return this.#ports.soon(() => this.#ports.say({ kind: 'alive' }))
      case 'call':
        return void this.#answer(message.call, message.asked)
    }
  }

  /** To all, whoever it is that needs it. */
  sayState(): void {
    this.#said = this.snapshot
    this.#ports.say({ kind: 'state', changes: this.#said, device: this.core.device })
  }

  /** Resolves when it is done; for a message, when it is kept. */
  async run(asked: TabCall): Promise<unknown> {
    const { core } = this
    switch (asked.method) {
      case 'send':
        return this.#send(...asked.args)
      case 'retry': {
        const [id, newId, message] = asked.args
        // First the new one: what breaks off between the two is shown twice, and not lost.
        await this.#send(newId, message)
        return this.#discard(id)
      }
      case 'discard':
        return this.#discard(...asked.args)
      case 'leave':
        await core.leave()
        this.#forget()
        return this.#ports.ended()
      default:
        return Reflect.apply(core[asked.method], core, asked.args) as unknown
    }
  }

  /** A message that the leader before has kept, but not answered for, is asked of the next one again. */
  async #send(id: string, message: { readonly to: string; readonly content: string }): Promise<void> {
    if (await this.#store.has(id)) return
    this.core.sendAs(id, message)
    await this.#store.kept(id)
  }

  /** The next user has nothing to do with what this one knew. */
  #forget(): void {
    this.#inherited = this.core.snapshot()
    this.#shown = { of: this.#inherited, snapshot: this.#inherited }
    this.#onChange()
  }

  /** Asked twice, or of a message that is settled by now, it is nothing. */
  #discard(id: string): void {
    if (this.core.snapshot().unsent.some(message => message.id === id)) this.core.discard(id)
  }

  async #answer(call: string, asked: TabCall): Promise<void> {
    if (this.#underWay.has(call)) return
    this.#underWay.add(call)
    try {
      this.#ports.say({ kind: 'answer', call, outcome: { ok: true, value: await this.run(asked) } })
    } catch (error) {
      this.#ports.say({ kind: 'answer', call, outcome: { ok: false, fault: faultOf(error) } })
    } finally {
      this.#underWay.delete(call)
    }
  }

  #listen(): void {
    const { core } = this
    const share = (shared: SharedEvent): unknown => {
      // The others first: when this tab ends in between, they have it, and nobody tells it to them again.
      this.#ports.say({ kind: 'event', shared })
      return this.#ports.tell(shared)
    }
    this.#unsubscribe.push(
      ...SHARED.map(name =>
        core.on(name, (event: SharedEvent['event']) => share({ name, event } as SharedEvent)),
      ),
      core.on('error', error => {
        this.#ports.say({ kind: 'fault', fault: faultOf(error) })
        this.#ports.fault(error)
      }),
      core.on('status', status => {
        if (status.kind === 'stopped') this.#ports.ended()
      }),
      core.subscribe(() => this.#onChange()),
    )
  }

  /** Many changes of one moment are told once. */
  #onChange(): void {
    this.#ports.changed()
    if (this.#stateDue) return
    this.#stateDue = true
    queueMicrotask(() => {
      this.#stateDue = false
      if (this.#unsubscribe.length > 0) this.#sayChanges()
    })
  }

  #sayChanges(): void {
    const changes = changesOf(this.#said, this.snapshot)
    this.#said = this.snapshot
    if (Object.keys(changes).length > 0) this.#ports.say({ kind: 'state', changes, device: this.core.device })
  }
}

function changesOf(before: Snapshot | undefined, after: Snapshot): Partial<Snapshot> {
  const changed = Object.entries(after).filter(([part, value]) => before?.[part as keyof Snapshot] !== value)
  return Object.fromEntries(changed)
}
