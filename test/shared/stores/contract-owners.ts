import { expect, test, vi } from 'vitest'
import { sessionIdOf, sessionRowOf, workerIdOf, workerRowOf } from './rows.ts'
import { describeWith, type OpenStores } from './subject.ts'

/** What every store of workers keeps to. */
export function describeWorkers(title: string, open: OpenStores): void {
  describeWith(title, open, subject => {
    test('[ST11] put writes and renews; get and list show it until it has expired or was removed', async () => {
      const { stores, inAMinute, afterAMinute } = subject()
      const row = workerRowOf('a', { expiresAt: inAMinute() })
      const renewed = { ...row, counter: 2, sessions: 7 }
      expect(await stores.workers.put(row)).toBe(true)
      expect(await stores.workers.put(renewed)).toBe(true)
      expect(await stores.workers.get(row.workerId)).toEqual(renewed)
      expect(await stores.workers.list()).toEqual([renewed])
      afterAMinute()
      expect(await stores.workers.get(row.workerId)).toBeUndefined()
      expect(await stores.workers.list()).toEqual([])
      await stores.workers.remove(row.workerId)
    })

    test('[ST12] remove deletes the row at once, and takes a missing one', async () => {
      const { stores } = subject()
      await stores.workers.put(workerRowOf('gone'))
      await stores.workers.remove(workerIdOf('gone'))
      await stores.workers.remove(workerIdOf('gone'))
      expect(await stores.workers.get(workerIdOf('gone'))).toBeUndefined()
    })

    test('[ST13] a bad row is a BadRow for get; list leaves it out and says so', async () => {
      const { stores } = subject()
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

    test('[ST21] list reads on over the 1 MB that one answer of a Scan holds', async () => {
      const { stores } = subject()
      const names = Array.from({ length: 12 }, (_, at) => `long${at}`)
      const certificate = 'x'.repeat(100_000)
      for (const name of names) await stores.workers.put(workerRowOf(name, { certificate }))
      const ids = (await stores.workers.list()).map(row => row.workerId)
      expect(ids.toSorted()).toEqual(names.map(workerIdOf).toSorted())
      for (const name of names) await stores.workers.remove(workerIdOf(name))
    })

    test('[ST27] declared dead under the counter that was seen; then a renewal writes nothing until it is revived', async () => {
      const { stores, key, inAMinute } = subject()
      const row = workerRowOf(key, { counter: 7 })
      const dead = { ...row, phase: 'dead', expiresAt: inAMinute() }
      await stores.workers.put(row)
      expect(await stores.workers.declareDead({ ...row, counter: 6 }, inAMinute())).toBe(false)
      expect(await stores.workers.get(row.workerId)).toEqual(row)
      expect(await stores.workers.declareDead(row, inAMinute())).toBe(true)
      expect(await stores.workers.declareDead(row, inAMinute())).toBe(true)
      expect(await stores.workers.get(row.workerId)).toEqual(dead)
      expect(await stores.workers.put({ ...row, counter: 8 })).toBe(false)
      expect(await stores.workers.get(row.workerId)).toEqual(dead)
      await stores.workers.revive({ ...row, counter: 9 })
      expect(await stores.workers.put({ ...row, counter: 10 })).toBe(true)
      expect(await stores.workers.get(row.workerId)).toEqual({ ...row, counter: 10 })
      await stores.workers.remove(row.workerId)
    })

    test('[ST28] a worker whose row is gone is not declared dead, and writes it anew', async () => {
      const { stores, key } = subject()
      const row = workerRowOf(key)
      expect(await stores.workers.declareDead(row, 4_000_000_000)).toBe(false)
      expect(await stores.workers.get(row.workerId)).toBeUndefined()
      expect(await stores.workers.put(row)).toBe(true)
      await stores.workers.remove(row.workerId)
    })
  })
}

/** What every store of sessions keeps to. */
export function describeSessions(title: string, open: OpenStores): void {
  describeWith(title, open, subject => {
    test('[ST14] of ten racing creates one wins, and its row is the one that stays', async () => {
      const { stores, key } = subject()
      const rows = Array.from({ length: 10 }, (_, at) => sessionRowOf(key, { owner: workerIdOf(`x${at}`) }))
      const won = await Promise.all(rows.map(row => stores.sessions.create(row)))
      expect(won.filter(Boolean)).toHaveLength(1)
      expect(await stores.sessions.get(sessionIdOf(key))).toEqual(rows[won.indexOf(true)])
      expect(await stores.sessions.create(sessionRowOf(key))).toBe(false)
    })

    test('[ST15] update changes what is named, takes off what is undefined, and leaves the rest', async () => {
      const { stores, key, inAMinute } = subject()
      const resumption = { id: 'sm', h: 7, hole: 6, lost: 9, max: 300, location: 'node1:5222' }
      const row = sessionRowOf(key, { resumption, presence: '{}', requests: ['jose'], detachedAt: 5 })
      const change = { jid: 'sergio@example.org/2', sockets: [], stream: 2, expiresAt: inAMinute() }
      await stores.sessions.create(row)
      const tokens = [{ hash: 'h', issuedAt: 1 }]
      const taken = { resumption: undefined, detachedAt: undefined }
      expect(await stores.sessions.update(row, { ...change, ...taken, tokens })).toBe(true)
      const { resumption: _, detachedAt: __, ...kept } = row
      expect(await stores.sessions.get(row.sessionId)).toEqual({ ...kept, ...change, tokens })
      expect(await stores.sessions.update(row, { presence: undefined, requests: undefined })).toBe(true)
      const left = await stores.sessions.get(row.sessionId)
      expect(left).not.toHaveProperty('presence')
      expect(left).not.toHaveProperty('requests')
    })

    test('[ST22] an update of nothing tells whether the tenure still holds', async () => {
      const { stores, key } = subject()
      const row = sessionRowOf(key)
      await stores.sessions.create(row)
      expect(await stores.sessions.update(row, {})).toBe(true)
      expect(await stores.sessions.get(row.sessionId)).toEqual(row)
      expect(await stores.sessions.update({ ...row, epoch: 2 }, {})).toBe(false)
    })

    test('[ST16] update, claim and remove under another owner or epoch do nothing', async () => {
      const { stores, key } = subject()
      const row = sessionRowOf(key, { epoch: 5 })
      await stores.sessions.create(row)
      for (const tenure of [
        { ...row, epoch: 3 },
        { ...row, epoch: 6 },
        { ...row, owner: workerIdOf('b') },
      ]) {
        expect(await stores.sessions.update(tenure, { jid: 'other' })).toBe(false)
        expect(await stores.sessions.claim(tenure, workerIdOf('c'))).toBeUndefined()
        expect(await stores.sessions.remove(tenure)).toBe(false)
      }
      expect(await stores.sessions.get(row.sessionId)).toEqual(row)
    })

    test('[ST17] update, claim and remove of a row that is gone do nothing and make none', async () => {
      const { stores, key } = subject()
      const row = sessionRowOf(key)
      await stores.sessions.create(row)
      expect(await stores.sessions.remove(row)).toBe(true)
      expect(await stores.sessions.remove(row)).toBe(false)
      expect(await stores.sessions.update(row, { jid: 'other' })).toBe(false)
      expect(await stores.sessions.claim(row, workerIdOf('b'))).toBeUndefined()
      expect(await stores.sessions.get(row.sessionId)).toBeUndefined()
    })

    test('[ST23] claim begins the next tenure and gives the row as it is then; the old tenure is over', async () => {
      const { stores, key } = subject()
      const row = sessionRowOf(key, { epoch: 4 })
      const claimed = { ...row, owner: workerIdOf('b'), epoch: 5 }
      await stores.sessions.create(row)
      expect(await stores.sessions.claim(row, workerIdOf('b'))).toEqual(claimed)
      expect(await stores.sessions.get(row.sessionId)).toEqual(claimed)
      expect(await stores.sessions.update(row, { jid: 'other' })).toBe(false)
      expect(await stores.sessions.update(claimed, { jid: 'new' })).toBe(true)
    })

    test('[ST24] a worker claims its own row anew, and a claim whose answer was lost may be repeated', async () => {
      const { stores, key } = subject()
      const row = sessionRowOf(key)
      const claimed = { ...row, epoch: 2 }
      await stores.sessions.create(row)
      expect(await stores.sessions.claim(row, row.owner)).toEqual(claimed)
      expect(await stores.sessions.claim(row, row.owner)).toEqual(claimed)
      expect(await stores.sessions.claim(row, workerIdOf('b'))).toBeUndefined()
    })

    test('[ST25] of ten racing claims by different workers one wins', async () => {
      const { stores, key } = subject()
      const row = sessionRowOf(key)
      await stores.sessions.create(row)
      const workers = Array.from({ length: 10 }, (_, at) => workerIdOf(`y${at}`))
      const claims = await Promise.all(workers.map(worker => stores.sessions.claim(row, worker)))
      const winner = workers[claims.findIndex(claim => claim !== undefined)]
      expect(claims.filter(claim => claim !== undefined)).toHaveLength(1)
      expect(await stores.sessions.get(row.sessionId)).toMatchObject({ owner: winner, epoch: 2 })
    })

    test('[ST26] rows are found by their owner and by their user, and not any more once they have moved or gone', async () => {
      const { stores, key } = subject()
      const owner = workerIdOf(key)
      const row = (name: string, username: string) => sessionRowOf(`${key}${name}`, { owner, username })
      const rows = [row('one', `${key}ana`), row('two', `${key}ana`), row('three', `${key}eva`)]
      for (const each of rows) await stores.sessions.create(each)
      const ids = rows.map(each => each.sessionId)
      const [one, two, three] = rows
      await vi.waitUntil(async () => (await stores.sessions.ownedBy(owner)).length === 3)
      expect((await stores.sessions.ownedBy(owner)).toSorted()).toEqual(ids.toSorted())
      expect((await stores.sessions.ofUser(`${key}ana`)).toSorted()).toEqual(ids.slice(0, 2).toSorted())
      if (one) await stores.sessions.remove(one)
      if (two) await stores.sessions.claim(two, workerIdOf(`${key}b`))
      await vi.waitUntil(async () => (await stores.sessions.ownedBy(owner)).length === 1)
      expect(await stores.sessions.ownedBy(owner)).toEqual([three?.sessionId])
      expect(await stores.sessions.ofUser(`${key}ana`)).toEqual([two?.sessionId])
      expect(await stores.sessions.ofUser(`${key}nobody`)).toEqual([])
    })

    test('[ST30] many rows are read at once: those that live, and which could not be read', async () => {
      const { stores, key, inAMinute, afterAMinute } = subject()
      const row = sessionRowOf(key)
      const short = sessionRowOf(`${key}short`, { expiresAt: inAMinute() })
      const { sockets: _, ...bad } = sessionRowOf(`${key}bad`)
      for (const good of [row, short]) await stores.sessions.create(good)
      await stores.putRaw('sessions', bad)
      const ids = [row, short, bad].map(({ sessionId }) => sessionId)
      const { rows, unread } = await stores.sessions.getMany([...ids, sessionIdOf('none')])
      expect(rows).toHaveLength(2)
      expect(rows).toEqual(expect.arrayContaining([row, short]))
      expect(unread).toEqual([bad.sessionId])
      afterAMinute()
      expect((await stores.sessions.getMany(ids)).rows).toEqual([row])
      expect(await stores.sessions.getMany([])).toEqual({ rows: [], unread: [] })
    })

    test('[ST18] an expired row is invisible; a row without its sockets is a BadRow', async () => {
      const { stores, key, inAMinute, afterAMinute } = subject()
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
}
