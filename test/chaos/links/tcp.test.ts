import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { listenOn } from '../../../local/ports.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { TcpLink } from './tcp.ts'

/** A server that remembers what it has read, and a link to it. */
async function linked(clock = new FakeClock()) {
  const received: string[] = []
  const peers: Socket[] = []
  const server = createServer(socket => {
    peers.push(socket)
    socket.on('error', () => undefined)
    socket.on('data', data => received.push(data.toString()))
    socket.write('hello')
  })
  const port = await listenOn(server, 0, 'a free one')
  const link = await TcpLink.open(() => ({ host: '127.0.0.1', port }), clock)
  const client = () => {
    const socket = connect(link.port, '127.0.0.1')
    socket.on('error', () => undefined)
    onTestFinished(() => void socket.destroy())
    return socket
  }
  onTestFinished(async () => {
    await link.stop()
    for (const peer of peers) peer.destroy()
    server.close()
  })
  return { link, received, client, peers, server, clock }
}

/** Also of a socket that fails. */
const closed = (socket: Socket) => new Promise(resolve => socket.once('close', resolve))

const text = async (socket: Socket) => String((await once(socket, 'data'))[0])

test('[CL1] an open link passes bytes both ways', async () => {
  const { client, peers, received } = await linked()
  const socket = client()
  expect(await text(socket)).toBe('hello')
  socket.write('hi')
  await once(peers[0] as Socket, 'data')
  expect(received).toEqual(['hi'])
})

test('[CL2] a silent link passes nothing, and afterwards what was sent meanwhile, though its sender is gone', async () => {
  const { client, peers, received, link } = await linked()
  const socket = client()
  await text(socket)
  link.set({ kind: 'silent' })
  socket.end('late')
  await once(socket, 'finish')
  expect(received).toEqual([])
  link.set({ kind: 'open' })
  await once(peers[0] as Socket, 'data')
  expect(received).toEqual(['late'])
})

test('[CL3] a connection made over a silent link never reaches its server, and is reset when the link is back', async () => {
  const { client, link, peers } = await linked()
  link.set({ kind: 'silent' })
  const socket = client()
  await once(socket, 'connect')
  socket.write('never')
  link.set({ kind: 'open' })
  await closed(socket)
  expect(peers).toHaveLength(0)
})

test('[CL4] a refused link resets what is open and what comes', async () => {
  const { client, link } = await linked()
  const socket = client()
  await text(socket)
  link.set({ kind: 'refused' })
  await closed(socket)
  const next = client()
  await closed(next)
  link.set({ kind: 'open' })
  expect(await text(client())).toBe('hello')
})

test('[CL5] a slow link hands on what it has when the clock says so', async () => {
  const { client, link, clock } = await linked()
  link.set({ kind: 'slow', ms: 200 })
  const socket = client()
  const hello = text(socket)
  await once(socket, 'connect')
  await vi.waitUntil(() => clock.pending > 0)
  clock.advance(200)
  expect(await hello).toBe('hello')
})
