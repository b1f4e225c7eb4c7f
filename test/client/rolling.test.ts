import { expect, test } from 'vitest'
import { Chat } from './support/chat.ts'
import { settled, type ServerSocket } from './support/fake-gateway.ts'
import { joinSuccess, LIMITS, message, tokenOf, SESSION_ID } from './support/frames.ts'

const MOVED = { messageType: 'LEAVE', code: 'moved', message: '' }
const TRY_AGAIN = { messageType: 'ERROR', code: 'try-again', message: '' }
const RESUMED = joinSuccess({ sequence: { resumed: true } })
const JOIN = { messageType: 'JOIN', token: tokenOf(SESSION_ID) }

/** A client whose second socket has asked to take over. */
async function rolling() {
  const chat = await Chat.online({ random: () => 0 }, joinSuccess({ limits: { ...LIMITS, rollMs: 1000 } }))
  const first = chat.socket
  await chat.pass(1000)
  chat.socket.accept()
  expect(await chat.sent()).toMatchObject([JOIN])
  const statuses: string[] = []
  chat.client.on('status', ({ kind }) => void statuses.push(kind))
  return { chat, first, second: chat.socket, statuses }
}

/** It has opened this many sockets, joins at the last, and is online there with what it sends. */
async function isOnlineAt(chat: Chat, count: number): Promise<void> {
  expect(chat.gateway.sockets).toHaveLength(count)
  chat.socket.accept()
  expect(await chat.sent()).toMatchObject([JOIN])
  await chat.push(RESUMED)
  await talks(chat, chat.socket)
}

async function talks(chat: Chat, socket: ServerSocket): Promise<void> {
  expect(chat.client.snapshot().status.kind).toBe('online')
  expect(chat.gateway.sockets.filter(({ isOpen }) => isOpen)).toEqual([socket])
  chat.client.send({ to: 'jose', content: 'here' })
  await settled()
  expect(socket.sent.join()).toContain('here')
}

test('[CR1] a JOIN that nobody had answered in time is answered later: the socket that asked takes over all the same', async () => {
  for (const order of [
    [TRY_AGAIN, RESUMED],
    [RESUMED, TRY_AGAIN],
  ]) {
    const { chat, second, statuses } = await rolling()
    for (const frame of order) await chat.push(frame)
    await chat.pass(5000)
    await talks(chat, second)
    expect(statuses).toEqual([])
  }
})

test('[CR2] the first socket hears that it was replaced before the second hears that it is in, and nobody else notices', async () => {
  for (const frames of [[], [TRY_AGAIN]]) {
    const { chat, first, second, statuses } = await rolling()
    first.push(MOVED)
    for (const frame of frames) await chat.push(frame)
    first.push(MOVED)
    await chat.pass(1000)
    await chat.push(RESUMED)
    await talks(chat, second)
    expect(statuses).toEqual([])
  }
})

test('[CR3] the first is closed while the second has no answer yet: the second joins again when it is told to, and goes on', async () => {
  for (const frames of [[], [MOVED]]) {
    const { chat, first, second } = await rolling()
    for (const frame of frames) first.push(frame)
    first.close()
    await chat.push(TRY_AGAIN)
    await chat.pass(1000)
    expect(await chat.sent()).toMatchObject([JOIN])
    await chat.push(RESUMED)
    await talks(chat, second)
  }
})

test('[CR4] the second socket breaks when its JOIN was sent, and that is handled all the same: a third one is opened', async () => {
  for (const order of ['moved first', 'moved then', 'not told']) {
    const { chat, first, second, statuses } = await rolling()
    if (order === 'moved first') first.push(MOVED)
    second.close()
    await chat.pass(10_000)
    if (order === 'moved then') first.push(MOVED)
    await chat.pass(2000)
    expect(statuses).toEqual([])
    first.close()
    await settled()
    await isOnlineAt(chat, 3)
    expect(statuses).toEqual(['connecting', 'online'])
  }
})

test('[CR5] the same when the second was given up because nobody answered', async () => {
  const { chat, first, second } = await rolling()
  await chat.push(TRY_AGAIN)
  await chat.pass(40_000)
  expect([first.isOpen, second.isOpen]).toEqual([true, false])
  first.push(MOVED)
  first.close()
  await settled()
  await isOnlineAt(chat, 3)
})

test('[CR11] the JOIN of a socket that is gone may be handled after that of the one that followed it', async () => {
  const { chat, first, second } = await rolling()
  first.close()
  second.close()
  await chat.pass(0)
  await isOnlineAt(chat, 3)
  await chat.push(MOVED)
  expect(chat.client.snapshot().status.kind).toBe('online')
  chat.socket.close()
  await settled()
  await isOnlineAt(chat, 4)
})

