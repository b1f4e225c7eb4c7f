import { afterEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { SocketLike } from '../../client/src/options.ts'
import { numbered, Person } from '../support/person.ts'
import { until } from '../support/until.ts'
import type { Account } from '../target/target.ts'
import { visit } from '../target/visit.ts'

/** Instead of nearly two hours: long enough for a JOIN, so that most of the time is between two rolls. */
const ROLL_MS = 500
const ROLLS = 6

interface SocketEvent {
  readonly data: unknown
  readonly code: number
}

/** To its client, a bridge whose sockets live for half a second; all else passes unchanged. */
class ShortLived implements SocketLike {
  readonly #socket: WebSocket

  constructor(url: string, protocols: string[]) {
    this.#socket = new WebSocket(url, protocols)
  }

  get isClosed(): boolean {
    return this.#socket.readyState === WebSocket.CLOSED
  }

  send(text: string): void {
    this.#socket.send(text)
  }

  close(code?: number): void {
    this.#socket.close(code)
  }

  addEventListener(kind: string, listener: (event: SocketEvent) => void): void {
    this.#socket.on(kind, (about: unknown) => {
      if (kind === 'message') listener({ data: hurried(String(about)), code: 0 })
      else listener({ data: undefined, code: Number(about) })
    })
  }
}

function hurried(text: string): string {
  return text.includes('"JOIN_SUCCESS"') ? text.replace(/"rollMs":\d+/, `"rollMs":${ROLL_MS}`) : text
}

/** Somebody who rolls twice a second, with all sockets that were opened for it, oldest first. */
class Roller {
  readonly person: Person
  readonly sockets: ShortLived[] = []
  /** Since it was online first. */
  readonly statuses: string[] = []

  constructor(url: string, account: Account) {
    this.person = new Person(url, account)
  }

  async connect(): Promise<void> {
    const { person, sockets } = this
    const Socket = class extends ShortLived {
      constructor(url: string, protocols: string[]) {
        super(url, protocols)
        sockets.push(this)
      }
    }
    await person.reload({ WebSocket: Socket })
    person.client.on('status', ({ kind }) => void this.statuses.push(kind))
  }

  /** The next socket is on its way. */
  async rolls(): Promise<void> {
    const { length } = this.sockets
    await until(() => this.sockets.length > length, `another socket for ${this.person.name}`)
  }
}

const bridge = visit()
const people: Person[] = []
afterEach(() => Promise.all(people.splice(0).map(person => person.leave())))

test('[CI8] two people talk while their sockets are replaced again and again: nothing is lost, doubled or out of order, and nobody notices', async () => {
  const [ann, ben] = bridge.people('ann', 'ben').map(account => new Roller(bridge.url, account)) as [
    Roller,
    Roller,
  ]
  people.push(ann.person, ben.person)
  await Promise.all([ann.connect(), ben.connect()])
  for (let roll = 0; roll < ROLLS; roll += 1) {
    await Promise.race([ann.rolls(), ben.rolls()])
    for (const text of numbered(5, `roll ${roll}, text`)) {
      ann.person.say(ben.person, text)
      ben.person.say(ann.person, text)
    }
  }
  await Promise.all([ann, ben].map(({ sockets }) => until(() => sockets.length > ROLLS, 'as many rolls')))
  const texts = Array.from({ length: ROLLS }, (_, roll) => numbered(5, `roll ${roll}, text`)).flat()
  await Promise.all([ann, ben].map(({ person }) => person.got(texts.length)))
  await Promise.all([ann, ben].map(({ person }) => person.settled()))
  for (const { person, sockets, statuses } of [ann, ben]) {
    await until(() => sockets.slice(0, ROLLS - 1).every(({ isClosed }) => isClosed), 'old sockets closed')
    expect(person.texts).toEqual(texts)
    expect(person.client.snapshot().unsent).toEqual([])
    expect(person.errors).toEqual([])
    expect(statuses).toEqual([])
  }
})
