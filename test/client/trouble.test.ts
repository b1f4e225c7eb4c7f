import { expect, test } from 'vitest'
import { memoryStore, type Store } from '../../client/src/store.ts'
import { Chat } from './support/chat.ts'
import { settled } from './support/fake-gateway.ts'
import { joinSuccess, message } from './support/frames.ts'

/** A store that fails for as long as it is told to. */
class Broken implements Store {
  broken = false
  readonly #store = memoryStore()

  load = () => this.#work(() => this.#store.load())
  save: Store['save'] = change => this.#work(() => this.#store.save(change))
  clear = () => this.#work(() => this.#store.clear())

  async #work<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.broken) throw new Error('locked')
    return work()
  }
}

test('[CL39] a message for which the store could not be read is kept before what is asked next', async () => {
  const store = new Broken()
  store.broken = true
  const chat = new Chat({ store })
  const first = chat.client.send({ to: 'jose', content: 'first' })
  await settled()
  expect(chat.events('error')).toMatchObject([{ code: 'store-failed', cause: { message: 'locked' } }])
  await expect(chat.client.connect()).rejects.toMatchObject({ code: 'store-failed' })
  expect(chat.client.snapshot().unsent).toEqual([first])
  store.broken = false
  chat.client.send({ to: 'jose', content: 'second' })
  await chat.join()
  const frames = chat.socket.sent.flatMap(text => (JSON.parse(text) as { frames: unknown[] }).frames)
  expect(frames).toMatchObject([
    { seq: 1, id: first.id, content: 'first' },
    { seq: 2, content: 'second' },
  ])
})

test('[CL40] what cannot be kept while the client closes is told', async () => {
  const store = new Broken()
  const chat = await Chat.online({ store })
  const { promise, resolve } = Promise.withResolvers<void>()
  chat.client.on('message', () => promise)
  await chat.batch([{ seq: 1, ...message('hi', { mid: 'm1' }) }])
  const closed = chat.client.close()
  await settled()
  store.broken = true
  resolve()
  await settled()
  await chat.pass(3000)
  await closed
  expect(chat.events('error')).toMatchObject([{ code: 'store-failed' }])
})

test('[CL41] an id that is made before the store is read begins with the name of the device', async () => {
  const store = memoryStore()
  const { id } = new Chat({ store }).client.send({ to: 'jose', content: 'early' })
  await settled()
  expect(id.startsWith(`${(await store.load())?.device}-`)).toBe(true)
})

test('[CL42] nothing is left to be repeated when the client is closed', async () => {
  const chat = await Chat.online()
  await chat.push({ messageType: 'ERROR', code: 'try-again', message: '' })
  await chat.client.close()
  expect(chat.clock.pending).toBe(0)
})

test('[CL43] a request that waits to be repeated ends when the client is closed, and is said no more', async () => {
  const chat = await Chat.online()
  const page = expect(chat.client.history()).rejects.toMatchObject({ name: 'ClientError', code: 'closed' })
  const added = chat.client.addContact('jose')
  const [history, add] = await chat.frames()
  const later = { messageType: 'ERROR', code: 'rate-limited', message: '', retryAfterMs: 9000 }
  await chat.batch([
    { ...later, id: history?.['id'] },
    { ...later, id: add?.['id'] },
  ])
  await chat.batch([{ messageType: 'ADD_CONTACT', id: add?.['id'], to: 'jose' }])
  await added
  const closed = chat.client.close()
  await page
  await closed
  expect(chat.clock.pending).toBe(0)
  await chat.pass(9000)
  expect(await chat.frames()).toEqual([])
})

/** Written at once; a link of 16 kbit/s takes half a minute for it. */
const LONG = 'x'.repeat(60_000)

test('[CL44] a long text has the time that a slow link needs for it before it is resent, and the connection looked at', async () => {
  const chat = await Chat.online()
  chat.client.send({ to: 'jose', content: LONG })
  expect(await chat.frames()).toHaveLength(8)
  await chat.pass(40_000)
  expect(await chat.frames()).toEqual([])
  await chat.batch([], { ack: 1 })
  await chat.pass(60_000)
  expect(chat.gateway.sockets).toHaveLength(1)
  expect(chat.client.snapshot().unsent).toEqual([])
})

test('[CL45] a ping behind a long text waits for it, and a dead connection is found all the same', async () => {
  const chat = await Chat.online()
  chat.client.send({ to: 'jose', content: LONG })
  await settled()
  chat.wake()
  await chat.pass(30_000)
  expect(chat.gateway.sockets).toHaveLength(1)
  await chat.pass(4000)
  expect(chat.gateway.sockets).toHaveLength(2)
})

test('[CL46] what was written to a socket that is gone is in the way of nothing', async () => {
  const chat = await Chat.online({ random: () => 0 })
  chat.client.send({ to: 'jose', content: LONG })
  await settled()
  chat.socket.close()
  await chat.pass(0)
  chat.socket.accept()
  await settled()
  await chat.push(joinSuccess({ sequence: { resumed: true, ack: 1 } }))
  chat.wake()
  await chat.pass(3100)
  expect(chat.gateway.sockets).toHaveLength(3)
})
