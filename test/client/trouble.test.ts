import { expect, test } from 'vitest'
import { memoryStore, type Store } from '../../client/src/store.ts'
import { Chat } from './support/chat.ts'
import { settled } from './support/fake-gateway.ts'
import { message } from './support/frames.ts'

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

test('[CL39] a message for which the store could not be read is asked again before what is asked next', async () => {
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

test('[CL42] nothing is left to be said again when the client is closed', async () => {
  const chat = await Chat.online()
  await chat.push({ messageType: 'ERROR', code: 'try-again', message: '' })
  await chat.client.close()
  expect(chat.clock.pending).toBe(0)
})
