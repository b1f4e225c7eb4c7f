import { NOTHING_YET } from './snapshot.ts'
import type { PendingCall } from './tabs-calls.ts'
import type { TabCore } from './tabs-core.ts'
import { ClientError } from './errors.ts'
import { errorOf } from './tabs-fault.ts'
import { TabLeader } from './tabs-leader.ts'
import { TabLock } from './tabs-lock.ts'
import {
  envelope,
  readTabMessage,
  type FromLeader,
  type SharedEvent,
  type TabMessage,
} from './tabs-messages.ts'
import { TabStore } from './tabs-store.ts'
import { SilenceWatch } from './tabs-watch.ts'
import type { TabChannel, TabWorld } from './tabs-world.ts'
import type { Snapshot, Status } from './types.ts'

export interface GroupPorts {
  /** An event of the client, for the listeners of this tab. */
  tell(shared: SharedEvent): unknown
  fault(error: Error): void
  /** `told` or `status` is another one. */
  changed(): void
  done(call: string, value: unknown): void
  failed(call: string, error: Error): void
  /** Somebody else leads than before: what is pending is to be asked again. */
  newLeader(): void
  /** The client has no connection and will not open one by itself. */
  ended(): void
}

/** When to look again whether a tab of another version still leads; it is asked all the time anyway. */
const OTHER_VERSION_MS = 10_000

const CONNECTING: Status = { kind: 'connecting' }

type Role =
  | { readonly kind: 'following'; readonly status: Status | undefined }
  | { readonly kind: 'leading'; readonly leader: TabLeader }
  /** About to be frozen, or frozen: a tab that must not lead, nor be the next in line. */
  | { readonly kind: 'resting' }
  | { readonly kind: 'gone' }

/**
 * This tab among those of its store: one leads and runs the client, the others follow it. A leader that is closed, crashes
 * or is about to be frozen loses its lock to the next in line; one that hangs keeps it, and is robbed after 10 s without
 * an answer.
 */
export class TabGroup {
  readonly #world: TabWorld
  readonly #ports: GroupPorts
  readonly #channel: TabChannel
  readonly #lock: TabLock
  readonly #watch: SilenceWatch
  readonly #unwatch: () => void
  #role: Role = { kind: 'following', status: CONNECTING }
  /** The highest heard of, or our own. */
  #term = 0
  #told = NOTHING_YET
  #device = ''

