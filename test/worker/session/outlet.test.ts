import { beforeEach, expect, test } from 'vitest'
import type { PostOutcome } from '../../../worker/posting.ts'
import { Outlet } from '../../../worker/session/outlet.ts'
import { FakeClock } from '../../support/fake-clock.ts'

let clock: FakeClock
let fence: { open: boolean }
let posts: string[]
let gone: string[]
/** What the gateway says of a connection; else it takes. */
let answers: Map<string, PostOutcome | Promise<PostOutcome>>
let outlet: Outlet
beforeEach(() => {
  clock = new FakeClock()
  fence = { open: true }
  posts = []
  gone = []
  answers = new Map()
  outlet = new Outlet({
    clock,
    fence,
    post: async (to, data) => {
      posts.push(`${to} ${data}`)
      return (await answers.get(to)) ?? 'taken'
    },
    onTaken: () => undefined,
    onGone: connectionId => gone.push(connectionId),
  })
})

test('[OU1] without a socket a post waits for the next', async () => {
  const posted = outlet.post('x')
  await Promise.resolve()
  expect(posts).toEqual([])
  expect(outlet.busy).toBe(true)
  outlet.attach('c2', 0, undefined)
  expect(await posted).toBe('taken')
  expect(posts).toEqual(['c2 x'])
  expect(outlet.busy).toBe(false)
})

test('[OU2] what a socket did not take goes to the next, behind its welcome', async () => {
  outlet.attach('c1', 0, undefined)
  answers.set('c1', 'gone')
  const posted = outlet.post('x')
  await new Promise(setImmediate)
  expect(gone).toEqual(['c1'])
  outlet.attach('c2', 0, 'welcome')
  expect(await posted).toBe('taken')
  expect(posts).toEqual(['c1 x', 'c2 welcome', 'c2 x'])
})

test('[OU3] what the old socket took while the new one came is said again: nobody may have read it', async () => {
  outlet.attach('c1', 0, undefined)
  const taking = Promise.withResolvers<PostOutcome>()
  answers.set('c1', taking.promise)
  const posted = outlet.post('x')
  outlet.attach('c2', 0, 'welcome')
  taking.resolve('taken')
  expect(await posted).toBe('taken')
  expect(posts).toEqual(['c1 x', 'c2 welcome', 'c2 x'])
})

test('[OU4] a 410 during the handshake means not yet', async () => {
  outlet.attach('c1', 35_000, undefined)
  answers.set('c1', 'gone')
  expect(await outlet.post('x')).toBe('slow')
  clock.advance(35_000)
  const posted = outlet.post('x')
  await new Promise(setImmediate)
  expect(gone).toEqual(['c1'])
  outlet.stop()
  expect(await posted).toBe('gone')
})

test('[OU5] behind a closed fence nothing is posted', async () => {
  outlet.attach('c1', 0, undefined)
  fence.open = false
  expect(await outlet.post('x')).toBe('fenced')
  expect(posts).toEqual([])
})
