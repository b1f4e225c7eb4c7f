import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { memoryStore, type Store } from '../../client/src/store.ts'
import type { Clock } from '../../shared/clock.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { Chat } from './support/chat.ts'
import { FakeGateway, settled } from './support/fake-gateway.ts'
import { ModelBridge } from './support/model-bridge.ts'

/** A user's device over several starts of the client, and all that its application was told and asked for. */
class Device {
  readonly clock = new FakeClock()
  readonly gateway = new FakeGateway()
  readonly bridge = new ModelBridge(this.gateway, this.clock)
  readonly store = memoryStore()
  readonly received: string[] = []
  readonly sent: { readonly id: string; readonly content: string }[] = []
  readonly gaps: unknown[] = []
  #dead = { value: false }
  #count = 0
  #seed = 1
  chat = this.#start()

  async turn(ms = 0): Promise<void> {
    // In steps, as answers take turns of their own.
    for (let left = ms; left > 0; left -= 1000) {
      this.clock.advance(Math.min(left, 1000))
      await settled()
    }
    for (let count = 0; count < 5; count += 1) await settled()
  }

  /** Two hours pass, as the page lives them. */
  async roll(): Promise<void> {
    for (let minutes = 0; minutes < 120; minutes += 1) {
      this.clock.advance(60_000)
      await settled()
    }
  }

  async send(length: number): Promise<void> {
    const content = `up ${(this.#count += 1)} ${'é"'.repeat(length)}`
    const { id } = this.chat.client.send({ to: 'jose', content })
    this.sent.push({ id, content })
    // No page ends before its promises have had their turn; then the store has it.
    for (let turns = 0; turns < 10; turns += 1) await Promise.resolve()
  }

  deliver(length: number): void {
    this.bridge.deliver(`down ${(this.#count += 1)} ${'x'.repeat(length)}`)
  }

  /** The page is closed as it should be. */
  async reload(): Promise<void> {
    await this.chat.client.close()
    this.chat = this.#start()
  }

  async crashAtRest(): Promise<void> {
    for (let count = 0; count < 100; count += 1) await settled()
    this.crash()
  }

  /** The page is gone from one moment to the next. */
  crash(): void {
    this.#dead.value = true
    for (const socket of this.gateway.sockets) socket.closedByClient()
    this.bridge.cut()
    this.chat = this.#start()
  }

  /** Different each time, and the same in each run (Lehmer). */
  #random(): number {
    this.#seed = (this.#seed * 48_271) % 2_147_483_647
    return this.#seed / 2_147_483_647
  }

  #start(): Chat {
    const dead = (this.#dead = { value: false })
    const store = mortal(this.store, dead)
    const clock: Clock = {
      now: () => this.clock.now(),
      monotonic: () => this.clock.monotonic(),
      after: (ms, then) => this.clock.after(ms, () => dead.value || then()),
    }
    const { gateway } = this
    const WebSocket = class extends gateway.WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols)
        if (dead.value) gateway.last.closedByClient()
      }
    }
    const random = () => this.#random()
    const chat = new Chat({ store, clock, random, WebSocket }, this.clock, gateway)
    // It takes its time to keep a message, as an application with a database does.
    chat.client.on('message', async ({ content }) => {
      await settled()
      if (!dead.value) this.received.push(content)
    })
    chat.client.on('gap', gap => void this.gaps.push(gap))
    chat.client.connect().catch(() => undefined)
    return chat
  }
}

/** A store that nobody reaches any more once its page is dead. */
function mortal(store: Store, dead: { readonly value: boolean }): Store {
  const never = new Promise<never>(() => undefined)
  return {
    load: () => store.load(),
    save: change => (dead.value ? never : store.save(change)),
    clear: () => store.clear(),
  }
}

type Step = (device: Device) => unknown

const few = fc.integer({ min: 1, max: 3 })
const length = fc.oneof(
  { weight: 5, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 9000 }) },
)