  constructor(world: TabWorld, ports: GroupPorts) {
    this.#world = world
    this.#ports = ports
    const name = `stanzagate:${world.store.name}`
    this.#channel = world.channel(name)
    this.#channel.addEventListener('message', ({ data }) => this.#onData(data))
    this.#lock = new TabLock(world.locks, name, {
      won: () => this.#lead(),
      robbed: () => this.#follow(),
      failed: error => this.#refused(error),
    })
    this.#watch = new SilenceWatch(world.clock, world.random, {
      ping: () => this.#post({ kind: 'ping' }),
      silent: untilMs => this.#show({ kind: 'waiting', retryAtMs: untilMs, code: 'tab-silent' }),
      giveUp: () => this.#lock.steal(),
    })
    this.#unwatch = world.sleep({ asleep: () => this.#rest(), awake: () => this.#wake() })
    this.#begin()
  }

  /** The client's state as far as this tab knows it. */
  get told(): Snapshot {
    return this.#role.kind === 'leading' ? this.#role.leader.snapshot : this.#told
  }

  /** What ids of this device begin with; empty until a leader was heard. */
  get device(): string {
    return this.core?.device ?? this.#device
  }

  /** How things are instead, while nobody leads. */
  get status(): Status | undefined {
    return this.#role.kind === 'following' ? this.#role.status : undefined
  }

  /** The client itself, while this tab leads. */
  get core(): TabCore | undefined {
    return this.#role.kind === 'leading' ? this.#role.leader.core : undefined
  }

  /** Has it done by the leader, which `done` or `failed` tells; without a leader, nobody hears it. */
  ask(pending: PendingCall): void {
    if (this.#role.kind === 'leading') return void this.#run(this.#role.leader, pending)
    const { call, asked } = pending
    try {
      this.#post({ kind: 'call', call, asked })
    } catch (error) {
      // What cannot be copied, a function for one, cannot be asked of another tab.
      this.#ports.failed(call, toError(error))
    }
  }

  /** Leads from now on, with the credentials of this tab. */
  takeOver(): void {
    this.#lock.steal()
  }

  /** Resolves when the client of this tab, if it leads, has closed. */
  async leave(): Promise<void> {
    const role = this.#role
    this.#role = { kind: 'gone' }
    this.#unwatch()
    this.#watch.stop()
    if (role.kind === 'leading') {
      role.leader.stop()
      // The lock last: whoever has it next loads what is saved here.
      await role.leader.core.close()
    }
    this.#lock.release()
    this.#channel.close()
  }

  #lead(): void {
    if (this.#role.kind !== 'following') return
    this.#watch.stop()
    this.#term = Math.max(this.#world.clock.now(), this.#term + 1)
    const term = this.#term
    const store = new TabStore(this.#world.store, {
      taken: () => {
        if (this.#term === term) this.#follow()
      },
      forgetful: error => this.#ports.fault(error),
    })
    const leader = new TabLeader(this.#world.core(store), store, this.#told, {
      ...this.#ports,
      say: saying => this.#post({ ...saying, term }),
      soon: run => void this.#world.clock.after(0, run),
      ended: () => {
        this.#post({ kind: 'ended', term })
        this.#ports.ended()
      },
    })
    this.#role = { kind: 'leading', leader }
    leader.sayState()
    this.#ports.changed()
    this.#ports.newLeader()
  }

  /** Waits in line. */
  #begin(): void {
    this.#lock.campaign()
    this.#watch.heard()
    this.#post({ kind: 'hello' })
  }

  /** Another tab leads. */
  #follow(): void {
    if (this.#role.kind !== 'leading') return
    this.#stepDown(this.#world.alone ? { kind: 'stopped', code: 'taken' } : CONNECTING)
    if (!this.#world.alone) this.#begin()
  }

  #rest(): void {
    if (this.#role.kind === 'gone') return
    this.#stepDown(CONNECTING)
    this.#role = { kind: 'resting' }
    this.#watch.stop()
    this.#lock.release()
  }

  /** More than one event may tell of it. */
  #wake(): void {
    if (this.#role.kind !== 'resting') return
    this.#role = { kind: 'following', status: CONNECTING }
    this.#ports.changed()
    this.#begin()
  }

  /** The client that runs here is stopped at once. */
  #stepDown(status: Status): void {
    if (this.#role.kind !== 'leading') return
    const { leader } = this.#role
    this.#told = leader.snapshot
    this.#role = { kind: 'following', status }
    leader.stop()
    leader.core.abandon()
    this.#ports.changed()
  }

  #refused(error: unknown): void {
    this.#watch.stop()
    this.#show({ kind: 'stopped', code: 'locks-refused' })
    this.#ports.fault(new ClientError('locks-refused', undefined, { cause: error }))
  }

  #onData(data: unknown): void {
    const heard = readTabMessage(data)
    if (this.#role.kind === 'gone' || heard.kind === 'noise') return
    if (heard.kind === 'other-version') return this.#onOtherVersion()
    const { message } = heard
    if ('term' in message) this.#onLeader(message)
    else if (this.#role.kind === 'leading') this.#role.leader.onFollower(message)
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

  #onLeader(message: FromLeader): void {
    if (message.term < this.#term) return
    const isNew = message.term > this.#term
    this.#term = message.term
    if (this.#role.kind === 'leading') this.#follow()
    if (this.#role.kind === 'following' && (isNew || message.kind === 'alive')) {
      this.#watch.heard()
      this.#show(undefined)
    }
    if (isNew) this.#ports.newLeader()
    this.#onNews(message)
  }

  #onNews(message: FromLeader): void {
    switch (message.kind) {
      case 'state':
        this.#told = { ...this.#told, ...message.changes }
        this.#device = message.device
        return this.#ports.changed()
      case 'event':
        return void this.#ports.tell(message.shared)
      case 'fault':
        return this.#ports.fault(errorOf(message.fault))
      case 'answer': {
        const { call, outcome } = message
        if (outcome.ok) return this.#ports.done(call, outcome.value)
        return this.#ports.failed(call, errorOf(outcome.fault))
      }
      case 'ended':
        return this.#ports.ended()
      case 'alive':
        return
    }
  }

  /** What this client promised is settled only while it still leads; else the next leader is asked. */
  async #run(leader: TabLeader, { call, asked }: PendingCall): Promise<void> {
    try {
      const value = await leader.run(asked)
      if (this.core === leader.core) this.#ports.done(call, value)
    } catch (error) {
      if (this.core !== leader.core) return
      this.#ports.failed(call, toError(error))
    }
  }

  #show(status: Status | undefined): void {
    if (this.#role.kind !== 'following' || this.#role.status === status) return
    this.#role = { kind: 'following', status }
    this.#ports.changed()
  }

  #post(message: TabMessage): void {
    this.#channel.postMessage(envelope(message))
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
