import { expect, test } from 'vitest'
import { Outbox, type OutboxHooks } from '../../client/src/outbox.ts'
import { applyChange, type Saved, type SavedFrame } from '../../client/src/store.ts'

const WINDOW = { frames: 4, bytes: 10_000, maxContentBytes: 100 }

/** An outbox whose store is at hand. */
class Shelf {
  saved: Saved = { items: [] }
  readonly changes: string[] = []
  outbox = this.#open()

  reload(): void {
    this.outbox = this.#open()
  }

  say(id: string, content = id): void {
    this.outbox.add(id, { messageType: 'NEW_MESSAGE', to: 'jose', content }, 1000)
  }

  take(): readonly string[] {
    return this.outbox.take(WINDOW).map(frame => {
      const { seq, id } = JSON.parse(frame) as { seq: number; id: string }
      return `${seq} ${id}`
    })
  }

  state(id: string): string | undefined {
    return this.outbox.get(id)?.state
  }

  #open(): Outbox {
    const hooks: OutboxHooks = {
      save: change => void (this.saved = applyChange(this.saved, change)),
      changed: ({ id, state }) => void this.changes.push(`${id} ${state}`),
      removed: id => void this.changes.push(`${id} removed`),
    }
    return new Outbox({ items: this.saved.items, up: this.saved.up }, hooks)
  }
}

const displayed: SavedFrame = { messageType: 'DISPLAYED', to: 'jose', message: 'm' }

test('[OB1] frames get their places in the order in which they are given, and keep them over a reload', () => {
  const shelf = new Shelf()
  shelf.say('a')
  shelf.outbox.add('d', displayed, 1000)
  shelf.reload()
  shelf.say('b')
  expect(shelf.take()).toEqual(['1 a', '2 d', '3 b'])
  expect(shelf.saved.up).toEqual({ acked: 0, sent: 3 })
})

test('[OB2] no more than the window is on its way; a text of more parts than that goes alone', () => {
  const shelf = new Shelf()
  for (const id of ['a', 'b', 'c']) shelf.say(id)
  shelf.say('long', 'x'.repeat(600))
  shelf.say('z')
  expect(shelf.take()).toEqual(['1 a', '2 b', '3 c'])
  expect(shelf.take()).toEqual([])
  shelf.outbox.ack(3)
  expect(new Set(shelf.take())).toEqual(new Set(['4 long']))
  expect(shelf.take()).toEqual([])
  shelf.outbox.ack(4)
  expect(shelf.take()).toEqual(['5 z'])
})

test('[OB3] resending begins where it is told, never before what is acknowledged', () => {
  const shelf = new Shelf()
  for (const id of ['a', 'b', 'c']) shelf.say(id)
  shelf.take()
  shelf.outbox.ack(1)
  shelf.outbox.rewind(3)
  expect(shelf.take()).toEqual(['3 c'])
  shelf.outbox.rewind(1)
  expect(shelf.take()).toEqual(['2 b', '3 c'])
  shelf.outbox.rewind(9)
  expect(shelf.take()).toEqual([])
  expect(shelf.outbox.position).toEqual({ from: 2, sent: 3 })
})

test('[OB4] an acknowledged message is sent, and all else is forgotten', () => {
  const shelf = new Shelf()
  shelf.say('a')
  shelf.outbox.add('d', displayed, 1000)
  shelf.take()
  shelf.outbox.ack(2)
  expect(shelf.saved.items.map(({ id, state, seq }) => [id, state, seq])).toEqual([['a', 'sent', 0]])
})

test('[OB5] states only go forward, but for receipts, which know better than a guess', () => {
  const shelf = new Shelf()
  shelf.say('a')
  expect(shelf.outbox.settle('a', 'delivered')).toBe(true)
  expect(shelf.outbox.settle('a', 'unsure')).toBe(false)
  shelf.take()
  shelf.outbox.ack(1)
  expect(shelf.state('a')).toBe('delivered')
  expect(shelf.outbox.settle('a', 'displayed')).toBe(true)
  expect(shelf.outbox.settle('a', 'delivered')).toBe(false)
  shelf.say('b')
  shelf.outbox.settle('b', 'unsure', 'unsure')
  expect(shelf.outbox.settle('b', 'delivered')).toBe(true)
  expect(shelf.changes).toEqual([
    'a queued',
    'a delivered',
    'a displayed',
    'b queued',
    'b unsure',
    'b delivered',
  ])
})

