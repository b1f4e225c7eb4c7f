import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { ChatClient } from '../../client/src/client.ts'
import { resolve } from '../../client/src/defaults.ts'
import type { ClientOptions, SocketLike } from '../../client/src/options.ts'
import { memoryStore, type Store } from '../../client/src/store.ts'
import type { Message } from '../../client/src/types.ts'
import type { FaultSettings } from '../../local/gateway/faults.ts'
import { Bridge } from '../support/bridge.ts'

let bridge: Bridge
let tests = 0
const people: Person[] = []

beforeAll(async () => {
  bridge = await Bridge.start({ workers: 2, settings: { SESSIONS_PER_USER: '1' } })
})
afterEach(async () => {
  await setFaults({})
  await Promise.all(people.splice(0).map(person => person.client.close()))
})
afterAll(() => bridge.stop())

async function setFaults(faults: FaultSettings): Promise<void> {
  const url = `${bridge.stack.gateway.managementEndpoint}/_local/faults`
  const answer = await fetch(url, { method: 'PUT', body: JSON.stringify(faults) })
  expect(answer.ok).toBe(true)
}

/** Somebody with a device: one store, and one client after the other on it. */
class Person {
  readonly name: string
  readonly store: Store = memoryStore()
  readonly received: Message[] = []
  readonly errors: Error[] = []
  readonly gaps: unknown[] = []
  client: ChatClient
  #sockets: WebSocket[] = []

  constructor(name: string) {
    this.name = name
    this.client = this.#start()
  }

  get texts(): readonly string[] {
    return this.received.map(({ content }) => content)
  }

  /** The network is gone from one moment to the next. */
  cut(): void {
    for (const socket of this.#sockets.splice(0)) socket.terminate()
  }

  /** Another client on the same store; `credentials` absent: the token has to do. */
  async reload(options: Partial<ClientOptions> = {}): Promise<void> {
    await this.client.close()
    this.client = this.#start(options)
    await this.client.connect()
  }

  /** All that was sent is at the XMPP server. */
  settled(): Promise<void> {
    return bridge.until(
      () => [...this.client.snapshot().messages.values()].every(({ state }) => state !== 'queued'),
      `${this.name}'s messages at the server`,
    )
  }

  got(count: number): Promise<void> {
    return bridge.until(() => this.received.length >= count, `${count} messages for ${this.name}`)
  }

  #start(options: Partial<ClientOptions> = {}): ChatClient {
    const sockets = this.#sockets
    const credentials = { username: this.name, password: `${this.name}-pass` }
    const client = new ChatClient(
      resolve({
        url: bridge.url,
        credentials,
        store: this.store,
        WebSocket: class extends WebSocket implements SocketLike {
          constructor(url: string, protocols: string[]) {
            super(url, protocols)
            sockets.push(this)
          }
        },
        ...options,
      }),
    )
    client.on('message', message => void this.received.push(message))
    client.on('error', error => void this.errors.push(error))
    client.on('gap', gap => void this.gaps.push(gap))
    return client
  }
}

/** Two new users who are online. */
async function pair(): Promise<[Person, Person]> {
  tests += 1
  const both: [Person, Person] = [new Person(`ann${tests}`), new Person(`ben${tests}`)]
  people.push(...both)
  await Promise.all(both.map(({ client }) => client.connect()))
  return both
}

function texts(count: number, what: string): readonly string[] {
  return Array.from({ length: count }, (_, at) => `${what} ${at}`)
}

function say(from: Person, to: Person, content: string): void {
  from.client.send({ to: to.name, content })
}

test('[CI1] two clients talk: each message arrives once and in order, long ones whole, and is known to be sent', async () => {
  const [ann, ben] = await pair()
  const long = `${'é"\n'.repeat(10_000)}.`
  for (const text of [...texts(30, 'to ben'), long]) say(ann, ben, text)
  for (const text of texts(30, 'to ann')) say(ben, ann, text)
  await ben.got(31)
  await ann.got(30)
  await Promise.all([ann.settled(), ben.settled()])
  expect(ben.texts).toEqual([...texts(30, 'to ben'), long])
  expect(ann.texts).toEqual(texts(30, 'to ann'))
  expect(ann.client.snapshot().unsent).toEqual([])
  expect([...ann.errors, ...ben.errors]).toEqual([])
})

