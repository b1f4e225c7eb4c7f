import { expect, test } from 'vitest'
import { memoryStore, type Store } from '../../client/src/store.ts'
import { Chat } from './support/chat.ts'
import { settled } from './support/fake-gateway.ts'
import { joinSuccess, message } from './support/frames.ts'

const features = { resume: true, archive: true }
const other = `s_${'b'.repeat(22)}`

function inArchive(mid: string, more: object = {}) {
  return message(mid, { mid, id: `x${mid}`, ...more })
}

/** A client that has joined and asks the archive; its question. */
async function asking(store: Store, joined = joinSuccess({ features, sessionId: other })) {
  const chat = new Chat({ store })
  chat.client.connect().catch(() => undefined)
  await settled()
  chat.socket.accept()
  await chat.sent()
  await chat.push(joined)
  const [question] = await chat.frames()
  return { chat, question }
}

/** A page as the answer to the question; what is asked then. */
async function answer(
  chat: Chat,
  question: Record<string, unknown> | undefined,
  page: { readonly items?: readonly object[]; readonly complete?: boolean; readonly last?: string },
  stream = 1,
): Promise<Record<string, unknown> | undefined> {
  const { items = [], complete = true } = page
  const mids = items.map(item => (item as { mid: string }).mid)
  const ends = { first: mids[0], last: mids.at(-1) }
  await chat.batch([{ messageType: 'HISTORY', id: question?.['id'], complete, items, ...ends, ...page }], {
    stream,
  })
  const [next] = await chat.frames()
  return next
}

/** A store whose client has told everything up to a message. */
async function storeAt(mid: string): Promise<Store> {
  const store = memoryStore()
  const { chat, question } = await asking(store)
  await answer(chat, question, { items: [inArchive(mid)] })
  await chat.client.close()
  return store
}

function told(chat: Chat): readonly string[] {
  return chat.events('message').map(({ content }) => content)
}

test('[CU1] a device that never listened begins with what comes from now on', async () => {
  const { chat, question } = await asking(memoryStore())
  expect(question).toMatchObject({ messageType: 'HISTORY', max: 1 })
  expect(chat.client.snapshot().status.kind).toBe('catching-up')
  await answer(chat, question, { items: [inArchive('m1')] })
  expect(told(chat)).toEqual([])
  expect(chat.client.snapshot().status.kind).toBe('online')
})

test('[CU2] what happened meanwhile is told page by page, live items behind it, and nothing twice', async () => {
  const { chat, question } = await asking(await storeAt('m1'))
  expect(question).toMatchObject({ after: 'm1', max: 50 })
  await chat.batch([
    { seq: 1, ...inArchive('m3') },
    { seq: 2, ...inArchive('m4') },
  ])
  expect(told(chat)).toEqual([])
  const next = await answer(chat, question, { items: [inArchive('m2')], complete: false })
  expect(next).toMatchObject({ after: 'm2' })
  await answer(chat, next, { items: [inArchive('m3')] })
  expect(told(chat)).toEqual(['m2', 'm3', 'm4'])
  expect(chat.client.snapshot().status.kind).toBe('online')
})

test('[CU3] a reload in the middle goes on behind the last page', async () => {
  const store = await storeAt('m1')
  const { chat, question } = await asking(store)
  await answer(chat, question, { items: [inArchive('m2')], complete: false })
  await chat.client.close()
  const resumed = joinSuccess({ features, sessionId: other, sequence: { resumed: true } })
  const later = await asking(store, resumed)
  expect(later.question).toMatchObject({ after: 'm2' })
})

test('[CU4] a message that the archive has lost is a gap; what it still has is told from there on', async () => {
  const { chat, question } = await asking(await storeAt('m1'))
  const error = { messageType: 'ERROR', code: 'not-in-archive', message: '', id: question?.['id'] }
  await chat.batch([error])
  const [newest] = await chat.frames()
  expect(newest).not.toHaveProperty('after')
  const before = await answer(chat, newest, { items: [inArchive('m8'), inArchive('m9')], complete: false })
  expect(before).toMatchObject({ before: 'm8' })
  await answer(chat, before, { items: [inArchive('m7')] })
  expect(told(chat)).toEqual(['m7', 'm8', 'm9'])
  expect(chat.events('gap')).toEqual([{ reason: 'not-in-archive', after: 'm1' }])
})

