import { expect, test } from 'vitest'
import { memoryStore } from '../../client/src/store.ts'
import { Chat } from './support/chat.ts'
import { settled } from './support/fake-gateway.ts'
import { joinSuccess, message, tokenOf, SESSION_ID } from './support/frames.ts'

test('[CL13] a client that is cut comes back with its token and says where it stands, however the store came by it', async () => {
  const store = memoryStore()
  const chat = await Chat.online({ store })
  chat.client.send({ to: 'jose', content: 'one' })
  await chat.batch([{ seq: 7, ...message('hi', { mid: 'm7' }) }], { epoch: 2 })
  const join = {
    messageType: 'JOIN',
    protocol: 1,
    token: tokenOf(SESSION_ID),
    stream: 1,
    ack: 7,
    since: 'm7',
    from: 1,
    sent: 1,
    epoch: 2,
  }
  chat.socket.close()
  expect(chat.client.snapshot().status).toMatchObject({ kind: 'waiting' })
  await chat.pass(15_000)
  chat.socket.accept()
  expect(await chat.sent()).toEqual([join])
  await chat.client.close()
  const later = new Chat({ store, credentials: undefined })
  void later.client.connect()
  await settled()
  later.socket.accept()
  expect(await later.sent()).toEqual([join])
  await later.push(joinSuccess({ sequence: { epoch: 2, seq: 7, resumed: true } }))
  expect(await later.frames()).toMatchObject([{ seq: 1, content: 'one' }])
})

test('[CL48] a socket that only says that it failed is given up at once, as one that is closed', async () => {
  const chat = await Chat.online()
  chat.socket.close()
  await chat.pass(15_000)
  const failed = chat.socket
  failed.fail()
  expect(chat.client.snapshot().status).toMatchObject({ kind: 'waiting' })
  failed.close()
  await chat.pass(15_000)
  expect(chat.gateway.sockets).toHaveLength(3)
  chat.socket.accept()
  expect(await chat.sent()).toMatchObject([{ messageType: 'JOIN', token: tokenOf(SESSION_ID) }])
})

test('[CL14] a token that is no good is followed by the password, on the same socket; without one it ends there', async () => {
  const store = memoryStore()
  const first = await Chat.online({ store })
  await first.client.close()
  const chat = new Chat({ store })
  chat.client.connect().catch(() => undefined)
  await settled()
  chat.socket.accept()
  await chat.sent()
  await chat.push({ messageType: 'FORBIDDEN', code: 'token-expired', message: '' })
  expect(await chat.sent()).toMatchObject([{ messageType: 'JOIN', password: 'pw' }])
  await chat.push(joinSuccess())
  await chat.client.close()
  const poor = new Chat({ store, credentials: undefined })
  const stopped = expect(poor.client.connect()).rejects.toMatchObject({ code: 'token-expired' })
  await settled()
  poor.socket.accept()
  await poor.sent()
  await poor.push({ messageType: 'FORBIDDEN', code: 'token-expired', message: '' })
  await stopped
  expect(poor.client.snapshot().status).toEqual({ kind: 'stopped', code: 'token-expired' })
})

const comesBack = async () => {
  const chat = await Chat.online({ random: () => 0 })
  chat.socket.close()
  await chat.pass(0)
  chat.socket.accept()
  const [join] = await chat.sent()
  return { chat, join }
}

test('[CL35] a JOIN is waited for on its socket for as long as the bridge may only be slow', async () => {
  const { chat, join } = await comesBack()
  await chat.pass(30_000)
  await chat.push({ message: 'Endpoint request timed out', connectionId: 'c', requestId: 'r' })
  await chat.pass(1000)
  expect(await chat.sent()).toEqual([join])
  await chat.pass(39_999)
  expect(chat.gateway.sockets).toHaveLength(2)
  await chat.push(joinSuccess({ sequence: { resumed: true } }))
  expect(chat.client.snapshot().status.kind).toBe('online')
})

test('[CL36] a socket that has no answer for 40 s, to its handshake or its JOIN, is given up', async () => {
  const { chat } = await comesBack()
  await chat.pass(40_000)
  await chat.pass(0)
  expect(chat.gateway.sockets).toHaveLength(3)
  await chat.pass(39_999)
  expect(chat.gateway.sockets).toHaveLength(3)
  await chat.pass(1)
  await chat.pass(0)
  expect(chat.gateway.sockets).toHaveLength(4)
})

test('[CL37] a batch without a JOIN_SUCCESS before it tells that this was lost: the client rejoins, once', async () => {
  const { chat, join } = await comesBack()
  await chat.batch([{ messageType: 'SYNC' }], { epoch: 2 })
  await chat.batch([], { epoch: 2 })
  await chat.pass(0)
  expect(await chat.sent()).toEqual([join])
  await chat.push(joinSuccess({ sequence: { epoch: 2, resumed: true } }))
  expect(chat.gateway.sockets).toHaveLength(2)
  expect(chat.client.snapshot().status.kind).toBe('online')
})
