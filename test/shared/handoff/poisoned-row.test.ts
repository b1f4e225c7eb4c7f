import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { workerRowOf } from '../stores/rows.ts'
import { client, OPEN, worker } from './subject.ts'
import { answerWith, certificateFor } from './test-worker.ts'

/** What a service inside of the network that speaks plain HTTP would get: it answers whatever comes, and keeps it. */
async function plainService(): Promise<{ port: number; heard: () => Buffer }> {
  const chunks: Buffer[] = []
  const server = createServer(socket => {
    socket.on('error', () => undefined)
    socket.on('data', chunk => {
      chunks.push(chunk)
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { port: (server.address() as AddressInfo).port, heard: () => Buffer.concat(chunks) }
}

/** RFC 8446 5.1: the type of a TLS record that carries a handshake message. */
const HANDSHAKE = 0x16

test('[HC22] a row that points to something else than its worker makes us greet it in TLS, and say nothing', async () => {
  const { port, heard } = await plainService()
  const { cert } = await certificateFor([workerRowOf('a').workerId])
  const row = workerRowOf('a', { port, certificate: cert, token: 'PLANTED-TOKEN' })
  expect(await client().open(row, { ...OPEN, password: 'PLANTED-PASSWORD' }, 't')).toMatchObject({
    kind: 'unreachable',
    cause: { name: 'DialFailed' },
  })
  expect(heard()[0]).toBe(HANDSHAKE)
  for (const secret of ['PLANTED', 'POST', OPEN.username])
    expect(heard().includes(secret), secret).toBe(false)
})

test('[HC23] a redirect is not followed: who was asked has not answered, and nobody else is asked', async () => {
  const elsewhere = await worker(answerWith(202), ['b'])
  const location = `https://127.0.0.1:${elsewhere.row.port}/push`
  for (const status of [301, 302, 307, 308]) {
    const { row, seen } = await worker(response => void response.writeHead(status, { location }).end())
    expect(await client().open(row, OPEN, 't')).toMatchObject({
      kind: 'unanswered',
      cause: { name: 'UnknownAnswer', status },
    })
    expect(seen).toHaveLength(1)
  }
  expect(elsewhere.sockets).toEqual([])
})
