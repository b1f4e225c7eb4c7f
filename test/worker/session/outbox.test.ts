import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Outbox, type Outgoing } from '../../../worker/session/outbox.ts'
import { Sender } from '../../../worker/session/sender.ts'
import { xml } from '../../../worker/xmpp/xml.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const outgoing = (id: string, seq?: number): Outgoing => ({
  stanza: xml('message', { id, to: 'ben@localhost' }, xml('body', {}, id)),
  frameId: id,
  seq,
})
const ids = (all: readonly Outgoing[]) => all.map(({ frameId }) => frameId)

test('[OB1] without a count from the server nobody knows what became of the rest', () => {
  const outbox = new Outbox()
  outbox.add(1, outgoing('a'))
  outbox.add(2, outgoing('b'))
  expect(ids(outbox.acknowledged(1))).toEqual(['a'])
  const { arrived, unsent, unknown } = outbox.startOver(undefined)
  expect([arrived, unsent, ids(unknown)]).toEqual([[], [], ['b']])
  expect(outbox.startOver(undefined).unknown).toEqual([])
})

test('[OB2] with the count of <failed h/> some arrived and the rest was certainly not handled', () => {
  const outbox = new Outbox()
  outbox.add(4, outgoing('a'))
  outbox.add(5, outgoing('b'))
  const { arrived, unsent, unknown } = outbox.startOver(4)
  expect([ids(arrived), ids(unsent), unknown]).toEqual([['a'], ['b'], []])
})

test('[OB3] it is full at 256 messages on their way or waiting', () => {
  const outbox = new Outbox()
  for (let number = 1; number <= 255; number += 1) outbox.add(number, outgoing('a'))
  outbox.wait({ ...outgoing('b'), suspect: true })
  expect(outbox.full).toBe(true)
  outbox.acknowledged(1)
  expect(outbox.full).toBe(false)
})

test('[OB4] behind a suspect nothing is next until it is cleared or dropped', () => {
  const outbox = new Outbox()
  outbox.wait({ ...outgoing('a'), suspect: true })
  outbox.wait({ ...outgoing('b'), suspect: false })
  expect(outbox.next).toBeUndefined()
  for (const suspect of outbox.suspects) outbox.clear(suspect)
  expect(outbox.next?.frameId).toBe('a')
})

type Step =
  | { kind: 'offer'; suspect: boolean }
  | { kind: 'ack' | 'up' | 'down' | 'later' | 'verdict' }
  | { kind: 'lost'; told: boolean }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('offer' as const), suspect: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constantFrom('ack', 'up', 'down', 'later', 'verdict') }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lost' as const), told: fc.boolean() }) },
)

/** A server that takes what is sent while the line is up, and has an archive of it. */
class Server {
  readonly arrived: string[] = []
  readonly settled: number[] = []
  readonly clock = new FakeClock()
  readonly sender: Sender
  #up = true
  #number = 0
  #asked: readonly { readonly stanzaId: string }[] | undefined

  constructor() {
    this.sender = new Sender({
      mode: 'sequenced',
      clock: this.clock,
      send: stanza => {
        if (!this.#up) return { kind: 'over' }
        this.arrived.push(String(stanza.attrs['id']))
        return { kind: 'sent', number: ++this.#number }
      },
      push: () => undefined,
      settled: seqs => this.settled.push(...seqs),
      check: suspects => (this.#asked = suspects),
    })
  }

  /** Returns whether an offer was taken. */
  run(one: Step, next: Outgoing): boolean {
    switch (one.kind) {
      case 'offer':
        return this.sender.offer(next, one.suspect) === 'taken'
      case 'ack':
        this.sender.acknowledged(this.#number)
        break
      case 'up':
      case 'down':
        this.#up = one.kind === 'up'
        break
      case 'later':
        this.clock.advance(1000)
        break
      case 'verdict':
        this.#tell()
        break
      case 'lost':
        this.sender.startOver(one.told ? this.#number : undefined)
        this.#number = 0
        this.#asked = undefined
        this.sender.checked({ found: [], missing: [], unsure: [] })
        this.sender.go()
    }
    return false
  }

  #tell(): void {
    const asked = this.#asked?.map(({ stanzaId }) => stanzaId)
    this.#asked = undefined
    if (asked === undefined) return
    const found = asked.filter(id => this.arrived.includes(id))
    this.sender.checked({ found, missing: asked.filter(id => !found.includes(id)), unsure: [] })
  }
}

test('[OB5] whatever happens, each frame that was taken arrives once, in order, and is settled once', () => {
  const property = fc.property(fc.array(step, { maxLength: 60 }), steps => {
    const server = new Server()
    let seq = 0
    for (const one of steps) if (server.run(one, outgoing(`m${seq + 1}`, seq + 1))) seq += 1
    const calm: Step[] = [{ kind: 'up' }, { kind: 'later' }, { kind: 'verdict' }, { kind: 'later' }]
    for (const one of [...calm, ...calm, { kind: 'ack' } as const]) server.run(one, outgoing('none'))
    const all = Array.from({ length: seq }, (_, index) => index + 1)
    expect(server.arrived).toEqual(all.map(number => `m${number}`))
    expect(server.settled.toSorted((one, other) => one - other)).toEqual(all)
    server.sender.end()
    expect(server.clock.pending).toBe(0)
  })
  fc.assert(property, { numRuns: 2000 })
})