test('[CI2] sockets that are cut again and again cost nothing but time', async () => {
  const [ann, ben] = await pair()
  for (const round of [0, 1, 2, 3]) {
    for (const text of texts(10, `round ${round}`)) say(ann, ben, text)
    ann.cut()
    if (round % 2 === 0) ben.cut()
    await bridge.until(() => ann.client.snapshot().status.kind === 'online', 'ann online again')
  }
  await ben.got(40)
  await ann.settled()
  expect(ben.texts).toEqual([0, 1, 2, 3].flatMap(round => texts(10, `round ${round}`)))
  expect(ann.client.snapshot().unsent).toEqual([])
})

test('[CI3] a reload goes on with the token alone: what was written offline goes out, what came meanwhile comes in', async () => {
  const [ann, ben] = await pair()
  say(ben, ann, 'before')
  await ann.got(1)
  await ann.client.close()
  say(ann, ben, 'written offline')
  say(ben, ann, 'meanwhile')
  await ben.settled()
  await ann.reload({ credentials: undefined })
  await ben.got(1)
  await ann.got(2)
  expect(ann.texts).toEqual(['before', 'meanwhile'])
  expect(ben.texts).toEqual(['written offline'])
})

test('[CI4] after the session was given up, the archive tells what happened, once', async () => {
  const [ann, ben] = await pair()
  say(ben, ann, 'before')
  say(ann, ben, 'my own')
  await ann.got(1)
  await ann.settled()
  await ann.client.close()
  // There may be one session, and one without a socket gives way.
  const elsewhere = await bridge.signIn(ann.name)
  for (const text of texts(70, 'while away')) say(ben, ann, text)
  await ben.settled()
  elsewhere.send({ messageType: 'LEAVE' })
  await elsewhere.closed
  await ann.reload()
  await ann.got(71)
  say(ben, ann, 'after')
  await ann.got(72)
  expect(ann.texts).toEqual(['before', ...texts(70, 'while away'), 'after'])
  expect(ann.gaps).toEqual([])
})

test('[CI5] a gateway that loses, doubles and swaps what goes up changes nothing', async () => {
  const [ann, ben] = await pair()
  await setFaults({
    seed: 7,
    drop: { rate: 0.1 },
    duplicate: { rate: 0.2 },
    reorder: { rate: 0.2 },
  })
  for (const [at, text] of texts(60, 'text').entries()) {
    say(ann, ben, text)
    if (at % 3 === 0) await new Promise(next => setImmediate(next))
  }
  await ben.got(60)
  await setFaults({})
  await ann.settled()
  expect(ben.texts).toEqual(texts(60, 'text'))
})

test('[CI6] leaving ends the session and empties the store', async () => {
  const [ann] = await pair()
  await ann.client.leave()
  expect(await ann.store.load()).toBeUndefined()
  await expect(ann.reload({ credentials: undefined })).rejects.toMatchObject({ code: 'no-credentials' })
})

test('[CI7] a worker that is killed or replaced in the middle of a talk costs no message, and doubles none', async () => {
  const [ann, ben] = await pair()
  const [first, second] = bridge.stack.workers
  for (const text of texts(10, 'before')) say(ann, ben, text)
  first?.kill()
  for (const text of texts(10, 'during')) say(ann, ben, text)
  await bridge.stack.addWorker()
  await ben.got(20)
  if (second !== undefined) await bridge.stack.retireWorker(second)
  for (const text of texts(10, 'after')) say(ann, ben, text)
  for (const text of texts(5, 'back')) say(ben, ann, text)
  await ben.got(30)
  await ann.got(5)
  await ann.settled()
  expect(ben.texts).toEqual(['before', 'during', 'after'].flatMap(when => texts(10, when)))
  expect(ann.texts).toEqual(texts(5, 'back'))
  expect(ann.client.snapshot().unsent).toEqual([])
  await bridge.stack.addWorker()
})
