import { expect, test } from 'vitest'
import { memoryStore } from '../../client/src/store.ts'
import { Chat } from './support/chat.ts'
import { settled } from './support/fake-gateway.ts'
import { joinSuccess, message } from './support/frames.ts'

test('[CL1] a client joins with its credentials and is online', async () => {
  const chat = new Chat()
  const online = chat.client.connect()
  await settled()
  expect(chat.socket).toMatchObject({ url: 'wss://chat.example.org', protocols: ['stanzagate.v1'] })
  chat.socket.accept()
  expect(await chat.sent()).toEqual([{ messageType: 'JOIN', protocol: 1, username: 'ann', password: 'pw' }])
  await chat.push(joinSuccess())
  await online
  expect(chat.client.snapshot()).toMatchObject({
    status: { kind: 'online' },
    self: { jid: 'ann@example.org' },
  })
  expect(chat.events('status').map(({ kind }) => kind)).toEqual(['connecting', 'catching-up', 'online'])
})

test('[CL2] a message of the bridge is told once', async () => {
  const chat = await Chat.online()
  const item = { seq: 1, ...message('hi', { mid: 'm1', id: 'x' }) }
  await chat.batch([item])
  await chat.batch([item])
  expect(chat.events('message')).toEqual([
    {
      id: 'x',
      mid: 'm1',
      from: 'jose@example.org',
      to: 'ann@example.org',
      content: 'hi',
      timestamp: '2026-01-02T03:04:05.000Z',
      own: false,
      delayed: false,
      truncated: false,
    },
  ])
})

test('[CL3] a message goes up in a batch, in its place, and is sent when the bridge says so', async () => {
  const chat = await Chat.online()
  const { id } = chat.client.send({ to: 'jose', content: 'hello' })
  expect(await chat.frames()).toEqual([
    { seq: 1, id, messageType: 'NEW_MESSAGE', to: 'jose', content: 'hello' },
  ])
  expect(chat.client.snapshot().unsent).toMatchObject([{ id, state: 'queued' }])
  await chat.batch([], { ack: 1 })
  expect(chat.client.snapshot().messages.get(id)?.state).toBe('sent')
  expect(chat.client.snapshot().unsent).toEqual([])
  await chat.batch([{ seq: 1, messageType: 'STATE', id, state: 'delivered' }])
  expect(chat.events('state').map(({ state }) => state)).toEqual(['queued', 'sent', 'delivered'])
})

test('[CL4] an item is acknowledged when its listeners are done and the cursor is kept, after 60 s or with the next batch', async () => {
  const store = memoryStore()
  const chat = await Chat.online({ store })
  const { promise, resolve } = Promise.withResolvers<void>()
  chat.client.on('message', () => promise)
  await chat.batch([{ seq: 5, ...message('hi', { mid: 'm1' }) }])
  await chat.pass(61_000)
  expect(await chat.sent()).toEqual([])
  expect((await store.load())?.cursor).toMatchObject({ seq: 0 })
  resolve()
  await settled()
  expect((await store.load())?.cursor).toMatchObject({ seq: 5, since: 'm1' })
  await chat.pass(60_000)
  expect(await chat.sent()).toEqual([{ stream: 1, ack: 5, frames: [] }])
})

test('[CL5] 32 items are acknowledged at once', async () => {
  const chat = await Chat.online()
  const items = Array.from({ length: 40 }, (_, at) => ({
    seq: at + 1,
    ...message(`${at}`, { mid: `m${at}` }),
  }))
  await chat.batch(items.slice(0, 31))
  expect(await chat.sent()).toEqual([])
  await chat.batch(items.slice(31), { prev: 31 })
  expect(await chat.sent()).toMatchObject([{ stream: 1, frames: [] }])
})

test('[CL6] what a listener throws is an error event and nothing else', async () => {
  const chat = await Chat.online()
  chat.client.on('message', () => {
    throw new Error('no room')
  })
  chat.client.subscribe(() => {
    throw new Error('no screen')
  })
  await chat.batch([
    { seq: 1, ...message('one', { mid: 'm1' }) },
    { seq: 2, ...message('two', { mid: 'm2' }) },
  ])
  expect(chat.events('message')).toHaveLength(2)
  const { id } = chat.client.send({ to: 'jose', content: 'still here' })
  expect(await chat.frames()).toMatchObject([{ id }])
  expect(chat.events('error')[0]).toMatchObject({ code: 'listener-failed', cause: { message: 'no room' } })
})

test('[CL10] a failed message is retried under another id, or forgotten; others are left alone', async () => {
  const chat = await Chat.online()
  const { id } = chat.client.send({ to: 'jose', content: 'one' })
  expect(() => chat.client.retry(id)).toThrow(expect.objectContaining({ code: 'unknown-message' }))
  await chat.frames()
  await chat.batch([{ messageType: 'ERROR', id, code: 'bad-address', message: '' }], { ack: 1 })
  const again = chat.client.retry(id)
  expect(again.id).not.toBe(id)
  expect(await chat.frames()).toMatchObject([{ seq: 2, id: again.id, content: 'one' }])
  expect([...chat.client.snapshot().messages.keys()]).toEqual([again.id])
  await chat.batch([{ messageType: 'STATE', id: again.id, state: 'unsure' }])
  chat.client.discard(again.id)
  expect(chat.client.snapshot().messages.size).toBe(0)
})

