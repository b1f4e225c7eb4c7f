import { expect, test } from 'vitest'
import { Saver } from '../../client/src/saver.ts'
import { memoryStore, type Change, type SavedItem, type Store } from '../../client/src/store.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { settled } from './support/fake-gateway.ts'

function item(id: string): SavedItem {
  return {
    id,
    seq: 1,
    frame: { messageType: 'DISPLAYED', to: 'jose', message: 'm' },
    state: 'queued',
    atMs: 0,
  }
}

/** A store that shows what it is asked, and fails as often as it is told. */
class Watched implements Store {
  readonly changes: Change[] = []
  failures = 0
  /** A write takes as long. */
  slow = Promise.resolve()
  readonly #store = memoryStore()

  load() {
    return this.#store.load()
  }

  async save(change: Change) {
    this.changes.push(change)
    this.failures -= 1
    if (this.failures >= 0) throw new Error('disk full')
    await this.slow
    await this.#store.save(change)
  }

  clear() {
    return this.#store.clear()
  }
}

function saverOf(store: Store, clock = new FakeClock(), failures: unknown[] = []): Saver {
  return new Saver({
    store,
    clock,
    emit: (_name, error) => Promise.resolve(void failures.push((error as Error).cause)),
  })
}

test('[SV1] what is asked for in one go is one change, in which the last word counts', async () => {
  const store = new Watched()
  const saver = saverOf(store)
  void saver.save({ put: [item('a'), item('b')], up: { acked: 0, sent: 1 } })
  void saver.save({ remove: ['a', 'c'], up: { acked: 1, sent: 1 } })
  await saver.save({ put: [item('c')], session: null })
  expect(store.changes).toHaveLength(1)
  expect(await store.load()).toMatchObject({
    up: { acked: 1 },
    session: null,
    items: [{ id: 'b' }, { id: 'c' }],
  })
})

test('[SV2] a change that comes during a write is kept by the next one, and not said to be kept before', async () => {
  const store = new Watched()
  const saver = saverOf(store)
  const disk = Promise.withResolvers<void>()
  store.slow = disk.promise
  const first = saver.save({ device: 'one' })
  await settled()
  let isKept = false
  const second = saver.save({ device: 'two' }).then(() => (isKept = true))
  await settled()
  expect([store.changes.length, isKept]).toEqual([1, false])
  disk.resolve()
  await first
  await second
  expect(store.changes).toMatchObject([{ device: 'one' }, { device: 'two' }])
  expect((await store.load())?.device).toBe('two')
})

test('[SV3] a write that fails is retried, and nothing is said to be kept meanwhile', async () => {
  const store = new Watched()
  store.failures = 2
  const clock = new FakeClock()
  const failures: unknown[] = []
  const saver = saverOf(store, clock, failures)
  let isKept = false
  void saver.save({ device: 'one' }).then(() => (isKept = true))
  await settled()
  clock.advance(5000)
  await settled()
  expect(isKept).toBe(false)
  void saver.save({ up: { acked: 0, sent: 7 } })
  clock.advance(5000)
  await settled()
  expect(isKept).toBe(true)
  expect(failures).toHaveLength(2)
  expect(await store.load()).toMatchObject({ device: 'one', up: { sent: 7 } })
})

test('[SV4] a saver that is stopped writes no more and keeps nobody waiting', async () => {
  const store = new Watched()
  store.failures = 100
  const saver = saverOf(store)
  const kept = saver.save({ device: 'one' })
  await settled()
  saver.stop()
  await kept
  await saver.save({ device: 'two' })
  expect(store.changes).toHaveLength(1)
})
