import { failure } from './errors.ts'
import { newId } from './ids.ts'
import { OTHER_VERSION_MS } from './limits.ts'
import { NOTHING_YET } from './snapshot.ts'
import type { TabCore } from './tabs-core.ts'
import { TabLeader } from './tabs-leader.ts'
import { contend } from './tabs-lock.ts'
import {
  envelope,
  readTabMessage,
  type FromFollower,
  type FromLeader,
  type News,
  type TabCall,
  type TabMessage,
} from './tabs-messages.ts'
import { isUp } from './tabs-view.ts'
import { watchSilence, type SilenceWatch } from './tabs-watch.ts'
import type { TabChannel, TabWorld } from './tabs-world.ts'
import type { Snapshot, Status } from './types.ts'

export interface GroupPorts {
  /** The leader, perhaps this tab, says something other than its state. A promise is awaited before a message counts as kept. */
  hear(news: News): unknown
  /** `told` or `status` is another one. */
  changed(): void
  /** Somebody else leads than before: what is pending is to be asked of it. */
  newLeader(): void
}

const CONNECTING: Status = { kind: 'connecting' }

type Role =
  /** `status`: how things are instead of what was told, while nobody leads. */
  | { readonly kind: 'following'; readonly status: Status | undefined }
  | { readonly kind: 'leading'; readonly leader: TabLeader }
  /** Gone, about to be frozen, or frozen: a tab that must not lead, nor be the next in line. */
  | { readonly kind: 'resting'; readonly status: Status }

const RESTING: Role = { kind: 'resting', status: CONNECTING }

/**
 * This tab among those of its store: one leads and runs the client, the others follow it. A leader that is closed, crashes
 * or is about to be frozen loses its lock to the next in line; one that hangs keeps it, and is robbed after 10 s without
 * an answer. The leader hears what it says like all others.
 */
export class TabGroup {
  readonly #world: TabWorld
  readonly #ports: GroupPorts
  readonly #name: string
  #channel: TabChannel | undefined
  readonly #watch: SilenceWatch
  readonly #unwatch: () => void
  #role: Role = RESTING
  /** Gives the lock back, or leaves the line. */
  #release: (() => void) | undefined
  /** The highest heard of, or our own. */
  #term = 0
  #told = NOTHING_YET
  #device = newId(2)
  /** What has changed and the other tabs do not know yet. */
  #unsaid: Partial<Snapshot> | undefined