test('[CL15] what is sent before the store is read, or offline, waits and goes out', async () => {
  const chat = new Chat()
  const early = chat.client.send({ to: 'jose', content: 'early' })
  expect(chat.client.snapshot().unsent).toEqual([early])
  await settled()
  chat.client.send({ to: 'jose', content: 'offline' })
  chat.client.connect().catch(() => undefined)
  await settled()
  chat.socket.accept()
  await chat.sent()
  await chat.push(joinSuccess())
  expect(await chat.frames()).toMatchObject([
    { seq: 1, content: 'early' },
    { seq: 2, content: 'offline' },
  ])
})

test('[CL18] requests end with their answer, its ERROR, after 30 s, or when the client is closed', async () => {
  const chat = await Chat.online()
  const added = chat.client.addContact('jose', { name: 'José', groups: ['friends'] })
  const refused = expect(chat.client.removeContact('eva')).rejects.toMatchObject({
    code: 'not-allowed',
    message: 'No.',
  })
  const late = expect(chat.client.removeContact('nobody')).rejects.toMatchObject({ code: 'timeout' })
  const [add, remove] = await chat.frames()
  expect(add).toMatchObject({ messageType: 'ADD_CONTACT', to: 'jose', name: 'José', groups: ['friends'] })
  await chat.batch([
    { messageType: 'ADD_CONTACT', id: add?.['id'], to: 'jose' },
    { messageType: 'ERROR', id: remove?.['id'], code: 'not-allowed', message: 'No.' },
  ])
  await added
  await refused
  await chat.pass(30_000)
  await late
  const open = expect(chat.client.history()).rejects.toMatchObject({ code: 'closed' })
  await settled()
  await chat.client.close()
  await open
})

test('[CL19] leaving waits for the answer and empties the store', async () => {
  const store = memoryStore()
  const chat = await Chat.online({ store })
  const left = chat.client.leave()
  expect(await chat.frames()).toEqual([{ messageType: 'LEAVE' }])
  await chat.push({ messageType: 'LEAVE', code: 'left', message: '' })
  await left
  expect(await store.load()).toBeUndefined()
  expect(chat.client.snapshot().self).toBeUndefined()
})

test('[CL20] a request to see the presence is answered like a message is sent', async () => {
  const chat = await Chat.online()
  await chat.batch([{ seq: 1, messageType: 'SUBSCRIPTION', from: 'eva', status: 'me' }])
  expect(chat.client.snapshot().requests).toEqual([{ from: 'eva', status: 'me' }])
  const answered = chat.client.answerSubscription('eva', 'approve')
  expect(await chat.frames()).toMatchObject([{ seq: 1, messageType: 'SUBSCRIPTION', answer: 'approve' }])
  expect(chat.client.snapshot().requests).toEqual([])
  await chat.batch([], { ack: 1 })
  await answered
})

test('[CL21] displayed messages are told in their place, typing only when somebody can hear it', async () => {
  const chat = await Chat.online()
  chat.client.markDisplayed({ from: 'jose', id: 'x1' })
  chat.client.markDisplayed({ from: 'jose', id: undefined })
  chat.client.setTyping('jose', 'composing')
  expect(await chat.frames()).toMatchObject([
    { messageType: 'TYPING', to: 'jose', state: 'composing' },
    { seq: 1, messageType: 'DISPLAYED', to: 'jose', message: 'x1' },
  ])
  chat.socket.close()
  chat.client.setTyping('jose', 'paused')
  await chat.join(joinSuccess({ sequence: { resumed: true, ack: 1 } }))
  expect(await chat.frames()).toEqual([])
})

test('[CL22] presence is told to each session once', async () => {
  const chat = await Chat.online()
  chat.client.setPresence('away', 'lunch')
  const away = { messageType: 'PRESENCE', show: 'away', status: 'lunch' }
  expect(await chat.frames()).toMatchObject([away])
  chat.socket.close()
  await chat.join(joinSuccess({ sequence: { resumed: true } }))
  expect(await chat.frames()).toEqual([])
  chat.socket.close()
  await chat.join(joinSuccess({ sessionId: `s_${'b'.repeat(22)}` }))
  expect(await chat.frames()).toMatchObject([away])
})

test('[CL29] more than fits is refused at once, whether the store is read or not', async () => {
  const chat = new Chat()
  for (let count = 0; count < 1000; count += 1) chat.client.send({ to: 'jose', content: `${count}` })
  const one = { to: 'jose', content: 'more' }
  expect(() => chat.client.send(one)).toThrow(expect.objectContaining({ code: 'outbox-full' }))
  await settled()
  expect(() => chat.client.send({ to: 'jose', content: 'more' })).toThrow(
    expect.objectContaining({ code: 'outbox-full' }),
  )
})
