import { expect, test } from 'vitest'
import { memoryStore, type Store } from '../../client/src/store.ts'
import { Chat } from './support/chat.ts'
import { settled } from './support/fake-gateway.ts'
import { joinSuccess, LIMITS, message } from './support/frames.ts'

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

/** A client whose messages, sent at once, the gateway refuses so often: twice each time, as if they had gone in two batches. */
async function refused(times: number, texts: readonly string[], window = 32) {
  const chat = await Chat.online({ random: () => 1 }, joinSuccess({ limits: { ...LIMITS, window } }))
  for (const content of texts) chat.client.send({ to: 'jose', content })
  for (let time = 0; time < times; time += 1) {
    // The longest pause before the last refusal.
    await chat.pass(5000)
    expect(await chat.frames()).not.toEqual([])
    const inBand = { message: 'Internal server error', connectionId: 'c', requestId: 'r' }
    await chat.push(inBand)
    await chat.push(inBand)
  }
  return chat
}

test('[CL49] what waits for a bridge that was away long goes when the bridge is heard: in order, no more than the window', async () => {
  const chat = await refused(4, ['one', 'two', 'three', 'four'], 2)
  const page = chat.client.history({ max: 1 })
  const [asked] = await chat.frames()
  await chat.push({
    messageType: 'ERROR',
    id: asked?.['id'],
    code: 'try-again',
    message: '',
    retryAfterMs: 9000,
  })
  await chat.batch([], { ack: 1 })
  expect(await chat.frames()).toMatchObject([{ content: 'two' }, { content: 'three' }])
  await chat.pass(0)
  expect(await chat.frames()).toEqual([asked])
  await chat.batch([{ messageType: 'HISTORY', id: asked?.['id'], items: [], complete: true }], { ack: 2 })
  expect(await chat.frames()).toMatchObject([{ content: 'four' }])
  await page
})

test('[CL50] after one refusal the pause is kept, whatever is heard: the way up may be closed while the way down is open', async () => {
  const chat = await refused(1, ['one'])
  await chat.batch([{ messageType: 'PONG' }])
  await chat.pass(1999)
  await chat.batch([{ messageType: 'PONG' }])
  expect(await chat.frames()).toEqual([])
  await chat.pass(1)
  expect(await chat.frames()).toMatchObject([{ content: 'one' }])
})

test('[CL51] a time for which the bridge itself asks is kept, however long it was away before', async () => {
  const chat = await refused(4, ['one'])
  await chat.batch([{ messageType: 'ERROR', code: 'rate-limited', message: '', retryAfterMs: 4000 }])
  await chat.batch([{ messageType: 'PONG' }])
  await chat.pass(3999)
  expect(await chat.frames()).toEqual([])
  await chat.pass(1)
  expect(await chat.frames()).toMatchObject([{ content: 'one' }])
})

test('[CL52] many answers to one try count as one: the pause grows with the tries', async () => {
  const chat = await refused(1, ['one'])
  await chat.pass(2000)
  expect(await chat.frames()).toMatchObject([{ content: 'one' }])
})