const steps: fc.Arbitrary<readonly [string, Step]> = fc.oneof(
  { weight: 8, arbitrary: length.map(n => [`send ${n}`, (d: Device) => d.send(n)] as const) },
  { weight: 8, arbitrary: length.map(n => [`deliver ${n}`, (d: Device) => d.deliver(n)] as const) },
  { weight: 8, arbitrary: fc.nat(40_000).map(ms => [`pass ${ms}`, (d: Device) => d.turn(ms)] as const) },
  { weight: 2, arbitrary: fc.constant(['murmur', (d: Device) => d.bridge.murmur()] as const) },
  { weight: 2, arbitrary: fc.constant(['cut', (d: Device) => d.bridge.cut()] as const) },
  { weight: 1, arbitrary: fc.constant(['roll', (d: Device) => d.roll()] as const) },
  { weight: 1, arbitrary: fc.constant(['wake', (d: Device) => d.chat.wake()] as const) },
  { weight: 1, arbitrary: fc.constant(['new stream', (d: Device) => d.bridge.newStream()] as const) },
  { weight: 1, arbitrary: fc.constant(['forget log', (d: Device) => d.bridge.forgetLog()] as const) },
  { weight: 1, arbitrary: fc.constant(['successor', (d: Device) => d.bridge.successor()] as const) },
  { weight: 1, arbitrary: fc.constant(['expire', (d: Device) => d.bridge.expire()] as const) },
  { weight: 2, arbitrary: fc.constant(['reload', (d: Device) => d.reload()] as const) },
  { weight: 2, arbitrary: fc.constant(['crash at rest', (d: Device) => d.crashAtRest()] as const) },
  { weight: 2, arbitrary: few.map(n => [`lose up ${n}`, (d: Device) => (d.bridge.lose.up = n)] as const) },
  {
    weight: 2,
    arbitrary: few.map(n => [`lose down ${n}`, (d: Device) => (d.bridge.lose.down = n)] as const),
  },
  {
    weight: 2,
    arbitrary: few.map(n => [`double up ${n}`, (d: Device) => (d.bridge.double.up = n)] as const),
  },
  {
    weight: 2,
    arbitrary: few.map(n => [`double down ${n}`, (d: Device) => (d.bridge.double.down = n)] as const),
  },
  { weight: 2, arbitrary: fc.constant(['swap up', (d: Device) => (d.bridge.holdNext = true)] as const) },
  { weight: 2, arbitrary: few.map(n => [`refuse ${n}`, (d: Device) => (d.bridge.refuseNext = n)] as const) },
  {
    weight: 2,
    arbitrary: fc
      .integer({ min: 1, max: 29_000 })
      .map(ms => [`late join ${ms}`, (d: Device) => (d.bridge.lateJoin.nextMs = ms)] as const),
  },
  {
    weight: 1,
    arbitrary: fc.boolean().map(is => [`down ${is}`, (d: Device) => (d.bridge.isDown = is)] as const),
  },
)

async function run(script: readonly (readonly [string, Step])[]): Promise<Device> {
  const device = new Device()
  // A device that never listened begins with what comes from now on.
  await device.turn(10_000)
  for (const [, step] of script) {
    await step(device)
    // Most steps meet a client that is at rest, some one that is in the middle of something.
    if (device.sent.length % 3 > 0) await device.turn()
  }
  const { bridge } = device
  bridge.isDown = false
  bridge.holdNext = false
  bridge.refuseNext = 0
  bridge.lateJoin.nextMs = 0
  bridge.lose = { up: 0, down: 0 }
  await device.turn(300_000)
  return device
}

const script = fc.array(steps, { minLength: 5, maxLength: 60 })

/** What the other side said, in order. */
function said({ bridge }: Device): readonly unknown[] {
  return bridge.archive.flatMap(({ frame }) => (frame['own'] === undefined ? [frame['content']] : []))
}

/** What the user said, but for what nobody knows of. */
function asked({ chat, sent }: Device): readonly string[] {
  const { messages } = chat.client.snapshot()
  return sent.flatMap(({ id, content }) => (messages.get(id)?.state === 'unsure' ? [] : [content]))
}

test('[EO1] whatever fails, each message comes down once and in order, and goes up once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(script, async list => {
      const device = await run(list)
      expect(device.chat.client.snapshot().status).toEqual({ kind: 'online' })
      expect(device.received).toEqual(said(device))
      expect(device.bridge.taken.map(({ content }) => content)).toEqual(asked(device))
      expect(device.gaps).toEqual([])
      expect(device.chat.events('error')).toEqual([])
    }),
    { numRuns: 200 },
  )
})

test('[EO2] a crash in the middle of things repeats what was told and not kept yet, and loses nothing', async () => {
  const crash = fc.constant(['crash', (d: Device) => d.crash()] as const)
  const rough = fc.array(fc.oneof({ weight: 8, arbitrary: steps }, { weight: 1, arbitrary: crash }), {
    minLength: 5,
    maxLength: 60,
  })
  await fc.assert(
    fc.asyncProperty(rough, async list => {
      const device = await run(list)
      expect([...new Set(device.received)]).toEqual(said(device))
      expect(device.bridge.taken.map(({ content }) => content)).toEqual(asked(device))
    }),
    { numRuns: 200 },
  )
})
