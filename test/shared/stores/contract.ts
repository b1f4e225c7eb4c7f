import { describe, expect, test } from 'vitest'
import { sessionIdOf, workerIdOf } from './rows.ts'
import { describeWith, type OpenStores } from './subject.ts'

const BUDGET = { limit: 10, windowMs: 60_000 }
/** What every implementation of these stores keeps to; those of workers and sessions are in contract-owners.ts. */
export function describeStores(title: string, open: OpenStores): void {
  describeWith(title, open, subject => {
    describe('accounts', () => {
      test('[ST1] a row comes back as it was put, and the next put replaces it', async () => {
        const { stores, key } = subject()
        expect(await stores.accounts.get(key)).toBeUndefined()
        await stores.accounts.put({ username: key, hash: 'one', createdAt: 1 })
        await stores.accounts.put({ username: key, hash: 'two', createdAt: 2 })
        expect(await stores.accounts.get(key)).toEqual({ username: key, hash: 'two', createdAt: 2 })
      })

      test('[ST2] forget deletes the row with that hash, keeps one with a newer hash, and takes a missing row', async () => {
        const { stores, key } = subject()
        const row = { username: key, hash: 'new', createdAt: 1 }
        await stores.accounts.forget(key, 'old')
        await stores.accounts.put(row)
        await stores.accounts.forget(key, 'old')
        expect(await stores.accounts.get(key)).toEqual(row)
        await stores.accounts.forget(key, 'new')
        expect(await stores.accounts.get(key)).toBeUndefined()
      })

      test('[ST3] a row without a hash is a BadRow that names table and field, and not the user', async () => {
        const { stores, key } = subject()
        await stores.putRaw('accounts', { username: key, createdAt: 1 })
        const read = stores.accounts.get(key)
        await expect(read).rejects.toMatchObject({ name: 'BadRow', field: 'hash', key })
        await expect(read).rejects.toThrow(/accounts.*"hash"/)
        await expect(read).rejects.not.toThrow(new RegExp(`\\b${key}\\b`))
      })
    })

    describe('attempts', () => {
      test('[ST4] counts up to the limit; then nothing is taken and the rest of the window is told', async () => {
        const { clock, stores, key } = subject()
        for (let count = 1; count <= 3; count += 1)
          expect(await stores.attempts.take(key, { limit: 3, windowMs: 60_000 })).toEqual({
            within: true,
            count,
          })
        clock.advance(20_000)
        const spent = { within: false, retryAfterMs: 40_000 }
        expect(await stores.attempts.take(key, { limit: 3, windowMs: 60_000 })).toEqual(spent)
        expect(await stores.attempts.take(key, { limit: 3, windowMs: 60_000 })).toEqual(spent)
        expect(await stores.attempts.take(key, { limit: 4, windowMs: 60_000 })).toEqual({
          within: true,
          count: 4,
        })
      })

      test('[ST5] the window starts with the first count, and the first count after its end starts another', async () => {
        const { clock, stores, key } = subject()
        await stores.attempts.take(key, { limit: 1, windowMs: 60_000 })
        clock.advance(59_999)
        expect(await stores.attempts.take(key, { limit: 1, windowMs: 60_000 })).toEqual({
          within: false,
          retryAfterMs: 1,
        })
        clock.advance(1)
        expect(await stores.attempts.take(key, { limit: 1, windowMs: 60_000 })).toEqual({
          within: true,
          count: 1,
        })
        expect(await stores.attempts.take(key, { limit: 1, windowMs: 60_000 })).toEqual({
          within: false,
          retryAfterMs: 60_000,
        })
      })

      test('[ST6] of 40 racing takes exactly as many succeed as the budget has, in a new window', async () => {
        const { stores, key } = subject()
        const taken = await Promise.all(Array.from({ length: 40 }, () => stores.attempts.take(key, BUDGET)))
        const counts = taken.flatMap(each => (each.within ? [each.count] : []))
        expect(counts.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
        // The others are refused for the whole of that window, and took nothing from it.
        const refused = taken.filter(each => !each.within)
        expect(refused).toEqual(
          Array.from({ length: 30 }, () => ({ within: false, retryAfterMs: BUDGET.windowMs })),
        )
        expect(await stores.attempts.take(key, { ...BUDGET, limit: 11 })).toEqual({ within: true, count: 11 })
      })

      test('[ST7] the same when the window before has ended, spent or not', async () => {
        const { clock, stores, key } = subject()
        for (let count = 0; count < 10; count += 1) await stores.attempts.take(key, BUDGET)
        clock.advance(BUDGET.windowMs)
        const taken = await Promise.all(Array.from({ length: 40 }, () => stores.attempts.take(key, BUDGET)))
        expect(taken.filter(each => each.within)).toHaveLength(10)
        for (const each of taken) if (!each.within) expect(each.retryAfterMs).toBe(BUDGET.windowMs)
      })

      test('[ST8] what is given back can be taken again, and never more than was taken', async () => {
        const { stores, key } = subject()
        await stores.attempts.giveBack(key)
        await stores.attempts.take(key, { limit: 1, windowMs: 60_000 })
        await stores.attempts.giveBack(key)
        await stores.attempts.giveBack(key)
        expect(await stores.attempts.take(key, { limit: 1, windowMs: 60_000 })).toEqual({
          within: true,
          count: 1,
        })
        expect(await stores.attempts.take(key, { limit: 1, windowMs: 60_000 })).toMatchObject({
          within: false,
        })
      })

      test('[ST9] reset forgets the count, and takes a missing row', async () => {
        const { clock, stores, key } = subject()
        await stores.attempts.reset(key)
        const other = `${key}-of-another`
        for (const each of [key, other])
          for (let count = 0; count < 10; count += 1) await stores.attempts.take(each, BUDGET)
        clock.advance(20_000)
        expect(await stores.attempts.take(key, BUDGET)).toMatchObject({ within: false })
        await stores.attempts.reset(key)
        // A whole budget, in a window that begins now; nobody else's.
        for (let count = 1; count <= 10; count += 1)
          expect(await stores.attempts.take(key, BUDGET)).toEqual({ within: true, count })
        expect(await stores.attempts.take(key, BUDGET)).toEqual({ within: false, retryAfterMs: 60_000 })
        expect(await stores.attempts.take(other, BUDGET)).toEqual({ within: false, retryAfterMs: 40_000 })
      })

      test('[ST10] a limit of 0 lets nothing through', async () => {
        const { stores, key } = subject()
        const none = { limit: 0, windowMs: 5000 }
        expect(await stores.attempts.take(key, none)).toEqual({ within: false, retryAfterMs: 5000 })
      })
    })

    describe('connections', () => {
      test('[ST19] the last put counts and is told whom it replaced; remove needs the session it names', async () => {
        const { stores, key, inAMinute } = subject()
        const first = { connectionId: key, sessionId: sessionIdOf('one'), expiresAt: inAMinute() }
        const second = { ...first, sessionId: sessionIdOf('two') }
        expect(await stores.connections.put(first)).toBeUndefined()
        expect(await stores.connections.put(second)).toBe(first.sessionId)
        expect(await stores.connections.put(second)).toBeUndefined()
        await stores.connections.remove(key, first.sessionId)
        expect(await stores.connections.get(key)).toEqual(second)
        await stores.connections.remove(key, second.sessionId)
        await stores.connections.remove(key, second.sessionId)
        expect(await stores.connections.get(key)).toBeUndefined()
      })

      test('[ST31] a connection names the worker that wrote it, if that is known', async () => {
        const { stores, key, inAMinute } = subject()
        const row = { connectionId: key, sessionId: sessionIdOf('one'), expiresAt: inAMinute() }
        await stores.connections.put({ ...row, owner: workerIdOf('a') })
        expect(await stores.connections.get(key)).toEqual({ ...row, owner: workerIdOf('a') })
        await stores.connections.put(row)
        expect(await stores.connections.get(key)).toEqual(row)
      })

      test('[ST32] what a later version adds to a row is no hindrance', async () => {
        const { stores, key, inAMinute } = subject()
        const row = { connectionId: key, sessionId: sessionIdOf('one'), expiresAt: inAMinute() }
        await stores.putRaw('connections', { ...row, later: 1 })
        expect(await stores.connections.get(key)).toEqual(row)
        expect(await stores.connections.put({ ...row, sessionId: sessionIdOf('two') })).toBe(row.sessionId)
      })

      test('[ST20] an expired row is invisible; a row with a strange sessionId is a BadRow', async () => {
        const { stores, key, inAMinute, afterAMinute } = subject()
        await stores.connections.put({
          connectionId: key,
          sessionId: sessionIdOf('x'),
          expiresAt: inAMinute(),
        })
        afterAMinute()
        expect(await stores.connections.get(key)).toBeUndefined()
        await stores.putRaw('connections', { connectionId: key, sessionId: '../x', expiresAt: inAMinute() })
        await expect(stores.connections.get(key)).rejects.toMatchObject({
          name: 'BadRow',
          field: 'sessionId',
        })
      })
    })
  })
}
