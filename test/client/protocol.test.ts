import { expect, test } from 'vitest'
import { memoryStore, type Change } from '../../client/src/store.ts'
import { Chat } from './support/chat.ts'
import { settled } from './support/fake-gateway.ts'
import { joinSuccess, LIMITS, message, tokenOf, SESSION_ID } from './support/frames.ts'

test('[CL7] a lost part of the log is asked for once, and again when that is lost', async () => {
  const chat = await Chat.online()
  const late = [{ seq: 9, ...message('late', { mid: 'm9' }) }]
  await chat.batch(late, { prev: 8 })
  await chat.batch(late, { prev: 8 })
  expect(await chat.frames()).toEqual([{ messageType: 'SYNC', ack: 0, from: 1, sent: 0, epoch: 1 }])
  await chat.pass(5000)
  await chat.batch([], { prev: 9 })
  expect(await chat.frames()).toHaveLength(1)
  expect(chat.events('message')).toEqual([])
})

test('[CL8] the worker that was is not listened to; what is open is repeated to a new one', async () => {
  const chat = await Chat.online()
  const page = chat.client.history({ with: 'jose' })
  const [request] = await chat.frames()
  await chat.batch([{ seq: 1, ...message('new', { mid: 'm1' }) }], { epoch: 2 })
  expect(await chat.frames()).toEqual([request])
  await chat.batch([{ seq: 2, ...message('zombie', { mid: 'm2' }) }], { epoch: 1, prev: 1 })
  expect(chat.events('message').map(({ content }) => content)).toEqual(['new'])
  await chat.batch(
    [{ messageType: 'HISTORY', id: request?.['id'], items: [message('old')], complete: true }],
    { epoch: 2, prev: 1 },
  )
  expect(await page).toMatchObject({ items: [{ content: 'old' }], complete: true })
})

test('[CL9] a frame that is refused for a while is resent from there, a refused message has failed', async () => {
  const chat = await Chat.online()
  const [one, two] = ['one', 'two'].map(content => chat.client.send({ to: 'jose', content }).id)
  await chat.frames()
  await chat.batch([{ messageType: 'ERROR', id: two, code: 'try-again', message: '', retryAfterMs: 900 }])
  await chat.pass(800)
  expect(await chat.frames()).toEqual([])
  await chat.pass(100)
  expect(await chat.frames()).toMatchObject([{ seq: 2, id: two }])
  await chat.batch([{ messageType: 'ERROR', id: one, code: 'bad-address', message: '' }], { ack: 2 })
  expect(chat.client.snapshot().messages.get(one ?? '')).toMatchObject({
    state: 'failed',
    code: 'bad-address',
  })
  expect(chat.client.snapshot().messages.get(two ?? '')).toMatchObject({ state: 'sent' })
})

test('[CL34] a refusal that comes when a new worker has spoken is about what was sent before, and holds nothing up', async () => {
  const chat = await Chat.online()
  const refusal = { messageType: 'ERROR', code: 'try-again', message: '', retryAfterMs: 9000 }
  const { id } = chat.client.send({ to: 'jose', content: 'one' })
  await chat.frames()
  await chat.batch([refusal])
  await chat.batch([{ messageType: 'SYNC', ack: 0 }], { epoch: 2 })
  expect(await chat.frames()).toMatchObject([{ seq: 1, id }])
  await chat.batch([refusal], { epoch: 2 })
  await chat.pass(300)
  expect(await chat.frames()).toMatchObject([{ seq: 1, id }])
  await chat.pass(5000)
  await chat.batch([refusal], { epoch: 2 })
  await chat.pass(8000)
  expect(await chat.frames()).toEqual([])
})

test('[CL28] a client that is too fast pauses until there is room for more than one frame', async () => {
  const chat = await Chat.online()
  const { id } = chat.client.send({ to: 'jose', content: 'one' })
  await chat.frames()
  await chat.batch([{ messageType: 'ERROR', id, code: 'rate-limited', message: '', retryAfterMs: 50 }])
  await chat.pass(999)
  expect(await chat.frames()).toEqual([])
  await chat.pass(1)
  expect(await chat.frames()).toMatchObject([{ id }])
})

test('[CL11] nobody answers: 10 s later it is resent and the connection looked at; without an answer it is replaced', async () => {
  const chat = await Chat.online()
  chat.client.send({ to: 'jose', content: 'one' })
  await chat.frames()
  await chat.pass(10_100)
  expect(await chat.frames()).toMatchObject([{ messageType: 'PING' }, { seq: 1 }])
  await chat.pass(3100)
  expect(chat.gateway.sockets).toHaveLength(2)
  expect(chat.gateway.sockets[0]?.isOpen).toBe(false)
})

test('[CL12] a quiet connection is pinged after 240 s, and once when the machine wakes', async () => {
  const chat = await Chat.online()
  await chat.pass(239_999)
  expect(await chat.frames()).toEqual([])
  await chat.pass(1)
  expect(await chat.frames()).toEqual([{ messageType: 'PING' }])
  await chat.batch([{ messageType: 'PONG' }])
  chat.wake()
  chat.wake()
  expect(await chat.frames()).toEqual([{ messageType: 'PING' }])
  await chat.batch([{ messageType: 'PONG' }])
  expect(chat.client.snapshot().status.kind).toBe('online')
})

