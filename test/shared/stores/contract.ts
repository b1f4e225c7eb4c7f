import { beforeEach, describe, expect, test } from 'vitest'
import type { Accounts } from '../../../shared/stores/accounts.ts'
import type { Attempts } from '../../../shared/stores/attempts.ts'
import type { Connections } from '../../../shared/stores/connections.ts'
import type { TableName } from '../../../shared/stores/definitions.ts'
import type { Sessions } from '../../../shared/stores/sessions.ts'
import { unixSeconds } from '../../../shared/stores/table.ts'
import type { Workers } from '../../../shared/stores/workers.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { sessionIdOf, sessionRowOf, workerIdOf, workerRowOf } from './rows.ts'

/** One set of stores as the contract needs it; all on `clock`. */
export interface StoresUnderTest {
  readonly accounts: Accounts
  readonly attempts: Attempts
  readonly workers: Workers
  readonly sessions: Sessions
  readonly connections: Connections
  /** Writes any row, past the port. */
  putRaw(table: TableName, row: Record<string, unknown>): Promise<void>
  /** What `list` left out, as messages. */
  readonly badRows: readonly string[]
}

const BUDGET = { limit: 10, windowMs: 60_000 }
const MINUTE_S = 60

/** What every implementation of the stores keeps to. `open` is asked before each test, with the clock to use. */
export function describeStores(title: string, open: (clock: FakeClock) => StoresUnderTest): void {
  describe(title, () => {
    let clock: FakeClock
    let stores: StoresUnderTest
    let key: string
    let tests = 0

    beforeEach(() => {
      clock = new FakeClock()
      stores = open(clock)
      tests += 1
      key = `t${tests}`
    })

    const inAMinute = () => unixSeconds(clock.now()) + MINUTE_S
    const afterAMinute = () => clock.advance(MINUTE_S * 1000)

    describe('accounts', () => {
      test('[ST1] a row comes back as it was put, and the next put replaces it', async () => {
        expect(await stores.accounts.get(key)).toBeUndefined()
        await stores.accounts.put({ username: key, hash: 'one', createdAt: 1 })
        await stores.accounts.put({ username: key, hash: 'two', createdAt: 2 })
        expect(await stores.accounts.get(key)).toEqual({ username: key, hash: 'two', createdAt: 2 })
      })

      test('[ST2] forget deletes the row with that hash, keeps one with a newer hash, and takes a missing row', async () => {
        const row = { username: key, hash: 'new', createdAt: 1 }
        await stores.accounts.forget(key, 'old')
        await stores.accounts.put(row)
        await stores.accounts.forget(key, 'old')
        expect(await stores.accounts.get(key)).toEqual(row)
        await stores.accounts.forget(key, 'new')
        expect(await stores.accounts.get(key)).toBeUndefined()
      })

      test('[ST3] a row without a hash is a BadRow that names table and field, and not the user', async () => {
        await stores.putRaw('accounts', { username: key, createdAt: 1 })
        const read = stores.accounts.get(key)
        await expect(read).rejects.toMatchObject({ name: 'BadRow', field: 'hash', key })
        await expect(read).rejects.toThrow(/accounts.*"hash"/)
        await expect(read).rejects.not.toThrow(new RegExp(`\\b${key}\\b`))
      })
    })

    describe('attempts', () => {
      test('[ST4] counts up to the limit; then nothing is taken and the rest of the window is told', async () => {
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
        const taken = await Promise.all(Array.from({ length: 40 }, () => stores.attempts.take(key, BUDGET)))
        const counts = taken.flatMap(each => (each.within ? [each.count] : []))
        expect(counts.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
      })

      test('[ST7] the same when the window before has ended, spent or not', async () => {
        for (let count = 0; count < 10; count += 1) await stores.attempts.take(key, BUDGET)
        clock.advance(BUDGET.windowMs)
        const taken = await Promise.all(Array.from({ length: 40 }, () => stores.attempts.take(key, BUDGET)))
        expect(taken.filter(each => each.within)).toHaveLength(10)
        for (const each of taken) if (!each.within) expect(each.retryAfterMs).toBe(BUDGET.windowMs)
      })

      test('[ST8] what is given back can be taken again, and never more than was taken', async () => {
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
        await stores.attempts.reset(key)
        for (let count = 0; count < 10; count += 1) await stores.attempts.take(key, BUDGET)
        await stores.attempts.reset(key)
        expect(await stores.attempts.take(key, BUDGET)).toEqual({ within: true, count: 1 })
      })

      test('[ST10] a limit of 0 lets nothing through', async () => {
        const none = { limit: 0, windowMs: 5000 }
        expect(await stores.attempts.take(key, none)).toEqual({ within: false, retryAfterMs: 5000 })
      })
    })

    describe('workers', () => {
      test('[ST11] put writes and renews; get and list show it until it has expired or was removed', async () => {
        const row = workerRowOf('a', { expiresAt: inAMinute() })
        const renewed = { ...row, counter: 2, sessions: 7 }
        await stores.workers.put(row)
        await stores.workers.put(renewed)
        expect(await stores.workers.get(row.workerId)).toEqual(renewed)
        expect(await stores.workers.list()).toEqual([renewed])
        afterAMinute()
        expect(await stores.workers.get(row.workerId)).toBeUndefined()
        expect(await stores.workers.list()).toEqual([])
        await stores.workers.remove(row.workerId)
      })

      test('[ST12] remove deletes the row at once, and takes a missing one', async () => {
        await stores.workers.put(workerRowOf('gone'))
        await stores.workers.remove(workerIdOf('gone'))
        await stores.workers.remove(workerIdOf('gone'))
        expect(await stores.workers.get(workerIdOf('gone'))).toBeUndefined()
      })

      test('[ST13] a bad row is a BadRow for get; list leaves it out and says so', async () => {
        const { token: _, ...bad } = workerRowOf('bad')
        await stores.putRaw('workers', bad)
        await stores.workers.put(workerRowOf('good'))
        await expect(stores.workers.get(workerIdOf('bad'))).rejects.toMatchObject({
          name: 'BadRow',
          field: 'token',
        })
        expect(await stores.workers.list()).toEqual([workerRowOf('good')])
        expect(stores.badRows).toEqual([expect.stringMatching(/workers.*"token"/)])
        await stores.workers.remove(workerIdOf('bad'))
        await stores.workers.remove(workerIdOf('good'))
      })
    })

    describe('a long list of workers', () => {
      test('[ST21] list reads on over the 1 MB that one answer of a Scan holds', async () => {
        const names = Array.from({ length: 12 }, (_, at) => `long${at}`)
        const certificate = 'x'.repeat(100_000)
        for (const name of names) await stores.workers.put(workerRowOf(name, { certificate }))
        const ids = (await stores.workers.list()).map(row => row.workerId)
        expect(ids.toSorted()).toEqual(names.map(workerIdOf).toSorted())
        for (const name of names) await stores.workers.remove(workerIdOf(name))
      })
    })

    describe('sessions', () => {
      test('[ST14] of ten racing creates one wins, and its row is the one that stays', async () => {
        const rows = Array.from({ length: 10 }, (_, at) => sessionRowOf(key, { owner: workerIdOf(`x${at}`) }))
        const won = await Promise.all(rows.map(row => stores.sessions.create(row)))
        expect(won.filter(Boolean)).toHaveLength(1)
        expect(await stores.sessions.get(sessionIdOf(key))).toEqual(rows[won.indexOf(true)])
        expect(await stores.sessions.create(sessionRowOf(key))).toBe(false)
      })

      test('[ST15] update changes address, sockets and expiry under the tenure', async () => {
        const row = sessionRowOf(key)
        const change = { jid: 'sergio@example.org/2', sockets: [], expiresAt: inAMinute() }
        await stores.sessions.create(row)
        expect(await stores.sessions.update(row, change)).toBe(true)
        expect(await stores.sessions.get(row.sessionId)).toEqual({ ...row, ...change })
      })

      test('[ST16] update and remove under another owner or epoch are false and change nothing', async () => {
        const row = sessionRowOf(key, { epoch: 5 })
        const change = { jid: 'other', sockets: [], expiresAt: 5_000_000_000 }
        await stores.sessions.create(row)
        for (const tenure of [
          { ...row, epoch: 4 },
          { ...row, epoch: 6 },
          { ...row, owner: workerIdOf('b') },
        ]) {
          expect(await stores.sessions.update(tenure, change)).toBe(false)
          expect(await stores.sessions.remove(tenure)).toBe(false)
        }
        expect(await stores.sessions.get(row.sessionId)).toEqual(row)
      })

      test('[ST17] update and remove of a row that is gone are false and make none', async () => {
        const row = sessionRowOf(key)
        await stores.sessions.create(row)
        expect(await stores.sessions.remove(row)).toBe(true)
        expect(await stores.sessions.remove(row)).toBe(false)
        expect(await stores.sessions.update(row, row)).toBe(false)
        expect(await stores.sessions.get(row.sessionId)).toBeUndefined()
      })

      test('[ST18] an expired row is invisible; a row without its sockets is a BadRow', async () => {
        await stores.sessions.create(sessionRowOf(key, { expiresAt: inAMinute() }))
        afterAMinute()
        expect(await stores.sessions.get(sessionIdOf(key))).toBeUndefined()
        const { sockets: _, ...bad } = sessionRowOf(key)
        await stores.putRaw('sessions', bad)
        await expect(stores.sessions.get(sessionIdOf(key))).rejects.toMatchObject({
          name: 'BadRow',
          field: 'sockets',
        })
      })
    })

    describe('connections', () => {
      test('[ST19] the last put counts and is told whom it replaced; remove needs the session it names', async () => {
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

      test('[ST20] an expired row is invisible; a row with a strange sessionId is a BadRow', async () => {
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