test('[CU5] a RESET under way fetches what lies between, and items of the new place wait', async () => {
  const { chat, question } = await asking(memoryStore())
  await answer(chat, question, { items: [inArchive('m1')] })
  await chat.batch([{ messageType: 'RESET', stream: 2, seq: 0 }], { stream: 2 })
  expect(chat.client.snapshot().status.kind).toBe('catching-up')
  const [again] = await chat.frames()
  expect(again).toMatchObject({ after: 'm1' })
  await chat.batch([{ seq: 1, ...inArchive('m3') }], { stream: 2 })
  await chat.batch(
    [{ messageType: 'HISTORY', id: again?.['id'], items: [inArchive('m2')], complete: true, last: 'm2' }],
    { stream: 2, prev: 1 },
  )
  expect(told(chat)).toEqual(['m2', 'm3'])
  await chat.pass(60_000)
  expect(await chat.sent()).toEqual([{ stream: 2, ack: 1, frames: [] }])
})

test('[CU14] an archive that grows is asked no further than to the items that wait: nothing is told twice', async () => {
  const { chat, question } = await asking(await storeAt('m1'))
  await chat.batch([{ seq: 1, ...inArchive('m3') }])
  const pages = Array.from({ length: 6 }, (_, page) =>
    Array.from({ length: 50 }, (__, at) => inArchive(`m${2 + page * 50 + at}`)),
  )
  let next = question
  for (const items of pages) next &&= await answer(chat, next, { items, complete: false })
  expect(next).toBeUndefined()
  expect(chat.client.snapshot().status.kind).toBe('online')
  expect(told(chat)).toEqual(pages[0]?.map(({ content }) => content))
})

test('[CU15] items of a log that is over, or that the server had kept, do not tell how far the archive is needed', async () => {
  const { chat, question } = await asking(await storeAt('m1'))
  await chat.batch([
    { seq: 1, ...inArchive('m3') },
    { seq: 2, ...inArchive('m5', { delayed: true }) },
  ])
  await chat.batch([{ messageType: 'RESET', stream: 2, seq: 0 }], { stream: 2 })
  const [again] = await chat.frames()
  expect(again).toMatchObject({ after: 'm1' })
  expect(question).toBeDefined()
  await chat.batch([{ seq: 1, ...inArchive('m6', { delayed: true }) }], { stream: 2 })
  const page = [inArchive('m2'), inArchive('m3'), inArchive('m6')]
  const next = await answer(chat, again, { items: page, complete: false }, 2)
  expect(next).toMatchObject({ after: 'm6' })
})

test('[CU6] what a lost session may have sent is looked for: found it is sent, else unsure, and never resent', async () => {
  const store = await storeAt('m1')
  const { chat, question } = await asking(
    store,
    joinSuccess({ features, sessionId: other, sequence: { resumed: true } }),
  )
  await answer(chat, question, {})
  const [one, two] = ['one', 'two'].map(content => chat.client.send({ to: 'jose', content }).id)
  await chat.frames()
  await chat.client.close()
  const later = await asking(store, joinSuccess({ features, sessionId: `s_${'c'.repeat(22)}` }))
  expect(later.question).not.toHaveProperty('after')
  expect(later.chat.client.snapshot().messages.get(one ?? '')?.state).toBe('queued')
  const own = { own: true, id: one, timestamp: '2026-01-02T00:00:00.000Z' }
  const fill = await answer(later.chat, later.question, { items: [inArchive('o1', own)] })
  await answer(later.chat, fill, { items: [inArchive('o1', own)] })
  const { messages } = later.chat.client.snapshot()
  expect([messages.get(one ?? '')?.state, messages.get(two ?? '')?.state]).toEqual(['sent', 'unsure'])
  expect(told(later.chat)).toEqual([])
  expect(await later.chat.frames()).toEqual([])
})

test('[CU7] a page that cannot be had now is retried', async () => {
  const { chat, question } = await asking(await storeAt('m1'))
  await chat.pass(30_000)
  await chat.frames()
  await chat.pass(2000)
  const again = (await chat.frames()).find(frame => frame['messageType'] === 'HISTORY')
  expect(again).toMatchObject({ after: 'm1' })
  expect(again?.['id']).not.toBe(question?.['id'])
})