test('[CL16] before its time is over a socket is replaced by a second one, without a break', async () => {
  const chat = await Chat.online({ random: () => 0 })
  for (let passed = 100_000; passed < LIMITS.rollMs; passed += 100_000) {
    await chat.pass(100_000)
    await chat.batch([{ messageType: 'PONG' }])
  }
  await chat.pass(100_000)
  expect(chat.gateway.sockets).toHaveLength(2)
  const [first, second] = chat.gateway.sockets
  expect(chat.client.snapshot().status.kind).toBe('online')
  second?.accept()
  expect(await chat.sent()).toMatchObject([{ messageType: 'JOIN', token: tokenOf(SESSION_ID) }])
  first?.push({ messageType: 'LEAVE', code: 'moved', message: '' })
  await chat.push(joinSuccess({ sequence: { resumed: true } }))
  expect([first?.isOpen, second?.isOpen]).toEqual([false, true])
  expect(chat.client.snapshot().status.kind).toBe('online')
})

test('[CL17] the gateway itself says that nobody took it: resent after a second, then less often', async () => {
  const chat = await Chat.online({ random: () => 1 })
  const inBand = { message: 'Internal server error', connectionId: 'c', requestId: 'r' }
  const { id } = chat.client.send({ to: 'jose', content: 'one' })
  await chat.frames()
  await chat.push(inBand)
  await chat.pass(2000)
  expect(await chat.frames()).toMatchObject([{ id }])
  await chat.push(inBand)
  await chat.pass(2000)
  expect(await chat.frames()).toEqual([])
  await chat.pass(1000)
  expect(await chat.frames()).toMatchObject([{ id }])
})

test('[CL38] a gateway that refuses everything for long hears no more each time, but less', async () => {
  const chat = await Chat.online({ random: () => 1 })
  const inBand = { message: 'Internal server error', connectionId: 'c', requestId: 'r' }
  chat.client.setPresence('away')
  void chat.client.history({ max: 1 }).catch(() => undefined)
  const perMinute: number[] = []
  for (let minute = 0; minute < 5; minute += 1) {
    let sent = 0
    for (let second = 0; second < 60; second += 1) {
      const refused = await chat.sent()
      sent += refused.length
      for (const _ of refused) await chat.push(inBand)
      await chat.pass(1000)
    }
    perMinute.push(sent)
  }
  expect(Math.max(...perMinute)).toBe(perMinute[0])
  expect(perMinute.at(-1)).toBeLessThanOrEqual(10)
})

test('[CL47] a JOIN that the gateway refuses is made again on the same socket, at most 31 s later', async () => {
  const chat = new Chat({ random: () => 1 })
  void chat.client.connect()
  await settled()
  chat.socket.accept()
  for (let tries = 0; tries < 10; tries += 1) {
    expect(await chat.sent()).toMatchObject([{ messageType: 'JOIN' }])
    await chat.push({ message: 'Internal server error', connectionId: 'c', requestId: 'r' })
    await chat.pass(31_000)
  }
  expect(chat.gateway.sockets).toHaveLength(1)
})

test('[CL23] a bridge that names what it has taken gets the rest at once; one that does not know is told first', async () => {
  const chat = await Chat.online()
  for (const content of ['one', 'two', 'three']) chat.client.send({ to: 'jose', content })
  await chat.frames()
  await chat.batch([{ messageType: 'SYNC', ack: 1 }])
  expect(await chat.frames()).toMatchObject([{ seq: 2 }, { seq: 3 }])
  await chat.batch([{ messageType: 'SYNC' }], { epoch: 2 })
  expect(await chat.frames()).toMatchObject([
    { messageType: 'SYNC', ack: 0, from: 1, sent: 3, epoch: 2 },
    { seq: 1 },
    { seq: 2 },
    { seq: 3 },
  ])
})

test('[CL24] a second socket may find another stream than the first left', async () => {
  const chat = await Chat.online({ random: () => 0 }, joinSuccess({ limits: { ...LIMITS, rollMs: 1000 } }))
  await chat.pass(1000)
  chat.socket.accept()
  await chat.sent()
  const features = { resume: true, archive: true }
  await chat.push(joinSuccess({ features, sequence: { stream: 2, resumed: false } }))
  expect(chat.client.snapshot().status.kind).toBe('catching-up')
  expect(await chat.frames()).toMatchObject([{ messageType: 'HISTORY' }])
})

test('[CL25] a frame goes out when it is kept, and not before', async () => {
  const store = memoryStore()
  const kept = Promise.withResolvers<void>()
  const slow = { ...store, save: (change: Change) => (change.put ? kept.promise : store.save(change)) }
  const chat = await Chat.online({ store: slow })
  chat.client.send({ to: 'jose', content: 'one' })
  expect(await chat.frames()).toEqual([])
  kept.resolve()
  expect(await chat.frames()).toMatchObject([{ content: 'one' }])
})

test('[CL26] what a socket says that was given up is not heard', async () => {
  const chat = await Chat.online()
  const old = chat.socket
  chat.wake()
  await chat.pass(3000)
  chat.socket.accept()
  await chat.sent()
  await chat.push(joinSuccess({ sequence: { resumed: true } }))
  old.reopen()
  old.push({ stream: 1, epoch: 1, prev: 0, ack: 0, frames: [{ seq: 1, ...message('late', { mid: 'm1' }) }] })
  old.close()
  await settled()
  expect(chat.events('message')).toEqual([])
  expect(chat.client.snapshot().status.kind).toBe('online')
})

test('[CL27] a client that is reopened while it closes reads the store when all is in it', async () => {
  const chat = await Chat.online()
  const done = Promise.withResolvers<void>()
  chat.client.on('message', () => done.promise)
  await chat.batch([{ seq: 1, ...message('one', { mid: 'm1' }) }])
  const closed = chat.client.close()
  const again = chat.client.connect()
  await settled()
  expect(chat.gateway.sockets).toHaveLength(1)
  done.resolve()
  await closed
  await settled()
  chat.socket.accept()
  expect(await chat.sent()).toMatchObject([{ ack: 1, since: 'm1' }])
  await chat.push(joinSuccess({ sequence: { seq: 1, resumed: true } }))
  await again
})
