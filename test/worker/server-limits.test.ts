import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { onTestFinished, expect, test } from 'vitest'
import { HANDOFF_LIMITS } from '../../worker/server-limits.ts'
import { OPEN, SESSION, useServer, type Subject } from './server-subject.ts'

/** Servers with one limit each that is met within a moment, and not by whoever keeps to it on a busy machine. */
const subject = useServer({ ...HANDOFF_LIMITS, requestMs: 1000, checkEveryMs: 50 })
const hasty = useServer({ ...HANDOFF_LIMITS, handshakeMs: 50 })
const crowded = useServer({ ...HANDOFF_LIMITS, connections: 2 })

function open(server: Subject): Socket {
  const { hostname, port } = new URL(server.url)
  const socket = connect({ host: hostname, port: Number(port) })
  // A server that hangs up may do so in any way.
  socket.on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
  return socket
}

async function openTls(server = subject()): Promise<TLSSocket> {
  const { certificate: ca, workerId: servername } = server.identity
  const socket = connectTls({ socket: open(server), ca, servername })
  socket.on('error', () => undefined)
  await once(socket, 'secureConnect')
  return socket
}

const head = (...lines: string[]) => ['POST /push HTTP/1.1', 'host: worker', ...lines].join('\r\n')

test('[SL1] who does not begin TLS is hung up on', async () => {
  const socket = open(hasty())
  await once(socket.resume(), 'close')
})

test('[SL2] so is who says nothing after it, or does not end the head of a request', async () => {
  const [silent, slow] = await Promise.all([openTls(), openTls()])
  slow.write(head('authorization: '))
  const [, answer] = await Promise.all([once(silent.resume(), 'close'), text(slow)])
  expect(answer).toMatch(/^HTTP\/1\.1 408 /)
})

test('[SL3] a body that does not come is not waited for, with the token neither', async () => {
  const socket = await openTls()
  const { token } = subject().identity
  socket.write(
    `${head(`authorization: Bearer ${token}`, 'content-type: application/json', 'content-length: 9')}\r\n\r\n{"a"`,
  )
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 /)
})

test('[SL4] an answer may take longer than a request', async () => {
  const { promise, resolve } = Promise.withResolvers<typeof opened>()
  const opened = { kind: 'joined', sessionId: SESSION, registered: false, replaced: undefined } as const
  subject().opened = promise
  const asked = subject().call({ path: '/sessions', body: OPEN })
  // Of two that begin together, the one that was heard in whole outlives the other.
  const silent = await openTls()
  await once(silent.resume(), 'close')
  resolve(opened)
  expect(await asked).toMatchObject({ status: 200 })
})

test('[SL5] of connections beyond the limit none gets a handshake', async () => {
  await Promise.all([openTls(crowded()), openTls(crowded())])
  await expect(openTls(crowded())).rejects.toThrow(/TLS|ECONNRESET/)
})

test('[SL6] who has not the token keeps no connection', async () => {
  await subject().call({ path: '/push', token: 'wrong' })
  expect(subject().connection).toBe('close')
})

test('[SL7] as it comes nothing is without a limit, and callers that keep to theirs never meet one', () => {
  const { handshakeMs, requestMs, checkEveryMs, connections } = HANDOFF_LIMITS
  expect(handshakeMs).toBeGreaterThan(2000)
  expect(requestMs).toBeGreaterThan(5000)
  expect(requestMs + checkEveryMs).toBeLessThanOrEqual(15_000)
  expect(connections).toBeGreaterThan(1000)
})