test('[CR6] whatever the roll did, 40 s later `moved` means that somebody else has the token', async () => {
  const { chat, first, second } = await rolling()
  second.close()
  await chat.pass(40_000)
  first.push(MOVED)
  await settled()
  expect(chat.client.snapshot().status).toEqual({ kind: 'stopped', code: 'moved' })
})

test('[CR7] so it does at once after a JOIN that was answered', async () => {
  const { chat } = await rolling()
  await chat.push(RESUMED)
  await chat.push(MOVED)
  expect(chat.client.snapshot().status).toEqual({ kind: 'stopped', code: 'moved' })
})

test('[CR8] a second socket that is refused, or has nothing to say yet, is dropped, and the next roll comes a minute later', async () => {
  const { chat, first, second, statuses } = await rolling()
  await chat.push({ messageType: 'FORBIDDEN', code: 'token-expired', message: '' })
  expect([first.isOpen, second.isOpen]).toEqual([true, false])
  await chat.pass(59_999)
  expect(chat.gateway.sockets).toHaveLength(2)
  await chat.pass(1)
  expect(chat.gateway.sockets).toHaveLength(3)
  expect(statuses).toEqual([])
})

test('[CR9] no second socket is left open when the client closes, leaves or has to join again in the middle of a roll', async () => {
  for (const how of ['close', 'leave', 'not joined'] as const) {
    const { chat, first, second } = await rolling()
    if (how === 'not joined') first.push({ messageType: 'ERROR', code: 'not-joined', message: '' })
    else void chat.client[how]()
    await settled()
    expect(second.isOpen).toBe(false)
    expect(first.isOpen).toBe(how !== 'close')
  }
})

test('[CR10] what comes over the first socket during a roll is told', async () => {
  const { chat, first } = await rolling()
  const frames = [{ seq: 1, ...message('hi', { mid: 'm1' }) }]
  first.push({ stream: 1, epoch: 1, prev: 0, ack: 0, frames })
  await settled()
  expect(chat.events('message')).toMatchObject([{ content: 'hi' }])
})

test('[CR12] a wake in the middle of a roll asks the first socket at once, and gives up the second', async () => {
  const { chat, first, second, statuses } = await rolling()
  chat.wake()
  await settled()
  expect([first.isOpen, second.isOpen]).toEqual([true, false])
  expect(first.sent.at(-1)).toContain('PING')
  first.push({ messageType: 'PONG' })
  await chat.pass(59_999)
  expect(chat.gateway.sockets).toHaveLength(2)
  await chat.pass(1)
  expect(chat.gateway.sockets).toHaveLength(3)
  expect(statuses).toEqual([])
})

test('[CR13] a network that is gone in the middle of a roll is missed within 3 s of the wake', async () => {
  const { chat, first } = await rolling()
  chat.wake()
  await chat.pass(2999)
  expect(first.isOpen).toBe(true)
  await chat.pass(1)
  expect(first.isOpen).toBe(false)
  await isOnlineAt(chat, 3)
})

test('[CR14] a roll that comes while the socket is in doubt comes again a minute later', async () => {
  const chat = await Chat.online({ random: () => 0 }, joinSuccess({ limits: { ...LIMITS, rollMs: 1000 } }))
  await chat.pass(999)
  chat.wake()
  await chat.pass(1)
  await chat.push({ messageType: 'PONG' })
  await chat.pass(59_999)
  expect(chat.gateway.sockets).toHaveLength(1)
  await chat.pass(1)
  expect(chat.gateway.sockets).toHaveLength(2)
})

test('[CR15] an acknowledgement that is late in the middle of a roll neither ends it nor is forgotten', async () => {
  const { chat, first, second, statuses } = await rolling()
  chat.client.send({ to: 'jose', content: 'late' })
  await settled()
  await chat.pass(11_000)
  expect(first.sent.join()).not.toContain('PING')
  expect(second.isOpen).toBe(true)
  // It may be lost, so it is sent again.
  expect(first.sent.filter(text => text.includes('late'))).toHaveLength(2)
  await chat.push(RESUMED)
  expect(second.sent.join()).toContain('late')
  await talks(chat, second)
  expect(statuses).toEqual([])
})

test('[CR16] when the second socket is no use either, the first is asked at once', async () => {
  const { chat, first, second } = await rolling()
  chat.client.send({ to: 'jose', content: 'late' })
  await settled()
  await chat.pass(11_000)
  await chat.pass(29_000)
  expect([first.isOpen, second.isOpen]).toEqual([true, false])
  expect(first.sent.join()).toContain('PING')
  await chat.pass(4000)
  expect(first.isOpen).toBe(false)
  await isOnlineAt(chat, 3)
})