test('[OB6] what failed keeps its place, and is resent, until that is acknowledged; also when it is discarded', () => {
  const shelf = new Shelf()
  for (const id of ['a', 'b', 'c']) shelf.say(id)
  shelf.take()
  shelf.outbox.settle('b', 'failed', 'bad-address')
  shelf.outbox.drop('b')
  expect(shelf.outbox.items.map(({ id }) => id)).toEqual(['a', 'c'])
  shelf.reload()
  expect(shelf.take()).toEqual(['1 a', '2 b', '3 c'])
  shelf.outbox.ack(3)
  expect(shelf.saved.items.map(({ id }) => id)).toEqual(['a', 'c'])
})

test('[OB7] in another session, what was never sent gets a place; what may have been sent is never resent', () => {
  const shelf = new Shelf()
  for (const id of ['acked', 'suspect']) shelf.say(id)
  shelf.outbox.add('d', displayed, 1000)
  shelf.take()
  shelf.outbox.ack(1)
  shelf.say('fresh')
  shelf.outbox.startOver()
  expect(shelf.take()).toEqual(['1 d', '2 fresh'])
  expect(shelf.outbox.suspects.map(({ id }) => id)).toEqual(['suspect'])
  expect(shelf.state('suspect')).toBe('queued')
  expect(shelf.saved.items.find(({ id }) => id === 'suspect')?.state).toBe('unsure')
  shelf.outbox.clear()
  expect(shelf.state('suspect')).toBe('unsure')
})

test('[OB8] a suspect that the archive knows is sent; one of before a reload too', () => {
  const shelf = new Shelf()
  for (const id of ['one', 'two']) shelf.say(id)
  shelf.take()
  shelf.outbox.startOver()
  expect(shelf.outbox.settle('one', 'sent')).toBe(true)
  shelf.reload()
  expect(shelf.state('two')).toBe('unsure')
  expect(shelf.outbox.settle('two', 'sent')).toBe(true)
  expect(shelf.take()).toEqual([])
})

test('[OB9] of what is settled the newest 200 are kept, of what is not all; with 1000 that wait only messages are taken', () => {
  const shelf = new Shelf()
  shelf.say('failed')
  shelf.outbox.settle('failed', 'failed')
  for (let count = 0; count < 250; count += 1) shelf.say(`m${count}`)
  while (shelf.take().length > 0) shelf.outbox.ack(shelf.outbox.position.sent)
  expect(shelf.outbox.items).toHaveLength(201)
  expect(shelf.outbox.items[0]?.id).toBe('failed')
  for (let count = 0; count < 1000; count += 1) shelf.say(`w${count}`)
  // `send` counts messages, and has let this one through.
  shelf.say('more')
  expect(shelf.state('more')).toBe('queued')
  expect(() => shelf.outbox.add('d', displayed, 1000)).toThrow(
    expect.objectContaining({ code: 'outbox-full' }),
  )
})

test('[OB10] of what is loaded without how far it was sent, all that waits may have been', () => {
  const shelf = new Shelf()
  for (const id of ['acked', 'one', 'two']) shelf.say(id)
  shelf.take()
  shelf.outbox.ack(1)
  shelf.saved = { ...shelf.saved, up: { acked: 1 } }
  shelf.reload()
  expect(shelf.outbox.position).toEqual({ from: 2, sent: 3 })
  shelf.outbox.startOver()
  shelf.outbox.clear()
  expect(shelf.take()).toEqual([])
  expect([shelf.state('one'), shelf.state('two')]).toEqual(['unsure', 'unsure'])
})

test('[OB11] a place that was given away by whoever went on from a copy is not given away again', () => {
  const shelf = new Shelf()
  shelf.say('a')
  shelf.take()
  shelf.outbox.ack(5)
  shelf.say('b')
  expect(shelf.take()).toEqual(['6 b'])
  expect(shelf.outbox.position).toEqual({ from: 6, sent: 6 })
})

test('[OB12] what is said before the session begins is not among what may have been sent', () => {
  const shelf = new Shelf()
  shelf.say('old')
  shelf.saved = { ...shelf.saved, up: { acked: 0 } }
  shelf.reload()
  shelf.say('new')
  shelf.outbox.startOver()
  shelf.outbox.clear()
  expect(shelf.take()).toEqual(['1 new'])
  expect(shelf.state('old')).toBe('unsure')
})
