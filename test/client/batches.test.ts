import { expect, test } from 'vitest'
import { Chat } from './support/chat.ts'
import { joinSuccess, message } from './support/frames.ts'

test('[CL29] a RESET behind something that is not here is dropped with its batch; what is missing is asked for', async () => {
  const chat = await Chat.online()
  const reset = { messageType: 'RESET', stream: 1, seq: 9 }
  await chat.batch([reset], { prev: 4 })
  expect(await chat.frames()).toMatchObject([{ messageType: 'SYNC', ack: 0 }])
  await chat.batch([{ seq: 3, ...message('three', { mid: 'm3' }) }])
  expect(chat.events('message')).toMatchObject([{ content: 'three' }])
})

test('[CL30] a RESET never moves the cursor back', async () => {
  const chat = await Chat.online()
  await chat.batch([{ seq: 8, ...message('eight', { mid: 'm8' }) }])
  await chat.batch([{ messageType: 'RESET', stream: 1, seq: 5 }])
  await chat.batch([{ seq: 6, ...message('six', { mid: 'm6' }) }])
  expect(chat.events('message')).toMatchObject([{ content: 'eight' }])
  expect(chat.client.snapshot().status.kind).toBe('online')
})

test('[CL31] a batch of an earlier stream is dropped with its acknowledgement', async () => {
  const chat = await Chat.online({}, joinSuccess({ sequence: { stream: 2 } }))
  const { id } = chat.client.send({ to: 'jose', content: 'one' })
  await chat.frames()
  await chat.batch([], { stream: 1, ack: 1 })
  expect(chat.client.snapshot().messages.get(id)?.state).toBe('queued')
})

test('[CL32] a message that a batch refuses and acknowledges was never sent', async () => {
  const chat = await Chat.online()
  const one = chat.client.send({ to: 'jose', content: 'one' })
  const two = chat.client.send({ to: 'jose', content: 'two' })
  await chat.frames()
  const error = { messageType: 'ERROR', id: one.id, code: 'not-found', message: '' }
  const unsure = { messageType: 'STATE', id: two.id, state: 'unsure', code: 'unsure' }
  await chat.batch([error, unsure], { ack: 2 })
  expect(chat.events('state').map(({ id, state }) => [id, state])).toEqual([
    [one.id, 'queued'],
    [two.id, 'queued'],
    [one.id, 'failed'],
    [two.id, 'unsure'],
  ])
})

test('[CL33] only the recipient can say what became of a message, however its address is written', async () => {
  const chat = await Chat.online()
  const { id } = chat.client.send({ to: 'JOSE@example.org', content: 'one' })
  await chat.frames()
  const state = { messageType: 'STATE', id, state: 'displayed' }
  await chat.batch([{ seq: 1, ...state, from: 'eva' }], { ack: 1 })
  expect(chat.client.snapshot().messages.get(id)?.state).toBe('sent')
  await chat.batch([{ seq: 2, ...state, from: 'jose' }], { ack: 1, prev: 1 })
  expect(chat.client.snapshot().messages.get(id)?.state).toBe('displayed')
})
