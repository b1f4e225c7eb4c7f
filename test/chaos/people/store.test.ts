import { expect, test } from 'vitest'
import { memoryStore, type SavedItem } from '../../../client/src/store.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { PageStore, Unsaved } from './store.ts'

const item = (id: string): SavedItem => ({
  id,
  seq: 1,
  atMs: 0,
  state: 'queued',
  frame: { messageType: 'NEW_MESSAGE', to: 'u2', content: 'hi' },
})

test('[CS3] what a page has saved outlives it; a write that was under way at its end does not', async () => {
  const kept = memoryStore()
  const clock = new FakeClock()
  const end = new AbortController()
  const told: string[] = []
  const store = new PageStore(kept, end.signal, clock, ({ put = [] }) =>
    told.push(...put.map(({ id }) => id)),
  )
  const first = store.save({ put: [item('a')] })
  clock.advance(10)
  await first
  void store.save({ put: [item('b')] })
  end.abort()
  clock.advance(10)
  expect((await kept.load())?.items.map(({ id }) => id)).toEqual(['a'])
  expect(told).toEqual(['a'])
})

test('[CS4] a send is unsaved until its item is kept, a display until the cursor knows its archive id', () => {
  const clock = new FakeClock()
  const unsaved = new Unsaved(clock)
  unsaved.sent('id-1', 'u1>u2#1')
  unsaved.shown('mid-1', 'u2>u1#1')
  unsaved.kept({ put: [item('id-2')], cursor: { stream: 1, seq: 1, since: 'x', seen: ['x'] } })
  expect(unsaved.keys).toEqual(['u1>u2#1', 'u2>u1#1'])
  unsaved.sent('id-3', 'u1>u2#3')
  unsaved.kept({ put: [item('id-1')] })
  unsaved.kept({ cursor: { stream: 1, seq: 2, since: 'mid-1', seen: ['x', 'mid-1'] } })
  expect(unsaved.keys).toEqual(['u1>u2#3'])
  clock.advance(2001)
  // Nobody has kept it in all that time: it is lost for another reason.
  expect(unsaved.keys).toEqual([])
})