  constructor(world: TabWorld, ports: GroupPorts) {
    this.#world = world
    this.#ports = ports
    this.#name = `stanzagate:${world.name}`
    this.#channel = world.channel?.(this.#name)
    this.#channel?.addEventListener('message', ({ data }) => this.#onData(data))
    this.#watch = watchSilence(world.clock, world.random, {
      ping: () => this.#post({ kind: 'ping' }),
      silent: untilMs => this.#show({ kind: 'waiting', retryAtMs: untilMs, code: 'tab-silent' }),
      steal: () => this.takeOver(),
    })
    this.#unwatch = world.sleep({ asleep: () => this.#rest(), awake: () => this.#wake() })
    this.#begin(this.#channel && CONNECTING)
  }

  /** The client's state as far as this tab knows it. */
  get told(): Snapshot {
    return this.#told
  }

  /** What ids of this device begin with, as far as this tab knows it. */
  get device(): string {
    return this.#leader?.core.device ?? this.#device
  }

  get status(): Status | undefined {
    return 'status' in this.#role ? this.#role.status : undefined
  }

  get leads(): boolean {
    return this.#leader !== undefined
  }

  get #leader(): TabLeader | undefined {
    return 'leader' in this.#role ? this.#role.leader : undefined
  }

  /** Has it done by the leader, who says what came of it; without a leader, nobody hears it. */
  ask(asked: TabCall): void {
    if (this.#leader) return void this.#leader.run(asked)
    try {
      this.#post({ kind: 'call', asked })
    } catch (error) {
      // What cannot be copied, a function for one, cannot be asked of another tab.
      this.#ports.hear({ kind: 'answer', call: asked.call, error: error as Error })
    }
  }

  /** Leads from now on, with the credentials of this tab. */
  takeOver(): void {
    this.#contend('steal')
  }

  /** Resolves when the client of this tab, if it leads, has closed. */
  async leave(): Promise<void> {
    this.#unwatch()
    const core = this.#become(RESTING)
    this.#channel?.close()
    // What fails from here on is told in this tab alone.
    this.#channel = undefined
    await core?.close()
    // The lock last: whoever has it next loads what is saved here.
    this.#release?.()
  }

  #contend(how: 'wait' | 'steal'): void {
    this.#release?.()
    this.#release = contend(this.#world.locks, this.#name, how, {
      won: () => this.#lead(),
      robbed: () => this.#follow(),
      failed: cause => this.#refused(cause),
    })
  }

  #lead(): void {
    if (this.#role.kind !== 'following') return
    this.#watch.stop()
    this.#term = Math.max(this.#world.clock.now(), this.#term + 1)
    // Who was writing may have stopped since, unheard.
    this.#told = {
      ...this.#told,
      status: isUp(this.#told.status) ? CONNECTING : this.#told.status,
      typing: [],
    }
    const leader = new TabLeader(this.#world, {
      device: this.#device,
      say: news => this.#say(news),
      changed: changes => this.#onChange(changes),
      keep: memory => {
        this.#world.memory = memory
        this.#sayState({})
      },
      taken: () => this.#follow(),
    })
    this.#role = { kind: 'leading', leader }
    this.#sayState(this.#told)
    this.#ports.changed()
    this.#ports.newLeader()
  }

  /** Waits in line, and asks whoever leads for the newest of all. Returns the client that ran here. */
  #begin(status: Status | undefined): TabCore | undefined {
    const core = this.#become({ kind: 'following', status })
    const { memory, shared } = this.#world
    // Others may have gone on from their copies, unheard: whatever waits in this one may have been sent by now, and the session's
    // next numbers may be taken.
    if (shared && memory) this.#world.memory = { ...memory, session: null, up: { acked: 0 } }
    this.#contend('wait')
    if (this.#channel) this.#watch.heard()
    this.#post({ kind: 'hello' })
    return core
  }

  /** Another tab leads. */
  #follow(): void {
    if (!this.#leader) return
    const robbed: Role = { kind: 'following', status: { kind: 'stopped', code: 'taken' } }
    const core = this.#channel ? this.#begin(CONNECTING) : this.#become(robbed)
    core?.abandon()
  }

  #rest(): void {
    this.#become(RESTING)?.abandon()
    this.#release?.()
  }

  /** More than one event may tell of it. */
  #wake(): void {
    if (this.#role.kind === 'resting') this.#begin(CONNECTING)
  }

  /** Any role but the leader's. Returns the client that ran here, which has said its last word. */
  #become(role: Role): TabCore | undefined {
    const leader = this.#leader
    this.#role = role
    this.#watch.stop()
    this.#ports.changed()
    leader?.stop()
    return leader?.core
  }

  #refused(cause: unknown): void {
    this.#watch.stop()
    this.#show({ kind: 'stopped', code: 'locks-refused' })
    this.#ports.hear({ kind: 'error', error: failure('locks-refused', cause) })
  }

  #onData(data: unknown): void {
    this.#world.shared = true
    const message = readTabMessage(data)
    if (message === undefined) return
    if (message === 'other-version') this.#onOtherVersion()
    else if ('term' in message) this.#onLeader(message)
    else if (this.#leader) this.#onFollower(message, this.#leader)
  }

  /** It lives, so it is not robbed: two versions would do that to each other for ever. */
  #onOtherVersion(): void {
    if (this.#role.kind !== 'following') return
    this.#watch.heard()
    this.#show({
      kind: 'waiting',
      retryAtMs: this.#world.clock.now() + OTHER_VERSION_MS,
      code: 'other-version',
    })
  }

  #onFollower(message: FromFollower, leader: TabLeader): void {
    if (message.kind === 'call') void leader.run(message.asked)
    // To all, whoever it is that needs it.
    if (message.kind === 'hello') this.#sayState(this.#told)
    // As a task of its own: a frozen tab may still hear what is said to it, but its timers stand still.
    if (message.kind === 'ping') this.#world.clock.after(0, () => void leader.say({ kind: 'alive' }))
  }

  #onLeader(message: FromLeader): void {
    if (message.term < this.#term) return
    const isNew = message.term > this.#term
    this.#term = message.term
    this.#follow()
    if (this.#role.kind === 'following' && (isNew || message.kind === 'alive')) {
      this.#watch.heard()
      this.#show(undefined)
    }
    if (isNew) this.#ports.newLeader()
    if (message.kind !== 'state') return void this.#ports.hear(message)
    this.#device = message.device
    this.#world.memory = message.memory
    this.#tell(message.changes)
  }

  /** What the client of this tab has to show; many changes of one moment are told to the others once. */
  #onChange(changes: Partial<Snapshot>): void {
    if (this.#unsaid === undefined) {
      queueMicrotask(() => {
        this.#sayState(this.#unsaid ?? {})
        this.#unsaid = undefined
      })
    }
    this.#unsaid = { ...this.#unsaid, ...changes }
    this.#tell(changes)
  }

  #tell(changes: Partial<Snapshot>): void {
    this.#told = { ...this.#told, ...changes }
    this.#ports.changed()
  }

  #show(status: Status | undefined): void {
    if (this.#role.kind !== 'following' || this.#role.status === status) return
    this.#role = { kind: 'following', status }
    this.#ports.changed()
  }

  #sayState(changes: Partial<Snapshot>): void {
    const { memory } = this.#world
    if (this.leads) this.#post({ kind: 'state', term: this.#term, changes, device: this.device, memory })
  }

  /** The others first: when this tab ends in between, they have it, and nobody repeats it to them. */
  #say(news: News): unknown {
    this.#post({ ...news, term: this.#term })
    return this.#ports.hear(news)
  }

  #post(message: TabMessage): void {
    this.#channel?.postMessage(envelope(message))
  }
}
