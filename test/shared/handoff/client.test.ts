import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { FakeClock } from '../../support/fake-clock.ts'
import { workerIdOf, workerRowOf } from '../stores/rows.ts'
import { client, JOINED, OPEN, PUSH, worker } from './subject.ts'
import { answerWith, certificateFor, startTestWorker } from './test-worker.ts'

test('[HC6] another certificate, even for the same name, is unreachable, and no token is sent', async () => {
  const { row, seen } = await worker(answerWith(200, JOINED))
  const { cert } = await certificateFor([row.workerId])
  const outcome = await client().open({ ...row, certificate: cert }, OPEN, 't')
  expect(outcome).toMatchObject({
    kind: 'unreachable',
    cause: { name: 'DialFailed', workerId: row.workerId },
  })
  expect(seen).toEqual([])
})

test('[HC7] the pinned certificate under another name is unreachable, and no token is sent', async () => {
  const { row, seen } = await worker(answerWith(200, JOINED))
  const outcome = await client().open({ ...row, workerId: workerIdOf('b') }, OPEN, 't')
  expect(outcome).toMatchObject({
    kind: 'unreachable',
    cause: { name: 'DialFailed', cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } },
  })
  expect(seen).toEqual([])
})

test('[HC8] a refused token did nothing, so another worker may be asked', async () => {
  const { row } = await worker(answerWith(401))
  expect(await client().push(row, PUSH, 't')).toMatchObject({
    kind: 'unreachable',
    cause: { name: 'TokenRefused' },
  })
})

test('[HC9] nobody listens: unreachable', async () => {
  const stopped = await startTestWorker(answerWith(202))
  await stopped.stop()
  expect(await client().push(stopped.row, PUSH, 't')).toMatchObject({
    kind: 'unreachable',
    cause: { name: 'DialFailed', cause: { code: 'ECONNREFUSED' } },
  })
})

test('[HC10] an address that swallows packets is unreachable after 300 ms', async () => {
  const clock = new FakeClock()
  // RFC 5737: nobody has this address.
  const outcome = client(clock).push(workerRowOf('a', { host: '192.0.2.1', port: 443 }), PUSH, 't')
  clock.advance(300)
  expect(await outcome).toMatchObject({ kind: 'unreachable', cause: { name: 'DialFailed' } })
})

test('[HC11] a port that takes connections and never shakes hands is unreachable after 1 s', async () => {
  const mute = createServer(socket => socket.on('error', () => {})).listen(0, '127.0.0.1')
  await once(mute, 'listening')
  onTestFinished(() => void mute.close())
  const { port } = mute.address() as AddressInfo
  const { cert } = await certificateFor([workerIdOf('a')])
  const clock = new FakeClock()
  const accepted = once(mute, 'connection') as Promise<Socket[]>
  const outcome = client(clock).push(workerRowOf('a', { port, certificate: cert }), PUSH, 't')
  const [socket] = await accepted
  // Its first bytes: the client has begun the handshake.
  if (socket) await once(socket, 'data')
  clock.advance(1000)
  expect(await outcome).toMatchObject({ kind: 'unreachable', cause: { cause: { name: 'DialTimedOut' } } })
})

test('[HC12] a connection that breaks after the request was sent leaves it unanswered', async () => {
  const { row, seen } = await worker((_, request) => request.socket.destroy())
  expect(await client().push(row, PUSH, 't')).toMatchObject({ kind: 'unanswered' })
  expect(seen).toHaveLength(1)
})

test('[HC13] an answer that breaks off in the middle is unanswered', async () => {
  const { row } = await worker((response, request) => {
    response.writeHead(200, { 'content-length': '100' })
    response.write('{"sessionId":', () => request.socket.destroy())
  })
  expect(await client().open(row, OPEN, 't')).toMatchObject({ kind: 'unanswered' })
})

test('[HC14] open waits 25 s for its answer, a shorter time when told so, and push 3 s', async () => {
  const { row, seen } = await worker(() => {})
  const clock = new FakeClock()
  const handoff = client(clock)
  const calls = [
    handoff.open(row, OPEN, 't'),
    handoff.open(row, OPEN, 't', 7000),
    handoff.push(row, PUSH, 't'),
  ]
  const settled: number[] = []
  calls.forEach((call, at) => void call.then(() => settled.push(at)))
  await vi.waitUntil(() => seen.length === 3)
  for (const [ms, done] of [
    [2999, 0],
    [1, 1],
    [4000, 2],
    [18_000, 3],
  ] as const) {
    clock.advance(ms)
    await vi.waitUntil(() => settled.length === done)
  }
  expect(settled).toEqual([2, 1, 0])
  for (const call of calls) expect(await call).toMatchObject({ kind: 'unanswered' })
})

test('[HC15] an endless answer is cut off and counts as none', async () => {
  const { row } = await worker(response => {
    response.writeHead(200)
    response.end('x'.repeat(100_000))
  })
  expect(await client().open(row, OPEN, 't')).toMatchObject({
    kind: 'unanswered',
    cause: { name: 'AnswerTooLong' },
  })
})

test('[HC16] calls share a connection; after a longer sleep than the worker keeps one, there is a new one', async () => {
  const { row, sockets } = await worker(answerWith(202))
  const clock = new FakeClock()
  const handoff = client(clock)
  await handoff.push(row, PUSH, 't')
  clock.advance(49_999)
  await handoff.push(row, PUSH, 't')
  expect(sockets).toHaveLength(1)
  clock.advance(50_000)
  expect(await handoff.push(row, PUSH, 't')).toEqual({ kind: 'pushed' })
  expect(sockets).toHaveLength(2)
})

test('[HC17] no more than 64 workers keep connections; the one that was not needed longest is left', async () => {
  const names = Array.from({ length: 66 }, (_, at) => `n${at}`)
  const { row, sockets } = await worker(answerWith(202), names)
  const handoff = client()
  for (const name of names) await handoff.push({ ...row, workerId: workerIdOf(name) }, PUSH, 't')
  await vi.waitUntil(() => sockets.filter(socket => !socket.closed).length === 64)
  expect(sockets.slice(0, 2).map(socket => socket.closed)).toEqual([true, true])
})