test('[CU8] an archive that was empty is told whole', async () => {
  const store = memoryStore()
  const first = await asking(store)
  await answer(first.chat, first.question, {})
  await first.chat.client.close()
  const { chat, question } = await asking(store, joinSuccess({ features, sessionId: `s_${'c'.repeat(22)}` }))
  expect(question).not.toHaveProperty('after')
  await answer(chat, question, { items: [inArchive('m1'), inArchive('m2')] })
  expect(told(chat)).toEqual(['m1', 'm2'])
})

test('[CU9] without an archive there is nothing to wait for', async () => {
  const { chat, question } = await asking(memoryStore(), joinSuccess())
  expect(question).toBeUndefined()
  expect(chat.client.snapshot().status.kind).toBe('online')
})

test('[CU10] a message without an archive id is known by its sender and id, also when the archive has it later', async () => {
  const { chat, question } = await asking(memoryStore())
  await answer(chat, question, { items: [inArchive('m1')] })
  await chat.batch([
    { seq: 1, ...message('one', { id: 'a' }) },
    { seq: 2, ...message('one', { id: 'a' }) },
    { seq: 3, ...message('one', { id: 'a', mid: 'm2' }) },
    { seq: 4, ...message('another', { id: 'a', mid: 'm3' }), from: 'eva' },
  ])
  expect(told(chat)).toEqual(['one', 'another'])
})

test('[CU11] a page in the middle of which the client is closed goes on with the next message', async () => {
  const store = await storeAt('m1')
  const { chat, question } = await asking(store)
  const { promise, resolve } = Promise.withResolvers<void>()
  chat.client.on('message', ({ content }) => (content === 'm3' ? promise : undefined))
  const page = { items: ['m2', 'm3', 'm4'].map(mid => inArchive(mid)) }
  await answer(chat, question, page)
  const closed = chat.client.close()
  await settled()
  resolve()
  await closed
  const resumed = joinSuccess({ features, sessionId: other, sequence: { resumed: true } })
  const later = await asking(store, resumed)
  await answer(later.chat, later.question, page)
  expect([told(chat), told(later.chat)]).toEqual([['m2', 'm3'], ['m4']])
})

test('[CU12] a message whose listener is at work does not count as told, whatever is saved meanwhile', async () => {
  const store = await storeAt('m1')
  const { chat, question } = await asking(store)
  await answer(chat, question, {})
  chat.client.on('message', () => new Promise(() => undefined))
  await chat.batch([{ seq: 1, ...inArchive('m2') }])
  await chat.batch([{ messageType: 'RESET', stream: 2, seq: 0 }], { stream: 2 })
  expect(told(chat)).toEqual(['m2'])
  const closed = chat.client.close()
  await settled()
  await chat.pass(3000)
  await closed
  const resumed = joinSuccess({ features, sessionId: other, sequence: { stream: 2, resumed: true } })
  const later = await asking(store, resumed)
  expect(later.question).toMatchObject({ after: 'm1' })
  await answer(later.chat, later.question, { items: [inArchive('m2')] }, 2)
  expect(told(later.chat)).toEqual(['m2'])
})

test('[CU13] what was received of a log that is over is told behind the archive, and has no place any more', async () => {
  const store = await storeAt('m1')
  const { chat, question } = await asking(store)
  await answer(chat, question, {})
  const slow = Promise.withResolvers<void>()
  chat.client.on('message', ({ content }) => (content === 'm2' ? slow.promise : undefined))
  await chat.batch([
    { seq: 7, ...inArchive('m2') },
    { seq: 8, ...message('only live') },
  ])
  await chat.batch([{ messageType: 'RESET', stream: 2, seq: 0 }], { stream: 2 })
  slow.resolve()
  const [again] = await chat.frames()
  const page = {
    messageType: 'HISTORY',
    id: again?.['id'],
    items: [inArchive('m3')],
    complete: true,
    last: 'm3',
  }
  await chat.batch([page], { stream: 2 })
  expect(told(chat)).toEqual(['m2', 'm3', 'only live'])
  expect((await store.load())?.cursor).toMatchObject({ stream: 2, seq: 0 })
})

test('[CU16] an archive that gets no further than it was is not asked further', async () => {
  const { chat, question } = await asking(await storeAt('m1'))
  const page = { items: [inArchive('m2')], complete: false }
  expect(await answer(chat, await answer(chat, question, page), page)).toBeUndefined()
})
