import { IDBFactory } from 'fake-indexeddb'
import { describe, expect, test } from 'vitest'
import { IndexedDbStore } from '../../client/src/indexeddb-store.ts'
import { indexedDbStore } from '../../client/src/web-store.ts'
import type { SavedItem } from '../../client/src/store.ts'

function message(id: string, seq: number): SavedItem {
  return {
    id,
    seq,
    frame: { messageType: 'NEW_MESSAGE', to: 'jose', content: id },
    state: 'queued',
    atMs: seq,
  }
}

const cursor = { stream: 1, seq: 4, since: 'm4', seen: ['m3', 'm4'] }
const session = {
  sessionId: 's_1',
  token: 't',
  epoch: 1,
  jid: 'ann@localhost',
  archive: true,
  resume: true,
  maxTextBytes: 65_536,
}

describe('what is kept', () => {
  test('[ID1] an empty store says so', async () => {
    expect(await new IndexedDbStore('ann', new IDBFactory()).load()).toBeUndefined()
  })

  test('[ID2] a later client of the same name finds what an earlier one saved', async () => {
    const factory = new IDBFactory()
    const before = new IndexedDbStore('ann', factory)
    await before.load()
    await before.save({ device: 'd1', session, cursor, put: [message('a', 1), message('b', 2)] })
    await before.save({ put: [{ ...message('b', 2), state: 'sent' }], remove: ['a'] })
    expect(await new IndexedDbStore('ann', factory).load()).toEqual({
      device: 'd1',
      session,
      cursor,
      items: [{ ...message('b', 2), state: 'sent' }],
    })
  })

  test('[ID3] what a change leaves out stays, and null takes the session away', async () => {
    const factory = new IDBFactory()
    const store = new IndexedDbStore('ann', factory)
    await store.load()
    await store.save({ device: 'd1', session, cursor })
    await store.save({ session: null })
    expect(await store.load()).toEqual({ device: 'd1', session: null, cursor, items: [] })
  })

  test('[ID4] each name has a store of its own, and clear empties only one', async () => {
    const factory = new IDBFactory()
    const [ann, bob] = [new IndexedDbStore('ann', factory), new IndexedDbStore('bob', factory)]
    await Promise.all([ann.load(), bob.load()])
    await Promise.all([ann.save({ device: 'a' }), bob.save({ device: 'b', put: [message('b', 1)] })])
    await ann.clear()
    expect(await ann.load()).toBeUndefined()
    expect(await bob.load()).toMatchObject({ device: 'b', items: [{ id: 'b' }] })
  })

  test('[ID5] a change that cannot be written is not written in part', async () => {
    const factory = new IDBFactory()
    const store = new IndexedDbStore('ann', factory)
    await store.load()
    const unwritable = { ...message('bad', 2), code: (() => undefined) as unknown as string }
    await expect(store.save({ device: 'd1', put: [message('a', 1), unwritable] })).rejects.toMatchObject({
      name: 'StoreError',
      fault: 'failed',
    })
    expect(await new IndexedDbStore('ann', factory).load()).toBeUndefined()
  })
})

describe('who may write', () => {
  test('[ID6] a client that loads takes the store from the one before, whose writes then fail', async () => {
    const factory = new IDBFactory()
    const [before, after] = [new IndexedDbStore('ann', factory), new IndexedDbStore('ann', factory)]
    await before.load()
    await before.save({ device: 'before' })
    expect(await after.load()).toMatchObject({ device: 'before' })
    await expect(before.save({ device: 'again' })).rejects.toMatchObject({ fault: 'taken' })
    await expect(before.clear()).rejects.toMatchObject({ fault: 'taken' })
    await after.save({ put: [message('a', 1)] })
    expect(await after.load()).toMatchObject({ device: 'before', items: [{ id: 'a' }] })
  })

  test('[ID7] clearing does not give the store away', async () => {
    const store = new IndexedDbStore('ann', new IDBFactory())
    await store.load()
    await store.clear()
    await store.save({ device: 'd2' })
    expect(await store.load()).toMatchObject({ device: 'd2' })
  })
})

describe('when it cannot be used', () => {
  test('[ID8] without IndexedDB, or where the browser forbids it, it is unavailable', async () => {
    await expect(indexedDbStore('ann').load()).rejects.toMatchObject({ fault: 'unavailable' })
    const forbidden = new IDBFactory()
    forbidden.open = () => {
      throw new DOMException('The operation is insecure.', 'SecurityError')
    }
    await expect(new IndexedDbStore('ann', forbidden).load()).rejects.toMatchObject({ fault: 'unavailable' })
  })

  test('[ID9] a database of a newer version of the page is left alone, and it says so', async () => {
    const factory = new IDBFactory()
    const old = new IndexedDbStore('ann', factory)
    await old.load()
    // The newer page's upgrade is not held up by the older one.
    await upgrade(factory, 'stanzagate:ann', 2)
    await expect(old.save({ device: 'd1' })).rejects.toMatchObject({ fault: 'newer-version' })
  })

  test('[ID10] a full disk is called that', async () => {
    const factory = new IDBFactory()
    const store = new IndexedDbStore('ann', factory)
    factory.open = () => {
      throw new DOMException('No room.', 'QuotaExceededError')
    }
    await expect(store.load()).rejects.toMatchObject({ fault: 'quota' })
  })
})

function upgrade(factory: IDBFactory, name: string, version: number): Promise<void> {
  const request = factory.open(name, version)
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => {
      request.result.close()
      resolve()
    })
    request.addEventListener('blocked', () => reject(new Error('the older page holds on to it')))
  })
}
